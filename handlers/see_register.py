"""The register: what others asked us for, what must be reported, what contacts got of theirs."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.access import Act
from domain.disclosure import OPEN, State
from domain.export import Ground
from domain.member import Member
from handlers.decide_disclosure import is_before
from handlers.desk import must
from handlers.errors import NotFound
from handlers.forged_agreement import is_forged
from handlers.house import House
from handlers.look_into import look_into, may_look
from handlers.seen_asked import SeenAgreement, agreements, may_agree
from handlers.seen_duties import SeenDuty, shown
from storage import (
    agreed_to,
    audit,
    conflicts,
    disclosures,
    duties,
    exports,
    members,
    register_words,
    stranger_words,
)
from storage.agreed_to import Agreed
from storage.disclosures import Disclosure, Listed
from storage.register_words import Found

MOST = 200
CLOSED_FOR = timedelta(days=90)
"""So long duties that were closed stand in the list."""


@dataclass(frozen=True)
class SeenEntry:
    """One request, with names for its members."""

    entry: Disclosure
    alias: str | None
    """None: they ask about somebody whom the line does not know."""
    asked_by: str
    agreed: tuple[SeenAgreement, ...]
    own: bool
    """The reader wrote it down."""
    refused_by: str | None
    given_by: str | None
    before_agreed: bool
    """It was given before two had agreed."""
    forged: bool
    """It stands as agreed to, and the log does not say so: nothing of it is given."""
    may_agree: bool
    may_refuse: bool
    may_give: bool
    words: Found
    """Only where it is looked at by itself."""
    needs_reason: bool = False
    """There are words, which are shown to whoever says why they open the conversation."""


@dataclass(frozen=True)
class SeenExport:
    """A file that was made for a contact."""

    id: UUID
    alias: str
    by: str
    ground: Ground
    held_back: int
    at: datetime


@dataclass(frozen=True)
class Register:
    """The whole of it, as far as it is shown at once."""

    unsettled: tuple[SeenEntry, ...]
    settled: tuple[SeenEntry, ...]
    owed: tuple[SeenDuty, ...]
    reported: tuple[SeenDuty, ...]
    exports: tuple[SeenExport, ...]


async def see_register(house: House, member: Member) -> Register:
    """Without a word of what was written. Raises NotAllowed."""
    must(member, Act.REGISTER)
    now = house.now()
    async with house.db.read() as tx:
        names = await members.names(tx)
        kept = await conflicts.kept_from(tx, member.id)
        owed = await duties.still_open(tx, MOST)
        reported = await duties.closed_since(tx, now - CLOSED_FOR, MOST)
        made = await exports.latest(tx, MOST)
        asked, over = await disclosures.unsettled(tx, MOST), await disclosures.settled(tx, MOST)
        agreed = await agreed_to.of_entries(tx, [one.entry.id for one in asked])
        return Register(
            unsettled=_entries(asked, names, member, kept, agreed),
            settled=_entries(over, names, member, kept, None),
            owed=shown((d for d in owed if d.duty.conversation_id not in kept), names, now),
            reported=shown((d for d in reported if d.duty.conversation_id not in kept), names, now),
            exports=tuple(
                SeenExport(
                    one.id,
                    str(alias or "?"),
                    names.get(one.member_id, ""),
                    one.ground,
                    one.held_back,
                    one.at,
                )
                for one, alias in made
                if one.conversation_id not in kept
            ),
        )


async def see_entry(house: House, member: Member, entry_id: UUID) -> SeenEntry:
    """With its words; that its conversation was looked into is logged. Raises NotFound or
    NotAllowed."""
    must(member, Act.REGISTER)
    async with house.db.read() as tx:
        known = await disclosures.by_id(tx, entry_id)
        if known is None:
            raise NotFound
        names = await members.names(tx)
        agreed = (await agreed_to.of_entries(tx, [entry_id]))[entry_id]
    talk = known.entry.conversation_id
    if talk is None:
        return _entry(known, names, member, await _of_stranger(house, member, entry_id), agreed)
    async with house.db.read() as tx:
        why = await may_look(house, tx, member, talk)
        said: Found = {}
        if why is not None:
            said = (await register_words.of_entries(tx, [entry_id])).get(entry_id, {})
    if said and why is not None:
        await look_into(house, member, talk, why)
    return replace(_entry(known, names, member, said, agreed), needs_reason=why is None)


async def _of_stranger(house: House, member: Member, entry_id: UUID) -> Found:
    """They are nobody's, and so no conversation is opened: that they were read is noted."""
    async with house.db.read() as tx:
        said = (await stranger_words.of_entries(tx, [entry_id])).get(entry_id, {})
    if said:
        async with house.db.write() as tx:
            audit.note(tx, "disclosure_read", house.now(), member.id, entry_id)
    return said


def _entries(
    found: Iterable[Listed],
    names: Mapping[UUID, str],
    member: Member,
    kept: Collection[UUID],
    agreed: Mapping[UUID, Agreed] | None,
) -> tuple[SeenEntry, ...]:
    return tuple(
        _entry(one, names, member, {}, None if agreed is None else agreed[one.entry.id])
        for one in found
        if one.entry.conversation_id not in kept
    )


def _entry(
    known: Listed,
    names: Mapping[UUID, str],
    member: Member,
    said: Found,
    agreed: Agreed | None,
) -> SeenEntry:
    """`agreed`: as the log says it; None where nothing is to be done upon it any more."""
    entry = known.entry

    def who(member_id: UUID | None) -> str | None:
        return names.get(member_id) if member_id else None

    unsettled = entry.state in OPEN
    forged = agreed is not None and unsettled and is_forged(entry, agreed)
    early = entry.given_on and entry.agreed_at and is_before(entry.given_on, entry.agreed_at)
    return SeenEntry(
        entry=entry,
        alias=None if entry.conversation_id is None else str(known.alias or "?"),
        asked_by=names.get(entry.asked_by, ""),
        before_agreed=bool(early),
        forged=forged,
        may_agree=not forged and may_agree(entry, member),
        may_refuse=unsettled,
        may_give=not forged and entry.state is State.APPROVED and member.may(Act.DISCLOSE),
        words=said,
        agreed=agreements(entry, names),
        own=entry.asked_by == member.id,
        refused_by=who(entry.refused_by),
        given_by=who(entry.given_by),
    )
