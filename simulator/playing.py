"""A scene is played: the contact writes, waits for the answer, reads it and writes again."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

from simulator import telegram_acts
from simulator.faults import Fault
from simulator.inbound import Text, deliver, receive
from simulator.provider import Provider
from simulator.scenes import Scene
from simulator.telegram import Telegram
from simulator.telegram_book import Person, Post

READS = 2.5
"""Seconds for which nothing new has come before the contact writes again."""

WAITS = 60.0
"""Seconds after which the contact gives up: the scene has ended."""

LOOKS_AGAIN = 0.2


class Telephone(Protocol):
    """What a scene is played on."""

    async def write(self, text: str) -> None:
        """The contact writes."""

    def heard(self) -> int:
        """Grows with every message that reaches the phone."""


@dataclass(frozen=True, slots=True)
class SmsPhone:
    """A phone that texts a line. `base` is the provider's own address."""

    provider: Provider
    phone: str
    line: str
    base: str

    async def write(self, text: str) -> None:
        """Text the line."""
        sent = Text(sender=self.phone, to=self.line, body=text, base=self.base)
        deliver(self.provider, receive(self.provider, sent), sent)

    def heard(self) -> int:
        """The order of the last text that was delivered to it."""
        delivered = (
            message.seq
            for message in self.provider.book.newest_first(self.phone, self.line)
            if message.to == self.phone and message.status == "delivered"
        )
        return next(delivered, 0)


@dataclass(frozen=True, slots=True)
class TelegramPhone:
    """A phone in a private chat with the bot."""

    telegram: Telegram
    person: Person

    async def write(self, text: str) -> None:
        """Press the button that the text is the digit of, else write."""
        asked = next(self._received(), None)
        buttons = [button for row in (asked.rows if asked else ()) for button in row]
        data = next((b.data for b in buttons if (b.data or "").endswith(f":{text}")), None)
        if asked is not None and data is not None:
            telegram_acts.press(self.telegram, self.person.chat, asked.message_id, data=data)
        else:
            telegram_acts.write(self.telegram, self.person, text)

    def heard(self) -> int:
        """The order of the last message that reached it."""
        return next((post.seq for post in self._received()), 0)

    def _received(self) -> Iterator[Post]:
        posts = self.telegram.chats.newest_first(self.person.chat)
        return (post for post in posts if post.direction == "outbound")


async def play(provider: Provider, scene: Scene, phone: Telephone, language: str) -> bool:
    """From the first word to the last; False where nobody answers, and it ends early."""
    if scene.outage:
        provider.begin(_outage(provider, scene.outage))
    before = 0
    for place, line in enumerate(scene.lines):
        if place and not await _answered(phone, before):
            return False
        before = phone.heard()
        await phone.write(line.said(language))
    return True


async def _outage(provider: Provider, seconds: float) -> None:
    provider.faults.set(Fault("500"))
    await asyncio.sleep(seconds)
    provider.faults.switch_off("500")


async def _answered(phone: Telephone, before: int) -> bool:
    until, last, since = monotonic() + WAITS, before, monotonic()
    while monotonic() < until:
        heard = phone.heard()
        if heard != last:
            last, since = heard, monotonic()
        if last > before and monotonic() - since >= READS:
            return True
        await asyncio.sleep(LOOKS_AGAIN)
    return False
