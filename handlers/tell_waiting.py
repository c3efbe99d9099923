"""Whoever waits is told that they are not forgotten, and what is true.

One transaction a look: the text and the moment of the next one are committed together, so that of
any number of processes, killed at any line, each text is written once; it leaves by the outbox.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain import waiting
from domain.conversation import State
from domain.priority import Tier
from domain.waiting import MOST
from handlers import wait_words
from handlers.case import CHANGED, Case
from handlers.cases import known_cases
from handlers.chosen import ASKING
from handlers.house import House
from handlers.on_call import left_alone, next_staffed
from handlers.usual_waits import Lately
from handlers.wait_words import Said
from handlers.who_is_left import left_by_all
from handlers.write_case import write
from storage import contacts, lines, messages, waits
from storage.database import Tx
from storage.waits import Wait
from triage.script import Script

AT_ONCE = 64

TOLD = frozenset(
    {"waiting", "waiting_unknown", "waiting_p1", "wait_long", "wait_long_p1"}
    | {"wait_chosen", "wait_chosen_p1"}
    | {"unreached", "closed", "wait_alone", "p1_alone"}
)
"""What somebody who waits may be told: three of these in all, whichever they are."""


@dataclass(frozen=True)
class Telling:
    """Somebody who is to be told something now, with what it goes by."""

    case: Case
    script: Script
    alone: bool
    staffed_at: datetime | None
    lately: Lately
    spent: bool
    """They have been told as much as may be told."""


async def tell_waiting(house: House) -> int:
    """Tell what is due; how many were looked at."""
    now = house.now()
    async with house.db.read_for_work() as tx:
        due = await waits.due(tx, now, AT_ONCE)
    if not due:
        return 0
    async with house.db.write() as tx:
        found = await _tellings(house, tx, due, now)
        for telling in found:
            _tell(telling)
        await write(tx, [telling.case for telling in found], now)
    if any(telling.case.rows for telling in found):
        house.wake.outbox()
    return len(found)


async def _tellings(house: House, tx: Tx, due: list[UUID], now: datetime) -> list[Telling]:
    """Those that nobody else is at, locked until the commit."""
    cases = await known_cases(house, tx, await contacts.free(tx, due), now)
    known = await waits.of_conversations(tx, cases)
    served = {line.id: line for line in await lines.every(tx)}
    rotas = {line.id: line.rota_id for line in served.values()}
    alone = await left_alone(house, tx, rotas, now)
    left = await left_by_all(house, tx, [c.conversation for c in cases.values()], alone, now)
    found = []
    for case in cases.values():
        talk, wait = case.conversation, known.get(case.conversation.id)
        if wait is None or wait.due_at is None or wait.due_at > now:
            continue  # another process was faster
        case.wait = wait
        line = served[talk.line_id]
        since = talk.waiting_since or wait.since
        said = await messages.how_often(tx, [talk.id], TOLD, since) if wait.told >= MOST else {}
        found.append(
            Telling(
                case=case,
                script=house.scripts.current(line.script).script,
                alone=alone[line.id] or talk.id in left,
                staffed_at=(
                    await next_staffed(house, tx, line.rota_id, now) if alone[line.id] else None
                ),
                lately=await house.usual.of(tx, talk.line_id, now),
                spent=said.get(talk.id, 0) >= MOST,
            )
        )
    return found


def _tell(telling: Telling) -> None:
    case, wait = telling.case, telling.case.wait
    if wait is None:
        return
    told = max(
        wait.told + 1, waiting.behind(case.conversation.tier, wait.since, case.now, case.pace)
    )
    said = None if telling.spent or _is_over(case) else _words(telling, wait)
    if said is None:
        case.waits(replace(wait, told=told, due_at=None))
        return
    row = case.say(*said)
    case.happened(CHANGED)
    if row.refusal is not None:  # it stands in the thread with its reason; people read on
        case.waits(replace(wait, told=told, due_at=None))
        return
    asks = said[0] in ASKING
    last = telling.alone or wait.unreached_at is not None
    due_at = None if last else waiting.next_due(case.conversation.tier, wait.since, told, case.pace)
    case.waits(
        replace(
            wait,
            told=told,
            due_at=due_at,
            tier=case.conversation.tier,
            asked=said[0] if asks else wait.asked,
            asked_at=case.now if asks else wait.asked_at,
            chosen=None if asks else wait.chosen,
            unreached_told_at=case.now if last else wait.unreached_told_at,
        )
    )


def _is_over(case: Case) -> bool:
    return case.conversation.state is not State.WAITING or case.asking


def _words(telling: Telling, wait: Wait) -> Said | None:
    """None: there is nothing true to say that they have not been told."""
    case, tier = telling.case, telling.case.conversation.tier
    voice = case.voice(telling.script)
    unreached = wait.unreached_at is not None or (telling.alone and tier is Tier.P1)
    if unreached or telling.alone:
        if wait.unreached_told_at is not None:
            return None
        if unreached:
            return wait_words.unreached(voice, tier)
        return wait_words.alone(voice, telling.staffed_at, case.now, case.zone)
    if wait.chosen == "wait":
        return wait_words.chosen(voice, tier)
    lately = telling.lately[tier]
    return wait_words.waiting(voice, tier, lately, first=_is_first(case, wait))


def _is_first(case: Case, wait: Wait) -> bool:
    """Nothing but the first one is overdue."""
    return waiting.behind(case.conversation.tier, wait.since, case.now, case.pace) <= 1
