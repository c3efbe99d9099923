"""What was written, by the contact, the machine and the counsellors; every text sealed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select, update

from domain.delivery import ARRIVED
from domain.message import Author, Media
from storage import channel_tables, tables
from storage.database import Tx
from storage.encryption import SealBroken
from storage.rows import change, first_of, insert

T = tables.messages
R = channel_tables.revisions.c


@dataclass(frozen=True)
class Message:
    """One message of a thread."""

    id: UUID
    conversation_id: UUID
    author: Author
    at: datetime
    body: str | None
    """None once it was redacted."""
    text_id: str | None = None
    member_id: UUID | None = None
    provider_id: str | None = None
    answers_to: str | None = None
    media: tuple[Media, ...] = ()
    form_key: UUID | None = None
    caught_up: bool = False
    for_triage: bool = False
    read_at: datetime | None = None
    redacted_at: datetime | None = None
    unreadable: bool = False
    """Its seal is broken, so that `body` is None although nobody redacted it."""


_PLAIN = tuple(n for n in Message.__dataclass_fields__ if n not in {"body", "media", "unreadable"})
COLUMNS = (*(T.c[name] for name in _PLAIN), T.c.media, T.c.body_sealed)


def read(tx: Tx, row: Sequence[object]) -> Message:
    """A message out of a row that begins with `COLUMNS`."""
    values = first_of(row, (*_PLAIN, "media", "body"))
    values["author"] = Author(values["author"])
    values["media"] = tuple(Media(*one) for one in values["media"])
    sealed = values["body"]
    try:
        values["body"] = _open(tx, sealed, values) if sealed else None
    except SealBroken:
        return Message(**values | {"body": None}, unreadable=True)
    return Message(**values)


def _bound(values: dict[str, object]) -> tuple[object, ...]:
    return ("messages", values["id"], "body", values["conversation_id"], str(values["author"]))


def _open(tx: Tx, sealed: bytes, values: dict[str, object]) -> str:
    return tx.keys.open("text", sealed, *_bound(values))


async def add(tx: Tx, messages: Sequence[Message]) -> None:
    """Add messages, sealed to their row, conversation and author."""
    rows = []
    for message in messages:
        row: dict[str, object] = {name: getattr(message, name) for name in _PLAIN}
        row["media"] = [_kept(one) for one in message.media]
        row["body_sealed"] = (
            tx.keys.seal("text", message.body, *_bound(row)) if message.body is not None else None
        )
        rows.append(row)
    await insert(tx, T, rows)


def _kept(media: Media) -> list[object]:
    return [media.content_type, media.size, media.provider_id]


async def set_media(tx: Tx, message_id: UUID, media: Iterable[Media]) -> None:
    """What is known of the message's media by now."""
    row = {"id": message_id, "media": [_kept(one) for one in media]}
    await change(tx, T, [row])


async def for_triage(tx: Tx, conversation_ids: Iterable[UUID]) -> dict[UUID, list[Message]]:
    """By conversation, in order: what the machine has not read yet."""
    query = (
        select(*COLUMNS)
        .where(T.c.conversation_id.in_(set(conversation_ids)), T.c.for_triage)
        .order_by(T.c.id)
    )
    found: dict[UUID, list[Message]] = {}
    for row in await tx.conn.execute(query):
        message = read(tx, row)
        found.setdefault(message.conversation_id, []).append(message)
    return found


async def machine_has_read(tx: Tx, message_ids: Iterable[UUID]) -> None:
    """The triage step has taken these."""
    ids = list(message_ids)
    if ids:
        await tx.conn.execute(update(T).where(T.c.id.in_(ids)).values(for_triage=False))


async def leave_to_people(tx: Tx, conversation_id: UUID) -> None:
    """The machine reads none of what was written here so far."""
    await tx.conn.execute(
        update(T)
        .where(T.c.conversation_id == conversation_id, T.c.for_triage)
        .values(for_triage=False)
    )


async def last_heard(tx: Tx, conversation_ids: Iterable[UUID], since: datetime) -> dict[UUID, str]:
    """By conversation: the last text that its contact wrote, where that was after `since`."""
    query = (
        select(*COLUMNS)
        .where(T.c.conversation_id.in_(set(conversation_ids)), T.c.author == Author.CONTACT)
        .where(T.c.at >= since, T.c.body_sealed.is_not(None))
        .order_by(T.c.id)
    )
    last = {row.conversation_id: row for row in await tx.conn.execute(query)}
    return {talk: read(tx, row).body or "" for talk, row in last.items()}


async def of_conversation(tx: Tx, conversation_id: UUID) -> list[Message]:
    """The whole thread, in order."""
    query = select(*COLUMNS).where(T.c.conversation_id == conversation_id).order_by(T.c.id)
    return [read(tx, row) for row in await tx.conn.execute(query)]


async def text_ids(tx: Tx, message_ids: Iterable[UUID]) -> dict[UUID, tuple[str, bool]]:
    """Which of the script's texts each message is ("" for none), and whether it was redacted."""
    query = select(T.c.id, T.c.text_id, T.c.redacted_at).where(T.c.id.in_(set(message_ids)))
    rows = await tx.conn.execute(query)
    return {row.id: (row.text_id or "", row.redacted_at is not None) for row in rows}


