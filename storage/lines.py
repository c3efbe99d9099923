"""The lines: the numbers on the cards, their languages and scripts."""

import base64
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from storage import tables
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
) -> bool:
    """Add a line; False when the number has one already."""
    row = new_id(now)
    added = await insert_new(
        tx,
        T,
        [
            {
                "id": row,
                "address_sealed": tx.keys.seal("address", address, "lines", row, "address"),
                "address_index": tx.keys.index("address", address),
                "name_sealed": tx.keys.seal("text", name, "lines", row, "name"),
                "languages": list(languages),
                "script": script,
                "provider_stops": provider_stops,
                "added_at": now,
            }
        ],
        "id",
    )
    return bool(added)


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
        )
        for row in rows
    ]


def _open(tx: Tx, purpose: Purpose, sealed: bytes, line_id: UUID, column: str) -> str:
    """Empty when the seal is broken: the other lines go on, and texts to this one are taken in."""
    try:
        return tx.keys.open(purpose, sealed, "lines", line_id, column)
    except SealBroken:
        return ""
