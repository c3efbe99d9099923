"""Is what is written down about staff as it was written, and where does it end?"""

from collections.abc import Collection, Mapping
from uuid import UUID

from handlers.house import House
from storage import audit, members
from storage.audit import Broken, Entry, Head

__all__ = [
    "Broken",
    "Head",
    "audit_begins",
    "audit_head",
    "export_audit",
    "told",
    "verify_audit",
]


async def audit_head(house: House) -> Head:
    """Of the last entry; to be kept elsewhere."""
    async with house.db.read() as tx:
        return await audit.head(tx)


async def audit_begins(house: House) -> Head:
    """The last entry that went by rule; one with the number 0 where none did."""
    async with house.db.read() as tx:
        return await audit.begins(tx)


async def export_audit(house: House) -> list[dict[str, object]]:
    """Every entry with its hash; that it was taken out is the first entry after them."""
    async with house.db.write() as tx:
        names = await members.names(tx)
        rows = [told(one, names) async for one in audit.entries(tx)]
        audit.note(tx, "exported", house.now(), detail=len(rows))
    return rows


def told(one: Entry, names: Mapping[UUID, str], closed: Collection[UUID] = ()) -> dict[str, object]:
    """One entry as it is taken out; `closed`: what whoever takes it out must stay away from."""
    if one.object_id in closed:
        at, seal = one.at.isoformat(), bytes(one.hash).hex()
        return {"number": one.number, "at": at, "closed": True, "hash": seal}
    return {
        "number": one.number,
        "at": one.at.isoformat(),
        "member": names.get(one.member_id, "") if one.member_id else None,
        "act": one.act,
        "object": str(one.object_id) if one.object_id else None,
        "detail": one.detail,
        "hash": bytes(one.hash).hex(),
    }


async def verify_audit(house: House, known: Head | None = None) -> Head | Broken:
    """The head, or the first entry that is wrong. `known`: a head that was kept elsewhere."""
    async with house.db.read() as tx:
        return await audit.verify(tx, known)
