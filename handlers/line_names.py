"""What the lines are called: printed on cards, and so in nobody's passphrase."""

from handlers.house import House
from storage import lines


async def line_names(house: House) -> list[str]:
    """Of all lines."""
    async with house.db.read() as tx:
        return [line.name for line in await lines.every(tx)]
