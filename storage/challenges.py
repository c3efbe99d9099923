"""Challenges that passkeys have answered: each counts once."""

from datetime import datetime

from sqlalchemy import delete, select

from storage.database import Tx
from storage.key_tables import spent_challenges
from storage.rows import insert_new

T = spent_challenges.c


async def spend(tx: Tx, challenge: bytes, ends_at: datetime) -> bool:
    """False when it was answered before."""
    by, *before = tx.keys.indexes("spent", challenge.hex())
    spent = select(T.challenge_hash).where(T.challenge_hash.in_(before))
    if before and (await tx.conn.execute(spent)).first() is not None:
        return False
    row = {"challenge_hash": by, "ends_at": ends_at}
    return bool(await insert_new(tx, spent_challenges, [row], "challenge_hash"))


async def forget(tx: Tx, now: datetime) -> None:
    """Those that count no more anyway."""
    await tx.conn.execute(delete(spent_challenges).where(T.ends_at <= now))
