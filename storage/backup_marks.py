"""When was the last back-up, drill and restore, and may a restored line write to contacts, or let
anybody in?"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Select, select, update

from storage.backup_tables import backup_marks
from storage.database import Tx
from storage.rows import upsert

T = backup_marks.c


class Kind(StrEnum):
    """What was done."""

    BACKUP = "backup"
    DRILL = "drill"
    RESTORE = "restore"
    ROSTER = "roster"
    """It was asked who works here still; answered when it "lets write"."""


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


def _waiting(kind: Kind) -> Select[tuple[str]]:
    return select(T.kind).where(T.kind == kind, T.lets_write_at.is_(None))


_SILENT, _UNCONFIRMED = _waiting(Kind.RESTORE), _waiting(Kind.ROSTER)
"""Built once: the first is asked with every look."""


async def is_silent(tx: Tx) -> bool:
    """Whether this database was restored and nobody has said yet that it may write to contacts."""
    return (await tx.conn.execute(_SILENT)).first() is not None


async def is_unconfirmed(tx: Tx) -> bool:
    """Whether this database was restored and nobody has said yet who works here still."""
    return (await tx.conn.execute(_UNCONFIRMED)).first() is not None


async def let_write(tx: Tx, now: datetime) -> bool:
    """From now on it may; False where it might all along."""
    return await _done(tx, Kind.RESTORE, now)


async def confirm(tx: Tx, now: datetime) -> bool:
    """Whoever stands among the members works here; False where nobody had asked."""
    return await _done(tx, Kind.ROSTER, now)


async def _done(tx: Tx, kind: Kind, now: datetime) -> bool:
    waiting = update(backup_marks).where(T.kind == kind, T.lets_write_at.is_(None))
    return (await tx.conn.execute(waiting.values(lets_write_at=now))).rowcount == 1
