"""New generations of the server's keys; the running line does the rest (`handlers.rekey`)."""

from dataclasses import dataclass
from datetime import datetime

from handlers.errors import UseCaseError
from handlers.house import House
from storage import audit, generations


@dataclass(frozen=True)
class Begun:
    """A rotation that has begun."""

    generation: int
    seals_from: datetime
    before: bool
    """Somebody had begun it before, and nothing seals by it yet: there is none after it."""


class AskedToRestart(UseCaseError):
    """The secret was changed, and a process that still has the old one would take nothing in."""

    def __init__(self, since: datetime) -> None:
        """`since` the keys are wrapped by the new one."""
        super().__init__("restart every process first")
        self.since = since


async def rotate_keys(house: House, *, restarted: bool = False) -> Begun:
    """Of two at once, both are told of the same one. `restarted`: every process has been, since the
    secret was changed.

    Raises WrongSecretKey, and AskedToRestart where it was changed since the last rotation.
    """
    now = house.now()
    async with house.db.write() as tx:
        await generations.hold(tx)
        newest = generations.newest(await generations.every(tx), "text")
        if newest.number > 1 and now < newest.settled_at:
            return Begun(newest.number, newest.seals_from, before=True)
        since = await audit.last_at(tx, "keys_rewrapped")
        if since is not None and since >= newest.made_at and not restarted:
            raise AskedToRestart(since)
        number = await generations.add(tx, house.db.wrapper, now)
        audit.note(tx, "keys_rotated", now, detail=number)
        made = generations.newest(await generations.every(tx), "text")
    return Begun(number, made.seals_from, before=False)
