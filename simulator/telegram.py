"""The made-up Telegram's state, and the work it has under way."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from time import time
from typing import Any

from simulator.config import Config
from simulator.telegram_book import Chats, made_up
from simulator.telegram_faults import TelegramFaults
from simulator.telegram_updates import Key, Pending, Updates
from simulator.telegram_webhook import Hook, Webhook


class Telegram:
    """One bot and everybody who writes to it. Use inside one running event loop.

    Numbers begin at the time of day of this run, so that a bot that remembers an earlier run
    of the simulator does not take new updates for those it has seen.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        first = int(time() * 10) % 2**30
        self.chats = Chats(config.cap, first)
        for chat in config.telegram_met:
            self.chats.meet(made_up(chat))
        self.faults = TelegramFaults()
        self.updates = Updates(first)
        self.counts: Counter[str] = Counter()
        self.queries: dict[str, tuple[int, int]] = {}
        self.webhook = Webhook(config, self.updates, self._begin, self._doubled)
        self._work: set[asyncio.Task[None]] = set()

    @property
    def is_on(self) -> bool:
        """Whether there is a bot at all."""
        return self.config.telegram_token is not None

    @property
    def bot_id(self) -> int:
        """The number before the colon of the token; 0 without one."""
        number = (self.config.telegram_token or "").partition(":")[0]
        return int(number) if number.isdecimal() else 0

    def start(self) -> None:
        """Set the webhook that the command line names."""
        if self.is_on and self.config.telegram_webhook:
            self.webhook.set(Hook(self.config.telegram_webhook, self.config.telegram_secret or ""))

    def tell(self, kind: str, payload: dict[str, Any], key: Key) -> Pending | None:
        """Send the bot an update; None where it did not ask for that kind."""
        return self._sent(self.updates.add(kind, payload, key))

    def tell_raw(self, update: dict[str, Any], key: Key) -> Pending:
        """Send the bot an update as it is."""
        pending = self.updates.add_raw(update, key)
        self._sent(pending)
        return pending

    def _sent(self, pending: Pending | None) -> Pending | None:
        if pending is not None:
            self.counts["updates"] += 1
            self.webhook.wake()
        return pending

    def _doubled(self, key: Key) -> bool:
        return self.faults.take("doubled", chat=key if isinstance(key, int) else None) is not None

    async def poll(self, offset: int, limit: int, wait: float) -> list[dict[str, Any]]:
        """What getUpdates gives, copies included. Raises Conflict."""
        found = []
        for pending in await self.updates.poll(offset, limit, wait):
            times = 2 if pending.shown == 1 and self._doubled(pending.key) else 1
            found += [pending.update] * times
        return found

    def stats(self) -> dict[str, Any]:
        """Counts, for /control/stats."""
        kept = {"messages": len(self.chats), "last_seq": self.chats.last_seq}
        waits = {"pending": len(self.updates), "polled": self.updates.polled}
        return dict(sorted(self.counts.items())) | kept | waits

    def reset(self) -> None:
        """Forget messages, faults, counts and what waits. The webhook and who wrote stay."""
        self._cancel()
        self.updates.drop()
        self.webhook.stop()
        self.chats.clear()
        self.faults.clear()
        self.counts.clear()
        self.queries.clear()

    def _begin(self, work: Coroutine[Any, Any, None]) -> object:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        return task

    def _cancel(self) -> None:
        for task in list(self._work):
            task.cancel()

    async def close(self) -> None:
        """Drop what is under way and close the connections."""
        self._cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        await self.webhook.close()
