"""The one place where a text of a conversation is sealed and opened.

It needs two secrets. Inside: a random key of the transaction and contact, itself sealed to the
contact's pair and standing before the text. Outside: the server's text key. A ciphertext is:

    version (1 byte), generation of the text key (2), of the contact's pair (2)
    under the text key: the transaction's key to the contact's pair (96),
        under the transaction's key: the text, padded to 64 bytes

Both layers are bound to all that makes a text what it is. The server exchanges the outer one by
itself; the inner one opens only for a reader who was admitted to the team. Until there is a team a
text lies under the server's key alone (version 1, `storage.encryption`).
"""

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
    sodium_pad,
    sodium_unpad,
)
from nacl.exceptions import CryptoError

from storage import contact_pairs, team
from storage.database import Tx
from storage.encryption import SealBroken, parts
from storage.pairs import Boxes, Pair, open_with, pair_of
from storage.reading import To

SERVERS = 1
"""The version under the server's key alone."""

VERSION = 2
_HEAD, _KEY, _BOX, _NONCE = 5, 32, 96, 24
PADDED = 64


class NoReader(SealBroken):
    """It may open for others: who asks for it here was not admitted to the team, or is nobody."""


class Place(NamedTuple):
    """Where a text stands, and all that makes it what it is."""

    conversation_id: UUID
    old: tuple[object, ...]
    """What version 1 is bound to."""
    new: tuple[object, ...]
    """Table, row, kind, author, revision and time, and what else nobody may change; `place`."""


def place(
    conversation_id: UUID,
    old: tuple[object, ...],
    *,
    kind: object,
    author: object,
    at: datetime,
    revision: object = 0,
    beside: tuple[object, ...] = (),
) -> Place:
    """`old` begins with the table and the row."""
    when = at.astimezone(UTC).isoformat(timespec="microseconds")
    new = (old[0], conversation_id, old[1], kind, author, revision, when, *beside)
    return Place(conversation_id, old, new)


class Words(NamedTuple):
    """What a reader gets."""

    body: str | None
    """None where there is no text, or it does not open."""
    unreadable: bool = False
    """It does not belong where it stands: changed, swapped or forged."""
    sealed: bool = False
    """Who asked was not admitted."""


NO_WORDS = Words(None)


async def learn(tx: Tx, conversation_ids: Iterable[UUID]) -> None:
    """Before anything is sealed in these conversations. Their contacts are locked."""
    await contact_pairs.learn_of(tx, conversation_ids)


def seal(tx: Tx, text: str, where: Place) -> bytes:
    """To the contact and the server; to the server alone while there is no team.

    KeyError where nobody has asked `learn` first.
    """
    return seal_bytes(tx, text.encode(), where)


def seal_bytes(tx: Tx, plain: bytes, where: Place) -> bytes:
    """As `seal`, of what is no text."""
    to = tx.held.to[where.conversation_id]
    if to is None:
        return tx.keys.seal_bytes("text", plain, *where.old)
    key, before = tx.held.fresh.get(to.contact_id) or _fresh(tx, to)
    generation = tx.keys.newest("text")
    head = _head(generation, to.generation)
    bound = _bound(to.contact_id, where)
    nonce = secrets.token_bytes(_NONCE)
    inner = crypto_aead_xchacha20poly1305_ietf_encrypt(
        sodium_pad(plain, PADDED), _inside(head) + bound, nonce, key
    )
    return head + tx.keys.wrap("text", generation, before + nonce + inner, head + bound)


def _fresh(tx: Tx, to: To) -> tuple[bytes, bytes]:
    found = tx.lately.keys.get(to)
    if found is None:
        key = secrets.token_bytes(_KEY)
        boxes = tx.held.boxes = tx.held.boxes or Boxes()
        found = key, boxes.seal_to(to.public, key, *_key_of(to.contact_id, to.generation))
        tx.lately.keys[to] = found
    tx.held.fresh[to.contact_id] = found
    return found


def _head(generation: int, pair: int) -> bytes:
    return bytes((VERSION,)) + generation.to_bytes(2, "big") + pair.to_bytes(2, "big")


def _inside(head: bytes) -> bytes:
    """What the inner layer knows of the head: the server exchanges its own key without it."""
    return head[:1] + head[3:]


