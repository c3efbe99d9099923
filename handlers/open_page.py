"""One open page: what it has yet to be told. However slow it is, that stays small."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from domain.member import Member

NAMED = 100
"""Conversations named in one word; of more it is said that any may have changed."""


@dataclass(frozen=True)
class News:
    """Something was committed, up to and with this event number."""

    to: int
    talks: frozenset[UUID] | None
    """The conversations it happened to; None: any of them."""
    afresh: bool = False
    """Something changed that has no number, such as who is on call."""

    def and_then(self, later: "News") -> "News":
        """Both in one word."""
        talks = None
        if self.talks is not None and later.talks is not None:
            talks = self.talks | later.talks
        if talks is not None and len(talks) > NAMED:
            talks = None
        return News(max(self.to, later.to), talks, self.afresh or later.afresh)


@dataclass(frozen=True)
class Here:
    """Somebody came to these conversations, went, or is writing."""

    talks: frozenset[UUID]


@dataclass(frozen=True)
class Beat:
    """Nothing happened; the line is there."""


@dataclass(frozen=True)
class Over:
    """The session has ended."""


@dataclass(frozen=True)
class Anew:
    """Its member was given another role: it ends, and the browser asks for a page that shows what
    that one may see."""

    same: bool
    """Whether they may still see this one."""


Word = News | Here | Beat | Over | Anew


@dataclass(eq=False)
class OpenPage:
    """A page that listens."""

    member: Member
    token: str
    """Of the session it lives by."""
    page: UUID
    """Its own id, made when it was rendered."""
    opened: UUID | None = None
    """The conversation it shows."""
    away: bool = False
    """Nobody looks at it."""
    kept: frozenset[UUID] = frozenset()
    """The conversations from which its member must stay away."""
    _news: News | None = None
    _here: frozenset[UUID] = frozenset()
    _ending: Word | None = None
    _closed: bool = False
    _due: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, news: News) -> None:
        """Roles that do not read learn of no conversation."""
        if not self.member.reads:
            news = News(news.to, frozenset(), news.afresh)
        elif news.talks and not self.kept.isdisjoint(news.talks):
            # Of the one that the page shows it hears, so that it closes.
            news = News(news.to, news.talks - (self.kept - {self.opened}), afresh=True)
        self._news = self._news.and_then(news) if self._news else news
        self._due.set()

    def tell_here(self, talks: frozenset[UUID]) -> None:
        """The same for who is there."""
        if self.member.reads and (talks := talks - self.kept):
            self._here |= talks
            self._due.set()

    def end(self, word: Over | Anew | None = None) -> None:
        """No further word after this one, if one is left to say."""
        self._ending, self._closed = word, True
        self._due.set()

    async def next(self, patience: float) -> Word | None:
        """The next word; Beat after so many seconds without one; None when all is said."""
        if not await self._awaited(patience):
            return Beat()
        if self._closed:
            word, self._ending = self._ending, None
            return word
        if self._news is not None:
            news, self._news = self._news, None
            return news
        here, self._here = self._here - self.kept, frozenset()  # some came before that was known
        self._due.clear()
        return Here(here) if here else await self.next(patience)

    async def _awaited(self, patience: float) -> bool:
        try:
            async with asyncio.timeout(patience):
                return await self._due.wait()
        except TimeoutError:
            return False
