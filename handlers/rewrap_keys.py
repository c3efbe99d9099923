"""The server's keys are wrapped under another UTVAG_SECRET_KEY; what they seal stays as it is."""

from handlers.house import House
from storage import audit, compacting, generations
from storage.compacting import StillRead
from storage.encryption import Wrapper


async def rewrap_keys(house: House, secret: str) -> bool:
    """`house` was opened by the old secret; `secret` is the new one. All of them or none.

    False where the database's files may still hold them as they were: run it again. Raises
    WrongSecretKey where somebody else was faster.
    """
    async with house.db.write() as tx:
        await generations.hold(tx)
        wrapped = await generations.wrap_again(tx, house.db.wrapper, Wrapper(secret))
        audit.note(tx, "keys_rewrapped", house.now(), detail=wrapped)
    return await forget_wrapped(house)


async def forget_wrapped(house: House) -> bool:
    """What was overwritten leaves the database's files; False where somebody reads for too long."""
    if not await compacting.truncate_log(house.db):
        return False
    try:
        return not await compacting.rewrite(house.db, ("keys",))
    except StillRead:
        return False
