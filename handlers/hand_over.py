"""A counsellor hands a conversation over with a note: to a colleague, or to the queue."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.conversation import TRANSITIONS, State, Step
from domain.member import Member
from domain.pace import Pace
from handlers.desk import found, must_read, once
from handlers.errors import BadInput, NotYours
from handlers.house import House
from handlers.room import must_have_room
from handlers.write_note import worded
from storage import conversations, events, helps, members, notes
from storage.conversations import Conversation
from storage.database import Tx
from storage.events import Event
from storage.notes import Purpose


@dataclass(frozen=True)
class Handed:
    """What goes with it."""

    to: UUID | None
    """None: whoever takes it from the queue."""
    note: str
    promised: str
    """Empty where nothing was."""


async def hand_over(
    house: House, member: Member, conversation_id: UUID, handed: Handed, *, form_key: UUID
) -> None:
    """The note and the handing over are one: neither is without the other. Nothing is sent. Sent
    twice it is done once.

    Raises BadInput (note or promised: empty or too_long; to: unknown), NoRoom, NotYours, NotFound
    or NotAllowed.
    """
    must_read(member)
    note = worded("note", handed.note)
    promised = worded("promised", handed.promised) if handed.promised.strip() else ""
    now, key = house.now(), once(form_key, conversation_id, "handover")
    async with house.db.write() as tx:
        colleague = await members.at_work(tx, handed.to, alone=True) if handed.to else None
        talk = await found(tx, member, conversation_id)
        if talk.state is not State.OWNED or talk.owner_id != member.id:
            if await notes.known(tx, key):
                return
            raise NotYours
        if handed.to is not None:
            if colleague is None or not colleague.member.reads or colleague.id == member.id:
                raise BadInput("to", "unknown")
            await must_have_room(tx, colleague.id, talk, now, house.pace, handed=True)
        await notes.add(tx, talk.id, member.id, note, key, now, Purpose.HANDOVER)
        if promised:
            beside = once(form_key, conversation_id, "promised")
            await notes.add(tx, talk.id, member.id, promised, beside, now, Purpose.PROMISED)
        await _pass_on(tx, talk, member.id, handed.to, now, house.pace)
    house.wake.pages()


async def _pass_on(
    tx: Tx, talk: Conversation, owner_id: UUID, to: UUID | None, now: datetime, pace: Pace
) -> None:
    step = Step.TRANSFER if to else Step.RELEASE
    passes_on, waits_again = conversations.passes_on, conversations.waits_again
    if not await conversations.pass_on(
        tx,
        talk.id,
        expect=(State.OWNED, owner_id),
        then=(TRANSITIONS[State.OWNED, step], to),
        earlier_owner_id=owner_id,
        handed_over_at=now,
        **(passes_on(talk, now) if to else waits_again(talk, now, pace)),
    ):
        raise NotYours
    await helps.forget(tx, talk.id)
    kind, detail = ("transferred", str(to)) if to else ("released", None)
    await events.add(tx, [Event(talk.id, kind, now, owner_id, detail)])
