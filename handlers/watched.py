"""Has a contact said that somebody else may read what comes to their telephone?

Pure decisions on a `Case`.
"""

import re
from functools import cache

from handlers import shipped
from handlers.case import Case
from triage import danger
from triage.danger_rules import Rules, compile_rules

_HINT = re.compile(
    "mobil|telefon|tele|lur|iphone|sms|mess|medd|chat|phone|cell|text|dm"
    "|l[aä]s|read|f[oö]rsiktig|careful|neutral|diskret|discre|skriv|svara|write"
    "|s[aä]g|n[aä]mn|say|mention"
)
"""Without one of these no phrase of watched.yaml is in a text, and nobody looks further."""


@cache
def rules() -> Rules:
    """What people say of it, compiled once."""
    return compile_rules(shipped.watched_source(), ("watched", "calm"))


def says_so(body: str) -> bool:
    """Whether the text does."""
    hinted = _HINT.search(body.casefold()) is not None
    return hinted and danger.find(body, rules()) is not None


def heed(case: Case, body: str) -> None:
    """From now on nothing leaves to them that would tell anybody what this is about; staff see it
    and can take it back."""
    if case.contact.watched_at is None and says_so(body):
        case.know(watched_at=case.now)
        case.happened("watched_said")
