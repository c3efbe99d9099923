"""What is there to do? Asked every second for all that has a due time."""

from collections.abc import Collection

from domain.message import Channel
from handlers.house import House
from storage.due import Due, due


async def look(house: House, channels: Collection[Channel]) -> set[Due]:
    """All that is due. `channels`: those by which texts can leave."""
    async with house.db.read_for_work() as tx:
        return await due(tx, house.now(), channels)
