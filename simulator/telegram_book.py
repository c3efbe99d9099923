"""What was written in the made-up Telegram's chats: in memory only, oldest forgotten first."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

PEOPLE_LANGUAGES = ("sv", "en", "sv", "so")
FIRST_CHAT = 7_000_000_001
"""Real chat ids passed 32 bits long ago; these are of that size and nobody's."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message: `data` comes back when it is pressed, `url` opens a page."""

    text: str
    data: str | None = None
    url: str | None = None


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with Telegram. `language_code` is None where the phone tells none."""

    chat: int
    first_name: str
    language_code: str | None = None
    username: str | None = None


def made_up_people() -> tuple[Person, ...]:
    """The phones of the page."""
    return tuple(
        Person(FIRST_CHAT + place, f"Phone {place + 1}", language)
        for place, language in enumerate(PEOPLE_LANGUAGES)
    )


def made_up(chat: int) -> Person:
    """The person of a phone of the page, or somebody new."""
    found = next((person for person in made_up_people() if person.chat == chat), None)
    return found or Person(chat, f"Phone {chat}", "sv")


@dataclass(frozen=True, slots=True)
class Post:
    """One message of a chat. Times are UTC.

    `kind` is "text" or what else was sent, `content` the fields that came instead of a text.
    `taken` tells whether the bot has taken a person's message. `pressed` holds the data of
    pressed buttons, in order; `reworded` is False where an edit changed the buttons alone, which no
    client shows; `answers` what the bot answered to presses. `seq` is the order
    over all chats, `revision` grows with each change.
    """

    chat: int
    direction: str
    text: str
    created: datetime
    kind: str = "text"
    content: dict[str, Any] = field(default_factory=dict)
    rows: Rows = ()
    protect_content: bool = False
    link_preview_disabled: bool = False
    edited: datetime | None = None
    reworded: bool = False
    deleted: bool = False
    taken: bool = False
    pressed: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    message_id: int = 0
    seq: int = 0
    revision: int = 0

    def button(self, *, label: str) -> Button | None:
        """The first button that says this, or None."""
        return next((b for row in self.rows for b in row if b.text == label), None)


class Chats:
    """All messages by chat and number. Numbers count on in each chat, through `clear` too.

    `first` is the number before a chat's first message: a bot that remembers an earlier run
    must not take new messages for those it has seen.
    """

    def __init__(self, cap: int, first: int = 0) -> None:
        self._cap = max(cap, 1)
        self._first = first
        self._posts: dict[tuple[int, int], Post] = {}
        self._of_chat: dict[int, deque[int]] = {}
        self._last_id: dict[int, int] = {}
        self._people: dict[int, Person] = {}
        self.last_seq = 0
        self.revision = 0

    def __len__(self) -> int:
        return len(self._posts)

    def meet(self, person: Person) -> None:
        """Somebody wrote to the bot: from now on the bot may write to them."""
        self._people[person.chat] = person

    def person(self, chat: int) -> Person | None:
        """Who wrote to the bot in this chat, or None."""
        return self._people.get(chat)

    def people(self) -> list[Person]:
        """All who wrote, first first."""
        return list(self._people.values())

    def add(self, post: Post) -> Post:
        """Keep a message; returns it with its numbers."""
        self.last_seq += 1
        self.revision += 1
        number = self._last_id.get(post.chat, self._first) + 1
        self._last_id[post.chat] = number
        kept = replace(post, message_id=number, seq=self.last_seq, revision=self.revision)
        self._posts[(post.chat, number)] = kept
        self._of_chat.setdefault(post.chat, deque()).append(number)
        if len(self._posts) > self._cap:
            self._forget_oldest()
        return kept

    def get(self, chat: int, message_id: int) -> Post | None:
        """The message, or None where it was never there or is forgotten."""
        return self._posts.get((chat, message_id))

    def change(self, post: Post, **fields: Any) -> Post:
        """Change some fields; returns the message as it is now."""
        self.revision += 1
        changed = replace(post, revision=self.revision, **fields)
        if (post.chat, post.message_id) in self._posts:
            self._posts[(post.chat, post.message_id)] = changed
        return changed

    def touch(self) -> None:
        """Something that a page shows has changed, though no message did."""
        self.revision += 1

    def newest_first(self, chat: int) -> Iterator[Post]:
        """One chat's messages."""
        for number in reversed(self._of_chat.get(chat, ())):
            yield self._posts[(chat, number)]

    def oldest_first(self, chat: int | None = None, *, after: int = 0) -> list[Post]:
        """Messages with an order above `after`, of one chat or all."""
        found: list[Post] = []
        for post in self.newest_first(chat) if chat is not None else reversed(self._posts.values()):
            if post.seq <= after:
                break
            found.append(post)
        return found[::-1]

    def clear(self) -> None:
        """Forget all messages, but not who wrote, nor how far the numbers have come."""
        self._posts.clear()
        self._of_chat.clear()
        self.revision += 1

    def _forget_oldest(self) -> None:
        chat, number = next(iter(self._posts))
        del self._posts[(chat, number)]
        numbers = self._of_chat[chat]
        numbers.popleft()
        if not numbers:
            del self._of_chat[chat]


def now() -> datetime:
    """Telegram's clock, UTC."""
    return datetime.now(UTC)
