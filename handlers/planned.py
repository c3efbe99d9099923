"""What was planned is sent: a follow-up that the contact agreed to, a text that was scheduled.

The contact rules are asked when it is written into the outbox and again when it is sent; what may
not leave is a task with its reason. One transaction a look, so each is written once.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.contact_rules import Refusal, refusal
from domain.conversation import State
from domain.follow_up import may_leave, next_hours
from domain.message import Author
from handlers.betraying import betraying
from handlers.case import Case, standing
from handlers.cases import known_cases
from handlers.house import House
from handlers.wants_answer import wants_answer
from handlers.write_case import write
from storage import conflicts, contacts, deletions, lines, plans
from storage.database import Tx
from storage.ids import new_id
from storage.messages import Message
from storage.outbox import NewRow
from storage.plans import Kind, Plan
from storage.plans import State as Planned
from storage.texts import NO_WORDS
from triage.script import Script

AT_ONCE = 32


@dataclass(frozen=True)
class Due:
    """One plan whose moment has come."""

    plan: Plan
    case: Case
    body: str
    script: Script
    leaves: bool
    """They are being deleted."""
    away: bool
    """Whoever planned it must stay away from them since."""


async def send_planned(house: House) -> int:
    """Send what is due; how many were looked at."""
    now = house.now()
    async with house.db.read_for_work() as tx:
        found = await plans.due(tx, now, AT_ONCE)
    if not found:
        return 0
    async with house.db.write() as tx:
        due = await _due(house, tx, found, now)
        for one in due:
            _send(one)
        await write(tx, list({id(one.case): one.case for one in due}.values()), now)
    house.wake.outbox()
    return len(due)


async def _due(house: House, tx: Tx, found: dict[UUID, UUID], now: datetime) -> list[Due]:
    """Those whose contacts nobody else is at, locked until the commit."""
    cases = await known_cases(house, tx, await contacts.free(tx, found.values()), now)
    still = [p for p in (await plans.by_ids(tx, found)).values() if p.due_at and p.due_at <= now]
    bodies = await plans.bodies(tx, still)
    leaving = await deletions.under_way(tx, (case.contact.id for case in cases.values()))
    away = await conflicts.by_member(tx)
    served = {line.id: line for line in await lines.every(tx)}
    return [
        Due(
            plan,
            case,
            bodies.get(plan.id, NO_WORDS).body or "",
            house.scripts.current(line.script).script,
            case.contact.id in leaving,
            plan.member_id is not None
            and plan.conversation_id in away.get(plan.member_id, frozenset()),
        )
        for plan in sorted(still, key=lambda plan: plan.id)
        if (case := cases.get(plan.conversation_id)) is not None
        and (line := served[case.conversation.line_id])
    ]


def _send(due: Due) -> None:
    if due.plan.kind is Kind.FOLLOW_UP:
        _follow_up(due)
    else:
        _message(due)


def _follow_up(due: Due) -> None:
    """Once, within the hours; whoever is in touch with us by now needs none."""
    case, plan = due.case, due.plan
    hours = case.contact.safe_hours
    if case.conversation.state is not State.CLOSED:
        case.plans(replace(plan, state=Planned.NEEDLESS, due_at=None, changed_at=case.now))
        return
    if _wants_to_be_forgotten(due):
        case.plans(replace(plan, state=Planned.WITHDRAWN, due_at=None, changed_at=case.now))
        case.happened("plan_withdrawn")
        return
    if not may_leave(case.now, hours, case.zone):
        case.plans(replace(plan, due_at=next_hours(case.now, hours, case.zone)))
        return
    words = case.voice(due.script).says("follow_up")
    row = case.say("follow_up", words)
    _written(due, row)
    if row.refusal is None:
        case.stand(close_asked_at=case.now)
    case.happened("followed_up" if row.refusal is None else "plan_refused")


def _message(due: Due) -> None:
    """A counsellor's words, while nobody else has the conversation and nobody waits in it."""
    case, plan = due.case, due.plan
    message = Message(
        id=new_id(case.now),
        conversation_id=case.conversation.id,
        author=Author.COUNSELLOR,
        at=case.now,
        body=due.body,
        member_id=plan.member_id,
        read_at=case.now,
        wants_answer=wants_answer(due.body),
    )
    case.messages.append(message)
    row = NewRow(
        id=new_id(case.now),
        message_id=message.id,
        contact_id=case.contact.id,
        conversation_id=case.conversation.id,
        channel=case.contact.channel,
        body=due.body,
        refusal=_refusal(due),
        by_hand=True,
        asked=plan.asked,
    )
    case.rows.append(row)
    _written(due, row)
    if row.refusal is None:
        case.stand(close_asked_at=None)
    case.happened("reply" if row.refusal is None else "plan_refused")


def _refusal(due: Due) -> Refusal | None:
    talk, plan = due.case.conversation, due.plan
    if not due.body:
        return Refusal.REDACTED
    if due.away:
        return Refusal.STAYS_AWAY
    if talk.state is State.WAITING or _has_written_since(due) or _wants_to_be_forgotten(due):
        return Refusal.OVERTAKEN
    if talk.state is State.OWNED and talk.owner_id != plan.member_id:
        return Refusal.OWNED
    here = standing(due.case.contact, talk)
    tells = here.watched and bool(betraying(due.body))
    case = due.case
    return refusal(here, Author.COUNSELLOR, "", case.now, case.zone, plan.asked, betrays=tells)


def _has_written_since(due: Due) -> bool:
    """And nobody has answered: who planned it did not know what it would be an answer to."""
    unanswered = due.case.conversation.waiting_since is not None
    return unanswered and due.case.contact.last_inbound_at > due.plan.planned_at


def _wants_to_be_forgotten(due: Due) -> bool:
    """They have asked for deletion since: a yes from before is none any more."""
    asked = due.case.contact.delete_requested_at
    return due.leaves or (asked is not None and asked >= due.plan.planned_at)


def _written(due: Due, row: NewRow) -> None:
    state = Planned.SENT if row.refusal is None else Planned.REFUSED
    now = due.case.now
    changed = replace(due.plan, state=state, due_at=None, changed_at=now)
    due.case.plans(replace(changed, message_id=row.message_id, refusal=row.refusal))
