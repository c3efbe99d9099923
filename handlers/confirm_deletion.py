"""A person decides about a deletion that was asked for while something was open: whoever holds the
telephone can ask, and a grabbed one must not destroy a call for help."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from domain.access import Act
from domain.conversation import State
from domain.deletion import Decline, Stage
from domain.hold import Ground
from domain.member import Member
from handlers.case import Case
from handlers.cases import known_cases
from handlers.desk import must, must_not_stay_away
from handlers.errors import (
    AlreadyTaken,
    BadInput,
    NotFound,
    NotYours,
    StillHeld,
    StillToReport,
)
from handlers.forget import REQUESTED, begin
from handlers.house import House
from handlers.write_case import write
from storage import audit, conversations, deletions, duties, events, holds, members
from storage.database import Tx
from storage.deletions import Deletion
from storage.events import Event


async def confirm_deletion(
    house: House, member: Member, conversation_id: UUID, *, keeps_notes: bool, sure: bool
) -> None:
    """Everything of the contact's is destroyed, with every line; `forget` does it.

    `keeps_notes`: the law wants the counsellors' notes kept; `sure`: it is the contact who asked.
    Decided before, nothing is done. Raises BadInput (sure: unticked), AlreadyTaken, NotYours,
    StillToReport, StillHeld, NotFound or NotAllowed.
    """
    must(member, Act.READ)
    if not sure:
        raise BadInput("sure", "unticked")
    now = house.now()
    async with house.db.write() as tx:
        cases = await _theirs(house, tx, member, conversation_id)
        here = cases[conversation_id]
        asked_at = here.contact.delete_requested_at
        if asked_at is None:
            return
        if await duties.any_open(tx, cases.keys()):
            raise StillToReport
        await _end_wishes(tx, member, cases.keys(), now)
        by = Deletion(
            here.contact.id,
            Stage.ASKED,
            asked_at,
            now,
            member_id=member.id,
            keeps_notes=keeps_notes,
            tells=True,
        )
        people = {case.contact.id: case.contact for case in cases.values()}
        talks = {case.contact.id: case.conversation for case in cases.values()}
        await begin(tx, by, people, talks, now)
        kept = "notes_kept" if keeps_notes else "all"
        audit.note(tx, "deletion_confirmed", now, member.id, conversation_id, kept)
    house.wake.outbox()


async def _end_wishes(
    tx: Tx, member: Member, conversation_ids: Collection[UUID], now: datetime
) -> None:
    """That they want it kept ends with their later word. What the law keeps does not."""
    for one in await holds.standing(tx, conversation_ids, now):
        if one.ground is not Ground.WISH:
            raise StillHeld
        await holds.lift(tx, [one.conversation_id], member.id, now)
        audit.note(tx, "hold_lifted", now, member.id, one.conversation_id)


async def decline_deletion(
    house: House, member: Member, conversation_id: UUID, reason: Decline
) -> None:
    """Nothing is deleted, and the reason stands in the conversation. They may ask again.

    Raises AlreadyTaken, NotYours, NotFound or NotAllowed.
    """
    now = house.now()
    async with house.db.write() as tx:
        cases = await _theirs(house, tx, member, conversation_id)
        asked = [c for c in cases.values() if c.contact.delete_requested_at is not None]
        for case in asked:
            case.know(delete_requested_at=None)
            case.unmark([REQUESTED])
            case.events = []
        await write(tx, asked, now)
        said = [Event(c.conversation.id, "delete_declined", now, member.id, reason) for c in asked]
        await events.add(tx, said)
        if asked:
            audit.note(tx, "deletion_declined", now, member.id, conversation_id, reason)


async def _theirs(house: House, tx: Tx, member: Member, conversation_id: UUID) -> dict[UUID, Case]:
    """By conversation: all cases of whoever asked in this one. None is a colleague's."""
    must(member, Act.READ)
    talk = await conversations.by_id(tx, conversation_id)
    if talk is None:
        raise NotFound
    await must_not_stay_away(tx, member, conversation_id, talk.contact_id)
    people = await deletions.everyone_at(tx, talk.contact_id, wait=True)
    cases = await known_cases(house, tx, people, house.now())
    for case in cases.values():
        owner = case.conversation.owner_id
        if case.conversation.state is not State.OWNED or owner == member.id:
            continue
        if case.conversation.id == conversation_id:
            raise NotYours
        entry = await members.by_id(tx, owner) if owner else None
        raise AlreadyTaken(entry.name if entry else None)
    return cases
