"""What of a line is read by whoever has certain keys, by its name."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from storage import (
    channel_tables,
    contacts,
    copies,
    drafts,
    members,
    messages,
    notes,
    pictures,
    quiet_words,
    register_tables,
    register_words,
    revisions,
    stranger_words,
    tables,
    triages,
)
from storage.database import Tx
from storage.drafts import Box

AFTERWARDS = "afterwards"
"""So begins what is written after a theft was noticed."""


@dataclass(frozen=True)
class Loot:
    """What is opened, by its name; nothing else is."""

    texts: frozenset[str]
    """`TEXTS` (word: the quiet one); asked: about a stranger; later: a message of afterwards"""
    copies: frozenset[str]
    """What the server still handles: message, outbox."""
    about: frozenset[str]
    """address, member"""


NOTHING = Loot(frozenset(), frozenset(), frozenset())
ABOUT = frozenset({"address", "member"})
TEXTS = frozenset(
    ("message", "edit", "note", "draft", "note_draft", "picture", "answers", "register", "word")
)
ASKED = frozenset({"asked"})


def all_of(found: Iterable[Loot]) -> Loot:
    """Together."""
    texts, handled, about = set[str](), set[str](), set[str]()
    for one in found:
        texts |= one.texts
        handled |= one.copies
        about |= one.about
    return Loot(frozenset(texts), frozenset(handled), frozenset(about))


async def seen(tx: Tx) -> Loot:
    """What opens here."""
    talks = list((await tx.conn.execute(select(tables.conversations.c.id))).scalars())
    spoils = frozenset[str]().union(*[await _of(tx, talk) for talk in talks])
    return Loot(spoils | await _asked(tx), await _handled(tx), await _about(tx))


async def _of(tx: Tx, talk: UUID) -> frozenset[str]:
    said = [it.body for it in await messages.of_conversation(tx, talk) if it.body]
    ids = (await tx.conn.execute(select(channel_tables.pictures.c.message_id))).scalars()
    edits = [one for some in (await revisions.of_conversation(tx, talk)).values() for one in some]
    everybody = await members.every(tx)
    found = {
        "message": any(not body.startswith(AFTERWARDS) for body in said),
        "later": any(body.startswith(AFTERWARDS) for body in said),
        "edit": any(it.body for it in edits),
        "note": any(it.body for it in await notes.of_conversation(tx, talk)),
        "register": await _registered(tx, talk),
        "draft": any([await drafts.kept(tx, Box.REPLY, talk, entry.id) for entry in everybody]),
        "note_draft": any([await drafts.kept(tx, Box.NOTE, talk, entry.id) for entry in everybody]),
        "word": any(it.word for it in (await quiet_words.of_conversations(tx, [talk])).values()),
        "picture": any([await pictures.find(tx, it, 0) for it in ids]),
        "answers": any(run.state for run in await triages.of_conversation(tx, talk)),
    }
    return frozenset(name for name, opens in found.items() if opens)


async def _registered(tx: Tx, talk: UUID) -> bool:
    w = register_tables.register_words.c
    entries = (await tx.conn.execute(select(w.entry_id).where(w.conversation_id == talk))).scalars()
    said = await register_words.of_entries(tx, list(entries))
    return any(words.body for parts in said.values() for words in parts.values())


async def _asked(tx: Tx) -> frozenset[str]:
    entries = (await tx.conn.execute(select(register_tables.stranger_words.c.entry_id))).scalars()
    said = await stranger_words.of_entries(tx, list(entries))
    return ASKED if any(w.body for parts in said.values() for w in parts.values()) else frozenset()


async def _handled(tx: Tx) -> frozenset[str]:
    waiting = (await tx.conn.execute(select(tables.outbox.c.id))).scalars()
    m = tables.messages.c
    copied = select(m.copy_sealed, m.id, m.conversation_id).where(m.copy_sealed.is_not(None))
    found = {
        "message": any(copies.read(tx, *row) for row in await tx.conn.execute(copied)),
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
