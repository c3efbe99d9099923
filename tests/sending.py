"""A line whose texts really leave: over HTTP, to a made-up Twilio in this process."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.delivery import Delivery
from domain.message import Channel
from handlers.house import House
from handlers.receive import receive
from handlers.take import take
from senders.sender import Senders
from senders.twilio import TwilioAccount, TwilioSender
from simulator.app import create_app
from simulator.book import Message
from simulator.config import Config
from simulator.faults import Fault
from simulator.provider import Provider
from simulator.serving import running
from storage import outbox
from storage.lines import every as lines_of
from storage.lines import set_most_each
from storage.outbox import Sending
from tests.clock import Clock
from tests.world import LINE, PHONE, Bell, World
from utvag.metrics import Metrics
from utvag.postman import Postman

ACCOUNT, TOKEN = "AC" + "7" * 32, "a made-up token"
NOBODY = "http://127.0.0.1:9"
"""Nobody listens at the discard port: callbacks get nowhere, and whoever sends is refused."""


class TodaysClock(Clock):
    """Stands still at the moment of its making: the made-up provider's clock is the real one."""

    def __init__(self) -> None:
        super().__init__()
        self._now = datetime.now(UTC)


def account(api_url: str, token: str = TOKEN) -> TwilioAccount:
    return TwilioAccount(ACCOUNT, token, api_url, NOBODY)


def by_sms(sender: Any) -> Senders:
    """The only channel of these tests."""
    return {Channel.SMS: sender}


@dataclass
class Out:
    world: World
    provider: Provider
    address: str
    sender: TwilioSender
    postman: Postman
    metrics: Metrics
    talks: dict[str, UUID] = field(default_factory=dict)

    @property
    def house(self) -> House:
        return self.world.house

    def fault(self, kind: str, **more: object) -> None:
        self.provider.faults.set(Fault(kind, **more))  # type: ignore[arg-type] # fields by name

    def works_again(self) -> None:
        self.provider.faults.clear()

    async def talk(self, phone: str = PHONE) -> UUID:
        """The contact's conversation, which the counsellor has taken."""
        if phone not in self.talks:
            await receive(self.house, [self.world.message("hej", phone)])
            (row,) = (await self.world.queue()).waiting
            await take(self.house, self.world.counsellor, row.id)
            self.talks[phone] = row.id
        return self.talks[phone]

    async def say(self, *bodies: str, phone: str = PHONE) -> None:
        """The counsellor writes to the contact."""
        for body in bodies:
            await self.world.reply(await self.talk(phone), body, asked=True)

    async def carry(self) -> None:
        """Everything that may leave now does, and what became of it is recorded."""
        bell, rung = self.house.wake, -1
        assert isinstance(bell, Bell)
        while rung < bell.rung:
            rung = bell.rung
            await self.postman.round()
            await self.postman.finish(20)

    def phone(self, phone: str = PHONE) -> list[str]:
        """What the provider accepted for this phone, in that order."""
        return [message.text for message in self.accepted(phone)]

    def accepted(self, phone: str = PHONE) -> list[Message]:
        found = self.provider.book.oldest_first(phone)
        return [message for message in found if message.direction == "outbound-api"]

    async def rows(self) -> list[Sending]:
        async with self.house.db.read() as tx:
            query = select(*outbox.COLUMNS).order_by(outbox.T.c.id)
            return [outbox.read(row) for row in await tx.conn.execute(query)]

    async def row(self) -> Sending:
        (row,) = await self.rows()
        return row

    async def states(self) -> list[Delivery]:
        return [row.state for row in await self.rows()]


@asynccontextmanager
async def sending(world: World, lines: Sequence[str] = (LINE,)) -> AsyncIterator[Out]:
    app = create_app(Config(ACCOUNT, TOKEN, f"{NOBODY}/webhooks/twilio/message", tuple(lines)))
    with running(app) as address:
        await _without_limit(world)
        sender, metrics = TwilioSender(account(address)), Metrics()
        postman = Postman(world.house, by_sms(sender), metrics)
        try:
            yield Out(world, app.state.provider, address, sender, postman, metrics)
        finally:
            await postman.finish(5)
            await sender.close()


async def _without_limit(world: World) -> None:
    """One counsellor has all the conversations that a test wants."""
    async with world.house.db.write() as tx:
        for line in await lines_of(tx):
            await set_most_each(tx, line.id, 1000)
