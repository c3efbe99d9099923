"""How long what is kept: written edition by edition, never changed, each under a keyed tag."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.retention import Kept, Terms, holding
from storage.database import Tx
from storage.encryption import SealBroken, parts
from storage.retention_tables import retention_terms
from storage.rows import insert_new

T = retention_terms.c


@dataclass(frozen=True)
class Written:
    """One decision of a coordinator's."""

    edition: int
    terms: Terms
    by: UUID
    at: datetime
    goes: Mapping[Kept, int] = field(default_factory=dict)
    """Of each class that was changed: how much was to go because of it."""


async def history(tx: Tx) -> list[Written]:
    """Every decision whose tag is true, the first one first."""
    rows = await tx.conn.execute(select(*T).order_by(T.edition))
    return [_read(row) for row in rows if _is_true(tx, row)]


async def forged(tx: Tx) -> int:
    """How many stand there that the line did not write."""
    rows = await tx.conn.execute(select(*T))
    return sum(not _is_true(tx, row) for row in rows)


async def terms(tx: Tx) -> Terms:
    """What holds now: as a coordinator wrote it last, within the limits, or as is usual."""
    written = await history(tx)
    return written[-1].terms if written else holding({})


async def newest(tx: Tx) -> int:
    """The edition written last, whoever wrote it; 0 where there is none."""
    query = select(T.edition).order_by(T.edition.desc()).limit(1)
    return (await tx.conn.execute(query)).scalar_one_or_none() or 0


async def write(tx: Tx, written: Written) -> bool:
    """False where somebody else has written this edition."""
    row: dict[str, Any] = {
        "edition": written.edition,
        "terms": {str(kept): days for kept, days in written.terms.items()},
        "goes": {str(kept): n for kept, n in written.goes.items()},
        "written_by": written.by,
        "at": written.at,
    }
    generation, tag = tx.keys.chained(_content(row))
    tagged = {**row, "generation": generation, "tag": tag}
    return bool(await insert_new(tx, retention_terms, [tagged], "edition"))


def _content(row: Mapping[str, Any]) -> bytes:
    said = json.dumps([row["terms"], row["goes"]], sort_keys=True)
    at = row["at"].isoformat(timespec="microseconds")
    return parts(("retention", row["edition"], said, row["written_by"], at))


def _is_true(tx: Tx, row: Any) -> bool:
    try:
        return tx.keys.chained(_content(row._mapping), row.generation)[1] == bytes(row.tag)
    except SealBroken:
        return False


def _read(row: Any) -> Written:
    goes = {Kept(name): n for name, n in row.goes.items()}
    return Written(row.edition, holding(row.terms), row.written_by, row.at, goes)
