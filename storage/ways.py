"""How members are reached: each way is verified before it is used, and tried in its order."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update

from storage.database import Tx
from storage.encryption import SealBroken
from storage.ids import new_id
from storage.page_tables import pages, ways
from storage.rows import insert_new

T = ways.c
SMS = "sms"


@dataclass(frozen=True)
class Way:
    """One of a member's."""

    id: UUID
    member_id: UUID
    kind: str
    place: int
    address: str
    verified_at: datetime | None
    failed_at: datetime | None
    """When a page could last not be delivered there; a later one that can takes it back."""


async def add(
    tx: Tx, member_id: UUID, kind: str, address: str, now: datetime, *, verified: bool
) -> UUID | None:
    """Add a way after the others; None where the address is somebody else's.

    One that the member has already stays where it is, and is verified if it was not.
    """
    index = tx.keys.index("way", address)
    row = new_id(now)
    last = (
        await tx.conn.execute(select(func.max(T.place)).where(T.member_id == member_id))
    ).scalar_one()
    added = await insert_new(
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
    theirs = (T.kind == kind) & (T.address_index == index) & (T.member_id == member_id)
    there: UUID | None = (await tx.conn.execute(select(T.id).where(theirs))).scalar_one_or_none()
    if there is not None and verified:
        await verify(tx, there, now)
    return there


async def of_members(tx: Tx, member_ids: Collection[UUID]) -> dict[UUID, list[Way]]:
    """By member, in their order; one whose seal is broken is left out."""
    query = select(*ways.c).where(T.member_id.in_(member_ids)).order_by(T.place, T.id)
    found: dict[UUID, list[Way]] = {}
    for row in await tx.conn.execute(query):
        try:
            address = tx.keys.open("address", row.address_sealed, "ways", row.id, "address")
        except SealBroken:
            continue
        seen = row.verified_at, row.failed_at
        way = Way(row.id, row.member_id, row.kind, row.place, address, *seen)
        found.setdefault(way.member_id, []).append(way)
    return found


async def whose(tx: Tx, kind: str, addresses: Collection[str]) -> dict[str, tuple[UUID, UUID]]:
    """Of these addresses, those that are somebody's way: (way, member)."""
    indexes = {tx.keys.index("way", address): address for address in addresses}
    query = select(T.id, T.member_id, T.address_index).where(
        T.kind == kind, T.address_index.in_(indexes)
    )
    rows = await tx.conn.execute(query)
    return {indexes[row.address_index]: (row.id, row.member_id) for row in rows}


async def verify(tx: Tx, way_id: UUID, now: datetime) -> None:
    """Somebody has answered there."""
    unverified = update(ways).where(T.id == way_id, T.verified_at.is_(None))
    await tx.conn.execute(unverified.values(verified_at=now))


async def note(tx: Tx, way_id: UUID, failed_at: datetime | None) -> None:
    """The last page there was delivered (None), or could not be."""
    await tx.conn.execute(update(ways).where(T.id == way_id).values(failed_at=failed_at))


async def remove_all(tx: Tx, member_id: UUID) -> None:
    """Nobody is reached there any more."""
    theirs = select(T.id).where(T.member_id == member_id)
    left = update(pages).where(pages.c.way_id.in_(theirs))
    await tx.conn.execute(left.values(way_id=None, due_at=None))
    await tx.conn.execute(delete(ways).where(T.member_id == member_id))
