"""Would these words tell somebody else who reads them what this is about?"""

from collections.abc import Collection
from functools import cache

from domain.safe_contact import P1_TEXTS
from handlers import shipped
from triage.betraying import Words, compile_words


@cache
def _words() -> Words:
    return compile_words(shipped.betraying_source())


def betraying(body: str, text_id: str | None = None) -> tuple[str, ...]:
    """The words that would, as they stand there; `text_id` of one of the machine's texts."""
    return _words().found(body, urgent=text_id in P1_TEXTS)


def unread(body: str, known: Collection[str]) -> tuple[str, ...]:
    """The same, less those of which a counsellor was warned."""
    return tuple(word for word in betraying(body) if word not in known)
