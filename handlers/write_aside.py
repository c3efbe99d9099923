"""A coordinator writes to the counsellor of a conversation, and nobody else reads it."""

from uuid import UUID

from domain.access import Act
from domain.conversation import State
from domain.member import Member
from handlers.desk import must, once
from handlers.errors import BadInput
from handlers.house import House
from handlers.may_open import found
from handlers.write_note import worded
from storage import events, notes
from storage.events import Event
from storage.notes import Purpose


async def write_aside(
    house: House,
    member: Member,
    conversation_id: UUID,
    body: str,
    *,
    to: UUID,
    form_key: UUID,
) -> None:
    """To whoever has it on the page that was looked at; if somebody else has it by now, nobody is
    told what was not meant for them.

    Raises BadInput (aside: empty, too_long or moved), NeedsReason, NotFound, OnlyCoordinators or
    NotAllowed.
    """
    must(member, Act.STEP_IN)
    text = worded("aside", body)
    now, form_key = house.now(), once(form_key, conversation_id, "aside", to, text)
    async with house.db.write() as tx:
        talk = await found(tx, member, conversation_id, now)
        if talk.state is not State.OWNED or talk.owner_id != to or to == member.id:
            raise BadInput("aside", "moved")
        if await notes.add(
            tx, conversation_id, member.id, text, form_key, now, Purpose.ASIDE, only_for=to
        ):
            await events.add(tx, [Event(conversation_id, "noted", now, member.id)])
