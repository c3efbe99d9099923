"""What was written, by the contact, the machine and the counsellors; every text sealed.

What a contact wrote has a copy for the machine (`storage.copies`) until it has read it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select, update

from domain.message import Author, Media
from storage import channel_tables, copies, tables, texts
from storage.database import Tx
from storage.rows import change, first_of, insert, made
from storage.texts import Place, place

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
    """None once it was redacted, and where it does not open."""
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
    wants_answer: bool | None = None
    """Of a text to the contact: what the line saw when it was written. None: nobody has looked."""
    unreadable: bool = False
    """Its seal is broken, so that `body` is None although nobody redacted it."""
    sealed: bool = False
    """It does not open for whoever reads it here, who was not admitted or is the machine."""


_NO_COLUMNS = {"body", "media", "unreadable", "sealed"}
_PLAIN = tuple(name for name in Message.__dataclass_fields__ if name not in _NO_COLUMNS)
COLUMNS = (*(T.c[name] for name in _PLAIN), T.c.media, T.c.body_sealed)


async def read(tx: Tx, rows: Iterable[Sequence[object]]) -> list[Message]:
    """Messages out of rows that begin with `COLUMNS`, for whoever reads."""
    found = [_values(row) for row in rows]
    await texts.ready(tx, [(each["conversation_id"], each["body"]) for each in found])
    return [_message(each, texts.read(tx, each["body"], place_of(each))) for each in found]


def _values(row: Sequence[object]) -> dict[str, Any]:
    values = first_of(row, (*_PLAIN, "media", "body"))
    values["author"] = Author(values["author"])
    values["media"] = tuple(Media(*one) for one in values["media"])
    return values


def _message(values: dict[str, Any], words: texts.Words) -> Message:
    return made(Message, values | words._asdict())


def _by_machine(tx: Tx, row: Any) -> Message:
    """Out of a row with `_COPIED`: by its copy, or where it lies under the server's key alone."""
    values = _values(row)
    if row.copy_sealed is None:
        return _message(values, texts.read(tx, values["body"], place_of(values)))
    copy = copies.read(tx, row.copy_sealed, row.id, row.conversation_id)
    return _message(values, texts.Words(copy, unreadable=copy is None))


_COPIED = (*COLUMNS, T.c.copy_sealed)


def place_of(values: Mapping[Any, Any]) -> Place:
    """Where its text stands, by its row's columns: whose it is, which of the script's texts, and
    which question it answers."""
    talk, author = values["conversation_id"], str(values["author"])
    return place(
        talk,
        ("messages", values["id"], "body", talk, author),
        kind=values["text_id"],
        author=(author, values["member_id"]),
        at=values["at"],
        beside=(values["provider_id"], values["answers_to"]),
    )


async def add(tx: Tx, messages: Sequence[Message]) -> None:
    """Add messages, sealed to all that they are."""
    await texts.learn(tx, {message.conversation_id for message in messages})
    rows = []
    for message in messages:
        row: dict[str, Any] = {name: getattr(message, name) for name in _PLAIN}
        row["media"] = [_kept(one) for one in message.media]
        row["body_sealed"] = row["copy_sealed"] = None
        if message.body is not None:
            row["body_sealed"] = sealed = texts.seal(tx, message.body, place_of(row))
            if message.author is Author.CONTACT and sealed[0] != texts.SERVERS:
                where = (message.id, message.conversation_id)
                row["copy_sealed"] = copies.seal(tx, message.body, *where)
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
        select(*_COPIED)
        .where(T.c.conversation_id.in_(set(conversation_ids)), T.c.for_triage)
        .order_by(T.c.id)
    )
    found: dict[UUID, list[Message]] = {}
    for row in await tx.conn.execute(query):
        message = _by_machine(tx, row)
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
    """By conversation: the last text that its contact wrote, where that was after `since`, as the
    machine reads it."""
    query = (
        select(
            T.c.conversation_id,
            T.c.id,
            T.c.copy_sealed.is_not(None),
            func.coalesce(T.c.copy_sealed, T.c.body_sealed),
        )
        .where(T.c.conversation_id.in_(set(conversation_ids)), T.c.author == Author.CONTACT)
        .where(T.c.at >= since, T.c.body_sealed.is_not(None))
        .order_by(T.c.id)
    )
    last = {talk: rest for talk, *rest in await tx.conn.execute(query)}
    return {talk: _heard(tx, talk, *rest) or "" for talk, rest in last.items()}


def _heard(tx: Tx, talk: UUID, message_id: UUID, is_copy: bool, sealed: bytes) -> str | None:
    if is_copy:
        return copies.read(tx, sealed, message_id, talk)
    old = ("messages", message_id, "body", talk, Author.CONTACT)
    return texts.read(tx, sealed, Place(talk, old, old)).body


async def of_conversation(tx: Tx, conversation_id: UUID) -> list[Message]:
    """The whole thread, in order."""
    query = select(*COLUMNS).where(T.c.conversation_id == conversation_id).order_by(T.c.id)
    return await read(tx, await tx.conn.execute(query))


async def oldest(tx: Tx, conversation_id: UUID) -> Message | None:
    """The first one of which there are words."""
    there = (T.c.conversation_id == conversation_id) & T.c.body_sealed.is_not(None)
    query = select(*COLUMNS).where(there).order_by(T.c.id).limit(1)
    return next(iter(await read(tx, await tx.conn.execute(query))), None)


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


async def last_said(tx: Tx, conversation_ids: Iterable[UUID]) -> dict[UUID, Message]:
    """By conversation: what was said last to its contact, as the machine reads it."""
    found = {}
    for talk in conversation_ids:
        ours = select(*_COPIED).where(T.c.conversation_id == talk, T.c.author != Author.CONTACT)
        row = (await tx.conn.execute(ours.order_by(T.c.id.desc()).limit(1))).one_or_none()
        if row is not None:
            found[talk] = _by_machine(tx, row)
    return found


async def by_ids(tx: Tx, message_ids: Iterable[UUID]) -> dict[UUID, Message]:
    """Messages by their id."""
    query = select(*COLUMNS).where(T.c.id.in_(set(message_ids)))
    return {message.id: message for message in await read(tx, await tx.conn.execute(query))}


async def by_id(tx: Tx, message_id: UUID) -> Message | None:
    """One message, or None."""
    query = select(*COLUMNS).where(T.c.id == message_id)
    found = await read(tx, await tx.conn.execute(query))
    return found[0] if found else None


async def from_contacts(
    tx: Tx, contact_ids: Iterable[UUID], provider_id: str
) -> tuple[Message, UUID] | None:
    """The message with this id at the provider that one of these wrote, and who; or None.

    As the machine reads it: `sealed` once it has no copy any more.
    """
    talks = tables.conversations.c
    query = (
        select(*_COPIED, talks.contact_id)
        .join_from(T, tables.conversations, talks.id == T.c.conversation_id)
        .where(talks.contact_id.in_(set(contact_ids)), T.c.author == Author.CONTACT)
        .where(T.c.provider_id == provider_id)
        .order_by(T.c.id)
    )
    row = (await tx.conn.execute(query)).first()
    return (_by_machine(tx, row), row.contact_id) if row else None


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
        .values(body_sealed=None, copy_sealed=None, redacted_at=first, for_triage=False)
    )
    return result.rowcount == 1
