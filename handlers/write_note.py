"""A note for colleagues. It never leaves: nothing here knows the outbox."""

from uuid import UUID

from domain.member import Member
from handlers.desk import once
from handlers.errors import BadInput
from handlers.house import House
from handlers.may_open import found
from storage import drafts, events, notes
from storage.drafts import Box
from storage.events import Event

LONGEST = 5000


async def write_note(
    house: House, member: Member, conversation_id: UUID, body: str, *, form_key: UUID
) -> None:
    """The same words with the same `form_key` twice are kept once.

    Raises BadInput, NeedsReason, NotFound or NotAllowed.
    """
    text = worded("note", body)
    now, form_key = house.now(), once(form_key, conversation_id, text)
    async with house.db.write() as tx:
        await found(tx, member, conversation_id, now)
        if await notes.add(tx, conversation_id, member.id, text, form_key, now):
            await events.add(tx, [Event(conversation_id, "noted", now, member.id)])
        await drafts.forget(tx, Box.NOTE, conversation_id, member.id)


def worded(field: str, body: str) -> str:
    """The words of a note as they are kept. Raises BadInput (field: empty or too_long)."""
    text = body.replace("\r\n", "\n").replace("\x00", "").strip()
    if not text or len(text) > LONGEST:
        raise BadInput(field, "too_long" if text else "empty")
    return text
