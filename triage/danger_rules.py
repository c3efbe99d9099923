"""How does danger.yaml become patterns? (Its notation stands at the top of that file.)"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import yaml

from triage.nodes import Findings, compose, entries, fields, line_of, text, texts
from triage.words import fold, near, squeeze, tokens

GAP = 3
"""Words that "..." may stand for."""

ENDING = 4
"""Letters that "~" may stand for."""

LISTS_IN_LISTS = 3
"""How deep a list may name other lists."""

FORGIVEN_FROM = 6
"""Letters a word must have before one typing error is forgiven."""


Kind = Literal["danger", "self_harm", "watched", "calm"]
KINDS: tuple[Kind, ...] = ("danger", "self_harm", "calm")


@dataclass(frozen=True)
class Part:
    """One place of a pattern: any of the words, or a gap of up to `gap` words.

    A word is written with its "~", so that "döda" and "döda~" are two. Parts with the same words
    have the same `number`.
    """

    words: frozenset[str] = frozenset()
    optional: bool = False
    gap: int = 0
    number: int = -1


@dataclass(frozen=True)
class Pattern:
    """A phrase as parts. `negative`: it has a negation of its own, so none is looked for.

    `needed`: the numbers of the parts that may not be left out. `order`: its place in the file.
    """

    kind: Kind
    phrase_id: str
    parts: tuple[Part, ...]
    negative: bool
    needed: frozenset[int]
    order: int


@dataclass(frozen=True)
class Rules:
    """What danger.yaml says, compiled once.

    `whole`, `stems`: a word, or the beginning of one, and the numbers of the parts it stands
    for. `typing_errors`: a long word of the file with one letter missing, and which words that
    may be. `by_rarest`: the patterns under that part of them which texts have most seldom.
    """

    patterns: tuple[Pattern, ...]
    negations: frozenset[str]
    whole: Mapping[str, frozenset[int]]
    stems: Mapping[str, frozenset[int]]
    typing_errors: Mapping[str, frozenset[str]]
    by_rarest: Mapping[int, tuple[Pattern, ...]]

    def meant(self, word: str) -> frozenset[int]:
        """The parts that a word of a text stands for; itself before a misspelling."""
        found = self.whole.get(word, _NOTHING)
        for length in range(len(word) - 1, max(0, len(word) - ENDING - 1), -1):
            found |= self.stems.get(word[:length], _NOTHING)
        if found or len(word) < FORGIVEN_FROM - 1 or not word.isalpha():
            return found
        return self._misspelt(word)

    def _misspelt(self, word: str) -> frozenset[int]:
        found = _NOTHING
        for meant in self._near(word):
            found |= self.whole[meant]
        for length in range(len(word) - 1, max(FORGIVEN_FROM, len(word) - ENDING) - 1, -1):
            for meant in self._near(word[:length]):
                if len(meant) == length:
                    found |= self.stems.get(meant, _NOTHING)
        return found

    def _near(self, word: str) -> Iterable[str]:
        possible = {m for less in _one_less(word) for m in self.typing_errors.get(less, ())}
        return [meant for meant in possible if near(word, meant)]


_NOTHING: frozenset[int] = frozenset()


def squeezed(word: str) -> str:
    """Doubled letters as one; numbers stay."""
    return word if word.isdecimal() else squeeze(word)


def _one_less(word: str) -> Iterable[str]:
    """A word, and what it is with any letter but the first left out."""
    return [word, *(word[:at] + word[at + 1 :] for at in range(1, len(word)))]


def compile_rules(source: str, kinds: tuple[Kind, ...] = KINDS) -> Rules:
    """Read danger.yaml, or a file like it. Raises ScriptError with every finding and its line."""
    findings = Findings()
    known = " ".join(("lists", "negations", *kinds))
    top = fields(compose(source), "the file", known, findings, required=known)
    findings.stop_if_any()
    lists = {
        name: _alternatives(texts(node, f"list {name!r}", findings))
        for name, node in entries(top["lists"], "lists", findings)
    }
    negations = frozenset(
        squeezed(fold(word)) for word in texts(top["negations"], "negations", findings)
    )
    written = [
        (kind, name, parts)
        for kind in kinds
        for name, parts in _phrases(top[kind], lists, findings)
    ]
    findings.stop_if_any()
    return _indexed(written, negations)


def _phrases(
    node: yaml.Node, lists: Mapping[str, str], findings: Findings
) -> Iterable[tuple[str, tuple[Part, ...]]]:
    for name, listed in entries(node, "the patterns", findings):
        for written in listed.value if isinstance(listed, yaml.SequenceNode) else [listed]:
            try:
                yield name, _parts(text(written, name, findings), lists)
            except ValueError as wrong:
                findings.error(line_of(written), f"{name}: {wrong}")


def _indexed(
    written: Iterable[tuple[Kind, str, tuple[Part, ...]]], negations: frozenset[str]
) -> Rules:
    numbers: dict[frozenset[str], int] = {}
    patterns: list[Pattern] = []
    for order, (kind, name, unnumbered) in enumerate(written):
        parts = tuple(
            replace(part, number=numbers.setdefault(part.words, len(numbers)))
            if part.words
            else part
            for part in unnumbered
        )
        negative = any(not negations.isdisjoint(part.words) for part in parts)
        needed = frozenset(part.number for part in parts if part.words and not part.optional)
        patterns.append(Pattern(kind, name, parts, negative, needed, order))
    whole, stems = _stand_for(numbers)
    rarest = _by_rarest(patterns, {number: words for words, number in numbers.items()}, whole)
    return Rules(tuple(patterns), negations, whole, stems, _typing_errors(whole), rarest)


def _stand_for(
    numbers: Mapping[frozenset[str], int],
) -> tuple[Mapping[str, frozenset[int]], Mapping[str, frozenset[int]]]:
    whole: dict[str, frozenset[int]] = {}
    stems: dict[str, frozenset[int]] = {}
    for words, number in numbers.items():
        for word in words:
            stem = word.removesuffix("~")
            whole[stem] = whole.get(stem, _NOTHING) | {number}
            if stem != word:
                stems[stem] = stems.get(stem, _NOTHING) | {number}
    return whole, stems


def _typing_errors(words: Iterable[str]) -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for word in words:
        if len(word) >= FORGIVEN_FROM and word.isalpha():
            for less in _one_less(word):
                found[less] = found.get(less, frozenset()) | {word}
    return found


def _by_rarest(
    patterns: Iterable[Pattern],
    words: Mapping[int, frozenset[str]],
    whole: Mapping[str, frozenset[int]],
) -> Mapping[int, tuple[Pattern, ...]]:
    """A word that stands in many parts is a common one, and so is a part with many such words."""

    def common(number: int) -> int:
        return sum(len(whole[word.removesuffix("~")]) ** 2 for word in words[number])

    found: dict[int, tuple[Pattern, ...]] = {}
    for pattern in patterns:
        rarest = min(sorted(pattern.needed), key=common)
        found[rarest] = (*found.get(rarest, ()), pattern)
    return found


def _parts(written: str, lists: Mapping[str, str]) -> tuple[Part, ...]:
    for _ in range(LISTS_IN_LISTS):
        for name, words in lists.items():
            written = written.replace("{" + name + "}", words)
    if "{" in written or "}" in written:
        raise ValueError(f"a list that does not exist in {written!r}")
    if written.count("(") != written.count(")"):
        raise ValueError(f"brackets do not match in {written!r}")
    parts = tuple(_part(piece) for piece in _pieces(written))
    if not parts or not any(part.words and not part.optional for part in parts):
        raise ValueError(f"no word that must be there in {written!r}")
    return parts


def _alternatives(words: Iterable[str]) -> str:
    return "(" + "|".join(words) + ")"


def _pieces(written: str) -> list[str]:
    return (
        written.replace("( ", "(").replace(" )", ")").replace(" |", "|").replace("| ", "|").split()
    )


@cache
def _part(piece: str) -> Part:
    """Remembered: the lists bring the same words into many patterns."""
    if piece == "...":
        return Part(gap=GAP)
    if piece.count("(") != piece.count(")"):
        raise ValueError(f"more than one word between bars in {piece!r}")
    optional = piece.endswith("?")
    inner = piece.removesuffix("?").replace("(", "").replace(")", "")
    words: list[str] = []
    for word in inner.split("|"):
        plain = tokens(word.removesuffix("~"))
        if len(plain) != 1:
            raise ValueError(f"{word!r} is not one word")
        words.append(squeezed(plain[0]) + ("~" if word.endswith("~") else ""))
    return Part(frozenset(words), optional)
