"""Which words of a text would tell a stranger what this is about? (scripts/betraying.yaml)."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import yaml

from triage.nodes import Findings, compose, entries, fields, texts

_WORD = re.compile(r"[^\W_]+")
_LETTERS = "[^\\W_]*"

Phrase = tuple[re.Pattern[str], ...]
"""A pattern for each of its words."""


@dataclass(frozen=True)
class Words:
    """The list, ready to look by."""

    who: tuple[Phrase, ...]
    what: tuple[Phrase, ...]

    def found(self, text: str, *, urgent: bool = False) -> tuple[str, ...]:
        """Those that stand in the text, as it writes them, each once and in their order.

        `urgent`: it is for somebody in danger now, and may name the danger.
        """
        phrases = self.who if urgent else (*self.who, *self.what)
        said = [match.group() for match in _WORD.finditer(_plain(text))]
        folded = [word.casefold() for word in said]
        at = sorted({hit for phrase in phrases for hit in _hits(phrase, folded)})
        named = (" ".join(said[start:end]) for start, end in at)
        return tuple(dict.fromkeys(named))


def compile_words(source: str) -> Words:
    """Read the list. Raises ScriptError."""
    findings = Findings()
    top = fields(compose(source), "the list", "who what", findings, required="who what")
    findings.stop_if_any()
    who, what = (tuple(_phrases(top[name], name, findings)) for name in ("who", "what"))
    findings.stop_if_any()
    return Words(who, what)


def _phrases(node: yaml.Node, name: str, findings: Findings) -> Iterator[Phrase]:
    for _, listed in entries(node, name, findings):
        for written in texts(listed, name, findings):
            words = _plain(written).casefold().split()
            if not words or not all(word.strip("*") for word in words):
                findings.error(listed, f"{name}: {written!r} is no word")
                continue
            yield tuple(_pattern(word) for word in words)


def _pattern(word: str) -> re.Pattern[str]:
    return re.compile(_LETTERS.join(re.escape(part) for part in word.split("*")))


def _hits(phrase: Phrase, words: Sequence[str]) -> Iterator[tuple[int, int]]:
    long = len(phrase)
    for start in range(len(words) - long + 1):
        here = words[start : start + long]
        if all(part.fullmatch(word) for part, word in zip(phrase, here, strict=True)):
            yield start, start + long


def _plain(text: str) -> str:
    """In one form, without what nobody sees."""
    seen = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return unicodedata.normalize("NFKC", seen)
