"""May this be searched for, and where does it stand in a text? Never a number (domain.md)."""

import re
import unicodedata
from dataclasses import dataclass

from domain import alias

SHORTEST, LONGEST = 3, 200
"""Characters of a search: less would lay everything open."""

MOST_DIGITS = 3
"""More of them are a phone number, a part of one, or somebody's birth date."""

AROUND = 48
"""Characters shown before and after what was found."""


@dataclass(frozen=True)
class Search:
    """What somebody looks for: all of these words in one text, or an alias."""

    words: tuple[str, ...]
    alias: tuple[str, int | None] | None


@dataclass(frozen=True)
class Snippet:
    """Where it stands, with a little of what surrounds it."""

    before: str
    match: str
    after: str


def problem(text: str) -> str | None:
    """Why this is not searched for: empty, number, too_short or too_long; None when it may be."""
    plain = _plain(text)
    if not plain:
        return "empty"
    named = alias.parse(plain)
    if named is not None:
        return None
    if sum(c.isdecimal() for c in plain) > MOST_DIGITS or not any(c.isalpha() for c in plain):
        return "number"
    if max(len(word) for word in plain.split()) < SHORTEST:
        return "too_short"
    return "too_long" if len(plain) > LONGEST else None


def read(text: str) -> Search:
    """A text for which there is no `problem`."""
    plain = _plain(text)
    named = alias.parse(plain)
    only_alias = named is not None and named[1] is not None
    return Search(() if only_alias else tuple(plain.split()), named)


class Finder:
    """Looks for all the words of one search."""

    def __init__(self, words: tuple[str, ...]) -> None:
        """`words`: at least one."""
        self._all = [re.compile(re.escape(word), re.IGNORECASE) for word in words]

    def find(self, text: str) -> Snippet | None:
        """The first word's place, if every word stands in the text."""
        text = unicodedata.normalize("NFC", text)
        places = [pattern.search(text) for pattern in self._all]
        if not all(places) or places[0] is None:
            return None
        start, end = places[0].span()
        return Snippet(_tail(text[:start]), text[start:end], _head(text[end:]))


def _tail(text: str) -> str:
    short = " ".join(text[-AROUND:].split())
    return ("…" if len(text) > AROUND else "") + short + (" " if text[-1:].isspace() else "")


def _head(text: str) -> str:
    short = " ".join(text[:AROUND].split())
    return (" " if text[:1].isspace() else "") + short + ("…" if len(text) > AROUND else "")


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
