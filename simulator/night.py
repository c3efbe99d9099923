"""A night shift: the pager rings, nobody answers, the next one is woken and takes over.

The pagers are phones of this provider. Whoever is woken answers by text, as a page asks, and then
goes to the desk, as a browser does.
"""

import asyncio
import re
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from simulator.colleague import Colleague, NothingToTake, NotWritten
from simulator.inbound import Text, deliver, receive
from simulator.provider import Provider

BEGINS = 2 * 60 + 10
"""Minutes after midnight; the night goes on as fast as the line's due times do."""

READS = 3.0
"""Seconds before whoever was woken answers, and before they take it."""

PATIENCE = 300.0
"""Seconds after which nobody is woken any more: somebody has taken it."""

LOOKS_AGAIN = 0.1

_CODE = re.compile(r"\bP1\b.* (?:Svara|Reply) ([0-9]{4})$")

GREETING = {
    "sv": "Hej, jag heter {name} och är här nu. Är dörren låst? Har du ringt 112?",
    "en": "Hi, I am {name} and I am here now. Is the door locked? Have you called 112?",
}


@dataclass(frozen=True, slots=True)
class Hour:
    """Something that happened, at a time of the played night such as 02:11."""

    time: str
    key: str
    name: str = ""


@dataclass(slots=True)
class Night:
    """What has happened so far; `speed` as the line's."""

    speed: float
    began: float | None = None
    hours: list[Hour] = field(default_factory=list)

    def tell(self, key: str, name: str = "") -> None:
        """It happens now. The night begins with what is told first, however late that is."""
        now = monotonic()
        if self.began is None:
            self.began = now
        minute = int(BEGINS + (now - self.began) * self.speed / 60)
        self.hours.append(Hour(f"{minute // 60 % 24:02}:{minute % 60:02}", key, name))


@dataclass(frozen=True, slots=True)
class Pager:
    """A counsellor's telephone."""

    provider: Provider
    name: str
    phone: str

    def codes(self, after: int) -> Iterator[str]:
        """Of the most urgent pages that reached it, the newest first."""
        for message in self.provider.book.newest_first(self.phone):
            found = _CODE.search(message.text)
            if message.seq > after and message.to == self.phone and found:
                yield found[1]

    def answer(self, code: str, base: str) -> None:
        """A text back to the line."""
        text = Text(sender=self.phone, to=self.provider.config.lines[0], body=code, base=base)
        deliver(self.provider, receive(self.provider, text), text)


async def watch(
    provider: Provider, night: Night, writes: Coroutine[Any, Any, bool], base: str, language: str
) -> None:
    """The contact writes to the end. Whoever is paged then sleeps; whoever is paged after them
    answers, takes the conversation and writes.
    """
    night.tell("wrote")
    if not await writes:
        return
    after = provider.book.last_seq - 1
    night.tell("danger")
    pagers = [Pager(provider, name, phone) for name, phone in provider.config.pagers]
    until, woken = monotonic() + PATIENCE, dict[str, str]()
    while monotonic() < until:
        for pager in pagers:
            code = next(pager.codes(after), None)
            if code is None or pager.name in woken:
                continue
            night.tell("paged" if not woken else "woken", pager.name)
            woken[pager.name] = code
            if len(woken) > 1:
                await _takes_over(pager, code, night, base, language)
                return
        await asyncio.sleep(LOOKS_AGAIN)


async def _takes_over(pager: Pager, code: str, night: Night, base: str, language: str) -> None:
    await asyncio.sleep(READS)
    pager.answer(code, base)
    night.tell("read", pager.name)
    await asyncio.sleep(READS)
    config = pager.provider.config
    async with Colleague.at(config.desk or "", pager.name, config.passphrase or "") as colleague:
        try:
            talk = await colleague.take_newest()
        except NothingToTake:
            night.tell("passed", pager.name)
            return
        night.tell("taken", pager.name)
        await asyncio.sleep(READS)
        with suppress(NotWritten):
            await colleague.write(talk, GREETING[language].format(name=pager.name))
            night.tell("wrote_back", pager.name)
