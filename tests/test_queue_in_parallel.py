"""Everything at once, in two processes, on the same few conversations: nobody waits for ever."""

import asyncio
import random
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import time
from uuid import UUID, uuid4

from domain.contact_rules import SafeHours
from domain.conversation import Outcome, State
from domain.member import Member
from domain.message import OptOut
from handlers.close import close
from handlers.errors import UseCaseError
from handlers.house import House
from handlers.keep_draft import keep_draft
from handlers.receive import receive
from handlers.redact import redact
from handlers.release import release
from handlers.reply import reply
from handlers.see_conversation import see_conversation
from handlers.see_queue import see_queue
from handlers.seen import Said
from handlers.send import Sent, lease, record
from handlers.set_safe_hours import set_safe_hours
from handlers.standing import Standings
from handlers.step_triage import step_triage
from handlers.take import take
from handlers.transfer import transfer
from handlers.write_note import write_note
from senders.sender import Accepted, Refused, Result
from tests.branches import branches
from tests.world import World, sid

PHONES = [f"+467017406{n}" for n in range(10, 14)]
ACTORS, STEPS = 8, 25


@dataclass(frozen=True)
class Actor:
    """Somebody, in one of the processes, who does one thing after the other."""

    world: World
    house: House
    member: Member
    colleague: Member
    talks: list[UUID]
    luck: random.Random

    async def act(self) -> None:
        for _ in range(STEPS):
            self.world.clock.advance(seconds=1)
            work = self._something(self.luck.choice(self.talks), self.luck.randrange(14))
            await work

    async def _something(self, talk: UUID, which: int) -> None:
        h, m = self.house, self.member
        work: list[Awaitable[object]] = [
            self._write(),
            self._send(),
            self._redact(talk),
            take(h, m, talk),
            release(h, m, talk),
            transfer(h, m, talk, self.colleague.id),
            close(h, m, talk, Outcome.OTHER),
            set_safe_hours(h, m, talk, SafeHours(time(1), time(2))),
            reply(h, m, talk, "hej", form_key=uuid4(), asked=True),
            write_note(h, m, talk, "obs", form_key=uuid4()),
            keep_draft(h, m, talk, "utkast"),
            see_conversation(h, m, talk),
            see_queue(h, m),
            step_triage(h, silent=which == 0),
        ]
        chosen = work.pop(which)
        for other in work:
            other.close()  # type: ignore[attr-defined] # coroutines that are not to run
        try:
            await chosen
        except UseCaseError:
            return

    async def _write(self) -> None:
        texts = [self.world.message("hej du", phone) for phone in self.luck.sample(PHONES, 2)]
        await receive(self.house, texts)

    async def _send(self) -> None:
        await record(self.house, [Sent(one.row, self._result()) for one in await lease(self.house)])

    def _result(self) -> Result:
        return Accepted(sid()) if self.luck.random() < 0.8 else Refused(21610, OptOut.PROVIDER)

    async def _redact(self, talk: UUID) -> None:
        thread = (await see_conversation(self.house, self.member, talk)).thread
        said = [item.id for item in thread if isinstance(item, Said)]
        await redact(self.house, self.member, talk, self.luck.choice(said))


async def test_nothing_fails_however_much_happens_at_once(world: World, database_url: str) -> None:
    for phone in PHONES:
        await world.text("hej", phone)
    talks = [row.id for row in (await world.queue()).waiting]
    staff = [world.counsellor, await world.hired(world.house, "Elis")]
    async with branches(world.house, database_url, 2) as houses:
        actors = [
            Actor(world, houses[n % 2], staff[n % 2], staff[1 - n % 2], talks, random.Random(n))
            for n in range(ACTORS)
        ]
        await asyncio.gather(*(actor.act() for actor in actors))
        for house in houses:
            anew = replace(house, standings=Standings())
            assert await see_queue(house, staff[0]) == await see_queue(anew, staff[0])
    queue = await world.queue()
    shown = {row.id: row for row in (*queue.waiting, *queue.mine, *queue.others)}
    for talk in talks:
        seen = await world.see(talk)
        assert (talk in shown) == (seen.row.state is not State.CLOSED)
        assert (seen.row.owner is not None) == (seen.row.state is State.OWNED)
