"""Challenges that passkeys have answered: each counts once."""

from datetime import datetime

from sqlalchemy import delete

from storage.database import Tx
from storage.key_tables import spent_challenges
from storage.rows import insert_new

T = spent_challenges.c


async def spend(tx: Tx, challenge: bytes, ends_at: datetime) -> bool:
    """False when it was answered before."""
    row = {"challenge_hash": tx.keys.index("spent", challenge.hex()), "ends_at": ends_at}
    return bool(await insert_new(tx, spent_challenges, [row], "challenge_hash"))


async def forget(tx: Tx, now: datetime) -> None:
    """Those that count no more anyway."""
    await tx.conn.execute(delete(spent_challenges).where(T.ends_at <= now))
