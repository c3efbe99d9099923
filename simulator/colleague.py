"""A counsellor at the desk, as somebody with a browser: signs in, takes a conversation, answers."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

import aiohttp

_ROW = re.compile(r'<li id="row-([0-9a-f-]{36})"[^>]* data-tier="1"')


TRIES = 3
"""Presses of Send: a page may ask its reader to look once more first."""


class NothingToTake(Exception):
    """No urgent conversation waits, or somebody else was faster."""


class NotWritten(Exception):
    """The desk did not take the answer."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """`desk` is scheme, host and port."""

    desk: str
    session: aiohttp.ClientSession

    @classmethod
    @asynccontextmanager
    async def at(cls, queue: str, name: str, passphrase: str) -> AsyncIterator["Colleague"]:
        """Signed in at the desk whose queue has this address, until the end of the block."""
        parts = urlsplit(queue)
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            colleague = cls(f"{parts.scheme}://{parts.netloc}", session)
            fields = (await colleague._forms("/login"))["/login"]
            await colleague._post("/login", fields | {"name": name, "passphrase": passphrase})
            yield colleague

    async def take_newest(self) -> str:
        """Of the most urgent that wait, the one that came last. Raises NothingToTake."""
        waiting: list[str] = _ROW.findall(await self._get("/queue"))
        forms = await self._forms("/queue")
        free = [talk for talk in waiting if f"/conversations/{talk}/take" in forms]
        if not free:
            raise NothingToTake
        take = f"/conversations/{max(free)}/take"
        if await self._post(take, forms[take]) != 200:
            raise NothingToTake
        return max(free)

    async def write(self, talk: str, words: str) -> None:
        """Answer the contact. Raises NotWritten."""
        reply = f"/conversations/{talk}/reply"
        for _ in range(TRIES):
            forms = await self._forms(f"/conversations/{talk}")
            fields = forms.get(reply)
            if fields and await self._post(reply, fields | {"reply": words}) == 200:
                return
        raise NotWritten

    async def _get(self, path: str) -> str:
        async with self.session.get(self.desk + path) as answer:
            page: str = await answer.text()
            return page

    async def _forms(self, path: str) -> dict[str, dict[str, str]]:
        read = _Forms()
        read.feed(await self._get(path))
        return read.found

    async def _post(self, path: str, fields: dict[str, str]) -> int:
        """The status of the page to which it led."""
        async with self.session.post(self.desk + path, data=fields) as answer:
            return answer.status


@dataclass
class _Forms(HTMLParser):
    """What a page's forms carry unseen, by where they lead."""

    found: dict[str, dict[str, str]] = field(default_factory=dict)
    inside: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A form begins, or has a hidden field."""
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = self.found.setdefault(told.get("action", ""), {})
        elif tag == "input" and told.get("type") == "hidden" and "name" in told:
            self.inside[told["name"]] = told.get("value", "")
