"""Counsellors' telephones without a provider: what reaches them, and what they answer."""

import re
from collections.abc import Mapping

from handlers.escalate import escalate
from handlers.house import House
from handlers.pagers import add_pager
from handlers.receive import receive
from handlers.send_pages import page
from senders.sender import Accepted, Letter, Result, Sender
from storage import ways
from tests.world import World, sid

NEEDED = re.compile(r"^Utväg: (P[1-4]) väntar på någon\. \S*/queue Svara ([0-9]{4})$")


class Tower:
    """A provider for pages; `answers` says for a number what happens to what is sent there."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.heard: list[tuple[str, str]] = []
        self.answers: dict[str, Result] = {}

    async def send(self, letter: Letter) -> Result:
        result = self.answers.get(letter.to, Accepted(sid()))
        if isinstance(result, Accepted):
            self.heard.append((letter.to, letter.body))
        return result

    @property
    def senders(self) -> Mapping[str, Sender]:
        return {ways.SMS: self, ways.TELEGRAM: self}  # type: ignore[dict-item] # pages are sent, nothing else

    async def tick(self, house: House | None = None, minutes: float = 0) -> list[str]:
        """Who is paged once so much time has passed; in one process."""
        self.world.clock.advance(minutes=minutes)
        before = len(self.heard)
        house = house or self.world.house
        while await escalate(house):
            pass
        while await page(house, self.senders):
            pass
        return [number for number, _ in self.heard[before:]]

    async def paged(self, name: str, number: str) -> None:
        await add_pager(self.world.house, name, number, verified=True)

    async def answer(self, number: str, words: str) -> None:
        """A counsellor's telephone writes back."""
        await receive(self.world.house, [self.world.message(words, number)])

    def code(self) -> str:
        """That stood at the end of the last page."""
        return self.heard[-1][1][-4:]
