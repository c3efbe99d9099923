"""What was searched for is known for as long as its page is shown, and no longer: the log keeps
that somebody searched, and when."""

from handlers.find import KEPT
from handlers.house import House
from storage import searches


async def end_searches(house: House) -> int:
    """The words of those whose pages are over go; how many went."""
    over = house.now() - KEPT
    async with house.db.read_for_work() as tx:
        if not await searches.any_before(tx, over):
            return 0
    async with house.db.write() as tx:
        return await searches.end(tx, over)
