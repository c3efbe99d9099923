"""What the next person needs in a minute, and what somebody has to hand over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from domain.access import Act
from domain.caseload import Full, full
from domain.contact_rules import SafeHours
from domain.member import Member
from domain.message import Author
from domain.priority import Tier
from handlers.desk import must
from handlers.errors import NeedsReason, NotFound, NotYours
from handlers.house import House
from handlers.see_conversation import see_conversation
from handlers.see_duties import see_open
from handlers.see_queue import see_queue
from handlers.seen import Noted, Row, Said
from handlers.seen_duties import SeenDuty
from handlers.seen_plans import Planned
from storage import conflicts, given_roles, lines, queue, worked
from storage.database import Tx
from storage.notes import Purpose

LAST = 4
"""Texts that are shown: what is read in a minute, with room for a bare "1"."""


@dataclass(frozen=True)
class Handover:
    """One conversation, for whoever has it next."""

    row: Row
    mine: bool
    note: Noted | None
    """None where it was not handed over with one."""
    promised: Noted | None
    last: tuple[Said, ...]
    """What the contact and counsellors said last, in its order; nothing of the machine's."""
    safe_hours: SafeHours | None
    planned: tuple[Planned, ...]
    """What is to be sent later, the next first."""
    duties: tuple[SeenDuty, ...]
    """What has to be reported here."""


@dataclass(frozen=True)
class Colleague:
    """Somebody to whom it can be handed."""

    id: UUID
    name: str
    at_work: bool
    held: int
    """How many they have."""
    full: Full | None
    """Why they can have no more, but for a P1 that nobody else has room for; None: they can."""


@dataclass(frozen=True)
class Ending:
    """What has to be handed over before the shift can end."""

    since: datetime | None
    mine: tuple[Row, ...]
    colleagues: tuple[Colleague, ...]
    """Whoever is at work comes first, and of those who have room."""
    duties: tuple[SeenDuty, ...] = ()
    """What stands open of what has to be reported: for whoever comes next, too."""
    away: Mapping[UUID, frozenset[UUID]] = field(default_factory=dict)
    """By member: the conversations from which they must stay away."""

    def may_have(self, conversation_id: UUID) -> tuple[Colleague, ...]:
        """Those who need not stay away from its contact, in the same order."""
        none: frozenset[UUID] = frozenset()
        return tuple(
            one for one in self.colleagues if conversation_id not in self.away.get(one.id, none)
        )


@dataclass(frozen=True)
class Handing:
    """One conversation of theirs that is handed over while the shift goes on."""

    row: Row
    colleagues: tuple[Colleague, ...]
    """In the same order; without those who must stay away from its contact."""
    unread: tuple[Said, ...]
    """What the contact wrote, or wrote anew, and nobody has read."""
    newest: UUID | None
    """The last message or edit: what came after it is not among these."""


async def see_handover(house: House, member: Member, conversation_id: UUID) -> Handover:
    """That it was read is logged. Raises NotFound or NotAllowed."""
    talk = await see_conversation(house, member, conversation_id, opening=False)
    said = [it for it in talk.thread if isinstance(it, Said)]
    noted = [it for it in talk.thread if isinstance(it, Noted)]
    note = next((it for it in reversed(noted) if it.purpose == Purpose.HANDOVER), None)
    promised = (it for it in noted if it.purpose == Purpose.PROMISED and note and it.at == note.at)
    return Handover(
        row=talk.row,
        mine=talk.mine,
        note=note,
        promised=next(promised, None),
        last=tuple(it for it in said if it.author is not Author.MACHINE)[-LAST:],
        safe_hours=talk.safe_hours,
        planned=talk.planned,
        duties=await see_open(house, member, conversation_id),
    )


async def see_ending(house: House, member: Member) -> Ending:
    """Raises NotAllowed."""
    must(member, Act.WORK_SHIFT)
    seen = await see_queue(house, member)
    async with house.db.read() as tx:
        there = await worked.there(tx, house.now())
        found = await _colleagues(tx, member, there)
        away = await conflicts.by_member(tx)
    return Ending(there.get(member.id), seen.mine, found, seen.duties, away)


async def see_handing(house: House, member: Member, conversation_id: UUID) -> Handing:
    """That what nobody has read was shown is logged; it stays unread, for whoever answers. Raises
    NotYours, also of one that is not there, MustStayAway or NotAllowed."""
    must(member, Act.READ)
    seen = await see_queue(house, member)
    row = next((row for row in seen.mine if row.id == conversation_id), None)
    if row is None:
        raise NotYours
    try:
        talk = await see_conversation(house, member, conversation_id, opening=False)
    except (NeedsReason, NotFound):
        raise NotYours from None
    async with house.db.read() as tx:
        found = await _colleagues(tx, member, await worked.there(tx, house.now()))
    may_have = {one.id for one in talk.colleagues}
    unread = tuple(it for it in talk.thread if isinstance(it, Said) and it.unread)
    offered = tuple(one for one in found if one.id in may_have)
    return Handing(row, offered, unread, talk.newest)


async def _colleagues(
    tx: Tx, member: Member, there: Mapping[UUID, datetime]
) -> tuple[Colleague, ...]:
    held = await queue.held(tx, await conflicts.kept_from(tx, member.id))
    most = max((line.most_each for line in await lines.every(tx)), default=0)
    found = []
    staff = await given_roles.staff(tx)
    for entry in staff:
        theirs: list[Tier] = [tier for _, tier in held.get(entry.id, ())]
        works = entry.joined_at and not entry.revoked_at and entry.member.reads
        if works and entry.id != member.id:
            so = full(theirs, most)
            found.append(Colleague(entry.id, entry.name, entry.id in there, len(theirs), so))
    return tuple(sorted(found, key=lambda c: (not c.at_work, c.full is not None, c.held, c.name)))
