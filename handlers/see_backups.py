"""What was done about back-ups last, for whoever runs the line."""

from handlers.house import House
from storage import backup_marks
from storage.backup_marks import Kind, Mark


async def see_backups(house: House) -> dict[Kind, Mark]:
    """The last one of each kind."""
    async with house.db.read() as tx:
        return await backup_marks.every(tx)


async def is_held(house: House) -> bool:
    """Whether what is written to contacts waits, since the line was restored."""
    async with house.db.read() as tx:
        return await backup_marks.is_silent(tx)
