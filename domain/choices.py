"""Which answers does a question offer? Read off its own words: "1 Ja 2 Nej", "… 0 Vet inte."."""

import re
from dataclasses import dataclass

_WORD = re.compile(r"\S+")
_ENDS = ".?!"


@dataclass(frozen=True)
class Choice:
    """One answer: the digit that stands for it, and what the text calls it."""

    digit: str
    label: str


def choices(text: str) -> tuple[Choice, ...]:
    """The answers that a text lists: 1, 2, … in order, and 0 at the end where it has one.

    A text that lists fewer than two asks nothing ("inom 1 timme"). Of several lists the last one
    counts: a counsellor's own words may stand before the question ("Vi ses kl 1. …").
    """
    found, before = list[Choice](), list[Choice]()
    digit, label, over = "", list[str](), False
    for word in [*_WORD.findall(text), ""]:
        anew = word == "1" and over
        last = word == "0" and len(digit) == 1 and digit != "0"
        if anew or last or not word or word == _next(digit):
            if digit and label:
                found.append(Choice(digit, " ".join(label).rstrip(_ENDS)))
            if anew:
                before, found = (found if len(found) > 1 else before), []
            digit, label, over = word, [], False
        elif digit and not over:
            label.append(word)
            over = word[-1] in _ENDS
    return tuple(found) if len(found) > 1 else tuple(before)


def _next(digit: str) -> str:
    """The digit that goes on from this one; nothing follows 0."""
    return "" if digit == "0" else str(int(digit or "0") + 1)
