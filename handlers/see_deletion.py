"""What would go if a contact were deleted: counted, never shown."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.access import Act
from domain.alias import Alias
from domain.conversation import State
from domain.gate import Gate
from domain.member import Member
from handlers.desk import must, standing_for
from handlers.hold import SeenHold
from handlers.house import House
from handlers.may_open import must_open
from handlers.seen_duties import SeenDuty, shown
from storage import (
    conversations,
    counted,
    deletions,
    disclosures,
    duties,
    holds,
    lines,
    members,
)


@dataclass(frozen=True)
class Talk:
    """One conversation that goes with the others."""

    line: str
    state: State
    owner: str | None


@dataclass(frozen=True)
class Asked:
    """The page on which a person decides."""

    id: UUID
    alias: str
    asked_at: datetime | None
    """None where nothing is asked, or it was decided."""
    first_at: datetime
    counts: tuple[tuple[str, int], ...]
    """Of what goes: heard, said, pictures, notes, planned."""
    talks: tuple[Talk, ...]
    under_18: bool
    gate: Gate
    mine: bool
    """The reader may decide."""
    duties: tuple[SeenDuty, ...]
    """What has to be reported first: until then nothing is deleted."""
    asked_for: bool
    """Somebody has asked us to disclose something, and nobody has decided about it."""
    holds: tuple[SeenHold, ...]
    """What keeps it meanwhile."""
    backups: timedelta
    """For so long back-ups may hold it."""
    keeps_copies: bool
    """Providers keep what they have of it."""


async def see_deletion(house: House, member: Member, conversation_id: UUID) -> Asked:
    """What nobody has, and the contact wants deleted, waits for whoever decides: nobody is asked
    why. Raises NeedsReason, NotFound or NotAllowed.
    """
    must(member, Act.READ)
    async with house.db.read() as tx:
        standing = await standing_for(tx, member, conversation_id)
        contact = standing.contact
        if standing.conversation.owner_id or contact.delete_requested_at is None:
            await must_open(tx, member, standing, house.now())
        people = await deletions.with_address_of(tx, contact.id)
        talks = await conversations.of_contacts(tx, people, lock=False)
        names, cards = await members.names(tx), {one.id: one.name for one in await lines.every(tx)}
        talk_ids = [talk.id for talk in talks.values()]
        counts = await counted.of_conversations(tx, talk_ids)
        owed = shown(await duties.open_of(tx, talk_ids), names, house.now())
        asked_for = await disclosures.any_unsettled(tx, talk_ids)
        held = await holds.standing(tx, talk_ids, house.now())
        theirs = {talk.owner_id for talk in talks.values() if talk.state is State.OWNED}
    return Asked(
        id=conversation_id,
        alias=_alias(standing.alias),
        asked_at=contact.delete_requested_at,
        first_at=contact.first_inbound_at,
        counts=counts,
        talks=tuple(
            Talk(
                cards[talk.line_id], talk.state, names.get(talk.owner_id) if talk.owner_id else None
            )
            for talk in talks.values()
        ),
        under_18=any("under_18" in talk.marks for talk in talks.values()),
        gate=contact.gate,
        mine=theirs <= {member.id},
        duties=owed,
        asked_for=asked_for,
        holds=tuple(SeenHold(h.ground, names.get(h.by, ""), h.at, h.until) for h in held),
        backups=house.backups,
        keeps_copies=house.keeps_copies,
    )


def _alias(alias: Alias | None) -> str:
    return str(alias or "?")
