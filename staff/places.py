"""Where may somebody be led back to? To pages of ours, and to nothing that a visitor made up."""

import re

_ID = "[0-9a-f-]{36}"
_OURS = re.compile(
    r"/(queue|login|logout|account|phrases|ways|lines|shift/end|join/[\w-]{1,200}"
    rf"|find(/{_ID})?|board(/{_ID})?|paging(/{_ID}(/P[1-4])?)?|conversations/{_ID}(/handover)?"
    rf"|rota(/leave|/lines|/calendar|/{_ID}/[a-z]{{1,20}})?)"
)
_TALK = re.compile(rf"(/conversations/({_ID}))/(reply|plan|note|draft|close|release|template)")


def is_ours(path: str) -> bool:
    """Whether it is the path of a page of ours."""
    return _OURS.fullmatch(path) is not None


def talk_of(path: str) -> str | None:
    """The conversation's page whose form is sent to this path; None for any other."""
    found = _TALK.fullmatch(path)
    return found[1] if found else None
