"""Posts updates to the bot's webhook, in order per chat, again and again until it takes them.

Source: Telegram, Bot API, "setWebhook" and "getWebhookInfo". Pauses between attempts are
those of a test, not of Telegram: they double up to two seconds.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from http import HTTPStatus
from time import time
from typing import Any

import aiohttp

from simulator.config import Config
from simulator.connections import Connections
from simulator.telegram_updates import Key, Pending, Updates

_LONGEST_PAUSE = 2.0
_TIMEOUT = aiohttp.ClientTimeout(total=20, sock_connect=5)

Begin = Callable[[Coroutine[Any, Any, None]], object]


@dataclass(frozen=True, slots=True)
class Hook:
    """Where updates go. An empty address means nowhere: the bot polls."""

    url: str = ""
    secret: str = ""
    max_connections: int = 40


class Webhook:
    """Delivers what waits in the queue. Use inside one running event loop.

    `begin` goes on with some work beside what asked for it; `doubled` tells whether to
    deliver an update of a chat once more than is needed.
    """

    def __init__(
        self, config: Config, updates: Updates, begin: Begin, doubled: Callable[[Key], bool]
    ) -> None:
        self._config = config
        self._updates = updates
        self._begin = begin
        self._doubled = doubled
        self._connections = Connections(config.through, 100)
        self._running: set[tuple[int, Key]] = set()
        self._generation = 0
        self._room = asyncio.Semaphore(40)
        self._last_error: tuple[int, str] | None = None
        self.hook = Hook()

    def may_post_to(self, url: str) -> bool:
        """Only loopback, the host told on the command line, or where `through` leads."""
        return self._connections.may_post_to(url, self._config.telegram_webhook or "")

    def set(self, hook: Hook) -> None:
        """Deliver there from now on, what waits already included."""
        self.hook = hook
        self._generation += 1
        self._room = asyncio.Semaphore(max(hook.max_connections, 1))
        self._last_error = None
        self.wake()

    def wake(self) -> None:
        """Start to deliver to every chat that waits and is not being served."""
        if not self.hook.url:
            return
        for key in self._updates.waiting_chats():
            if (self._generation, key) not in self._running:
                self._running.add((self._generation, key))
                self._begin(self._run(key, self._generation))

    def stop(self) -> None:
        """Nothing is under way any more; the address stays set."""
        self._generation += 1
        self._running.clear()
        self._last_error = None

    def info(self) -> dict[str, Any]:
        """The fields of a WebhookInfo."""
        told: dict[str, Any] = {
            "url": self.hook.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self._updates),
        }
        if self.hook.url:
            told["max_connections"] = self.hook.max_connections
        if self._last_error is not None:
            told["last_error_date"], told["last_error_message"] = self._last_error
        if self._updates.allowed:
            told["allowed_updates"] = list(self._updates.allowed)
        return told

    async def _run(self, key: Key, generation: int) -> None:
        pause = self._config.retry_pause
        try:
            while generation == self._generation and (pending := self._updates.first_of(key)):
                if await self._deliver(pending):
                    pause = self._config.retry_pause
                else:
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, _LONGEST_PAUSE)
        finally:
            self._running.discard((generation, key))

    async def _deliver(self, pending: Pending) -> bool:
        hook = self.hook
        async with self._room:
            pending.attempts += 1
            problem = await self._post(hook, pending.update)
            if problem is None and self._doubled(pending.key):
                await self._post(hook, pending.update)
        if problem is not None:
            self._last_error = (int(time()), problem)
            return False
        self._updates.finish(pending, "webhook")
        return True

    async def _post(self, hook: Hook, update: dict[str, Any]) -> str | None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": hook.secret} if hook.secret else {}
        try:
            async with self._connections.session().post(
                self._connections.target(hook.url),
                json=update,
                headers=headers,
                timeout=_TIMEOUT,
                allow_redirects=False,
            ) as answer:
                await answer.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            return "Connection refused"
        except TimeoutError:
            return "Read timeout expired"
        except aiohttp.ClientError:
            return "Connection closed"
        if 200 <= answer.status < 300:
            return None
        phrases = {status.value: status.phrase for status in HTTPStatus}
        phrase = phrases.get(answer.status, "")
        return f"Wrong response from the webhook: {answer.status} {phrase}".rstrip()

    async def close(self) -> None:
        """Close the connections."""
        await self._connections.close()
