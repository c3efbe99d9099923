"""A word that the contact and a counsellor agree upon, met or by telephone: who writes it later is
known to be really them. It is compared while a reader's page is made, and at no other time: the
server by itself cannot read it (docs/decisions/0035)."""

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from operator import itemgetter
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

MOST_TRIED = 200
"""Different words of theirs within `TRIED_IN`: who goes through a dictionary text by text, until
one of them is marked, has not said it either."""

TRIED_IN = timedelta(hours=24)
COUNTS = 3
"""Letters of a word that counts as tried: a quiet word of three may have one as short."""

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


def tried(texts: Iterable[tuple[datetime, str]]) -> Mapping[datetime, int]:
    """By the moment at which each of these was written: how many different words, less the short
    ones, there were within `TRIED_IN` until then."""
    found: dict[datetime, int] = {}
    known: Counter[str] = Counter()
    within: deque[tuple[datetime, set[str]]] = deque()
    for at, text in sorted(texts, key=itemgetter(0)):
        words = {word for word in _words(text) if len(word) >= COUNTS}
        within.append((at, words))
        known.update(words)
        while within[0][0] <= at - TRIED_IN:
            for word in within.popleft()[1]:
                known[word] -= 1
                if not known[word]:
                    del known[word]
        found[at] = len(known)
    return found


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
