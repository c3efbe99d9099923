"""What is written down about staff: added to and never changed, each entry bound to the one before.

An entry's hash is keyed, so that nobody who writes into the database alone can make one. It is
written in the transaction of the deed, as the last thing in it: the lock that keeps the chain from
forking is held from there to the commit, and no other lock is taken after it.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.exc import SQLAlchemyError

from storage import audit_tables
from storage.audit_tables import audit_anchors
from storage.database import Tx
from storage.encryption import SealBroken, parts
from storage.rows import insert

T = audit_tables.audit
_LOCK = 0x75747664
_BEGINNING = bytes(32)
_STEP = 1000


class NotWritten(SQLAlchemyError):
    """The database took an entry and does not have it: somebody has planted a trigger there. What
    it tells of is rolled back."""


@dataclass(frozen=True)
class Note:
    """Something that somebody did. `member_id` None: the command line, or the line itself."""

    act: str
    at: datetime
    member_id: UUID | None
    object_id: UUID | None
    detail: str


@dataclass(frozen=True)
class Head:
    """The last entry: with it written down elsewhere, nothing can be taken off the end unseen."""

    number: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.number}:{self.hash.hex()}"

    @classmethod
    def read(cls, written: str) -> "Head":
        """What `str` wrote. Raises ValueError."""
        number, _, rest = written.strip().partition(":")
        return cls(int(number), bytes.fromhex(rest))


@dataclass(frozen=True)
class Entry(Note):
    """A note in its place in the chain."""

    number: int
    previous: bytes
    generation: int
    hash: bytes


@dataclass(frozen=True)
class Broken:
    """The first entry that is not what was written, and why: changed, removed or cut."""

    number: int
    why: str


def note(
    tx: Tx,
    act: str,
    at: datetime,
    member_id: UUID | None = None,
    object_id: UUID | None = None,
    detail: object = "",
) -> None:
    """Is written at the end of this transaction, or not at all if that is rolled back.

    `detail`: a code or a count; never content, a number or a name of a contact.
    """
    tx.told.last.setdefault(_chain, []).append(Note(act, at, member_id, object_id, str(detail)))


async def hold(tx: Tx) -> None:
    """Nobody else adds an entry from here to the commit. On SQLite nobody else writes anyway."""
    if tx.postgres:
        await tx.conn.execute(select(func.pg_advisory_xact_lock(_LOCK)))


async def _chain(tx: Tx, notes: Sequence[Note]) -> None:
    await hold(tx)
    last = await head(tx)
    rows = []
    for one in notes:
        values = {"act": one.act, "at": one.at, "member_id": one.member_id}
        values |= {"object_id": one.object_id, "detail": one.detail}
        number = last.number + 1
        generation, made = tx.keys.chained(_content(number, one, last.hash))
        rows.append({"number": number, **values, "previous": last.hash,
                     "generation": generation, "hash": made})  # fmt: skip
        last = Head(number, made)
    await insert(tx, T, rows)
    if await head(tx) != last:
        raise NotWritten


def _content(number: int, one: Note, previous: bytes) -> bytes:
    at = one.at.astimezone(UTC).isoformat(timespec="microseconds")
    return parts((number, at, one.member_id, one.act, one.object_id, one.detail,
                  previous.hex()))  # fmt: skip


async def head(tx: Tx) -> Head:
    """The last entry, or where the chain begins."""
    query = select(T.c.number, T.c.hash).order_by(T.c.number.desc()).limit(1)
    row = (await tx.conn.execute(query)).first()
    return Head(row.number, bytes(row.hash)) if row else await begins(tx)


async def begins(tx: Tx) -> Head:
    """After which entry the chain begins: the last of those that went by rule, as the newest anchor
    with a true tag says, or none."""
    query = select(audit_anchors).order_by(audit_anchors.c.number.desc())
    for row in await tx.conn.execute(query):
        content = parts(("anchor", row.number, bytes(row.hash).hex()))
        try:
            if tx.keys.chained(content, row.generation)[1] == bytes(row.tag):
                return Head(row.number, bytes(row.hash))
        except SealBroken:
            continue
    return Head(0, _BEGINNING)


async def last_until(tx: Tx, moment: datetime) -> int:
    """The last entry up to which none was written after that moment."""
    first = select(func.min(T.c.number)).where(T.c.at > moment)
    kept = (await tx.conn.execute(first)).scalar_one()
    query = select(func.coalesce(func.max(T.c.number), 0))
    if kept is not None:
        query = query.where(T.c.number < kept)
    return int((await tx.conn.execute(query)).scalar_one())


async def cut(tx: Tx, number: int, at: datetime) -> int | Broken:
    """Remove every entry up to this one; how many they were. The chain begins after it from now on,
    and what follows is bound to it still.

    Broken: one of them is not as it was written. Then none goes: whoever changed it does not have
    it put aside for them.
    """
    last = begin = await begins(tx)
    async for one in entries(tx, begin.number):
        if one.number > number:
            break
        if one.number != last.number + 1 or not _is_true(tx, one, last):
            return Broken(one.number, "changed")
        last = Head(one.number, bytes(one.hash))
    if last == begin:
        return 0
    generation, tag = tx.keys.chained(parts(("anchor", last.number, last.hash.hex())))
    row = {"number": last.number, "hash": last.hash, "generation": generation, "tag": tag, "at": at}
    await tx.conn.execute(delete(audit_anchors).where(audit_anchors.c.number <= last.number))
    await insert(tx, audit_anchors, [row])
    await tx.conn.execute(delete(T).where(T.c.number <= last.number))
    note(tx, "audit_cut", at, detail=last.number)
    return last.number - begin.number


async def count_until(tx: Tx, moment: datetime) -> int:
    """How many entries there are up to the last one until which none was written later."""
    query = select(func.count()).select_from(T).where(T.c.number <= await last_until(tx, moment))
    return int((await tx.conn.execute(query)).scalar_one())


async def entries(tx: Tx, after: int = 0) -> AsyncIterator[Entry]:
    """All of them in order, a thousand at a time."""
    while True:
        found = await some(tx, after, _STEP)
        for one in found:
            yield one
        if len(found) < _STEP:
            return
        after = found[-1].number


async def some(tx: Tx, after: int, limit: int) -> list[Entry]:
    """The next ones, in order."""
    query = select(T).where(T.c.number > after).order_by(T.c.number).limit(limit)
    return [entry_of(row) for row in await tx.conn.execute(query)]


def entry_of(row: object) -> Entry:
    """A row of the table."""
    return Entry(**{name: getattr(row, name) for name in Entry.__dataclass_fields__})


async def verify(tx: Tx, known: Head | None = None) -> Head | Broken:
    """The head, when every entry is what was written; else the first that is not.

    `known`: a head that was kept elsewhere; without it what was taken off the end is not seen. Of
    one that is older than where the chain begins nothing can be said.
    """
    last = await begins(tx)
    if known is not None and known.number == last.number and known.hash != last.hash:
        return Broken(last.number, "changed")
    async for one in entries(tx, last.number):
        if one.number != last.number + 1:
            return Broken(last.number + 1, "removed")
        if not _is_true(tx, one, last):
            return Broken(one.number, "changed")
        last = Head(one.number, bytes(one.hash))
        if known is not None and known.number == last.number and known.hash != last.hash:
            return Broken(last.number, "changed")
    if known is not None and known.number > last.number:
        return Broken(last.number + 1, "cut")
    return last


def _is_true(tx: Tx, one: Entry, last: Head) -> bool:
    content = _content(one.number, one, last.hash)
    try:
        made = tx.keys.chained(content, one.generation)[1]
    except SealBroken:
        return False
    return bytes(one.previous) == last.hash and bytes(one.hash) == made


def is_genuine(tx: Tx, one: Entry) -> bool:
    """Whether the line wrote this entry, wherever in the chain it stands."""
    return _is_true(tx, one, Head(one.number - 1, bytes(one.previous)))


async def last_at(tx: Tx, act: str) -> datetime | None:
    """When this was done last; None: never, or it was removed with the oldest."""
    query = select(T.c.at).where(T.c.act == act).order_by(T.c.number.desc()).limit(1)
    found: datetime | None = (await tx.conn.execute(query)).scalar_one_or_none()
    return found


async def about(tx: Tx, object_ids: Collection[UUID]) -> list[Entry]:
    """What the line itself wrote down about these, the newest first; nothing that somebody put
    there who writes into the database."""
    query = select(T).where(T.c.object_id.in_(object_ids)).order_by(T.c.number.desc())
    found = [entry_of(row) for row in await tx.conn.execute(query)]
    return [one for one in found if is_genuine(tx, one)]


async def noted_since(
    tx: Tx, act: str, since: datetime, member_id: UUID | None, object_id: UUID | None, detail: str
) -> bool:
    """Whether the same was written down since then."""
    query = select(T.c.number).where(T.c.member_id == member_id, T.c.at >= since, T.c.act == act)
    query = query.where(T.c.detail == detail, T.c.object_id.is_not_distinct_from(object_id))
    return (await tx.conn.execute(query.limit(1))).first() is not None
