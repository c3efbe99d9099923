"""Is this text a command to the line? (contract.md: only as the whole text, never fuzzily)."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a contact can order, in every language and in every state."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    DELETE = "delete"
    DELETE_YES = "delete_yes"
    LANGUAGE = "language"


@dataclass(frozen=True)
class Command:
    """A command; `language` is the one asked for, None meaning the next of the line's."""

    kind: Kind
    language: str | None = None


WORDS: dict[Kind, dict[str, tuple[str, ...]]] = {
    Kind.STOP: {
        "provider": ("stop", "stopp", "stopall", "unsubscribe", "cancel", "end", "quit"),
        "sv": ("avsluta", "sluta"),
    },
    Kind.START: {"provider": ("start", "unstop")},
    Kind.HELP: {"provider": ("help", "info"), "sv": ("hjälp", "hjalp")},
    Kind.DELETE: {"sv": ("radera",), "en": ("delete",)},
    Kind.DELETE_YES: {"sv": ("radera ja",), "en": ("delete yes",)},
    Kind.LANGUAGE: {"sv": ("språk", "sprak"), "en": ("lang", "language")},
}
"""The words by language; every one counts whatever language the conversation has.

A new language adds its words here and its names to `NAMES`, nothing else.
"""

NAMES: dict[str, tuple[str, ...]] = {
    "sv": ("svenska", "på svenska", "pa svenska", "swedish", "in swedish"),
    "en": (
        *("engelska", "på engelska", "pa engelska", "english", "in english"),
        *("english please", "english pls", "in english please"),
    ),
}
"""What people call a language when they ask for it."""


def plain(text: str) -> str:
    """The text in NFKC, case folded, without punctuation around it, single spaces."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = unicodedata.normalize("NFKC", folded).split()
    joined = " ".join(words)
    start, end = 0, len(joined)
    while start < end and not _counts(joined[start]):
        start += 1
    while end > start and not _counts(joined[end - 1]):
        end -= 1
    return joined[start:end]


def _counts(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMN"


_TABLE: dict[str, Command] = {
    plain(word): Command(kind)
    for kind, languages in WORDS.items()
    for words in languages.values()
    for word in words
} | {
    plain(name): Command(Kind.LANGUAGE, language)
    for language, names in NAMES.items()
    for name in names
}


def parse(text: str) -> Command | None:
    """The command that the whole text is, or None ("jag vill sluta" is a cry for help)."""
    return _TABLE.get(plain(text))


def reserved() -> frozenset[str]:
    """Every command word in plain form: no answer of a script may use one."""
    return frozenset(_TABLE)
