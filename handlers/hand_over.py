"""A counsellor hands a conversation over with a note: to a colleague, or to the queue."""

from dataclasses import dataclass
from uuid import UUID

from domain.access import Act
from domain.conversation import State
from domain.member import Member
from handlers.desk import found, must, once
from handlers.errors import BadInput, NotYours, WrittenMeanwhile
from handlers.house import House
from handlers.pass_on import handing, pass_on
from handlers.receiver import must_receive
from handlers.write_note import worded
from storage import members, messages, notes
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
    house: House,
    member: Member,
    conversation_id: UUID,
    handed: Handed,
    *,
    form_key: UUID,
    at_work: bool = False,
    seen: UUID | None = None,
) -> None:
    """The note and the handing over are one: neither is without the other. Nothing is sent. Sent
    twice with the same words it is done once. `at_work`: so the page said of the colleague. `seen`:
    the last message or edit that the page showed; None: all of them.

    Raises BadInput (note or promised: empty or too_long; to: unknown), WrittenMeanwhile, NotThere,
    CaseloadFull, StaysAway, NotYours, NotFound or NotAllowed.
    """
    must(member, Act.READ)
    note = worded("note", handed.note)
    promised = worded("promised", handed.promised) if handed.promised.strip() else ""
    said_with_it = (handed.to, note, promised)
    now, key = house.now(), once(form_key, conversation_id, "handover", *said_with_it)
    async with house.db.write() as tx:
        colleague = await members.at_work(tx, handed.to, alone=True) if handed.to else None
        talk = await found(tx, member, conversation_id)
        if talk.state is not State.OWNED or talk.owner_id != member.id:
            if await notes.known(tx, key):
                return
            raise NotYours
        if seen and await messages.unseen_since(tx, talk.id, seen):
            raise WrittenMeanwhile
        if handed.to is not None:
            if handed.to == member.id:
                raise BadInput("to", "unknown")
            await must_receive(tx, handed.to, colleague, talk, now, house.pace, at_work=at_work)
        await notes.add(tx, talk.id, member.id, note, key, now, Purpose.HANDOVER)
        if promised:
            beside = once(key, "promised")
            await notes.add(tx, talk.id, member.id, promised, beside, now, Purpose.PROMISED)
        said = handing(talk, handed.to, member.id, now)
        await pass_on(tx, talk, handed.to, said, house.pace, handed_over_at=now)
    house.wake.pages()
