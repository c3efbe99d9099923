"""A page that was locked: who it was, and what they had written, come back with their sign-in.

Neither opens anything: the name stands in the form, and words that were sent too late lie in it
sealed, until whoever wrote them has signed in again.
"""

import base64
import json
from dataclasses import dataclass
from hashlib import blake2b
from uuid import UUID

from handlers.errors import UseCaseError
from handlers.house import House
from handlers.keep_draft import keep_draft, keep_note_draft
from handlers.read_by import read_by
from handlers.sign_in import Held
from storage.encryption import SealBroken
from storage.members import folded


@dataclass(frozen=True)
class Late:
    """What was written in a conversation and sent after the lock."""

    conversation_id: UUID
    reply: str | None
    note: str | None


def whom_mark(house: House, name: str, token: str) -> str:
    """For a cookie beside the session's: whose page it was."""
    return _sealed(house, name, "whom", token)


def whom(house: House, mark: str, token: str) -> str:
    """The name; empty where there is none."""
    return _opened(house, mark, "whom", token) or ""


def is_same_name(one: str, other: str) -> bool:
    """However it is written."""
    return folded(one) == folded(other)


def carried(house: House, late: Late, name: str, token: str) -> str:
    """For a field of the form to sign in with: sealed for that name and browser."""
    words = [str(late.conversation_id), late.reply, late.note]
    return _sealed(house, json.dumps(words), "late", token, folded(name))


async def keep_late(house: House, held: Held, carried: str, token: str) -> UUID | None:
    """Keep as drafts what they wrote in the session that was `token`'s; its conversation, or None
    where it was somebody else's or may not be kept."""
    said = _opened(house, carried, "late", token, folded(held.member.name))
    if said is None:
        return None
    conversation, reply, note = json.loads(said)
    theirs = await read_by(house, held.member, held.key) if held.key else house
    conversation_id = UUID(conversation)
    try:
        if reply is not None:
            await keep_draft(theirs, held.member, conversation_id, reply)
        if note:
            await keep_note_draft(theirs, held.member, conversation_id, note)
    except UseCaseError:
        return None
    return conversation_id


def _bound(kind: str, token: str, rest: tuple[str, ...]) -> tuple[object, ...]:
    return ("locked", kind, blake2b(token.encode(), digest_size=16).hexdigest(), *rest)


def _sealed(house: House, words: str, kind: str, token: str, *rest: str) -> str:
    sealed = house.db.keys.seal("text", words, *_bound(kind, token, rest))
    return base64.urlsafe_b64encode(sealed).decode()


def _opened(house: House, mark: str, kind: str, token: str, *rest: str) -> str | None:
    try:
        sealed = base64.urlsafe_b64decode(mark.encode())
        return house.db.keys.open("text", sealed, *_bound(kind, token, rest))
    except (SealBroken, ValueError):
        return None
