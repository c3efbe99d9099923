"""A coordinator looks through what is written down about staff: who did what, never content."""

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from domain import alias
from domain.access import Act
from domain.member import Member
from domain.noted import UNDER, Heading, Noted
from handlers.desk import must
from handlers.errors import BadInput, MustStayAway
from handlers.house import House
from handlers.naming import name
from handlers.verify_audit import told
from storage import (
    aliases,
    audit,
    audit_looked,
    conflicts,
    conversations,
    disclosures,
    lines,
    members,
)
from storage.audit import Broken, Entry, Head
from storage.audit_looked import Wanted
from storage.database import Tx

AT_ONCE = 100
"""Entries on a page."""

STEP = 1000
LAST = 2**62


@dataclass(frozen=True)
class Asked:
    """What somebody asks for; what is empty leaves nothing out."""

    who: UUID | None = None
    what: Heading | None = None
    talk: UUID | None = None
    since: date | None = None
    until: date | None = None
    """This day itself, too."""
    before: int | None = None
    """The page after the entry with this number."""


@dataclass(frozen=True)
class Line:
    """One entry. `who` is None for the command line and for the line itself."""

    number: int
    at: datetime
    who: str | None
    act: str
    detail: str
    about: str
    """A contact's alias, a member or a line; empty where it is none of them."""
    talk: UUID | None
    """The conversation, where it is one."""
    closed: bool = False
    """It is about a contact from whom the reader must stay away: it stands in the chain, and
    nothing else of it is shown."""


@dataclass(frozen=True)
class Verified:
    """The last time that somebody had all entries looked through."""

    at: datetime
    who: str | None
    number: int
    """Up to which all are as they were written, or the first that is not."""
    why: str
    """Empty where all are."""


@dataclass(frozen=True)
class Log:
    """A page of it."""

    lines: tuple[Line, ...]
    older: int | None
    """None: there is nothing older."""
    head: Head
    verified: Verified | None
    staff: tuple[tuple[UUID, str], ...]
    alias: str
    """Of the conversation that was asked for."""


async def see_audit(house: House, member: Member, asked: Asked) -> Log:
    """The newest first. Raises MustStayAway (the conversation that is asked for), OnlyCoordinators
    or NotAllowed."""
    must(member, Act.AUDIT)
    wanted = _wanted(asked, house.zone)
    async with house.db.read() as tx:
        closed = await closed_to(tx, member)
        if asked.talk in closed:
            raise MustStayAway(asked.talk)
        if wanted.member_id or wanted.acts:  # else the choice itself would tell
            wanted = replace(wanted, without=closed)
        found = await audit_looked.before(tx, wanted, asked.before or LAST, AT_ONCE + 1)
        head = await audit.head(tx)
        verified = await audit_looked.last(tx, Noted.VERIFIED)
    about = {one.object_id for one in found if one.object_id} - closed
    about |= {asked.talk} if asked.talk else set()
    await name(house, about)
    async with house.db.read() as tx:
        names = await members.names(tx)
        known = await _labels(tx, about, names)
        talks = await audit_looked.called(tx, about)
    page = found[:AT_ONCE]
    return Log(
        lines=tuple(
            _hidden(one) if one.object_id in closed else _line(one, names, known, talks.keys())
            for one in page
        ),
        older=page[-1].number if len(found) > AT_ONCE else None,
        head=head,
        verified=_verified(verified, names) if verified else None,
        staff=tuple(sorted(names.items(), key=lambda one: one[1].casefold())),
        alias=known.get(asked.talk, "") if asked.talk else "",
    )


