"""What is destroyed of a contact, and what is left: rows that count, and lead to nobody.

Texts, pictures, earlier versions, notes, drafts, plans, answers, the outbox's copies, the ids by
which providers know them, the alias and in the end the address. Events, openings and the bare rows
of messages and deliveries stay, so that figures and the log of who read what do.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, exists, func, select, update

from domain.message import Author, Channel
from storage import receipts, tables
from storage.channel_tables import pictures, revisions
from storage.database import Tx
from storage.desk_tables import aliases, note_drafts
from storage.pair_tables import contact_keys, contact_pairs
from storage.plan_tables import plans
from storage.register_tables import register_words
from storage.rows import change
from storage.safe_tables import quiet_words
from storage.wait_tables import waits

C, M, O = tables.contacts, tables.messages, tables.outbox  # noqa: E741 - as in outbox
N, D, R, Talk = tables.notes, tables.drafts, tables.triages, tables.conversations


@dataclass(frozen=True)
class AtProvider:
    """A message of which its provider has a copy."""

    channel: Channel
    provider_id: str
    made_at: datetime
    """When it came, or was accepted."""
    bound: bool = False
    """Its words are here, and open by its number alone."""


async def at_providers(tx: Tx, talk_ids: Collection[UUID]) -> list[AtProvider]:
    """All of these conversations."""
    heard = (
        select(C.c.channel, M.c.provider_id, M.c.at, M.c.body_sealed.is_not(None))
        .join_from(M, tables.conversations, tables.conversations.c.id == M.c.conversation_id)
        .join(C, C.c.id == tables.conversations.c.contact_id)
        .where(M.c.conversation_id.in_(talk_ids), M.c.author == Author.CONTACT)
        .where(M.c.provider_id.is_not(None))
    )
    sent = select(O.c.channel, O.c.provider_id, func.coalesce(O.c.accepted_at, O.c.made_at)).where(
        O.c.conversation_id.in_(talk_ids), O.c.provider_id.is_not(None)
    )
    theirs = [
        AtProvider(Channel(row[0]), row[1], row[2], bound=bool(row[3]))
        for row in await tx.conn.execute(heard)
    ]
    ours = [AtProvider(Channel(row[0]), row[1], row[2]) for row in await tx.conn.execute(sent)]
    return [*theirs, *ours]


async def destroy(
    tx: Tx, talk_ids: Collection[UUID], now: datetime, *, keeps_notes: bool = False
) -> None:
    """All that was said and noted in these conversations; the address stays, to be told by.

    Their contacts are locked. `keeps_notes`: but for the counsellors' notes, and the words of the
    register, whose entries stay in any case.
    """
    await tx.conn.execute(delete(waits).where(waits.c.conversation_id.in_(talk_ids)))
    await destroy_said(tx, talk_ids, now)
    if not keeps_notes:
        for table in (N, register_words):
            await tx.conn.execute(delete(table).where(table.c.conversation_id.in_(talk_ids)))
        await _destroy_pairs(tx, talk_ids)


async def destroy_said(tx: Tx, talk_ids: Collection[UUID], now: datetime) -> None:
    """What was said in these conversations, in whichever form it lies there."""
    theirs = _messages(talk_ids)
    await tx.conn.execute(delete(pictures).where(pictures.c.message_id.in_(theirs)))
    await tx.conn.execute(delete(revisions).where(revisions.c.message_id.in_(theirs)))
    for table in (D, note_drafts, plans):
        await tx.conn.execute(delete(table).where(table.c.conversation_id.in_(talk_ids)))
    await tx.conn.execute(
        update(R)
        .where(R.c.conversation_id.in_(talk_ids))
        .values(
            state_sealed=None,
            answer_due_at=None,
            answer_latest_at=None,
            silence_due_at=None,
            ended_at=func.coalesce(R.c.ended_at, now),
        )
    )
    talks = tables.conversations
    contacts = select(talks.c.contact_id).where(talks.c.id.in_(talk_ids))
    await tx.conn.execute(delete(quiet_words).where(quiet_words.c.contact_id.in_(contacts)))
    alike = update(talks).where(talks.c.id.in_(talk_ids))
    await tx.conn.execute(alike.values(alike=None))
    await wipe_texts(tx, talk_ids, now)


async def end_keys(tx: Tx, talk_ids: Collection[UUID]) -> None:
    """Where nothing of what was said or noted is left, nor of what the register says of it, the
    keys to it and the alias go, too."""
    m, n, w = M.c, N.c, register_words.c
    said = exists().where(m.conversation_id == Talk.c.id, m.redacted_at.is_(None))
    noted = exists().where(n.conversation_id == Talk.c.id)
    registered = exists().where(w.conversation_id == Talk.c.id)
    query = select(Talk.c.id).where(Talk.c.id.in_(talk_ids), ~said, ~noted, ~registered)
    bare = list((await tx.conn.execute(query)).scalars())
    if bare:
        await _destroy_pairs(tx, bare)
        theirs = select(Talk.c.contact_id).where(Talk.c.id.in_(bare))
        await tx.conn.execute(delete(aliases).where(aliases.c.contact_id.in_(theirs)))


async def _destroy_pairs(tx: Tx, talk_ids: Collection[UUID]) -> None:
    """What was sealed to them opens for nobody, wherever a copy of it may lie."""
    talks = tables.conversations.c
    theirs = select(talks.contact_id).where(talks.id.in_(talk_ids))
    await tx.conn.execute(delete(contact_pairs).where(contact_pairs.c.contact_id.in_(theirs)))
    held = update(contact_keys).where(contact_keys.c.contact_id.in_(theirs))
    await tx.conn.execute(held.values(pair_sealed=None))


async def wipe_texts(tx: Tx, talk_ids: Collection[UUID], now: datetime) -> None:
    """The words of these conversations' messages and of what the outbox holds of them, and the ids
    by which a provider knows them: what it tells of them later finds nothing."""
    await receipts.forget_words(tx, _messages(talk_ids))
    await tx.conn.execute(
        update(M)
        .where(M.c.conversation_id.in_(talk_ids))
        .values(
            body_sealed=None,
            copy_sealed=None,
            media=[],
            provider_id=None,
            for_triage=False,
            read_at=func.coalesce(M.c.read_at, now),
            redacted_at=func.coalesce(M.c.redacted_at, now),
        )
    )
    rows = (
        await tx.conn.execute(select(O.c.id).where(O.c.conversation_id.in_(talk_ids)))
    ).scalars()
    gone = {"body_sealed": None, "provider_id": None, "pending": False}
    await change(tx, O, [{"id": row, "code": secrets.token_urlsafe(24), **gone} for row in rows])


def _messages(talk_ids: Collection[UUID]) -> Select[tuple[UUID]]:
    return select(M.c.id).where(M.c.conversation_id.in_(talk_ids))


async def destroy_address(
    tx: Tx, contact_ids: Collection[UUID], *, keeps_notes: bool = False
) -> None:
    """Nobody is reached by these rows again, and none leads to anybody.

    `keeps_notes`: but for the private halves that open the counsellors' notes.
    """
    for table in (aliases, *(() if keeps_notes else (contact_pairs,))):
        await tx.conn.execute(delete(table).where(table.c.contact_id.in_(contact_ids)))
    await destroy_number(tx, contact_ids)


HAS_NUMBER: ColumnElement[bool] = exists().where(contact_keys.c.contact_id == C.c.id)
"""Of a contact: they can be reached."""


async def destroy_number(tx: Tx, contact_ids: Collection[UUID]) -> None:
    """Nobody is reached by these rows again; what was said can be read, and has its alias still."""
    keys = delete(contact_keys).where(contact_keys.c.contact_id.in_(contact_ids))
    await tx.conn.execute(keys)
    await tx.conn.execute(
        update(C)
        .where(C.c.id.in_(contact_ids))
        .values(
            our_address_sealed=b"",
            answerable=False,
            safe_from=None,
            safe_to=None,
            watched_at=None,
            agreed_ways=None,
            writes_first=None,
        )
    )
