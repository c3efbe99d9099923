"""The lines: the numbers on the cards, their languages and scripts."""

import base64
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from domain.caseload import USUAL
from storage import audit, tables
from storage.database import Tx
from storage.encryption import Purpose, SealBroken
from storage.ids import new_id
from storage.rows import insert_new

T = tables.lines


@dataclass(frozen=True)
class Line:
    """One card's number."""

    id: UUID
    address: str
    name: str
    languages: tuple[str, ...]
    script: str
    provider_stops: bool
    """The provider answers STOP itself and lets nothing through until START."""
    added_at: datetime
    media_refused: bool = False
    """Pictures of this line's contacts are never fetched."""
    whatsapp_template: str | None = None
    """What WhatsApp has approved for writing after its window has closed (a ContentSid)."""
    rota_id: UUID | None = None
    """By which rota it goes; None: everybody is on call."""
    most_each: int = USUAL
    """How many conversations one counsellor may have who takes from it."""

    @property
    def card(self) -> str:
        """The code that a card's Telegram link carries: eight letters and digits, made of the id's
        random end, so that it tells nothing about the number."""
        return base64.b32encode(self.id.bytes[-5:]).decode().lower()


async def add(
    tx: Tx,
    address: str,
    name: str,
    languages: tuple[str, ...],
    script: str,
    provider_stops: bool,
    now: datetime,
    media_refused: bool = False,
    whatsapp_template: str | None = None,
) -> bool:
    """Add a line; False when the number has one already."""
    row = new_id(now)
    by, *before = tx.keys.indexes("address", address)
    taken = select(T.c.id).where(T.c.address_index.in_(before))
    if before and (await tx.conn.execute(taken)).first() is not None:
        return False
    added = await insert_new(
        tx,
        T,
        [
            {
                "id": row,
                "address_sealed": tx.keys.seal("address", address, "lines", row, "address"),
                "address_index": by,
                "name_sealed": tx.keys.seal("text", name, "lines", row, "name"),
                "languages": list(languages),
                "script": script,
                "provider_stops": provider_stops,
                "media_refused": media_refused,
                "whatsapp_template": whatsapp_template,
                "added_at": now,
            }
        ],
        "id",
    )
    if added:
        audit.note(tx, "line", now, object_id=row, detail="added")
    return bool(added)


async def change_settings(
    tx: Tx,
    address: str,
    now: datetime,
    *,
    media_refused: bool | None,
    whatsapp_template: str | None,
) -> bool:
    """What is None stays; an empty template is none. False when no line has this number."""
    values: dict[str, object] = {}
    if media_refused is not None:
        values["media_refused"] = media_refused
    if whatsapp_template is not None:
        values["whatsapp_template"] = whatsapp_template or None
    theirs = T.c.address_index.in_(tx.keys.indexes("address", address))
    if not values:
        return (await tx.conn.execute(select(T.c.id).where(theirs))).first() is not None
    changed = update(T).where(theirs).values(values).returning(T.c.id)
    row = (await tx.conn.execute(changed)).scalar_one_or_none()
    if row is not None:
        audit.note(tx, "line", now, object_id=row, detail="changed")
    return row is not None


async def every(tx: Tx) -> list[Line]:
    """All lines, the first added first: it is the line of whatever belongs to no other."""
    rows = await tx.conn.execute(select(T).order_by(T.c.id))
    return [
        Line(
            id=row.id,
            address=_open(tx, "address", row.address_sealed, row.id, "address"),
            name=_open(tx, "text", row.name_sealed, row.id, "name"),
            languages=tuple(row.languages),
            script=row.script,
            provider_stops=row.provider_stops,
            added_at=row.added_at,
            media_refused=bool(row.media_refused),
            whatsapp_template=row.whatsapp_template,
            rota_id=row.rota_id,
            most_each=row.most_each or USUAL,
        )
        for row in rows
    ]


async def most_each(tx: Tx, line_id: UUID) -> int:
    """How many conversations one counsellor may have who takes from this line."""
    found = (await tx.conn.execute(select(T.c.most_each).where(T.c.id == line_id))).scalar_one()
    return int(found or USUAL)


async def set_most_each(tx: Tx, line_id: UUID, most: int) -> bool:
    """False when there is no such line."""
    changed = update(T).where(T.c.id == line_id).values(most_each=most)
    return (await tx.conn.execute(changed)).rowcount == 1


async def rotas(tx: Tx) -> dict[UUID, UUID | None]:
    """By which rota each line goes; None: everybody is on call."""
    return {row[0]: row[1] for row in await tx.conn.execute(_ROTAS)}


_ROTAS = select(T.c.id, T.c.rota_id)
"""Built once: it is asked with every step."""


def _open(tx: Tx, purpose: Purpose, sealed: bytes, line_id: UUID, column: str) -> str:
    """Empty when the seal is broken: the other lines go on, and texts to this one are taken in."""
    try:
        return tx.keys.open(purpose, sealed, "lines", line_id, column)
    except SealBroken:
        return ""
