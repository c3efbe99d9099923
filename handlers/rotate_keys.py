"""New generations of the server's keys; the running line does the rest (`handlers.rekey`)."""

from dataclasses import dataclass
from datetime import datetime

from handlers.errors import UseCaseError
from handlers.house import House
from storage import audit, generations
from storage.database import Tx
from storage.generations import Generation


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
        if _is_under_way(newest, now):
            return Begun(newest.number, newest.seals_from, before=True)
        since = await _rewrapped_since(tx, newest)
        if since is not None and not restarted:
            raise AskedToRestart(since)
        made = await _begin(house, tx, now)
    return Begun(made.number, made.seals_from, before=False)


async def rotate_after_sealing(house: House, tx: Tx, now: datetime) -> None:
    """Begin a rotation, unless one has just begun: the old keys' end is the end of what is left of
    texts that lay under them alone, wherever it lies. Asked after `generations.hold`; nothing
    begins where the secret was changed since the newest keys were made, when it is for
    `utvag keys rotate --restarted`.

    Raises WrongSecretKey.
    """
    newest = generations.newest(await generations.every(tx), "text")
    if not _is_under_way(newest, now) and await _rewrapped_since(tx, newest) is None:
        await _begin(house, tx, now)


def _is_under_way(newest: Generation, now: datetime) -> bool:
    return newest.number > 1 and now < newest.settled_at


async def _rewrapped_since(tx: Tx, newest: Generation) -> datetime | None:
    since = await audit.last_at(tx, "keys_rewrapped")
    return since if since is not None and since >= newest.made_at else None


async def _begin(house: House, tx: Tx, now: datetime) -> Generation:
    number = await generations.add(tx, house.db.wrapper, now)
    audit.note(tx, "keys_rotated", now, detail=number)
    return generations.newest(await generations.every(tx), "text")
