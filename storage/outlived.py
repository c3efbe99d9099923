"""Which conversations have stood for the term of a class? Found for the night that removes it, and
counted for whoever decides, by the same conditions.

A conversation's days are counted from when it was closed, or when its contact wrote last if that
was later. An open one has none.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from domain.conversation import State
from domain.retention import Kept
from storage import tables
from storage.database import Tx
from storage.desk_tables import note_drafts
from storage.forgetting import HAS_NUMBER
from storage.held import held, registered
from storage.plan_tables import plans

Talk, P = tables.conversations.c, tables.contacts.c
M, O, N = tables.messages.c, tables.outbox.c, tables.notes.c  # noqa: E741 - as in outbox
R, D = tables.triages.c, tables.drafts.c


def _settled(before: datetime, now: datetime) -> ColumnElement[bool]:
    """Nothing has happened to it since `before`, and nothing holds it."""
    return and_(
        Talk.state == State.CLOSED,
        func.coalesce(Talk.closed_at, Talk.opened_at) <= before,
        P.last_inbound_at <= before,
        ~held(now),
    )


MARKED_HERE = and_(M.provider_id.is_not(None), M.body_sealed.is_(None))
"""Of a message: its provider knows it by a number. That of one whose words are there stays with
them: they are bound to it (`storage.texts`), and by it alone a picture is fetched."""

MARKED_THERE = O.provider_id.is_not(None)
"""The same of something that was sent."""


def _has_words() -> ColumnElement[bool]:
    return or_(
        exists().where(M.conversation_id == Talk.id, M.redacted_at.is_(None)),
        exists().where(R.conversation_id == Talk.id, R.state_sealed.is_not(None)),
        *(
            exists().where(t.c.conversation_id == Talk.id)
            for t in (tables.drafts, note_drafts, plans)
        ),
    )


def _said_since(before: datetime) -> ColumnElement[bool]:
    return exists().where(M.conversation_id == Talk.id, M.at > before)


def _left(kept: Kept, before: datetime) -> Sequence[ColumnElement[bool]]:
    """Something of this class is there, and all that must be is as old."""
    match kept:
        case Kept.DELIVERIES:
            of_messages = exists().where(M.conversation_id == Talk.id, MARKED_HERE)
            of_outbox = exists().where(O.conversation_id == Talk.id, MARKED_THERE)
            return (or_(of_messages, of_outbox), ~_said_since(before))
        case Kept.NOTES:
            return (exists().where(N.conversation_id == Talk.id, N.at <= before),)
        case Kept.ADDRESSES:
            return (HAS_NUMBER,)
        case Kept.CONVERSATIONS:
            return (_has_words(), ~_said_since(before))
        case Kept.FIGURES:
            noted = exists().where(N.conversation_id == Talk.id, N.at > before)
            return (~noted, ~_said_since(before), ~registered())
        case Kept.AUDIT | Kept.REGISTER:
            raise AssertionError(kept)


def _talks(kept: Kept, before: datetime, now: datetime) -> Select[Any]:
    return (
        select(Talk.id, Talk.contact_id)
        .join_from(tables.conversations, tables.contacts, P.id == Talk.contact_id)
        .where(_settled(before, now), *_left(kept, before))
    )


async def some(
    tx: Tx, kept: Kept, before: datetime, now: datetime, after: UUID | None, limit: int
) -> dict[UUID, UUID]:
    """The next few, in the order of their ids: by conversation its contact."""
    query = _talks(kept, before, now).order_by(Talk.id).limit(limit)
    if after is not None:
        query = query.where(Talk.id > after)
    return {row[0]: row[1] for row in await tx.conn.execute(query)}


async def still(
    tx: Tx, kept: Kept, before: datetime, now: datetime, contact_ids: Sequence[UUID]
) -> dict[UUID, UUID]:
    """Of these, whose contacts are locked by now, those of which it is true still."""
    query = _talks(kept, before, now).where(Talk.contact_id.in_(contact_ids))
    return {row[0]: row[1] for row in await tx.conn.execute(query)}


def nothing_left() -> ColumnElement[bool]:
    """Of a conversation: no words, note, number or mark is there any more."""
    return ~or_(
        _has_words(),
        HAS_NUMBER,
        exists().where(N.conversation_id == Talk.id),
        exists().where(M.conversation_id == Talk.id, M.provider_id.is_not(None)),
        exists().where(O.conversation_id == Talk.id, O.provider_id.is_not(None)),
    )


async def bare(tx: Tx, talk_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Of these, those of which nothing but what is counted is left."""
    query = select(Talk.id, Talk.contact_id).join_from(
        tables.conversations, tables.contacts, P.id == Talk.contact_id
    )
    found = await tx.conn.execute(query.where(Talk.id.in_(talk_ids), nothing_left()))
    return {row[0]: row[1] for row in found}


async def count(tx: Tx, kept: Kept, before: datetime, now: datetime) -> int:
    """How much of this class would go: notes by the note, marks by the message, others by the
    conversation."""
    talks = _talks(kept, before, now).subquery()
    match kept:
        case Kept.NOTES:
            return await _number(tx, N.id, N.conversation_id, talks, N.at <= before)
        case Kept.DELIVERIES:
            heard = await _number(tx, M.id, M.conversation_id, talks, MARKED_HERE)
            sent = await _number(tx, O.id, O.conversation_id, talks, MARKED_THERE)
            return heard + sent
        case _:
            query = select(func.count()).select_from(talks)
            return int((await tx.conn.execute(query)).scalar_one())


async def _number(tx: Tx, row: Any, talk: Any, talks: Any, which: ColumnElement[bool]) -> int:
    query = select(func.count(row)).where(talk.in_(select(talks.c.id)), which)
    return int((await tx.conn.execute(query)).scalar_one())