def _bound(contact_id: UUID, where: Place) -> bytes:
    return parts((contact_id, *where.new))


def _key_of(contact_id: UUID, generation: int) -> tuple[object, ...]:
    return ("text key", contact_id, generation)


def exchange(tx: Tx, sealed: bytes, where: Place) -> bytes:
    """The same text under the newest of the server's text keys. It needs no reader, and `ready`.

    Raises SealBroken, and NoReader where nobody has looked up whose it is.
    """
    if sealed[0] == SERVERS:
        return tx.keys.seal_bytes(
            "text", tx.keys.open_bytes("text", sealed, *where.old), *where.old
        )
    head, bound, unwrapped = _unwrapped(tx, sealed, where)
    generation = tx.keys.newest("text")
    head = head[:1] + generation.to_bytes(2, "big") + head[3:]
    return head + tx.keys.wrap("text", generation, unwrapped, head + bound)


def _unwrapped(tx: Tx, sealed: bytes, where: Place) -> tuple[bytes, bytes, bytes]:
    """Its head, what it is bound to, and what lies under the server's key."""
    if sealed[0] != VERSION or len(sealed) <= _HEAD:
        raise SealBroken
    contact_id = tx.held.whose.get(where.conversation_id)
    if contact_id is None:
        raise NoReader
    head, bound = sealed[:_HEAD], _bound(contact_id, where)
    generation = int.from_bytes(head[1:3], "big")
    return head, bound, tx.keys.unwrap("text", generation, sealed[_HEAD:], head + bound)


async def ready(tx: Tx, rows: Iterable[tuple[UUID, bytes | None]]) -> None:
    """Before any of these is opened: (conversation, ciphertext). Few statements, often none."""
    if tx.reader is not None and not tx.reader.is_admitted and not tx.held.hidden:
        tx.held.hidden = await team.public_key(tx) is not None
    theirs = {talk for talk, sealed in rows if sealed and sealed[0] == VERSION}
    if theirs:
        await contact_pairs.look_up(tx, theirs)


def read(tx: Tx, sealed: bytes | None, where: Place) -> Words:
    """What is to be shown of it."""
    if not sealed:
        return NO_WORDS
    try:
        return Words(open_bytes(tx, sealed, where).decode())
    except NoReader:
        return Words(None, sealed=True)
    except SealBroken:
        return Words(None, unreadable=True)


def open_bytes(tx: Tx, sealed: bytes, where: Place) -> bytes:
    """Raises NoReader or SealBroken."""
    if sealed[0] == SERVERS:
        if tx.held.hidden:
            raise NoReader
        return tx.keys.open_bytes("text", sealed, *where.old)
    head, bound, unwrapped = _unwrapped(tx, sealed, where)
    before, nonce = unwrapped[:_BOX], unwrapped[_BOX : _BOX + _NONCE]
    contact_id = tx.held.whose[where.conversation_id]
    key = tx.held.opened.get(before) or _opened(tx, contact_id, head, before)
    try:
        padded = crypto_aead_xchacha20poly1305_ietf_decrypt(
            unwrapped[_BOX + _NONCE :], _inside(head) + bound, nonce, key
        )
        plain: bytes = sodium_unpad(padded, PADDED)
    except (CryptoError, TypeError, ValueError) as error:
        raise SealBroken from error
    return plain


def _opened(tx: Tx, contact_id: UUID, head: bytes, before: bytes) -> bytes:
    generation = int.from_bytes(head[3:], "big")
    pair = tx.held.pairs.get((contact_id, generation)) or _pair(tx, contact_id, generation)
    key = open_with(pair, before, *_key_of(contact_id, generation))
    tx.held.opened[before] = key
    return key


def _pair(tx: Tx, contact_id: UUID, generation: int) -> Pair:
    """The contact's, by what the reader holds of the team."""
    locked = tx.held.locked.get((contact_id, generation))
    if tx.reader is None or not tx.reader.is_admitted:
        raise NoReader
    if locked is None:
        raise SealBroken
    theirs = tx.reader.team.get(locked.team)
    if theirs is None:
        raise NoReader
    private = open_with(theirs, locked.sealed, *contact_pairs.locked_to(contact_id, generation))
    pair = pair_of(private)
    tx.held.pairs[contact_id, generation] = pair
    return pair
