"""What stands in the database that the line did not put there, for `doctor`."""

from handlers.house import House
from storage.planted import planted


async def see_planted(house: House) -> tuple[list[str], list[str]]:
    """Names of triggers, views and rules: not ours, and ours that are gone or switched off."""
    async with house.db.read() as tx:
        return await planted(tx)
