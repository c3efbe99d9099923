"""May this be searched for, and where does it stand in a text? Never a number (domain.md)."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
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
class Part:
    """A piece of a text: one of the words that were looked for, or what stands around them."""

    text: str
    found: bool = False


@dataclass(frozen=True)
class Snippet:
    """Where the words stand, with a little of what surrounds each."""

    parts: tuple[Part, ...]


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


Span = tuple[int, int]

_GAP = re.compile(r"\s+")


class Finder:
    """Looks for all the words of one search."""

    def __init__(self, words: tuple[str, ...]) -> None:
        """`words`: at least one."""
        self._all = [
            (re.compile(re.escape(word), re.IGNORECASE), len(word) >= SHORTEST) for word in words
        ]

    def find(self, text: str) -> Snippet | None:
        """Every word's first place, if every word stands in the text.

        A word is marked wherever it stands in what is shown; a very short one, which stands in
        half of all words, only at its first place.
        """
        text = unicodedata.normalize("NFC", text)
        firsts, marked = [], []
        for pattern, everywhere in self._all:
            first = pattern.search(text)
            if first is None:
                return None
            firsts.append(first.span())
            marked += [one.span() for one in pattern.finditer(text)] if everywhere else [firsts[-1]]
        shown = _joined(_around(text, span) for span in firsts)
        return Snippet(tuple(part for part in _parts(text, shown, _joined(marked)) if part.text))


def _around(text: str, span: Span) -> Span:
    """No word is cut in two, where it is not longer than all that is shown of it."""
    first, last = span
    start, end = max(0, first - AROUND), min(len(text), last + AROUND)
    if start > 0:
        gap = _GAP.search(text, start - 1, first)
        start = gap.end() if gap else start
    if end < len(text):
        gaps = [one.start() for one in _GAP.finditer(text, last, end + 1)]
        end = gaps[-1] if gaps else end
    return start, end


def _joined(spans: Iterable[Span]) -> list[Span]:
    """In order; those that touch as one."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _parts(text: str, shown: list[Span], marked: list[Span]) -> Iterator[Part]:
    """An ellipsis stands for whatever is left out."""
    before = 0
    for start, end in shown:
        if start > before:
            yield Part(" … " if before else "… ")
        at = start
        for first, last in marked:
            if start <= first and last <= end:
                yield Part(_tidy(text[at:first]))
                yield Part(text[first:last], found=True)
                at = last
        yield Part(_tidy(text[at:end]))
        before = end
    if before < len(text):
        yield Part(" …")


def _tidy(text: str) -> str:
    return _GAP.sub(" ", text)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
