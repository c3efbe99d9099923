"""How members are reached: each way is verified before it is used, and tried in its order."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update

from storage.database import Tx
from storage.encryption import SealBroken
from storage.ids import new_id
from storage.page_tables import pages, way_links, ways
from storage.rows import change, insert_new

T = ways.c
SMS = "sms"
TELEGRAM = "telegram"
PUSH = "push"


@dataclass(frozen=True)
class Way:
    """One of a member's."""

    id: UUID
    member_id: UUID
    kind: str
    place: int
    address: str
    added_at: datetime
    verified_at: datetime | None
    failed_at: datetime | None
    """When a page could last not be delivered there; a later one that can takes it back."""
    gone_at: datetime | None = None
    """Since when it can never be reached again as it is."""

    @property
    def may_be_tried(self) -> bool:
        """Verified, and not gone for good."""
        return self.verified_at is not None and self.gone_at is None

    @property
    def works(self) -> bool:
        """The last page there was delivered, too, as far as is known."""
        return self.may_be_tried and self.failed_at is None


def known_by(kind: str, address: str) -> str:
    """The part of an address by which a way is found again: of a browser's words, where it is."""
    if kind != PUSH:
        return address
    try:
        return str(json.loads(address)["endpoint"])
    except (ValueError, KeyError, TypeError):
        return address


async def add(
    tx: Tx,
    member_id: UUID,
    kind: str,
    address: str,
    now: datetime,
    *,
    verified: bool,
    known_by: str | None = None,
) -> UUID | None:
    """Add a way after the others; None where the address is somebody else's.

    One that the member has already stays where it is, and is verified if it was not. What somebody
    else has added and not verified is no longer theirs. `known_by`: the part of the address by
    which it is found again.
    """
    index, *before = tx.keys.indexes("way", known_by or address)
    there_by = (T.kind == kind) & T.address_index.in_([index, *before])
    await _give_up(tx, there_by & (T.member_id != member_id))
    row = new_id(now)
    last = (
        await tx.conn.execute(select(func.max(T.place)).where(T.member_id == member_id))
    ).scalar_one()
    known = before and (await tx.conn.execute(select(T.id).where(there_by))).first()
    added = not known and await insert_new(
        tx,
        ways,
        [
            {
                "id": row,
                "member_id": member_id,
                "kind": kind,
                "place": (last or 0) + 1,
                "address_sealed": tx.keys.seal("address", address, "ways", row, "address"),
                "address_index": index,
                "added_at": now,
                "verified_at": now if verified else None,
            }
        ],
        "id",
    )
    if added:
        return row
    theirs = select(T.id).where(there_by, T.member_id == member_id)
    there: UUID | None = (await tx.conn.execute(theirs)).scalar_one_or_none()
    if there is not None:
        sealed = tx.keys.seal("address", address, "ways", there, "address")
        again = update(ways).where(T.id == there)
        await tx.conn.execute(again.values(address_sealed=sealed, gone_at=None))
    if there is not None and verified:
        await verify(tx, there, now)
    return there


async def _give_up(tx: Tx, whose: ColumnElement[bool]) -> None:
    """Unverified ways, which must not keep an address from whoever it belongs to."""
    found = select(T.id).where(whose, T.verified_at.is_(None))
    await _forget(tx, list((await tx.conn.execute(found)).scalars()))


async def _forget(tx: Tx, way_ids: Collection[UUID]) -> None:
    if way_ids:
        left = update(pages).where(pages.c.way_id.in_(way_ids))
        await tx.conn.execute(left.values(way_id=None, due_at=None))
        await tx.conn.execute(delete(ways).where(T.id.in_(way_ids)))


async def of_members(tx: Tx, member_ids: Collection[UUID]) -> dict[UUID, list[Way]]:
    """By member, in their order; one whose seal is broken is left out."""
    query = select(*ways.c).where(T.member_id.in_(member_ids)).order_by(T.place, T.id)
    found: dict[UUID, list[Way]] = {}
    for row in await tx.conn.execute(query):
        try:
            address = tx.keys.open("address", row.address_sealed, "ways", row.id, "address")
        except SealBroken:
            continue
        way = Way(
            id=row.id,
            member_id=row.member_id,
            kind=row.kind,
            place=row.place,
            address=address,
            added_at=row.added_at,
            verified_at=row.verified_at,
            failed_at=row.failed_at,
            gone_at=row.gone_at,
        )
        found.setdefault(way.member_id, []).append(way)
    return found


