"""The machine's copies of what it has not read yet, under the server's key, and their end.

Of what was written since somebody may read sealed texts, the server keeps a copy for as long as it
handles it: what a contact wrote until the questions have read it and it is no longer searched for
danger together with the next text; what is to be sent until the provider has it or will not.
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, select, update

from domain.delivery import Delivery
from storage import tables
from storage.database import Tx
from storage.encryption import SealBroken
from storage.moments import Moment

M, Out = tables.messages.c, tables.outbox.c


def seal(tx: Tx, text: str, message_id: UUID, conversation_id: UUID) -> bytes:
    """A copy of a message."""
    return tx.keys.seal("text", text, "messages", message_id, "copy", conversation_id)


def read(tx: Tx, sealed: bytes, message_id: UUID, conversation_id: UUID) -> str | None:
    """None where it was changed or belongs elsewhere."""
    try:
        return tx.keys.open("text", sealed, "messages", message_id, "copy", conversation_id)
    except SealBroken:
        return None


def of_sending(tx: Tx, row_id: UUID, contact_id: UUID, text: str) -> bytes:
    """A copy of what a row of the outbox is to send."""
    return tx.keys.seal("text", text, "outbox", row_id, "body", contact_id)


async def to_send(tx: Tx, row_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The texts of these rows of the outbox; one whose message was redacted, whose copy was wiped
    or does not belong there has none."""
    query = select(Out.id, Out.contact_id, Out.body_sealed).where(Out.id.in_(set(row_ids)))
    found = {}
    for row in await tx.conn.execute(query):
        with suppress(SealBroken):
            if row.body_sealed:
                bound = ("outbox", row.id, "body", row.contact_id)
                found[row.id] = tx.keys.open("text", row.body_sealed, *bound)
    return found


_HEARD = bindparam("heard", type_=Moment())
_GIVEN_UP = bindparam("given_up", type_=Moment())
_SAID = M.copy_sealed.is_not(None) & or_(
    and_(~M.for_triage, M.at < _HEARD),
    M.at < _GIVEN_UP,
)
"""Read, or given up: questions that nobody goes on with."""

_SENT: ColumnElement[bool] = and_(
    Out.body_sealed.is_not(None),
    ~Out.pending,
    or_(Out.state != Delivery.UNKNOWN, Out.changed_at < _GIVEN_UP),
)


def _some(table: str) -> Select[Any]:
    spent, ids = (_SAID, M.id) if table == "messages" else (_SENT, Out.id)
    return select(ids).where(spent).order_by(ids).limit(bindparam("most"))


_SOME = {name: _some(name) for name in ("messages", "outbox")}
"""Built once."""


async def spent(
    tx: Tx, table: str, heard: datetime, given_up: datetime, most: int, *, lock: bool
) -> list[UUID]:
    """Rows of messages or of the outbox whose copy nobody needs: older than `heard` where they were
    read, than `given_up` in any case. `lock`: those that nobody else is at, until the commit."""
    query = _SOME[table]
    if lock and tx.postgres:
        query = query.with_for_update(skip_locked=True)
    given: dict[str, object] = {"heard": heard, "given_up": given_up, "most": most}
    given = given if table == "messages" else {n: given[n] for n in ("given_up", "most")}
    return list((await tx.conn.execute(query, given)).scalars())


async def wipe(tx: Tx, table: str, row_ids: list[UUID]) -> None:
    """Destroy these copies."""
    gone: dict[str, object] = {"body_sealed": None}
    if table == "messages":
        gone = {"copy_sealed": None, "for_triage": False}
    there = tables.metadata.tables[table]
    await tx.conn.execute(update(there).where(there.c.id.in_(row_ids)).values(gone))


async def redact(tx: Tx, message_id: UUID) -> None:
    """Destroy what a redacted message has in the outbox."""
    gone = update(tables.outbox).where(Out.message_id == message_id)
    await tx.conn.execute(gone.values(body_sealed=None))
