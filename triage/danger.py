"""Does a text speak of danger to life? Patterns from scripts/danger.yaml, in time linear in it.

Every word of a text is looked up once. The places where a part of a pattern stands are the bits
of one number, so a pattern is laid over the whole text at once, in a step or two for each of its
parts; and only patterns whose rarest part is there are laid at all. Where one was found, its
beginnings are walked one by one: never more steps than (words) x (the patterns' parts) x (GAP).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from triage.danger_rules import Part, Pattern, Rules
from triage.words import fold

MAX_WORDS = 500
"""A text of 1,600 characters has about 300; of a longer one the beginning and the end are read."""

BARRIER = ""
"""Stands for the end of a sentence, or for words that were found harmless; nothing matches it."""

COMMA = ","
"""Ends no phrase, but a "no" before it belongs to what came before it."""

_LATIN = str.maketrans("åäöéèáàüæø–", "aaoeeaauao ", "'’‘´`")
_RUN_OF_A_LETTER = re.compile(r"([^\W\d_])\1+")
_APART = re.compile(r"\bi[^\S\n]+(natt?|kv(?:ä|a\u0308?)ll|dag|morgon|morron)\b")
"""Of "i natt" two spellings are as good; danger.yaml has the one in one word."""

_PIECE = re.compile(r"[^\W\d_]+|\d+|[.!?;\n]|,|[^\w\s\x00-\x7f]")
_ENDS = frozenset(".!?;\n")


@dataclass(frozen=True)
class Sign:
    """What a text was found to speak of, and by which phrase of danger.yaml."""

    kind: Literal["danger", "self_harm", "watched"]
    phrase_id: str


@dataclass
class Walk:
    """One reading of one text. A set of places is a number: its bit n is the n-th word.

    `places`: where each part stands. `open`: where no barrier is. `negated`: where a negation
    is. `parted`: the words after a comma. `steps` counts how often a part was tried.
    """

    places: dict[int, int]
    open: int
    negated: int
    parted: int
    steps: int = 0


def find(text: str, rules: Rules) -> Sign | None:
    """The first sign of danger in a text, danger before self-harm; None when it is calm."""
    return search(text, rules)[0]


def search(text: str, rules: Rules) -> tuple[Sign | None, int]:
    """The sign, and in how many steps it was found or not found."""
    walk = _read(_words(text), rules)
    possible = _possible(walk, rules)
    blanked = [_blank(walk, pattern) for pattern in possible if pattern.kind == "calm"]
    if any(blanked):
        possible = _possible(walk, rules)
    for pattern in possible:
        if pattern.kind != "calm" and _speaks(walk, pattern):
            return Sign(pattern.kind, pattern.phrase_id), walk.steps
    return None, walk.steps


def _words(text: str) -> list[str]:
    """Words as danger.yaml spells them, with barriers and commas between them."""
    joined = _APART.sub(r"i\1", text.casefold())
    folded = joined.translate(_LATIN)
    if not folded.isascii():
        folded = fold(joined).translate(_LATIN)
    words = [_plain(w) for w in _PIECE.findall(_RUN_OF_A_LETTER.sub(r"\1", folded)) if _is_read(w)]
    if len(words) > MAX_WORDS:
        return [*words[: MAX_WORDS // 2], BARRIER, *words[-MAX_WORDS // 2 :]]
    return words


def _is_read(piece: str) -> bool:
    """Not so the punctuation of other alphabets; emojis are."""
    return piece.isascii() or piece.isalnum() or unicodedata.category(piece) == "So"


def _plain(piece: str) -> str:
    if piece in _ENDS:
        return BARRIER
    if piece.isascii() or not piece.isdecimal():
        return piece
    return "".join(str(unicodedata.decimal(digit)) for digit in piece)


def _read(words: Iterable[str], rules: Rules) -> Walk:
    walk = Walk({}, 0, 0, 0)
    here = 1
    for word in words:
        if word == COMMA:
            walk.parted |= here
            continue
        if word != BARRIER:
            walk.open |= here
        if word in rules.negations:
            walk.negated |= here
        for number in rules.meant(word):
            walk.places[number] = walk.places.get(number, 0) | here
        here <<= 1
    return walk


def _possible(walk: Walk, rules: Rules) -> list[Pattern]:
    """The patterns all of whose needed parts are somewhere in the text, in the file's order."""
    there = frozenset(walk.places)
    found = [p for number in there for p in rules.by_rarest.get(number, ()) if p.needed <= there]
    return sorted(found, key=_order)


def _order(pattern: Pattern) -> int:
    return pattern.order


def _speaks(walk: Walk, pattern: Pattern) -> bool:
    if not _ends(walk, pattern.parts, walk.open):
        return False
    if pattern.negative or not walk.negated:
        return True
    return any(not _is_negated(walk, start, end) for start, end in _matches(walk, pattern))


def _is_negated(walk: Walk, start: int, end: int) -> bool:
    """Whether a negation stands inside a match or right before it, with no comma between."""
    inside = (1 << end) - (1 << start)
    before = 0 if walk.parted >> start & 1 else (1 << start) >> 1
    return bool(walk.negated & (inside | before))


def _blank(walk: Walk, pattern: Pattern) -> bool:
    """Take away every match of a harmless phrase; whether there was one."""
    harmless = 0
    if _ends(walk, pattern.parts, walk.open):
        for start, end in _matches(walk, pattern):
            harmless |= (1 << end) - (1 << start)
    if harmless:
        walk.open &= ~harmless
        walk.negated &= ~harmless
        left = {number: places & ~harmless for number, places in walk.places.items()}
        walk.places = {number: places for number, places in left.items() if places}
    return bool(harmless)


def _matches(walk: Walk, pattern: Pattern) -> Iterator[tuple[int, int]]:
    """Where matches begin, and where the shortest from there ends."""
    starts = walk.open
    while starts:
        first = starts & -starts
        starts ^= first
        ends = _ends(walk, pattern.parts, first)
        if ends:
            yield first.bit_length() - 1, (ends & -ends).bit_length() - 1


def _ends(walk: Walk, parts: Iterable[Part], at: int) -> int:
    """The places right after a match that begins at one of the places `at`."""
    for part in parts:
        walk.steps += part.gap or 1
        if part.gap:
            further = at
            for _ in range(part.gap):
                further = (further & walk.open) << 1
                at |= further
        else:
            after = (at & walk.places.get(part.number, 0)) << 1
            at = at | after if part.optional else after
        if not at:
            return 0
    return at
