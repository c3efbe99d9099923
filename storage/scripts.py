"""Every version of a script that a triage began with: a running one keeps its own."""

from datetime import datetime

from sqlalchemy import select

from storage import audit, tables
from storage.database import Tx
from storage.rows import insert_new

T = tables.scripts


async def keep(tx: Tx, version: str, name: str, source: str, now: datetime) -> None:
    """Remember this version; again is fine."""
    row = {"version": version, "name": name, "source": source, "seen_at": now}
    if await insert_new(tx, T, [row], "version"):
        audit.note(tx, "script", now, detail=name)


async def source(tx: Tx, version: str) -> str | None:
    """The script's text as it was, or None when that version was never here."""
    found = await tx.conn.execute(select(T.c.source).where(T.c.version == version))
    return found.scalar_one_or_none()
