"""One chat as its screen shows it."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from simulator.telegram_book import Chats, Post
from simulator.thread import day_name

_LONGEST = 300
"""How many messages a screen shows."""


@dataclass(frozen=True, slots=True)
class Key:
    """A button on the screen; `data` is None where it opens a page."""

    text: str
    data: str | None
    pressed: bool


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message on the screen; `mine` was written on this phone."""

    message_id: int
    mine: bool
    kind: str
    text: str
    time: str
    exact: str
    edited: bool
    taken: bool
    protected: bool
    may_edit: bool
    keys: tuple[tuple[Key, ...], ...]
    answer: str


@dataclass(frozen=True, slots=True)
class Day:
    """The messages of one day under its name."""

    key: str
    name: str
    bubbles: tuple[Bubble, ...]


def thread(
    chats: Chats, chat: int, *, words: dict[str, str], language: str, now: datetime
) -> list[Day]:
    """Oldest first, without what was deleted; `now` has a time zone."""
    here = (post for post in chats.newest_first(chat) if not post.deleted)
    posts = list(islice(here, _LONGEST))[::-1]
    last = last_text(chats, chat)
    zone = now.tzinfo if isinstance(now.tzinfo, ZoneInfo) else ZoneInfo("UTC")
    days: dict[date, list[Bubble]] = {}
    for post in posts:
        at = post.created.astimezone(zone)
        days.setdefault(at.date(), []).append(_bubble(post, at, last))
    return [
        Day(day.isoformat(), day_name(day, now.date(), words, language), tuple(bubbles))
        for day, bubbles in days.items()
    ]


def last_text(chats: Chats, chat: int) -> Post | None:
    """The newest text that was written on this phone: the one that can be edited."""
    return next(
        (
            post
            for post in chats.newest_first(chat)
            if post.direction == "inbound" and post.kind == "text" and not post.deleted
        ),
        None,
    )


def _bubble(post: Post, at: datetime, last: Post | None) -> Bubble:
    keys = tuple(
        tuple(Key(each.text, each.data, each.data in post.pressed) for each in row)
        for row in post.rows
    )
    return Bubble(
        message_id=post.message_id,
        mine=post.direction == "inbound",
        kind=post.kind,
        text=post.text,
        time=at.strftime("%H:%M"),
        exact=at.strftime("%Y-%m-%d %H:%M:%S"),
        edited=post.reworded,
        taken=post.taken,
        protected=post.protect_content,
        may_edit=last is not None and post.message_id == last.message_id,
        keys=keys,
        answer=post.answers[-1] if post.answers else "",
    )
