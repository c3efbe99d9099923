"""New generations of the server's keys; the running line does the rest (`handlers.rekey`)."""

from dataclasses import dataclass
from datetime import datetime

from handlers.house import House
from storage import audit, generations


@dataclass(frozen=True)
class Begun:
    """A rotation that has begun."""

    generation: int
    seals_from: datetime
    before: bool
    """Somebody had begun it before, and nothing seals by it yet: there is none after it."""


async def rotate_keys(house: House) -> Begun:
    """Of two at once, both are told of the same one. Raises WrongSecretKey."""
    now = house.now()
    async with house.db.write() as tx:
        await generations.hold(tx)
        newest = generations.newest(await generations.every(tx), "text")
        if newest.number > 1 and now < newest.settled_at:
            return Begun(newest.number, newest.seals_from, before=True)
        number = await generations.add(tx, house.db.wrapper, now)
        audit.note(tx, "keys_rotated", now, detail=number)
        made = generations.newest(await generations.every(tx), "text")
    return Begun(number, made.seals_from, before=False)
