"""An open page without a browser: it listens to the stream and remembers what it heard."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx

from tests.browser.serving import Visitor
from tests.patience import PATIENCE


@dataclass
class Ear:
    """What one page heard."""

    answer: httpx.Response
    page: UUID
    words: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    comments: int = 0
    last: str = ""
    ended: bool = False
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        kind = ""
        try:
            async for line in self.answer.aiter_lines():
                name, _, value = line.partition(": ")
                if name == "id":
                    self.last = value
                elif name == "event":
                    kind = value
                elif name == "data":
                    self.words.append((kind, json.loads(value)))
                elif line.startswith(":"):
                    self.comments += 1
                self._more.set()
        except httpx.HTTPError:
            pass
        self.ended = True
        self._more.set()

    async def until(self, heard: Callable[["Ear"], bool]) -> None:
        """Wait until it has heard what is asked for."""
        async with asyncio.timeout(PATIENCE):
            while not heard(self):
                self._more.clear()
                await self._more.wait()

    @property
    def number(self) -> int:
        """The highest event number it was told of."""
        return max((word["to"] for kind, word in self.words if kind == "news"), default=-1)

    def knows(self, talk: UUID) -> bool:
        """Whether it was told to look at this conversation."""
        return any(
            word["talks"] is None or str(talk) in word["talks"]
            for kind, word in self.words
            if kind == "news"
        )

    def kinds(self) -> set[str]:
        return {kind for kind, _ in self.words}


@asynccontextmanager
async def listening(
    visitor: Visitor,
    since: int | None = None,
    talk: UUID | None = None,
    last: str | None = None,
    page: UUID | None = None,
    drawn: str | None = None,
) -> AsyncIterator[Ear]:
    """A page of this visitor's until the end of the block. `drawn`: the role that its address says
    it was made for."""
    own = page or uuid4()
    asked = {
        "page": str(own),
        "open": str(talk or ""),
        "since": "" if since is None else str(since),
    }
    asked |= {} if drawn is None else {"drawn": drawn}
    headers = {"cookie": "; ".join(f"{n}={v}" for n, v in visitor.cookies.items())}
    headers |= {"last-event-id": last} if last is not None else {}
    async with (
        httpx.AsyncClient(base_url=visitor.http.base_url, timeout=None) as http,
        http.stream("GET", "/live", params=asked, headers=headers) as answer,
    ):
        ear = Ear(answer, own)
        task = asyncio.create_task(ear.listen())
        try:
            yield ear
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
