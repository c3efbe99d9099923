"""The next step of the scripted questions, where a contact has finished writing or is silent.

A transaction of its own, after the one that stored the texts: it can die and be done again.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime

import structlog

from domain.contact_rules import Refusal
from domain.flood import gist
from handlers.begin_waiting import begin_waiting
from handlers.case import Case
from handlers.cases import known_cases
from handlers.house import House
from handlers.on_call import left_alone, next_staffed
from handlers.phones import free_with_chats
from handlers.step import Step, give_up, take_step
from handlers.who_is_left import left_by_all
from handlers.write_case import write
from storage import contacts, lines, messages, outbox, triages
from storage.database import Tx
from storage.same_address import indexes_of
from storage.triages import Triage

AT_ONCE = 256

log = structlog.get_logger()


async def step_triage(house: House, *, silent: bool = False) -> int:
    """Do the steps that are due (or, `silent`, hand over where nobody answered); how many."""
    now = house.now()
    async with house.db.read_for_work() as tx:
        if not await triages.any_due(tx, now, silent=silent):
            return 0
    async with house.db.write() as tx:
        steps = [
            _stepped(step, silent=silent) for step in await _due(house, tx, now, silent=silent)
        ]
        for step in steps:
            if step.overtaken is not None:
                await outbox.withdraw(tx, step.overtaken, Refusal.OVERTAKEN, now)
        await write(tx, [step.case for step in steps], now)
        done = [step for step in steps if step.postponed is None]
        if not silent:
            await messages.machine_has_read(tx, (m.id for step in done for m in step.texts))
    _wake(house, steps)
    return len(done)


def _stepped(step: Step, *, silent: bool) -> Step:
    """The step taken; where the questions themselves fail, a human goes on with what is known."""
    case = step.case
    untouched = Case(case.contact, case.conversation, case.triage, case.now, case.zone, case.pace)
    try:
        take_step(step, silent=silent)
    except Exception as error:  # noqa: BLE001 - one broken triage must not stop all others
        log.error(
            "triage_failed", conversation=str(case.conversation.id), error=type(error).__name__
        )
        step = replace(step, case=untouched, overtaken=None)
        give_up(step)
    if not silent and step.postponed is None and not step.case.asking:
        begin_waiting(step.case, alone=step.alone, told=True)
    return step


def _wake(house: House, steps: list[Step]) -> None:
    if any(step.case.rows for step in steps):
        house.wake.outbox()
    if any(step.case.rings for step in steps):
        house.wake.pages()
    later = [step.postponed for step in steps if step.postponed is not None]
    if later:
        house.wake.triage(min(later))


async def _due(house: House, tx: Tx, now: datetime, *, silent: bool) -> list[Step]:
    found = await triages.due(tx, now, silent=silent, limit=AT_ONCE)
    if not found:
        return []
    people = await free_with_chats(tx, (contact for _, contact in found))
    cases = await known_cases(house, tx, people, now)
    runs = {talk: case.triage for talk, case in cases.items() if case.triage is not None}
    texts = await messages.for_triage(tx, cases)
    asked = [run.question_row_id for run in runs.values() if run.question_row_id]
    rows = await outbox.by_ids(tx, asked) if asked else {}
    rotas = await lines.rotas(tx)
    alone = await left_alone(house, tx, rotas, now)
    left = await left_by_all(house, tx, [c.conversation for c in cases.values()], alone, now)
    versions = {
        v: await house.scripts.edition_of(tx, v) for v in {r.script_version for r in runs.values()}
    }
    steps = []
    for case in cases.values():
        talk, run = case.conversation, case.triage
        if run is None or not _is_due(run, now, silent=silent):
            continue
        steps.append(
            Step(
                case=case,
                texts=texts.get(talk.id, []),
                question=rows.get(run.question_row_id) if run.question_row_id else None,
                script=versions[run.script_version],
                rules=house.scripts.danger,
                alone=alone[talk.line_id] or talk.id in left,
                staffed_at=(
                    await next_staffed(house, tx, rotas[talk.line_id], now)
                    if alone[talk.line_id]
                    else None
                ),
                lately=await house.usual.of(tx, talk.line_id, now),
            )
        )
    if not silent:
        _compare(tx, steps)
        await _know_phones(tx, steps)
    await _remember(tx, steps)
    return steps


def _compare(tx: Tx, steps: list[Step]) -> None:
    """By a first text many that are alike are seen to be so; whoever answers stands alone. Two
    bytes tell no text, whoever holds the key."""
    for step in steps:
        case = step.case
        first = case.triage is not None and case.triage.state is None
        alike = None
        if first and step.texts and not case.conversation.returning:
            alike = tx.keys.mark("alike", gist(step.texts[0].body or ""))[:2]
        if alike != case.conversation.alike:
            case.stand(alike=alike)


async def _know_phones(tx: Tx, steps: list[Step]) -> None:
    """Whoever is asked for the first time may be known as watched by another line or channel."""
    first: defaultdict[bytes, list[Case]] = defaultdict(list)
    for case in (step.case for step in steps):
        if case.triage is not None and case.triage.state is None:
            for index in indexes_of(tx, case.contact):
                first[index].append(case)
    known = await contacts.watched_at_addresses(tx, first) if first else set()
    for case in (case for index in known for case in first[index]):
        if case.contact.watched_at is None:
            case.know(watched_at=case.now)
            case.happened("watched_known")


async def _remember(tx: Tx, steps: list[Step]) -> None:
    wordless = [step.case for step in steps if step.wordless]
    if wordless:
        ids = [case.conversation.id for case in wordless]
        told = await messages.with_text(tx, ids, "only_text")
        for case in wordless:
            case.told_only_text = case.conversation.id in told


def _is_due(run: Triage, now: datetime, *, silent: bool) -> bool:
    at = run.silence_due_at if silent else run.answer_due_at
    return at is not None and at <= now
