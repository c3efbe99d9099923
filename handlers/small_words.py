"""Which short texts answer what the line, or a counsellor, has said last? Whole texts only."""

from collections.abc import Mapping
from typing import TypeVar

from triage.words import tokens

CLOSING_ANSWERS = {
    words: agreed
    for agreed, listed in (
        (True, ("1", "ja", "yes", "ett", "one", "ja tack", "yes please", "japp")),
        (False, ("2", "nej", "no", "två", "two", "nej tack", "no thanks", "nej jag skriver")),
        (False, ("jag skriver", "no ill write", "ill write")),
    )
    for words in map(tokens, listed)
}
"""The whole text as an answer to `close`; every other text opens the conversation again."""


YES = frozenset(map(tokens, ("ja", "yes", "japp", "ja tack", "yes please", "ok", "okej")))
"""Said right after `delete_ask` these answer it, not the question before it."""

_NOT_SAFE_NOW = """
    inte säkert längre/det är inte säkert längre/inte säkert att skriva/sluta skriv/sluta skriva
    sluta skriv till mig/skriv inte/skriv inte mer/skriv inte nu/skriv inte till mig/dom ser/de ser
    dom läser/de läser/dom läser mina sms/kan inte skriva nu/kan inte skriva mer
    not safe anymore/its not safe anymore/not safe to text/its not safe to text/stop texting
    stop texting me/dont text/dont text me/dont write/they can see/they are reading/cant text now
"""
NOT_SAFE_NOW = frozenset(
    tokens(words)
    for line in _NOT_SAFE_NOW.split("\n")
    for words in line.split("/")
    if words.strip()
)
"""The whole text closes the gate in every state; "inte säkert" alone may mean "not certain"."""

NO_CALL = frozenset(
    map(tokens, ("kan inte ringa", "jag kan inte ringa", "cant call", "i cant call", "cannot call"))
)

WAIT_CHOICES = {
    tokens(words): chosen
    for chosen, listed in (
        ("wait", ("1", "ett", "one", "jag väntar", "väntar", "ill wait", "i will wait", "wait")),
        ("call", ("2", "två", "two", "ring mig", "ring", "call me", "call me please", "call")),
        ("later", ("3", "tre", "three", "jag hör av mig senare", "jag hör av mig", "senare")),
        ("later", ("jag skriver senare", "ill write later", "i will write later", "later")),
    )
    for words in listed
}
"""The whole text as an answer to `wait_long`; every other text is read by whoever takes over."""

LATER = frozenset(map(tokens, ("senare", "later", "inte nu", "not now")))

FOLLOW_UP_ANSWERS = CLOSING_ANSWERS | dict.fromkeys(LATER, False)
"""The whole text as an answer to `follow_up`."""

T = TypeVar("T")


def answer(meanings: Mapping[tuple[str, ...], T], text: str) -> T | None:
    """What the whole text means: the digit, the words, or both as they stand in the question
    ("2 Later"), where both mean the same."""
    words = tokens(text)
    if words in meanings or not words[:1] or not words[0].isdigit():
        return meanings.get(words)
    digit, said = meanings.get(words[:1]), meanings.get(words[1:])
    return digit if digit == said else None
