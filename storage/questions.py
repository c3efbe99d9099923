"""Which of the script's questions a contact was asked, and whether they have it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.delivery import ARRIVED, Delivery
from storage import tables
from storage.database import Tx

T = tables.messages


@dataclass(frozen=True)
class Question:
    """A text of the script that offers choices, and how far it has come."""

    text_id: str
    at: datetime
    accepted_at: datetime | None
    """When the provider had it; None where it has not."""
    state: Delivery


async def asked(
    tx: Tx, conversation_ids: Iterable[UUID], text_ids: Iterable[str], since: datetime
) -> dict[UUID, list[Question]]:
    """By conversation: every one of these texts that was said in it, the oldest first."""
    sent = tables.outbox.c
    query = (
        select(T.c.conversation_id, T.c.text_id, T.c.at, sent.accepted_at, sent.state)
        .join_from(T, tables.outbox, sent.message_id == T.c.id)
        .where(T.c.conversation_id.in_(set(conversation_ids)))
        .where(T.c.text_id.in_(set(text_ids)), T.c.at >= since)
        .order_by(sent.id)
    )
    found: dict[UUID, list[Question]] = {}
    for talk, text_id, at, accepted_at, state in await tx.conn.execute(query):
        question = Question(text_id, at, accepted_at, Delivery(state))
        found.setdefault(talk, []).append(question)
    return found


async def arrived(
    tx: Tx, conversation_ids: Iterable[UUID], text_ids: Iterable[str]
) -> dict[UUID, tuple[str, datetime | None]]:
    """By conversation: the last of these texts, and when the provider accepted it; None where it
    has not, or where it is known that it did not arrive."""
    sent = tables.outbox.c
    query = (
        select(T.c.conversation_id, T.c.text_id, sent.accepted_at, sent.state)
        .join_from(T, tables.outbox, sent.message_id == T.c.id)
        .where(T.c.conversation_id.in_(set(conversation_ids)), T.c.text_id.in_(set(text_ids)))
        .order_by(sent.id)
    )
    return {
        row.conversation_id: (row.text_id, row.accepted_at if row.state in ARRIVED else None)
        for row in await tx.conn.execute(query)
    }
