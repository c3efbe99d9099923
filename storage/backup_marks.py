"""When was the last back-up, drill and restore, and may a restored line write to contacts?"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, update

from storage.backup_tables import backup_marks
from storage.database import Tx
from storage.rows import upsert

T = backup_marks.c


class Kind(StrEnum):
    """What was done."""

    BACKUP = "backup"
    DRILL = "drill"
    RESTORE = "restore"


@dataclass(frozen=True)
class Mark:
    """The last one of its kind."""

    kind: Kind
    at: datetime
    made_at: datetime | None = None
    folder: str | None = None
    lets_write_at: datetime | None = None


async def put(tx: Tx, mark: Mark) -> None:
    """This one was the last."""
    row = {"kind": mark.kind, "at": mark.at, "made_at": mark.made_at, "folder": mark.folder,
           "lets_write_at": mark.lets_write_at}  # fmt: skip
    statement = upsert(tx, backup_marks).values(row)
    again = {name: statement.excluded[name] for name in row if name != "kind"}
    await tx.conn.execute(statement.on_conflict_do_update(index_elements=["kind"], set_=again))


async def every(tx: Tx) -> dict[Kind, Mark]:
    """By kind."""
    rows = await tx.conn.execute(select(backup_marks))
    found = [Mark(Kind(row.kind), *row[1:]) for row in rows]
    return {mark.kind: mark for mark in found}


_SILENT = select(T.kind).where(T.kind == Kind.RESTORE, T.lets_write_at.is_(None))
"""Built once: it is asked with every look."""


async def is_silent(tx: Tx) -> bool:
    """Whether this database was restored and nobody has said yet that it may write to contacts."""
    return (await tx.conn.execute(_SILENT)).first() is not None


async def let_write(tx: Tx, now: datetime) -> bool:
    """From now on it may; False where it might all along."""
    silent = update(backup_marks).where(T.kind == Kind.RESTORE, T.lets_write_at.is_(None))
    return (await tx.conn.execute(silent.values(lets_write_at=now))).rowcount == 1
