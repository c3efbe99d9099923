"""What somebody reads who has stolen parts of a line: for one table of who gets what.

A thief works with our own code on what they have: whoever writes another program gets no further,
since what they lack are keys.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import Flag, auto
from uuid import UUID

from sqlalchemy import func, select

from storage import (
    contacts,
    copies,
    drafts,
    members,
    messages,
    notes,
    pictures,
    register_tables,
    register_words,
    revisions,
    tables,
    team,
    triages,
)
from storage.database import Database, Tx
from storage.encryption import WrongSecretKey
from storage.opening import open_database
from storage.reading import MemberKey, Reader
from tests.world import SECRET


class Stolen(Flag):
    """What the thief has."""

    DATABASE = auto()
    CONFIGURATION = auto()
    PASSPHRASE = auto()
    """Of one member, or whatever else opens their own pair."""


@dataclass(frozen=True)
class Loot:
    """What is opened, by its name; nothing else is."""

    texts: frozenset[str]
    """message, edit, note, draft, picture, answers, register"""
    copies: frozenset[str]
    """What the server still handles: message, outbox."""
    about: frozenset[str]
    """address, member"""


NOTHING = Loot(frozenset(), frozenset(), frozenset())
ABOUT = frozenset({"address", "member"})
TEXTS = frozenset({"message", "edit", "note", "draft", "picture", "answers", "register"})


@asynccontextmanager
async def _opened(
    url: str, stolen: Stolen, key: MemberKey, now: datetime
) -> AsyncIterator[Database | None]:
    secret = SECRET if Stolen.CONFIGURATION in stolen else "a secret of forty characters, guessed"
    try:
        db = await open_database(url, secret, now)
    except WrongSecretKey:
        yield None
        return
    try:
        yield await _read_by(db, key) if Stolen.PASSPHRASE in stolen else db
    finally:
        await db.close()


async def _read_by(db: Database, key: MemberKey) -> Database:
    async with db.read() as tx:
        return db.reading(Reader(key, await team.opened_by(tx, key)))


async def stolen_by(url: str, stolen: Stolen, key: MemberKey, now: datetime) -> Loot:
    """What a thief with these parts reads; `key` is what the passphrase opens."""
    if Stolen.DATABASE not in stolen:
        return NOTHING
    async with _opened(url, stolen, key, now) as db:
        if db is None:
            return NOTHING
        async with db.read() as tx:
            talks = (await tx.conn.execute(select(tables.conversations.c.id))).scalars()
            loot = [await _of(tx, talk) for talk in talks]
            spoils = frozenset[str]().union(*loot)
            return Loot(spoils, await _handled(tx), await _about(tx))


async def _of(tx: Tx, talk: UUID) -> frozenset[str]:
    said = await messages.of_conversation(tx, talk)
    edits = [one for some in (await revisions.of_conversation(tx, talk)).values() for one in some]
    everybody = await members.every(tx)
    found = {
        "message": any(it.body for it in said),
        "edit": any(it.body for it in edits),
        "note": any(it.body for it in await notes.of_conversation(tx, talk)),
        "register": await _registered(tx, talk),
        "draft": any(
            [await drafts.kept(tx, drafts.Box.REPLY, talk, entry.id) for entry in everybody]
        ),
        "picture": any([await pictures.find(tx, it.id, 0) for it in said]),
        "answers": any(run.state for run in await triages.of_conversation(tx, talk)),
    }
    return frozenset(name for name, opens in found.items() if opens)


async def _registered(tx: Tx, talk: UUID) -> bool:
    w = register_tables.register_words.c
    entries = (await tx.conn.execute(select(w.entry_id).where(w.conversation_id == talk))).scalars()
    said = await register_words.of_entries(tx, list(entries))
    return any(words.body for parts in said.values() for words in parts.values())


async def _handled(tx: Tx) -> frozenset[str]:
    waiting = (await tx.conn.execute(select(tables.outbox.c.id))).scalars()
    m = tables.messages.c
    copied = select(func.count()).where(m.copy_sealed.is_not(None))
    found = {
        "message": bool((await tx.conn.execute(copied)).scalar_one()),
        "outbox": bool(await copies.to_send(tx, waiting)),
    }
    return frozenset(name for name, opens in found.items() if opens)


async def _about(tx: Tx) -> frozenset[str]:
    people = (await tx.conn.execute(select(tables.contacts.c.id))).scalars()
    known = (await contacts.addresses(tx, people)).values()
    found = {
        "address": any(one.theirs for one in known),
        "member": any(e.name not in {"", members.UNREADABLE} for e in await members.every(tx)),
    }
    return frozenset(name for name, opens in found.items() if opens)
