"""The bank of ready phrases: each in one language, with a name; both are sealed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update

from storage import desk_tables
from storage.database import Tx
from storage.encryption import SealBroken
from storage.rows import insert_new

T = desk_tables.phrases


@dataclass(frozen=True)
class Phrase:
    """One of them; `edition` counts how often it was changed."""

    id: UUID
    language: str
    name: str
    body: str
    edition: int
    member_id: UUID
    """Who changed it last."""
    changed_at: datetime


async def every(tx: Tx, language: str | None = None) -> list[Phrase]:
    """All of them, or those of one language, by name; one whose seal is broken is left out."""
    query = select(*(T.c[column.name] for column in T.columns))
    if language is not None:
        query = query.where(T.c.language == language)
    found = []
    for row in await tx.conn.execute(query):
        try:
            name, body = (
                tx.keys.open("text", sealed, *_bound(row.id, column, row.language))
                for column, sealed in (("name", row.name_sealed), ("body", row.body_sealed))
            )
        except SealBroken:
            continue
        about = (row.edition, row.member_id, row.changed_at)
        found.append(Phrase(row.id, row.language, name, body, *about))
    return sorted(found, key=lambda phrase: (phrase.language, phrase.name.casefold(), phrase.id))


async def add(tx: Tx, phrase: Phrase) -> bool:
    """Add a phrase; False when one with its id is there already: it was sent before, and stays."""
    row = {"id": phrase.id, "language": phrase.language} | _row(tx, phrase)
    return bool(await insert_new(tx, T, [row], "id"))


async def change(tx: Tx, phrase: Phrase) -> bool:
    """Its next edition; False when somebody else was faster, or it is gone."""
    result = await tx.conn.execute(
        update(T)
        .where(T.c.id == phrase.id, T.c.edition == phrase.edition - 1)
        .values(**_row(tx, phrase))
    )
    return result.rowcount == 1


async def remove(tx: Tx, phrase_id: UUID) -> bool:
    """Nobody is offered it any more; False when it was gone."""
    return (await tx.conn.execute(delete(T).where(T.c.id == phrase_id))).rowcount == 1


def _row(tx: Tx, phrase: Phrase) -> dict[str, object]:
    return {
        "name_sealed": tx.keys.seal(
            "text", phrase.name, *_bound(phrase.id, "name", phrase.language)
        ),
        "body_sealed": tx.keys.seal(
            "text", phrase.body, *_bound(phrase.id, "body", phrase.language)
        ),
        "edition": phrase.edition,
        "member_id": phrase.member_id,
        "changed_at": phrase.changed_at,
    }


def _bound(row: UUID, column: str, language: str) -> tuple[object, ...]:
    return ("phrases", row, column, language)
