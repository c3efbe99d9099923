"""How far has the night come in which what has stood for its term goes?

One row: whoever locks it does a batch and moves it in the same transaction. Whoever is killed
leaves it where it was, and whoever finds it locked leaves it to the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from storage.database import Tx
from storage.retention_tables import retention_nights
from storage.rows import insert_new

T = retention_nights.c
_ONLY = 1


@dataclass(frozen=True)
class Night:
    """The one that is under way, or the next one."""

    due_at: datetime
    began_at: datetime | None = None
    """What was over for its term by then goes; None: it has not begun."""
    step: str | None = None
    after: str | None = None
    """Up to which row this step has come."""
    removed: Mapping[str, int] = field(default_factory=dict)
    """How much went so far; of one that has not begun: in the last one."""
    ended_at: datetime | None = None
    """Of the last one."""


_FIELDS = tuple(Night.__dataclass_fields__)
_QUERY = select(*(T[name] for name in _FIELDS)).where(T.id == _ONLY)
"""Built once: it is asked with every look."""


async def seen(tx: Tx) -> Night | None:
    """As it stands; None: the line has never looked."""
    row = (await tx.conn.execute(_QUERY)).one_or_none()
    return Night(*row) if row else None


async def held(tx: Tx) -> Night | None:
    """The same, locked until the commit; None where another process is at it."""
    query = _QUERY.with_for_update(skip_locked=True) if tx.postgres else _QUERY
    row = (await tx.conn.execute(query)).one_or_none()
    return Night(*row) if row else None


async def begin(tx: Tx, due_at: datetime) -> None:
    """The line looks for the first time; of several that do, one counts."""
    row = {"id": _ONLY, "due_at": due_at, "removed": {}}
    await insert_new(tx, retention_nights, [row], "id")


async def move(tx: Tx, night: Night) -> None:
    """It has come so far. It is locked."""
    values: dict[str, Any] = {name: getattr(night, name) for name in _FIELDS}
    values["removed"] = dict(night.removed)
    await tx.conn.execute(update(retention_nights).where(T.id == _ONLY).values(values))
