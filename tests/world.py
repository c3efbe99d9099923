"""A line as tests use it: texts come in, the machine steps, counsellors act."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from domain.conversation import State
from domain.delivery import Delivery
from domain.member import Member, Role
from domain.message import Channel, InboundMessage
from domain.need import Reason
from handlers.add_line import add_line
from handlers.errors import NeedsReason
from handlers.give_reason import give_reason
from handlers.house import House
from handlers.invite import invite
from handlers.receive import receive
from handlers.reply import reply
from handlers.scripts import Scripts
from handlers.see_conversation import see_conversation
from handlers.see_queue import see_queue
from handlers.seen import Conversation, Queue, Said
from handlers.step_triage import step_triage
from handlers.take import take
from storage import members, outbox, tables, triages
from storage.database import Tx
from storage.opening import open_database
from storage.triages import Triage
from tests.clock import Clock

SECRET = "a secret of forty characters, for tests."
LINE = "+46701740605"
PHONE = "+46701740610"
CONVERSATIONS = tables.conversations.c

_sids = itertools.count(1)


def sid() -> str:
    return f"SM{next(_sids):032x}"


async def became(tx: Tx, row_id: UUID, then: Delivery, now: datetime, **also: object) -> None:
    """What a provider would tell of a row of the outbox."""
    row = outbox.moved((await outbox.locked(tx, [row_id]))[row_id], then, now, **also)  # type: ignore[arg-type] # columns by name
    assert row is not None
    await outbox.save(tx, [row])


@dataclass
class Bell:
    """Hears what is woken."""

    triage_at: list[datetime] = field(default_factory=list)
    rung: int = 0
    paged: int = 0

    def triage(self, at: datetime) -> None:
        self.triage_at.append(at)

    def outbox(self) -> None:
        self.rung += 1

    def pages(self) -> None:
        self.paged += 1


@asynccontextmanager
async def house_on(url: str, clock: Clock, scripts: Scripts) -> AsyncIterator[House]:
    """A house on a migrated database until the end of the block."""
    db = await open_database(url, SECRET, clock.now(), clock.now)
    try:
        async with db.write() as tx:
            await scripts.keep(tx, clock.now())
        yield House(db, clock.now, ZoneInfo("Europe/Stockholm"), scripts, Bell())
    finally:
        await db.close()


async def world_on(file: Path, clock: Clock, scripts: Scripts) -> "World":
    """A line on a SQLite file that was migrated, or grown; the caller closes its database."""
    db = await open_database(f"sqlite+aiosqlite:///{file}", SECRET, clock.now())
    async with db.write() as tx:
        await scripts.keep(tx, clock.now())
    house = House(db, clock.now, ZoneInfo("Europe/Stockholm"), scripts, Bell())
    return await World.begun(house, clock)


@dataclass
class World:
    house: House
    clock: Clock
    counsellor: Member

    @classmethod
    async def made(cls, house: House, clock: Clock) -> "World":
        await add_line(house, LINE, "Card 2026", ("sv", "en"), "exit")
        return cls(house, clock, await cls.hired(house, "Alva"))

    @classmethod
    async def begun(cls, house: House, clock: Clock) -> "World":
        """The same; on a grown database (`tests.databases`) it is there already."""
        async with house.db.read() as tx:
            entry = await members.by_name(tx, "Alva")
        return cls(house, clock, entry.member) if entry else await cls.made(house, clock)

    @staticmethod
    async def hired(house: House, name: str, role: Role = Role.COUNSELLOR) -> Member:
        """A member who has joined, without the tenth of a second that a passphrase takes."""
        token = await invite(house, name, role)
        async with house.db.write() as tx:
            link = tx.keys.index("invitation", token)
            await members.join(tx, link, b"no passphrase", house.now())
            entry = await members.by_name(tx, name)
        assert entry is not None
        return entry.member

    def message(self, body: str, phone: str = PHONE, **more: object) -> InboundMessage:
        made = InboundMessage(Channel.SMS, sid(), phone, LINE, body, self.clock.now())
        return replace(made, **more)  # type: ignore[arg-type] # fields by name

    async def text(self, body: str, phone: str = PHONE, **more: object) -> None:
        """The contact writes, and the machine answers if it will."""
        await receive(self.house, [self.message(body, phone, **more)])
        self.clock.advance(seconds=2)
        await self.step()

    async def write(self, *bodies: str, after: float = 2) -> None:
        """Texts in a row; the machine steps, the provider does nothing."""
        for body in bodies:
            await receive(self.house, [self.message(body)])
            self.clock.advance(seconds=0.2)
        self.clock.advance(seconds=after)
        while await step_triage(self.house):
            pass

    async def run(self) -> Triage:
        """The latest run of the questions in the only open conversation."""
        async with self.house.db.read() as tx:
            return (await triages.of_conversation(tx, await self.only()))[-1]

    async def step(self) -> None:
        while await step_triage(self.house):
            pass
        await self.accept()

    async def accept(self) -> None:
        """The provider accepts all that waits, at once."""
        async with self.house.db.write() as tx:
            while rows := await outbox.sendable(tx, self.clock.now(), 100):
                await outbox.lease(tx, rows, self.clock.now(), self.clock.now())
                for row in rows:
                    await became(tx, row.id, Delivery.SENT, self.clock.now())
        self.clock.advance(seconds=1)

    async def queue(self, member: Member | None = None) -> Queue:
        return await see_queue(self.house, member or self.counsellor)

    async def only(self) -> UUID:
        """The id of the only open conversation; a whole queue is not read for it."""
        query = select(CONVERSATIONS.id).where(CONVERSATIONS.state != State.CLOSED)
        async with self.house.db.read() as tx:
            (found,) = (await tx.conn.execute(query)).scalars()
        return UUID(str(found))

    async def see(self, conversation: UUID | None = None) -> Conversation:
        """As the counsellor sees it, who says why where that is asked."""
        found = conversation or await self.only()
        try:
            return await see_conversation(self.house, self.counsellor, found, opening=False)
        except NeedsReason:
            await give_reason(self.house, self.counsellor, found, Reason.REVIEW)
        return await see_conversation(self.house, self.counsellor, found, opening=False)

    async def said(self, conversation: UUID | None = None) -> list[str]:
        """The ids of what the machine said, withheld ones in brackets."""
        thread = (await self.see(conversation)).thread
        return [
            f"({item.text_id})" if item.delivery is Delivery.WITHHELD else str(item.text_id)
            for item in thread
            if isinstance(item, Said) and item.author == "machine"
        ]

    async def heard(self) -> list[str | None]:
        """What the contact of the only open conversation wrote."""
        thread = (await self.see()).thread
        return [item.body for item in thread if isinstance(item, Said) and item.author == "contact"]

    async def count(self, table: str) -> int:
        """How many rows a table has."""
        async with self.house.db.read() as tx:
            query = select(func.count()).select_from(tables.metadata.tables[table])
            return int((await tx.conn.execute(query)).scalar_one())

    async def taken(self) -> UUID:
        """The only open conversation, taken by the counsellor."""
        conversation = await self.only()
        await take(self.house, self.counsellor, conversation)
        return conversation

    async def reply(self, conversation: UUID, body: str, *, asked: bool = False) -> None:
        await reply(self.house, self.counsellor, conversation, body, form_key=uuid4(), asked=asked)
