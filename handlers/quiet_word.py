"""A word that the contact and a counsellor agree upon, met or by telephone: who writes it later is
known to be really them. It is compared while a reader's page is made, and at no other time: the
server by itself cannot read it (docs/decisions/0035)."""

import re
from collections.abc import Iterator
from enum import StrEnum
from uuid import UUID

from domain.access import Act
from domain.member import Member
from domain.message import Author
from handlers.desk import must, theirs
from handlers.errors import BadInput
from handlers.house import House
from storage import audit, events, messages, quiet_words
from storage.events import Event
from storage.messages import Message
from triage.words import fold

SHORTEST = 5
"""Letters: a shorter one is soon guessed."""

LONGEST = 40
MOST_WORDS = 3

MOST_READ = 30
"""Words of a text that may hold it: who writes half a dictionary has not said it."""

HIDDEN = "▪▪▪"
"""Stands in a text in its place: nobody learns it over a shoulder."""

_WORD = re.compile(r"[^\W_]+")


class Heard(StrEnum):
    """How it was agreed upon. Never in writing: whoever holds the telephone would read it."""

    MET = "met"
    CALL = "call"


async def agree(
    house: House, member: Member, conversation_id: UUID, word: str, heard: Heard
) -> None:
    """From now on; an earlier one counts no more.

    Raises BadInput (word: short, long, known, sealed), NotYours, NotFound or NotAllowed.
    """
    must(member, Act.READ)
    kept, now = " ".join(_words(word)), house.now()
    if len(kept.replace(" ", "")) < SHORTEST:
        raise BadInput("word", "short")
    if len(kept) > LONGEST or len(kept.split()) > MOST_WORDS:
        raise BadInput("word", "long")
    async with house.db.write() as tx:
        talk = await theirs(tx, member, conversation_id)
        said = await messages.of_conversation(tx, conversation_id)
        if any(one.sealed for one in said):
            raise BadInput("word", "sealed")
        if any(_holds(one, kept) for one in said):
            raise BadInput("word", "known")
        await quiet_words.agree(
            tx, talk.contact_id, conversation_id, kept, how=heard, member_id=member.id, now=now
        )
        await events.add(tx, [Event(conversation_id, "word_agreed", now, member.id)])
        audit.note(tx, "safe_contact", now, member.id, conversation_id, "word_agreed")


async def forget_word(house: House, member: Member, conversation_id: UUID) -> None:
    """It counts no more. Raises NotYours, NotFound or NotAllowed."""
    now = house.now()
    async with house.db.write() as tx:
        talk = await theirs(tx, member, conversation_id)
        if await quiet_words.forget(tx, [talk.contact_id]):
            await events.add(tx, [Event(conversation_id, "word_forgotten", now, member.id)])
            audit.note(tx, "safe_contact", now, member.id, conversation_id, "word_forgotten")


def _words(text: str) -> list[str]:
    return [fold(match.group()) for match in _WORD.finditer(text)]


def _holds(message: Message, word: str) -> bool:
    """Whoever wrote it: what stands in the thread anybody may have read."""
    return message.author is not Author.MACHINE and any(_places(message.body or "", word))


def is_given(text: str, word: str) -> bool:
    """Whether the text says it; spelling counts, capitals and accents do not."""
    return len(_words(text)) <= MOST_READ and any(_places(text, word))


def hidden(text: str, word: str) -> str:
    """The text without it."""
    for start, end in reversed(list(_places(text, word))):
        text = text[:start] + HIDDEN + text[end:]
    return text


def _places(text: str, word: str) -> Iterator[tuple[int, int]]:
    found, wanted = list(_WORD.finditer(text)), word.split()
    said, at = [fold(match.group()) for match in found], 0
    while at + len(wanted) <= len(said):
        if said[at : at + len(wanted)] == wanted:
            yield found[at].start(), found[at + len(wanted) - 1].end()
            at += len(wanted)
        else:
            at += 1
