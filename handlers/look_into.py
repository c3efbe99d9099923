"""Something of a conversation is looked at by itself, such as an entry of the register: what it
holds in words is shown to whoever may open the conversation, and is an opening of it."""

from uuid import UUID

from domain.access import Act
from domain.member import Member
from handlers.desk import standing_for
from handlers.errors import NeedsReason
from handlers.house import House
from handlers.may_open import grounds
from handlers.see_conversation import STILL_OPEN
from storage import openings
from storage.database import Tx
from storage.duties import Duty


async def may_look(house: House, tx: Tx, member: Member, conversation_id: UUID) -> str | None:
    """The ground for the log, empty where none is asked for; None: a reason is wanted first.

    Raises MustStayAway or NotFound.
    """
    standing = await standing_for(tx, member, conversation_id)
    return (await grounds(tx, member, [standing], house.now())).get(conversation_id)


async def must_see_to(house: House, tx: Tx, member: Member, duty: Duty) -> str | None:
    """As `may_look`, for a duty: a coordinator sees to all of them, who raised it to theirs.

    Raises NeedsReason (anybody else who would have to say why), MustStayAway or NotFound.
    """
    why = await may_look(house, tx, member, duty.conversation_id)
    if why is None and not member.may(Act.COORDINATE) and duty.raised_by != member.id:
        raise NeedsReason(duty.conversation_id)
    return why


async def look_into(house: House, member: Member, conversation_id: UUID, why: str) -> None:
    """Logged once in a while for the same member, as a page that refreshes itself."""
    now = house.now()
    async with house.db.read() as tx:
        known = await openings.logged_since(tx, conversation_id, member.id, now - STILL_OPEN)
    if not known:
        async with house.db.write() as tx:
            await openings.log(tx, conversation_id, member.id, now, why)
