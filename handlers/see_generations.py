"""Which generations of the server's keys are there, and what still needs the older ones?"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from handlers.house import House
from storage import generation_use, generations, members, rekeying
from storage.database import Tx
from storage.generation_use import Need
from storage.generations import Generation


class Stage(StrEnum):
    """What one is used for."""

    COMING = "coming"
    """Every process hears of it before it seals."""
    SEALS = "seals"
    OLD = "old"
    """It opens; nothing is sealed by it."""


@dataclass(frozen=True)
class Seen:
    """One generation."""

    purpose: str
    number: int
    made_at: datetime
    stage: Stage
    under: tuple[Need, ...] = ()
    """What lies under an old one; also what does not open, and what nobody asks for any more."""
    members: tuple[str, ...] = ()
    """Of an old pepper: who has to sign in before it can be destroyed."""
    kept: bool = False
    """It is kept for ever."""
    earliest: datetime | None = None
    """Before then an old one is not destroyed."""


@dataclass(frozen=True)
class Generations:
    """All of them."""

    there: tuple[Seen, ...]
    doing: str | None
    """The table that is gone through now or next; None: everything lies under the newest."""


async def see_generations(house: House) -> Generations:
    """Reads everything that lies under an old one."""
    now = house.now()
    async with house.db.read() as tx:
        there = await generations.every(tx)
        names = await members.names(tx)
        newest = generations.newest(there, "text")
        begun = newest.number > 1 and now >= newest.settled_at
        doing = await rekeying.unfinished(tx, newest.number) if begun else None
        seen = [await _seen(tx, there, one, now, names) for one in there]
    return Generations(tuple(seen), doing)


async def _seen(
    tx: Tx, there: list[Generation], one: Generation, now: datetime, names: dict[UUID, str]
) -> Seen:
    kept = one.purpose in generations.KEPT
    told = Seen(one.purpose, one.number, one.made_at, Stage.SEALS, kept=kept)
    if one.number != tx.keys.newest(one.purpose):
        is_coming = one.seals_from > now
        told = Seen(**vars(told) | {"stage": Stage.COMING if is_coming else Stage.OLD})
    later = generations.after(there, one)
    if told.stage is not Stage.OLD or kept or later is None:
        return told
    whose = await generation_use.of_pepper(tx, one.number) if one.purpose == "pepper" else []
    under = await generation_use.lie_under(tx, one)
    return Seen(
        **vars(told)
        | {
            "under": tuple(under),
            "members": tuple(sorted(names.get(member, "?") for member in whose)),
            "earliest": later.seals_from + generation_use.HELD,
        }
    )
