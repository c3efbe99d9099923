"""What stands open, read once for all pages of a process: of it only what happened is read again.

Whatever changes what a row shows adds an event in the same transaction; by the numbers of these the
picture is kept. It is read whole again now and then, so that no fault of ours could last.
"""

from asyncio import Lock
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from domain.alias import Alias
from domain.conversation import State
from storage import events, queue
from storage.database import Tx
from storage.queue import Standing

LASTS = timedelta(seconds=20)
"""So long a picture is kept by what happened; then it is read whole."""

READ_AT_ONCE = 200
"""Events; after more of them everything is read."""


@dataclass(frozen=True)
class Picture:
    """Everything that is shown as a row."""

    number: int
    """The last event that it holds."""
    still_open: tuple[Standing, ...]
    asking: tuple[Standing, ...]
    """Closed ones whose contacts asked for deletion."""

    @property
    def every(self) -> tuple[Standing, ...]:
        """Both."""
        return (*self.still_open, *self.asking)

    def without(self, kept: Collection[UUID]) -> "Picture":
        """For somebody who must stay away from these."""
        still_open = tuple(s for s in self.still_open if s.conversation.id not in kept)
        asking = tuple(s for s in self.asking if s.conversation.id not in kept)
        return Picture(self.number, still_open, asking)


class Standings:
    """Of one process; asked within a transaction, for what is true in it or later."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._turn = Lock()
        self._known: Mapping[UUID, Standing] = MappingProxyType({})
        self._read_at: datetime | None = None
        self._picture = Picture(0, (), ())

    async def picture(self, tx: Tx, now: datetime) -> Picture:
        """No older than the transaction; newer where another reader was faster."""
        newest = await events.newest(tx)
        async with self._turn:
            age = None if self._read_at is None else now - self._read_at
            if age is None or not -LASTS < age < LASTS:  # below: the clock was set back
                await self._read(tx, newest, now)
            elif newest > self._picture.number:
                await self._follow(tx, newest, now)
            return self._picture

    def name(self, aliases: Mapping[UUID, Alias]) -> None:
        """These contacts have been named: that alone happens without an event."""
        self._keep(
            self._picture.number,
            {
                talk: replace(s, alias=aliases.get(s.contact.id, s.alias))
                for talk, s in self._known.items()
            },
        )

    async def _read(self, tx: Tx, newest: int, now: datetime) -> None:
        found = [*await queue.still_open(tx), *await queue.wanting_deletion(tx)]
        self._keep(newest, _by_talk(found))
        self._read_at = now

    async def _follow(self, tx: Tx, newest: int, now: datetime) -> None:
        told = await events.after(tx, self._picture.number, READ_AT_ONCE)
        if not told or told[-1][0] != newest:
            await self._read(tx, newest, now)
            return
        talks = {talk for _, talk in told}
        kept = {talk: s for talk, s in self._known.items() if talk not in talks}
        fresh = [s for s in await queue.of_conversations(tx, talks) if _is_shown(s)]
        self._keep(newest, kept | _by_talk(fresh))

    def _keep(self, number: int, known: Mapping[UUID, Standing]) -> None:
        self._known = known
        still_open = tuple(s for s in known.values() if s.conversation.state is not State.CLOSED)
        asking = tuple(s for s in known.values() if s.conversation.state is State.CLOSED)
        self._picture = Picture(number, still_open, asking)


def _is_shown(standing: Standing) -> bool:
    closed = standing.conversation.state is State.CLOSED
    return not closed or standing.contact.delete_requested_at is not None


def _by_talk(found: Iterable[Standing]) -> dict[UUID, Standing]:
    return {standing.conversation.id: standing for standing in found}
