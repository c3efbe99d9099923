"""Signs a request as Twilio does, posts it, and gives up as Twilio gives up.

Source: Twilio, "Webhooks: security" and "Webhooks: connection overrides". Without an
override: one retry where no connection came about, none on a 5xx, 15 s in all.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_hex
from time import monotonic
from urllib.parse import parse_qsl, urldefrag

import aiohttp
from twilio.request_validator import (
    RequestValidator,
)

from simulator.config import Config
from simulator.connections import Connections


@dataclass(frozen=True, slots=True)
class Override:
    """Twilio's connection override; times in seconds."""

    retries: int = 1
    policy: frozenset[str] = frozenset({"ct"})
    connect: float = 5.0
    read: float = 15.0
    total: float = 15.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a webhook ended: the last status (None without an answer), attempts and seconds."""

    status: int | None
    failure: str | None
    attempts: int
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether the line answered with success."""
        return self.status is not None and 200 <= self.status < 300


def split_override(url: str) -> tuple[str, Override]:
    """Part an address from its override; values out of range count as Twilio's limits."""
    address, fragment = urldefrag(url)
    told = dict(parse_qsl(fragment))
    defaults = Override()
    return address, Override(
        retries=int(_between(told.get("rc"), defaults.retries, 0, 5)),
        policy=frozenset(told["rp"].split(",")) if "rp" in told else defaults.policy,
        connect=_between(told.get("ct"), defaults.connect * 1000, 100, 10_000) / 1000,
        read=_between(told.get("rt"), defaults.read * 1000, 100, 15_000) / 1000,
        total=_between(told.get("tt"), defaults.total * 1000, 100, 15_000) / 1000,
    )


def _between(value: str | None, default: float, low: int, high: int) -> float:
    return min(max(int(value), low), high) if value and value.isdecimal() else default


class Poster:
    """Posts forms to the line. One connection pool; use inside one running event loop."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._validator = RequestValidator(config.auth_token)
        self._connections = Connections(config.through, 64)

    def may_post_to(self, url: str) -> bool:
        """Only loopback, the host of the line's own webhook, or where `through` leads."""
        return self._connections.may_post_to(url, self._config.webhook)

    async def post(self, url: str, fields: Mapping[str, str]) -> Outcome:
        """Sign for the address without its fragment and post, retrying as the fragment allows."""
        return (await self.ask(url, fields))[0]

    async def ask(self, url: str, fields: Mapping[str, str]) -> tuple[Outcome, str]:
        """Post as `post` does and give what was answered too, "" where nothing was."""
        address, override = split_override(url)
        headers = {
            "X-Twilio-Signature": self._validator.compute_signature(address, dict(fields)),
            "I-Twilio-Idempotency-Token": token_hex(16),
            "User-Agent": "TwilioProxy/1.1",
        }
        started, attempts = monotonic(), 0
        status: int | None = None
        failure: str | None = None
        body = ""
        while attempts <= override.retries:
            left = override.total - (monotonic() - started)
            if left <= 0:
                break
            if attempts:
                await asyncio.sleep(min(self._config.retry_pause, left))
            attempts += 1
            status, failure, body = await self._once(address, fields, headers, override, left)
            if failure is None or not ({failure, "all"} & override.policy):
                break
        return Outcome(status, failure, attempts, monotonic() - started), body

    async def _once(
        self,
        address: str,
        fields: Mapping[str, str],
        headers: dict[str, str],
        override: Override,
        left: float,
    ) -> tuple[int | None, str | None, str]:
        timeout = aiohttp.ClientTimeout(
            total=left, sock_connect=override.connect, sock_read=override.read
        )
        try:
            async with self._connections.session().post(
                self._connections.target(address),
                data=fields,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
            ) as answer:
                body = await answer.read()
                return answer.status, _class_of(answer.status), body.decode("utf-8", "replace")
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            return None, "ct", ""
        except (aiohttp.ClientError, TimeoutError):
            return None, "rt", ""

    async def close(self) -> None:
        """Close the pool."""
        await self._connections.close()


def _class_of(status: int) -> str | None:
    return f"{status // 100}xx" if status >= 400 else None
