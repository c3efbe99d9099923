"""What has been said of contacts and staff since a moment, as it stands now."""

from collections.abc import Collection
from datetime import datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from storage import tables
from storage.audit_tables import audit
from storage.backup_said import CONTACT, MEMBER, Word
from storage.database import Tx
from storage.door_tables import blocks
from storage.need_tables import conflicts
from storage.team_news import DEVICE_LOST

E, A, M = tables.events.c, audit.c, tables.members.c
C, Talk, B, W = tables.contacts.c, tables.conversations.c, blocks.c, conflicts.c

TELLING = (
    *("opted_out", "opted_in", "blocked", "unblocked", "reopened", "redacted"),
    *("gate_open", "gate_closed", "gate_unknown", "gate_unsure"),
    *("watched_said", "watched_known", "watched_on", "watched_off", "ways_set", "hours_set"),
    *("first_yes", "first_no", "first_unsaid", "kept_away", "let_back"),
    *("sender_blocked", "block_lifted", "block_broken"),
)
"""The events after which something else is true of a contact that must outlive the database."""

SAID = ("gate", "opt_out", "watched_at", "agreed_ways", "writes_first", "safe_from", "safe_to")
"""What is said of a contact, by column."""

AT_ONCE = 1000

Place = tuple[int, int]
"""The numbers of the last event and of the last entry of the log about staff."""


async def place(tx: Tx, until: datetime | None = None) -> Place:
    """Where it stands now, or stood then."""
    events, log = select(func.max(E.number)), select(func.max(A.number))
    if until is not None:
        events, log = events.where(E.at <= until), log.where(A.at <= until)
    found = [(await tx.conn.execute(query)).scalar_one() or 0 for query in (events, log)]
    return found[0], found[1]


async def contacts(tx: Tx, after: int, now: datetime) -> list[Word]:
    """Of whom something was said after this event."""
    told = select(E.conversation_id).where(E.number > after, E.kind.in_(TELLING)).distinct()
    talks = list((await tx.conn.execute(told)).scalars())
    some = [talks[begin : begin + AT_ONCE] for begin in range(0, len(talks), AT_ONCE)]
    return [word for each in some for word in await _of_talks(tx, each, now)]


async def _of_talks(tx: Tx, talks: Collection[UUID], now: datetime) -> list[Word]:
    query = select(C.id, Talk.id.label("talk"), *(C[name] for name in SAID), Talk.blocked_until)
    query = query.join_from(tables.conversations, tables.contacts, C.id == Talk.contact_id)
    rows = (await tx.conn.execute(query.where(Talk.id.in_(talks)))).all()
    away = await _away(tx, [row.id for row in rows])
    redacted = {name: await _redacted(tx, name, talks) for name in ("messages", "notes")}
    held = await _blocks(tx, talks, now)
    return [
        Word(
            now,
            CONTACT,
            row.id,
            {name: _plain(row._mapping[name]) for name in SAID}
            | {name: found[row.talk] for name, found in redacted.items() if row.talk in found}
            | ({"away": away[row.id]} if row.id in away else {})
            | ({"block": held[row.talk]} if row.talk in held and row.blocked_until else {}),
        )
        for row in rows
    ]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | time) else value


async def _redacted(tx: Tx, name: str, talks: Collection[UUID]) -> dict[UUID, list[str]]:
    t = tables.metadata.tables[name].c
    query = select(t.conversation_id, t.id).where(t.conversation_id.in_(talks))
    found: dict[UUID, list[str]] = {}
    for talk, row in await tx.conn.execute(query.where(t.redacted_at.is_not(None)).order_by(t.id)):
        found.setdefault(talk, []).append(row.hex)
    return found


async def _away(tx: Tx, ids: Collection[UUID]) -> dict[UUID, list[list[str]]]:
    query = select(W.contact_id, W.member_id, W.by_id).where(W.contact_id.in_(ids))
    found: dict[UUID, list[list[str]]] = {}
    for one, member, by in await tx.conn.execute(query.where(W.lifted_at.is_(None)).order_by(W.id)):
        found.setdefault(one, []).append([member.hex, by.hex])
    return found


async def _blocks(tx: Tx, talks: Collection[UUID], now: datetime) -> dict[UUID, dict[str, str]]:
    query = select(B.id, B.conversation_id, B.member_id, B.reason, B.began_at, B.ends_at)
    query = query.where(B.conversation_id.in_(talks), B.lifted_at.is_(None), B.ends_at > now)
    return {
        row.conversation_id: {
            "id": row.id.hex,
            "member_id": row.member_id.hex,
            "reason": row.reason,
            "began_at": row.began_at.isoformat(),
            "ends_at": row.ends_at.isoformat(),
        }
        for row in await tx.conn.execute(query.order_by(B.id))
    }


async def members(tx: Tx, after: int, now: datetime) -> list[Word]:
    """Who, after this entry of the log, was revoked, lost a device or took a way in away."""
    lost = (A.act == "keys") & (A.detail == DEVICE_LOST)
    removed = A.act.in_(("passkey", "passphrase")) & (A.detail == "removed")
    which = or_(A.act == "revoked", lost, removed)
    query = select(A.object_id).where(A.number > after, A.object_id.is_not(None), which)
    ids = set((await tx.conn.execute(query)).scalars())
    return [Word(now, MEMBER, each, {"out": True}) for each in sorted(ids)]
