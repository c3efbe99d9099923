"""Which language is a first message written in?"""

import unicodedata
from collections.abc import Collection

_SWEDISH = """
    jag du dej dig mig mej vi ni han hon de dom det den en ett är e och å att som på av med inte ej
    vill kan ska måste behöver hjälp hjälpa hej hejsan tjena tja bror kort fick fått nu idag imorgon
    varför vad vem hur när var min mitt mina din er ert nån någon något ja nej vet kommer ringa
    prata skriva ut från för om tack har hade blir orkar finns här
"""
_ENGLISH = """
    i you he she they we it is am are the an and to of with not dont don't do does want need can
    could help hi hello hey please my your our me him them his her what who how when where why yes
    no someone somebody something card got get out from thanks have has this that gonna wanna im i'm
    talk text call
"""

WORDS: dict[str, frozenset[str]] = {
    "sv": frozenset(_SWEDISH.split()),
    "en": frozenset(_ENGLISH.split()),
}
"""Common short words; one that two languages share must stand in neither or in both."""

LETTERS: dict[str, frozenset[str]] = {"sv": frozenset("åäö")}
"""Letters that tell a language by themselves."""


def guess(text: str, languages: Collection[str]) -> str | None:
    """The language among `languages` that the text speaks, or None when unsure.

    Unsure is: no known word, or no language clearly ahead of the next.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = "".join(c if c.isalnum() or c == "'" else " " for c in folded).split()
    scores = sorted(
        ((_score(language, words), language) for language in languages if language in WORDS),
        reverse=True,
    )
    if not scores or scores[0][0] == 0:
        return None
    if len(scores) > 1 and scores[0][0] <= scores[1][0] * 1.5:
        return None
    return scores[0][1]


def _score(language: str, words: list[str]) -> int:
    known = sum(word in WORDS[language] for word in words)
    letters = LETTERS.get(language, frozenset())
    return known + sum(not letters.isdisjoint(word) for word in words)
