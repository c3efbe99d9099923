"""An open page as a browser has it: it is told of numbers, and fetches the list they changed."""

import asyncio
import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import unescape
from uuid import UUID

SPACING = 0.7
"""Seconds between two fetches of the list, as in staff/static/live.js; the first goes at once."""

ADDRESS = re.compile(rb'hx-get="(/queue/rows\?since=(\d+)[^"]*)"')
"""Where the list is fetched next, and the number of the last event that it holds."""

Moments = list[tuple[int, float]]
"""Of a text or of a word: its event number, and when it was (`time.perf_counter`)."""


@dataclass
class OpenPage:
    """When it was told of which number, which conversations were named, and what it has shown."""

    port: int
    token: str
    looks: bool
    """It fetches what it is told of; the others only listen."""
    heard: Moments = field(default_factory=list)
    shown: Moments = field(default_factory=list)
    fetches: list[float] = field(default_factory=list)
    """Milliseconds of each, from asking to the last byte."""
    named: set[UUID] = field(default_factory=set)
    asked_for_all: bool = False
    _due: asyncio.Event = field(default_factory=asyncio.Event)

    async def live(self) -> None:
        """Until it is cancelled."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._listen())
            if self.looks:
                both.create_task(self._look())

    def has(self, number: int) -> bool:
        """Whether it has heard, and shown if it looks, all up to this event."""
        told = self.shown if self.looks else self.heard
        return bool(told) and told[-1][0] >= number

    async def _listen(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
        try:
            writer.write(self._request("/live"))
            while line := await reader.readline():
                if line.startswith(b'data: {"to"'):
                    self._take(json.loads(line[6:]))
        finally:
            writer.close()

    def _take(self, word: dict[str, object]) -> None:
        if word["talks"] is None:
            self.asked_for_all = bool(self.heard)
        elif isinstance(word["talks"], list):
            self.named |= {UUID(talk) for talk in word["talks"]}
        self.heard.append((int(str(word["to"])), time.perf_counter()))
        self._due.set()

    async def _look(self) -> None:
        async with Fetching(self.port, self._request) as fetching:
            address = await self._fetch(fetching, "/queue")
            while True:
                await self._due.wait()
                self._due.clear()
                began = time.perf_counter()
                address = await self._fetch(fetching, address)
                self.fetches.append((time.perf_counter() - began) * 1000)
                await asyncio.sleep(began + SPACING - time.perf_counter())

    async def _fetch(self, fetching: "Fetching", address: str) -> str:
        found = ADDRESS.search(await fetching.get(address))
        if found is None:  # it is as it was
            return address
        self.shown.append((int(found[2]), time.perf_counter()))
        return unescape(found[1].decode())

    def _request(self, path: str) -> bytes:
        cookie = f"Cookie: utvag_session={self.token}"
        return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{cookie}\r\n\r\n".encode()

    async def alone(self, times: int) -> list[float]:
        """Milliseconds of so many fetches of the whole list, one after the other."""
        taken = []
        async with Fetching(self.port, self._request) as fetching:
            for _ in range(times):
                began = time.perf_counter()
                await fetching.get("/queue/rows?since=0")
                taken.append((time.perf_counter() - began) * 1000)
        return taken


class Fetching:
    """One kept connection."""

    def __init__(self, port: int, request: Callable[[str], bytes]) -> None:
        """Dialled by `async with`."""
        self._port, self._request = port, request

    async def __aenter__(self) -> "Fetching":
        """Dial."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Hang up."""
        self._writer.close()

    async def get(self, path: str) -> bytes:
        """The body, empty for 204; whatever else is not 200 ends the benchmark."""
        self._writer.write(self._request(path))
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        status = head.split(b" ", 2)[1]
        if status not in {b"200", b"204"}:
            raise SystemExit(f"a page was answered {status.decode()}")
        length = re.search(rb"content-length: (\d+)", head)
        return await self._reader.readexactly(int(length[1])) if length else b""


def delays(texts: Moments, told: Moments) -> list[float]:
    """Milliseconds from each text's beginning until its number was `told`; those that never were
    are left out."""
    found, at = [], 0
    for number, began in texts:
        while at < len(told) and told[at][0] < number:
            at += 1
        if at < len(told):
            found.append((told[at][1] - began) * 1000)
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """Of so many values the one below which this share of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
