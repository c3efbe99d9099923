"""The words of the register: sealed as notes are, each to its entry and to its part of it."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select

from storage import texts
from storage.database import Tx
from storage.ids import new_id
from storage.register_tables import register_words
from storage.rows import insert_new
from storage.texts import Place, Words, place

T = register_words


class Part(StrEnum):
    """Which words they are."""

    DUTY_RAISED = "duty_raised"
    DUTY_CLOSED = "duty_closed"
    WHOM = "whom"
    """About whom they ask, where the line does not know them (`storage.stranger_words`)."""
    REFERENCE = "reference"
    """Of who asked: under which number they keep it."""
    ASKED = "asked"
    GIVEN = "given"
    REFUSED = "refused"
    EXPORT = "export"


Found = Mapping[Part, Words]


async def add(
    tx: Tx,
    entry: tuple[UUID, UUID],
    part: Part,
    member_id: UUID,
    body: str,
    now: datetime,
) -> None:
    """`entry`: its conversation and its id. No words are none; what was written before stays."""
    if not body:
        return
    conversation_id, entry_id = entry
    await texts.learn(tx, [conversation_id])
    values: dict[str, Any] = {
        "id": new_id(now),
        "conversation_id": conversation_id,
        "entry_id": entry_id,
        "part": part,
        "member_id": member_id,
        "at": now,
    }
    values["body_sealed"] = texts.seal(tx, body, place_of(values))
    await insert_new(tx, T, [values], "id")


async def of_entries(tx: Tx, entry_ids: Collection[UUID]) -> dict[UUID, dict[Part, Words]]:
    """By entry, for whoever reads."""
    query = select(T).where(T.c.entry_id.in_(entry_ids))
    rows = list(await tx.conn.execute(query))
    await texts.ready(tx, [(row.conversation_id, row.body_sealed) for row in rows])
    return by_entry(tx, rows, place_of)


def by_entry(
    tx: Tx, rows: Iterable[Any], place_of: Callable[[Mapping[Any, Any]], Place]
) -> dict[UUID, dict[Part, Words]]:
    """What these rows say, for whoever reads; their keys are ready."""
    found: dict[UUID, dict[Part, Words]] = {}
    for row in rows:
        words = texts.read(tx, row.body_sealed, place_of(row._mapping))
        found.setdefault(row.entry_id, {})[Part(row.part)] = words
    return found


def place_of(values: Mapping[Any, Any]) -> Place:
    """Where its text stands, by its row's columns."""
    talk, entry = values["conversation_id"], values["entry_id"]
    return place(
        talk,
        ("register_words", values["id"], "body", talk),
        kind=str(values["part"]),
        author=values["member_id"],
        at=values["at"],
        beside=(entry,),
    )