async def held(tx: Tx, member_id: UUID) -> list[Way]:
    """A member's, in their order, which nobody else changes before the commit."""
    if tx.postgres:
        theirs = select(T.id).where(T.member_id == member_id).order_by(T.id)
        await tx.conn.execute(theirs.with_for_update())
    return (await of_members(tx, [member_id])).get(member_id, [])


async def whose(tx: Tx, kind: str, addresses: Collection[str]) -> dict[str, tuple[UUID, UUID]]:
    """Of these addresses, those that are somebody's verified way: (way, member)."""
    return await _whose(tx, kind, addresses, T.verified_at.is_not(None))


async def asked_whose(
    tx: Tx, kind: str, addresses: Collection[str]
) -> dict[str, tuple[UUID, UUID]]:
    """Of these addresses, those where nobody has answered yet: (way, member)."""
    return await _whose(tx, kind, addresses, T.verified_at.is_(None))


async def _whose(
    tx: Tx, kind: str, addresses: Collection[str], which: ColumnElement[bool]
) -> dict[str, tuple[UUID, UUID]]:
    indexes = {one: address for address in addresses for one in tx.keys.indexes("way", address)}
    query = select(T.id, T.member_id, T.address_index).where(
        T.kind == kind, T.address_index.in_(indexes), which
    )
    rows = await tx.conn.execute(query)
    return {indexes[row.address_index]: (row.id, row.member_id) for row in rows}


async def by_address(tx: Tx, kind: str, address: str) -> tuple[UUID, UUID] | None:
    """Whose way has this address, verified or not: (way, member)."""
    query = select(T.id, T.member_id).where(
        T.kind == kind, T.address_index.in_(tx.keys.indexes("way", address))
    )
    row = (await tx.conn.execute(query)).one_or_none()
    return (row.id, row.member_id) if row is not None else None


async def renew(tx: Tx, way_id: UUID, kind: str, address: str, known_by: str) -> bool:
    """It is the same way at another address; False where that is another way's already."""
    there = await by_address(tx, kind, known_by)
    if there is not None and there[0] != way_id:
        return False
    sealed = tx.keys.seal("address", address, "ways", way_id, "address")
    index = tx.keys.index("way", known_by)
    moved = update(ways).where(T.id == way_id)
    await tx.conn.execute(
        moved.values(address_sealed=sealed, address_index=index, gone_at=None, failed_at=None)
    )
    return True


async def verify(tx: Tx, way_id: UUID, now: datetime) -> None:
    """Somebody has answered there."""
    there = update(ways).where(T.id == way_id)
    await tx.conn.execute(there.where(T.verified_at.is_(None)).values(verified_at=now))
    await tx.conn.execute(there.values(gone_at=None, failed_at=None))


async def put_in_order(tx: Tx, way_ids: Sequence[UUID]) -> None:
    """All of a member's, the first one first."""
    await change(tx, ways, [{"id": each, "place": n} for n, each in enumerate(way_ids, 1)])


async def note(tx: Tx, way_id: UUID, failed_at: datetime | None) -> None:
    """The last page there was delivered (None), or could not be."""
    await tx.conn.execute(update(ways).where(T.id == way_id).values(failed_at=failed_at))


async def note_gone(tx: Tx, way_id: UUID, now: datetime) -> None:
    """Nothing reaches it any more."""
    await tx.conn.execute(update(ways).where(T.id == way_id).values(failed_at=now, gone_at=now))


async def broken(tx: Tx, off: Collection[str]) -> list[tuple[UUID, str, datetime | None]]:
    """Of everybody: whose verified way, of which kind, and since when it does not work.

    `off`: kinds that are, whoever's they are.
    """
    query = (
        select(T.member_id, T.kind, T.failed_at)
        .where(T.failed_at.is_not(None) | T.kind.in_(off), T.verified_at.is_not(None))
        .order_by(T.failed_at, T.id)
    )
    return [(row.member_id, row.kind, row.failed_at) for row in await tx.conn.execute(query)]


async def remove(tx: Tx, way_id: UUID) -> None:
    """Nobody is reached there any more."""
    await _forget(tx, [way_id])


async def remove_all(tx: Tx, member_id: UUID) -> None:
    """Nobody is reached there any more, and nobody can link a chat to them."""
    theirs = await tx.conn.execute(select(T.id).where(T.member_id == member_id))
    await _forget(tx, list(theirs.scalars()))
    await tx.conn.execute(delete(way_links).where(way_links.c.member_id == member_id))
