"""The generations of the server's keys: which there are, new ones, and the end of old ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from storage.database import Tx
from storage.encryption import Purpose, Wrapper
from storage.ids import new_id
from storage.known_keys import IN_TURN, SPREAD
from storage.rows import insert
from storage.tables import keys

K = keys.c

ROTATED: tuple[Purpose, ...] = ("text", "address", "index", "pepper", "audit", "backup")
"""All but the one by which push services know this line: with a new one every browser that is paged
would have to be added again."""

KEPT: tuple[Purpose, ...] = ("audit", "push")
"""What was made by one of these has to be verified for ever, or there is only one."""

_LOCK = 0x75747666


@dataclass(frozen=True)
class Generation:
    """One of a purpose's keys, less the key."""

    purpose: Purpose
    number: int
    made_at: datetime

    @property
    def seals_from(self) -> datetime:
        """From when on it is used, unless a newer one is: the first one at once."""
        return self.made_at if self.number == 1 else self.made_at + SPREAD

    @property
    def settled_at(self) -> datetime:
        """From when on nobody writes by the one before."""
        return self.seals_from if self.number == 1 else self.seals_from + IN_TURN


async def hold(tx: Tx) -> None:
    """Who makes, wraps or destroys keys does so one after the other; asked first."""
    if tx.postgres:
        await tx.conn.execute(select(func.pg_advisory_xact_lock(_LOCK)))


async def every(tx: Tx) -> list[Generation]:
    """All that there are, by purpose and number."""
    rows = await tx.conn.execute(select(K.purpose, K.generation, K.made_at))
    return sorted((Generation(*row) for row in rows), key=lambda one: (one.purpose, one.number))


def newest(there: Sequence[Generation], purpose: Purpose) -> Generation:
    """The newest of a purpose, whether it seals yet or not."""
    return max((one for one in there if one.purpose == purpose), key=lambda one: one.number)


def after(there: Sequence[Generation], one: Generation) -> Generation | None:
    """The one that took its place."""
    later = (o for o in there if o.purpose == one.purpose and o.number > one.number)
    return min(later, key=lambda other: other.number, default=None)


async def add(tx: Tx, wrapper: Wrapper, now: datetime) -> int:
    """One more of each purpose that is rotated; the number of the text key's. Asked after `hold`.

    Raises WrongSecretKey where the keys that are there are wrapped under another secret.
    """
    await _opened(tx, wrapper)
    there = await every(tx)
    rows: list[dict[str, Any]] = []
    for purpose in ROTATED:
        number = newest(there, purpose).number + 1
        wrapped = wrapper.new(purpose, number)
        row = {"purpose": purpose, "generation": number, "wrapped": wrapped, "made_at": now}
        rows.append({"id": new_id(now), **row})
    await insert(tx, keys, rows)
    return int(rows[0]["generation"])


async def _opened(tx: Tx, wrapper: Wrapper) -> list[tuple[Any, bytes]]:
    rows = (await tx.conn.execute(select(keys))).all()
    return [(row, wrapper.unwrap(row.purpose, row.generation, row.wrapped)) for row in rows]


async def wrap_again(tx: Tx, old: Wrapper, new: Wrapper) -> int:
    """All of them under another secret, or none; how many. Asked after `hold`.

    Raises WrongSecretKey where the old secret does not open one.
    """
    opened = await _opened(tx, old)
    for row, key in opened:
        wrapped = new.wrap(row.purpose, row.generation, key)
        await tx.conn.execute(update(keys).where(K.id == row.id).values(wrapped=wrapped))
    return len(opened)


async def destroy(tx: Tx, one: Generation) -> bool:
    """What lies under it opens for nobody any more; False when it was gone. Asked after `hold`."""
    if one.purpose in KEPT:
        raise ValueError("this one is needed for ever")
    gone = delete(keys).where(K.purpose == one.purpose, K.generation == one.number)
    return (await tx.conn.execute(gone)).rowcount == 1
