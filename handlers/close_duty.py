"""A duty ends with an outcome: reported to whom and when, or not needed and why."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.access import Act
from domain.duty import EARLIEST, Outcome, Recipient
from domain.member import Member
from domain.wall import moment
from handlers.desk import found, must
from handlers.errors import AlreadyDecided, BadInput, NotFound
from handlers.house import House
from handlers.look_into import must_see_to
from handlers.register_text import needed, optional
from storage import audit, duties, events, members, register_words
from storage.database import Tx
from storage.duties import Duty
from storage.events import Event
from storage.register_words import Part


@dataclass(frozen=True)
class Closing:
    """What became of it, as it was written down."""

    outcome: Outcome
    recipient: Recipient | None
    at: datetime | None
    """When it was reported, on the wall clock of the line's zone."""
    words: str
    """Why it is not needed; or the report's number, if there is one."""


async def close_duty(house: House, member: Member, duty_id: UUID, closing: Closing) -> None:
    """Of two who close it at once one does; the other is told who did.

    Raises BadInput (recipient: unknown; at: unclear, ahead or long_ago; why: empty or too_long),
    AlreadyDecided, NeedsReason, NotFound or NotAllowed.
    """
    must(member, Act.DUTY)
    now = house.now()
    async with house.db.read() as tx:
        known = await duties.by_id(tx, duty_id)
    if known is None:
        raise NotFound
    duty, text = _checked(house, known.duty, closing, now)
    duty = replace(duty, closed_by=member.id, closed_at=now)
    async with house.db.write() as tx:
        await found(tx, member, duty.conversation_id)
        await must_see_to(house, tx, member, duty)
        if not await duties.close(tx, duty):
            raise await _closed(tx, duty_id)
        entry = (duty.conversation_id, duty.id)
        await register_words.add(tx, entry, Part.DUTY_CLOSED, member.id, text, now)
        said = Event(duty.conversation_id, "duty_closed", now, member.id, closing.outcome)
        await events.add(tx, [said])
        audit.note(tx, "duty_closed", now, member.id, duty.conversation_id, closing.outcome)


def _checked(house: House, duty: Duty, closing: Closing, now: datetime) -> tuple[Duty, str]:
    if closing.outcome is Outcome.NOT_NEEDED:
        return replace(duty, outcome=closing.outcome), needed("why", closing.words)
    if closing.recipient is None:
        raise BadInput("recipient", "unknown")
    if closing.at is None:
        raise BadInput("at", "unclear")
    at = moment(closing.at, house.zone)
    if at > now:
        raise BadInput("at", "ahead")
    if at < duty.raised_at - EARLIEST:
        raise BadInput("at", "long_ago")
    reported = replace(duty, outcome=closing.outcome, recipient=closing.recipient, reported_at=at)
    return reported, optional("why", closing.words)


async def _closed(tx: Tx, duty_id: UUID) -> AlreadyDecided:
    known = await duties.by_id(tx, duty_id)
    by = known.duty.closed_by if known else None
    entry = await members.by_id(tx, by) if by else None
    return AlreadyDecided(entry.name if entry else None)