async def with_text(tx: Tx, conversation_ids: Iterable[UUID], text_id: str) -> set[UUID]:
    """Those of these conversations in which this text of the script stands."""
    query = select(T.c.conversation_id).where(T.c.conversation_id.in_(set(conversation_ids)))
    return set((await tx.conn.execute(query.where(T.c.text_id == text_id))).scalars())


async def how_often(
    tx: Tx, conversation_ids: Iterable[UUID], text_ids: Iterable[str], since: datetime
) -> dict[UUID, int]:
    """By conversation: how many times one of these texts of the script was said in it."""
    query = (
        select(T.c.conversation_id, func.count())
        .where(T.c.conversation_id.in_(set(conversation_ids)))
        .where(T.c.text_id.in_(set(text_ids)), T.c.at >= since)
        .group_by(T.c.conversation_id)
    )
    return {row[0]: row[1] for row in await tx.conn.execute(query)}


async def last_said(tx: Tx, conversation_ids: Iterable[UUID]) -> dict[UUID, str]:
    """By conversation: what was said last to its contact; "" where it was redacted."""
    found = {}
    for talk in conversation_ids:
        ours = select(*COLUMNS).where(T.c.conversation_id == talk, T.c.author != Author.CONTACT)
        row = (await tx.conn.execute(ours.order_by(T.c.id.desc()).limit(1))).one_or_none()
        if row is not None:
            found[talk] = read(tx, row).body or ""
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


async def by_ids(tx: Tx, message_ids: Iterable[UUID]) -> dict[UUID, Message]:
    """Messages by their id."""
    query = select(*COLUMNS).where(T.c.id.in_(set(message_ids)))
    return {m.id: m for m in (read(tx, row) for row in await tx.conn.execute(query))}


async def by_id(tx: Tx, message_id: UUID) -> Message | None:
    """One message, or None."""
    query = select(*COLUMNS).where(T.c.id == message_id)
    row = (await tx.conn.execute(query)).one_or_none()
    return read(tx, row) if row else None


async def from_contacts(
    tx: Tx, contact_ids: Iterable[UUID], provider_id: str
) -> tuple[Message, UUID] | None:
    """The message with this id at the provider that one of these wrote, and who; or None."""
    talks = tables.conversations.c
    query = (
        select(*COLUMNS, talks.contact_id)
        .join_from(T, tables.conversations, talks.id == T.c.conversation_id)
        .where(talks.contact_id.in_(set(contact_ids)), T.c.author == Author.CONTACT)
        .where(T.c.provider_id == provider_id)
        .order_by(T.c.id)
    )
    row = (await tx.conn.execute(query)).first()
    return (read(tx, row), row.contact_id) if row else None


async def unread_again(tx: Tx, message_id: UUID) -> None:
    """Its words are not those that the owner has read."""
    await tx.conn.execute(update(T).where(T.c.id == message_id).values(read_at=None))


async def written(tx: Tx, form_key: UUID) -> bool:
    """Whether this form was sent before."""
    query = select(T.c.id).where(T.c.form_key == form_key)
    return (await tx.conn.execute(query)).first() is not None


def _unread(conversation_id: UUID) -> ColumnElement[bool]:
    return and_(
        T.c.conversation_id == conversation_id,
        T.c.author == Author.CONTACT,
        T.c.read_at.is_(None),
    )


async def mark_read(
    tx: Tx, conversation_id: UUID, now: datetime, up_to: UUID | None = None
) -> bool:
    """The owner has seen what the contact wrote, `up_to` this message or edit where it is given.

    False when nothing of it was unread.
    """
    statement = update(T).where(_unread(conversation_id))
    if up_to is not None:
        statement = statement.where(T.c.id <= up_to, ~_edited_since(up_to))
    return (await tx.conn.execute(statement.values(read_at=now))).rowcount > 0


async def unseen_since(tx: Tx, conversation_id: UUID, seen: UUID) -> datetime | None:
    """When the first text came, or was edited, that nobody has read and that is newer than `seen`,
    a message or an edit."""
    written = select(func.min(T.c.at)).where(_unread(conversation_id), T.c.id > seen)
    edited = (
        select(func.min(R.at))
        .join_from(channel_tables.revisions, T, T.c.id == R.message_id)
        .where(_unread(conversation_id), R.id > seen)
    )
    found = [(await tx.conn.execute(query)).scalar_one() for query in (written, edited)]
    return min((at for at in found if at is not None), default=None)


def _edited_since(seen: UUID) -> ColumnElement[bool]:
    return exists().where(R.message_id == T.c.id, R.id > seen)


async def redact(tx: Tx, conversation_id: UUID, message_id: UUID, now: datetime) -> bool:
    """Destroy the text of a message and of its copies; False when there is no such message."""
    first = func.coalesce(T.c.redacted_at, now)
    result = await tx.conn.execute(
        update(T)
        .where(T.c.id == message_id, T.c.conversation_id == conversation_id)
        .values(body_sealed=None, redacted_at=first, for_triage=False)
    )
    return result.rowcount == 1
