"""How much of a long thread is on the page at once?"""

from dataclasses import dataclass
from uuid import UUID

from handlers.seen import Happened, Noted, Said

MOST = 100
"""So much of the newest is there at first, and so much more with each step back."""

BEGINNING = "beginning"
"""Asks for all of it."""

Item = Said | Noted | Happened


@dataclass(frozen=True)
class Window:
    """The newest part of a thread; it ends where the thread ends."""

    items: tuple[Item, ...]
    first: str
    """What asks for this same part when more has come; empty where it is the whole."""
    earlier: str
    """What asks for more of it; empty where nothing is left out."""
    ids: frozenset[UUID]
    """Of the messages and notes in it."""

    @property
    def anchor(self) -> UUID | None:
        """The first of them: where somebody who asked for more goes on reading."""
        return next((item.id for item in self.items if not isinstance(item, Happened)), None)


def window(thread: tuple[Item, ...], wanted: str) -> Window:
    """MOST of the newest, what is unread, and all from the message or note `wanted` on."""
    start = _start(thread, wanted)
    items = thread[start:]
    ids = frozenset(item.id for item in items if not isinstance(item, Happened))
    if not start:
        return Window(items, BEGINNING if wanted else "", "", ids)
    return Window(items, _name(thread, start), _name(thread, _nearest(thread, start - MOST)), ids)


def _start(thread: tuple[Item, ...], wanted: str) -> int:
    if wanted == BEGINNING:
        return 0
    asked = (
        place
        for place, item in enumerate(thread)
        if (isinstance(item, Said) and item.unread)
        or (not isinstance(item, Happened) and str(item.id) == wanted)
    )
    return _nearest(thread, min(len(thread) - MOST, next(asked, len(thread))))


def _nearest(thread: tuple[Item, ...], place: int) -> int:
    """That place, or before it the next which has a name."""
    while place > 0 and isinstance(thread[place], Happened):
        place -= 1
    return max(place, 0)


def _name(thread: tuple[Item, ...], place: int) -> str:
    item = thread[place]
    return BEGINNING if place == 0 or isinstance(item, Happened) else str(item.id)
