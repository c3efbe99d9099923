"""How often was a code for a way asked for, and guessed at? Known for a day."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, delete, distinct, func, select

from storage.database import Tx
from storage.ids import new_id
from storage.page_tables import code_uses
from storage.rows import insert

T = code_uses.c

KEPT = timedelta(hours=24)


class What(StrEnum):
    """What a member did."""

    ASKED = "asked"
    """One was sent somewhere for them."""
    GUESSED = "guessed"
    """A wrong one was given for them."""


async def add(tx: Tx, member_id: UUID, what: What, now: datetime, number: str = "") -> None:
    """`number`: the telephone to which the code is sent, kept as a keyed hash alone."""
    index = tx.keys.index("way", number) if number else None
    row = {"id": new_id(now), "member_id": member_id, "what": what, "address_index": index}
    await insert(tx, code_uses, [row | {"at": now}])


async def sweep(tx: Tx, now: datetime) -> None:
    """Forget what limits nothing any more."""
    await tx.conn.execute(delete(code_uses).where(T.at < now - KEPT))


async def queue_up(tx: Tx, number: str) -> None:
    """Codes to one telephone are counted one after the other until the commit, whoever asks. Asked
    before anything of its ways is locked: two that wait for each other would wait for ever."""
    if tx.postgres:
        told = tx.keys.mark("way", number)[:4]
        key = int.from_bytes(told, "big", signed=True)
        await tx.conn.execute(select(func.pg_advisory_xact_lock(_NUMBER_LOCKS, key)))


_NUMBER_LOCKS = 0x75747663
"""One for each number, by the beginning of its hash."""


async def count(tx: Tx, member_id: UUID, what: What, since: datetime) -> int:
    """How often they did so."""
    return await _count(tx, (T.member_id == member_id) & (T.what == what) & (T.at > since))


async def sent_to(tx: Tx, number: str, since: datetime) -> int:
    """How many codes were sent to one telephone, whoever asked."""
    return await _count(tx, (T.address_index.in_(tx.keys.indexes("way", number))) & (T.at > since))


async def _count(tx: Tx, which: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(code_uses).where(which)
    return int((await tx.conn.execute(query)).scalar_one())


async def numbers(tx: Tx, since: datetime) -> dict[UUID, int]:
    """By member, to how many different telephones codes were sent for them."""
    query = (
        select(T.member_id, func.count(distinct(T.address_index)))
        .where(T.address_index.is_not(None), T.at > since)
        .group_by(T.member_id)
    )
    return {row[0]: row[1] for row in await tx.conn.execute(query)}
