"""Is what is written down about staff as it was written, and where does it end?"""

from handlers.house import House
from storage import audit
from storage.audit import Broken, Head

__all__ = ["Broken", "Head", "audit_head", "verify_audit"]


async def audit_head(house: House) -> Head:
    """Of the last entry; to be kept elsewhere."""
    async with house.db.read() as tx:
        return await audit.head(tx)


async def verify_audit(house: House, known: Head | None = None) -> Head | Broken:
    """The head, or the first entry that is wrong. `known`: a head that was kept elsewhere."""
    async with house.db.read() as tx:
        return await audit.verify(tx, known)
