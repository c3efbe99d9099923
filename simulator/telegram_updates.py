"""Updates that the bot has not confirmed yet, and how a bot that polls fetches them.

Source: Telegram, Bot API, "Getting updates"; for a second poller, Telegram's own Bot API
server (the request that waits is ended by the one that comes).
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Any

NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
OTHER_POLLER = (
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance"
    " is running"
)
WEBHOOK_SET = "Conflict: terminated by setWebhook request"

Key = int | str


@dataclass(frozen=True, slots=True)
class Delivery:
    """How an update ended: "webhook", "polling" or "dropped"; attempts, and seconds it took."""

    how: str
    attempts: int
    seconds: float


class Conflict(Exception):
    """A request for updates was ended by another one."""


class Pending:
    """One update on its way. `key` names the chat within which order is kept.

    `forced` updates are handed out once even below a poller's offset: late ones and copies.
    """

    def __init__(self, update: dict[str, Any], key: Key, *, forced: bool) -> None:
        self.update = update
        self.key = key
        self.forced = forced
        self.shown = 0
        self.attempts = 0
        self.began = monotonic()
        self.done: asyncio.Future[Delivery] = asyncio.get_running_loop().create_future()

    @property
    def update_id(self) -> int:
        """The number by which a poller confirms it."""
        return int(self.update["update_id"])


class Updates:
    """The queue. Numbers count on through `clear`. Use inside one running event loop."""

    def __init__(self, first: int) -> None:
        self._last_id = first
        self._by_key: dict[Key, deque[Pending]] = {}
        self._all: dict[Pending, None] = {}
        self._poll: asyncio.Future[None] | None = None
        self.allowed: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self._all)

    def waiting_chats(self) -> list[Key]:
        """The chats for which something waits."""
        return list(self._by_key)

    def first_of(self, key: Key) -> Pending | None:
        """What a chat's next delivery brings."""
        waiting = self._by_key.get(key)
        return waiting[0] if waiting else None

    def add(self, kind: str, payload: dict[str, Any], key: Key) -> Pending | None:
        """Queue an update of a kind; None where the bot did not ask for that kind."""
        wanted = kind in self.allowed if self.allowed else kind not in NOT_BY_DEFAULT
        if not wanted:
            return None
        self._last_id += 1
        return self._put({"update_id": self._last_id, kind: payload}, key, forced=False)

    def add_raw(self, update: dict[str, Any], key: Key) -> Pending:
        """Queue an update as it is; it gets a number where it has none."""
        forced = "update_id" in update
        if forced:
            self._last_id = max(self._last_id, int(update["update_id"]))
        else:
            self._last_id += 1
            update = {"update_id": self._last_id, **update}
        return self._put(update, key, forced=forced)

    def _put(self, update: dict[str, Any], key: Key, *, forced: bool) -> Pending:
        pending = Pending(update, key, forced=forced)
        self._all[pending] = None
        self._by_key.setdefault(key, deque()).append(pending)
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)
        return pending

    def finish(self, pending: Pending, how: str) -> None:
        """Take an update out of the queue: it was delivered, confirmed or dropped."""
        if pending not in self._all:
            return
        del self._all[pending]
        waiting = self._by_key[pending.key]
        waiting.remove(pending)
        if not waiting:
            del self._by_key[pending.key]
        if not pending.done.done():
            attempts = pending.attempts or pending.shown
            pending.done.set_result(Delivery(how, attempts, monotonic() - pending.began))

    def drop(self) -> None:
        """Nothing that waits is delivered any more."""
        for pending in list(self._all):
            self.finish(pending, "dropped")

    def end_poll(self, reason: str) -> None:
        """Answer the request that waits, if any, with a conflict."""
        if self._poll is not None and self.polled:
            self._poll.set_exception(Conflict(reason))

    @property
    def polled(self) -> bool:
        """Whether a request for updates waits for them."""
        return self._poll is not None and not self._poll.done()

    async def poll(self, offset: int, limit: int, wait: float) -> list[Pending]:
        """Confirm what is below the offset, then give what waits; up to `wait` seconds for it.

        A negative offset counts from the end, and forgets what is before. Raises Conflict
        where another request, or a webhook, comes meanwhile.
        """
        self.end_poll(OTHER_POLLER)
        self._confirm(offset)
        until = monotonic() + wait
        while not (found := self._waiting(offset, limit)) and (left := until - monotonic()) > 0:
            mine = self._poll = asyncio.get_running_loop().create_future()
            try:
                await asyncio.wait_for(mine, left)
            except TimeoutError:
                break
            finally:
                self._poll = None if self._poll is mine else self._poll
        for pending in found:
            pending.shown += 1
        return found

    def _confirm(self, offset: int) -> None:
        waiting = list(self._all)
        if offset < 0:
            confirmed: Iterable[Pending] = waiting[:offset]
        else:
            confirmed = [
                each
                for each in waiting
                if each.update_id < offset and (each.shown or not each.forced)
            ]
        for pending in confirmed:
            self.finish(pending, "polling")

    def _waiting(self, offset: int, limit: int) -> list[Pending]:
        found = [each for each in self._all if each.update_id >= offset or each.forced]
        return found[:limit]
