"""Somebody says why they open a conversation that is neither theirs nor waiting."""

from dataclasses import dataclass
from uuid import UUID

from domain.access import Act
from domain.conversation import State
from domain.member import Member
from domain.need import LASTS, Reason
from handlers.desk import found, must, standing_for
from handlers.house import House
from handlers.may_open import grounds
from handlers.naming import name
from storage import audit, members, reading_reasons


@dataclass(frozen=True)
class Asked:
    """The page that asks: of the conversation no more than a row of the queue says."""

    id: UUID
    alias: str
    state: State
    owner: str | None
    needed: bool
    """False: it opens at once."""


async def see_asked(house: House, member: Member, conversation_id: UUID) -> Asked:
    """Raises NotFound or NotAllowed."""
    must(member, Act.READ)
    await name(house, [conversation_id])
    async with house.db.read() as tx:
        standing = await standing_for(tx, member, conversation_id)
        names = await members.names(tx)
        open_to = await grounds(tx, member, [standing], house.now())
    talk = standing.conversation
    return Asked(
        conversation_id,
        str(standing.alias or "?"),
        talk.state,
        names.get(talk.owner_id) if talk.owner_id else None,
        needed=conversation_id not in open_to,
    )


async def give_reason(house: House, member: Member, conversation_id: UUID, reason: Reason) -> None:
    """For an hour they may read it; the reason stands in the log. Given again it counts anew.

    Raises NotFound or NotAllowed.
    """
    must(member, Act.READ)
    now = house.now()
    async with house.db.write() as tx:
        await found(tx, member, conversation_id)
        await reading_reasons.give(tx, conversation_id, member.id, reason, now, now + LASTS)
        audit.note(tx, "reason", now, member.id, conversation_id, reason)
