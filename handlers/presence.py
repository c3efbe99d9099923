"""Who reads which conversation just now, and who is writing: in memory alone, and soon forgotten.

It is a courtesy among colleagues: nothing is decided by it, and nothing of it is kept.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

STAYS = timedelta(seconds=15)
"""How long somebody is taken to be there without a further sign."""

RENEWED = timedelta(seconds=5)
"""How often the process that holds an open page says so again."""

WRITES = timedelta(seconds=6)
"""How long somebody is taken to be writing after the last sign of it."""


class Doing(StrEnum):
    """What the page of a conversation is used for."""

    READING = "reading"
    TYPING = "typing"
    AWAY = "away"


@dataclass(frozen=True)
class Sign:
    """One page tells what it is used for."""

    page: UUID
    """An open page's own id."""
    member: UUID
    talk: UUID
    """The conversation's id."""
    doing: Doing

    def written(self) -> str:
        """For other processes: ids and one word."""
        return "|".join((self.page.hex, self.member.hex, self.talk.hex, self.doing))

    @classmethod
    def read(cls, written: str) -> "Sign":
        """What `written` wrote. Raises ValueError for anything else."""
        page, member, talk, doing = written.split("|")
        return cls(UUID(page), UUID(member), UUID(talk), Doing(doing))


@dataclass(frozen=True)
class _Seen:
    talk: UUID
    until: datetime
    writes_until: datetime


Shown = dict[UUID, dict[UUID, bool]]
"""By conversation and member: whether they are writing."""


class Presence:
    """What one process knows of all."""

    def __init__(self) -> None:
        """Nobody is there."""
        self._seen: dict[tuple[UUID, UUID], _Seen] = {}
        self._shown: Shown = {}

    def hear(self, sign: Sign, now: datetime) -> None:
        """Take note of a sign; the same again only lasts longer."""
        key = (sign.member, sign.page)
        if sign.doing is Doing.AWAY:
            self._seen.pop(key, None)
            return
        seen = self._seen.get(key)
        if seen is None or seen.talk != sign.talk:
            seen = _Seen(sign.talk, now, now)
        seen = replace(seen, until=now + STAYS)
        if sign.doing is Doing.TYPING:
            seen = replace(seen, writes_until=now + WRITES)
        self._seen[key] = seen

    def changed(self, now: datetime) -> set[UUID]:
        """Forget who has gone; the conversations of which something else is shown than before."""
        soon = now + STAYS  # no honest sign lasts beyond it: the clock was set back
        self._seen = {k: seen for k, seen in self._seen.items() if now < seen.until <= soon}
        before, self._shown = self._shown, self._picture(now)
        return {
            talk
            for talk in before.keys() | self._shown.keys()
            if before.get(talk) != self._shown.get(talk)
        }

    def others(self, member: UUID) -> Shown:
        """Who else is there, as of the last `changed`."""
        found = {
            talk: {who: writes for who, writes in there.items() if who != member}
            for talk, there in self._shown.items()
        }
        return {talk: there for talk, there in found.items() if there}

    def _picture(self, now: datetime) -> Shown:
        picture: Shown = {}
        for (member, _), seen in self._seen.items():
            there = picture.setdefault(seen.talk, {})
            writes = now < seen.writes_until <= now + WRITES
            there[member] = there.get(member, False) or writes
        return picture
