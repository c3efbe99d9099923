"""Are the words that wait for no answer such that nothing is missed by them?"""

from collections.abc import Iterator

from domain.commands import plain, reserved
from triage.script import Finding, Script
from triage.understand import NUMBER_WORDS, asks, is_human
from triage.words import tokens

MOST_WORDS = 4
"""Of one of them; more than that is something somebody says."""


def courtesies(script: Script) -> Iterator[Finding]:
    """In every language or none; short; no question, no answer by digit, no order, no person."""
    for language in script.courtesies:
        if language not in script.languages:
            yield _error(script, f"courtesies: {language!r} is not a language here")
    for language in script.languages if script.courtesies else ():
        if not script.courtesies.get(language):
            yield _error(script, f"courtesies: there are none in {language!r}")
    for listed in script.courtesies.values():
        for word in listed:
            why = _why_not(script, word)
            if why is not None:
                yield _error(script, f"courtesies: {word!r} {why}")


def _why_not(script: Script, word: str) -> str | None:
    words = tokens(word)
    faults = (
        (not words, "has no letters"),
        (len(words) > MOST_WORDS, f"has more than {MOST_WORDS} words"),
        (asks(word), "asks something"),
        (plain(word) in reserved(), "is a command or a provider's word"),
        (is_human(script, word), "asks for a person"),
        (all(each.isdigit() or each in NUMBER_WORDS for each in words), "is a number"),
    )
    return next((why for is_so, why in faults if is_so), None)


def _error(script: Script, message: str) -> Finding:
    return Finding(script.courtesies_line, "error", message)
