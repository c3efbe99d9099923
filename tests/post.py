"""A provider without HTTP: it takes what the line leases, when it is told to."""

from domain.message import OptOut
from handlers.send import Leased, Sent, lease, record
from senders.sender import Accepted, Refused
from tests.world import Bell, World, sid
from triage import engine
from triage.script import Queue

STAYED_AWAY = 21610
"""Twilio's error: the contact has opted out with the provider."""


class Post:
    def __init__(self, world: World) -> None:
        self._world = world
        self.phone: list[str] = []
        """What reached phones: the ids of the script's texts, or a counsellor's words."""

    async def begin(self) -> list[Leased]:
        """Lease what may leave; nobody has accepted it yet."""
        return await lease(self._world.house)

    async def accept(self, leased: list[Leased]) -> None:
        self.phone += [self.name(one.letter.body) for one in leased]
        await record(self._world.house, [Sent(one.row, Accepted(sid())) for one in leased])

    async def refuse(self, leased: list[Leased], code: int = STAYED_AWAY) -> None:
        await record(
            self._world.house, [Sent(one.row, Refused(code, OptOut.PROVIDER)) for one in leased]
        )

    async def carry(self) -> list[str]:
        """Everything that may leave does; what that was."""
        before, rung = len(self.phone), -1
        while rung < self._bell.rung:
            rung = self._bell.rung
            if leased := await self.begin():
                await self.accept(leased)
        return self.phone[before:]

    @property
    def _bell(self) -> Bell:
        bell = self._world.house.wake
        assert isinstance(bell, Bell)
        return bell

    def name(self, body: str) -> str:
        """The id of the script's text, or the words themselves."""
        script = self._world.house.scripts.current("exit").script
        steps = [name for name, step in script.steps.items() if not isinstance(step, Queue)]
        for text_id in (*steps, *script.texts):
            for language in script.languages:
                if _fits(engine.text(script, text_id, language), body):
                    return text_id
        return body


def _fits(template: str, body: str) -> bool:
    head, _, tail = template.partition("{min}")
    return body.startswith(head) and body.endswith(tail) and bool(head)