def _wanted(asked: Asked, zone: ZoneInfo) -> Wanted:
    until = asked.until + timedelta(days=1) if asked.until else None
    return Wanted(
        asked.who,
        UNDER[asked.what] if asked.what else (),
        asked.talk,
        midnight(asked.since, zone) if asked.since else None,
        midnight(until, zone) if until else None,
    )


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When this day begins there."""
    return datetime(day.year, day.month, day.day, tzinfo=zone)


async def _labels(tx: Tx, about: set[UUID], names: Mapping[UUID, str]) -> Mapping[UUID, str]:
    """What people call these; whatever has no name has none here either."""
    served = await lines.every(tx)
    known = {line.rota_id: line.name for line in served if line.rota_id}
    known |= {line.id: line.name for line in served}
    called = {talk: str(one) for talk, one in (await audit_looked.called(tx, about)).items()}
    return {**{one: names[one] for one in about & names.keys()}, **known, **called}


def _line(
    one: Entry, names: Mapping[UUID, str], known: Mapping[UUID, str], talks: Collection[UUID]
) -> Line:
    about = one.object_id
    return Line(
        one.number,
        one.at,
        names.get(one.member_id, "?") if one.member_id else None,
        one.act,
        _named(one.detail, names),
        known.get(about, "") if about else "",
        about if about in talks else None,
    )


def _hidden(one: Entry) -> Line:
    return Line(one.number, one.at, None, "", "", "", None, closed=True)


async def closed_to(tx: Tx, member: Member) -> frozenset[UUID]:
    """What entries are about that this member must stay away from: conversations, and what is asked
    for of their contacts."""
    kept = await conflicts.kept_from(tx, member.id)
    if not kept:
        return frozenset()
    return kept | {one.id for one in await disclosures.of_conversations(tx, kept)}


def _named(detail: str, names: Mapping[UUID, str]) -> str:
    """Whom an entry is about, where it is a member."""
    try:
        return names.get(UUID(detail), detail)
    except ValueError:
        return detail


def _verified(one: Entry, names: Mapping[UUID, str]) -> Verified:
    number, _, why = one.detail.partition(" ")
    who = names.get(one.member_id) if one.member_id else None
    return Verified(one.at, who, int(number), why)


async def find_alias(house: House, member: Member, written: str) -> UUID:
    """The conversation of whoever is called so. Raises BadInput (alias: unknown) or NotAllowed."""
    must(member, Act.AUDIT)
    named = alias.parse(written)
    if named is None or named[1] is None:
        raise BadInput("alias", "unknown")
    async with house.db.read() as tx:
        theirs = await conversations.of_contacts(tx, await aliases.called(tx, *named), lock=False)
        closed = await conflicts.kept_from(tx, member.id)
    found = [talk.id for talk in theirs.values() if talk.id not in closed]
    if not found:
        raise BadInput("alias", "unknown")
    return found[0]


async def verify_and_note(house: House, member: Member, kept: str) -> Head | Broken:
    """Every entry is looked through, and what was found is an entry itself. `kept`: a head that
    somebody kept elsewhere, or nothing. Raises BadInput (head: unknown) or NotAllowed."""
    must(member, Act.AUDIT)
    try:
        known = Head.read(kept) if kept.strip() else None
    except ValueError:
        raise BadInput("head", "unknown") from None
    async with house.db.read() as tx:
        found = await audit.verify(tx, known)
    async with house.db.write() as tx:
        why = f" {found.why}" if isinstance(found, Broken) else ""
        audit.note(tx, Noted.VERIFIED, house.now(), member.id, detail=f"{found.number}{why}")
    return found


async def export_for(house: House, member: Member) -> AsyncIterator[dict[str, object]]:
    """Every entry with its hash; that it was taken out is the last of them. Of what is about a
    contact from whom they must stay away no more than that.

    A thousand at a time: whoever takes them slowly keeps no connection. Raises NotAllowed.
    """
    must(member, Act.AUDIT)
    async with house.db.write() as tx:
        last = (await audit.head(tx)).number
        audit.note(tx, Noted.EXPORTED, house.now(), member.id, detail=last)
        names, closed = await members.names(tx), await closed_to(tx, member)
    return _rows(house, names, closed, last + 1)


async def _rows(
    house: House, names: Mapping[UUID, str], closed: Collection[UUID], last: int
) -> AsyncIterator[dict[str, object]]:
    after = 0
    while after < last:
        async with house.db.read() as tx:
            found = await audit.some(tx, after, STEP)
        for one in found:
            if one.number <= last:
                yield told(one, names, closed)
        if not found:
            return
        after = found[-1].number
