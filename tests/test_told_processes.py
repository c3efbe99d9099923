"""Processes that are killed at any moment and begin again: all that leaves by itself does so once.

Two on one PostgreSQL, and one on SQLite. Those who wait, a counsellor who does not answer, planned
texts and follow-ups, all at once.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Select, func, select, update

from domain.conversation import Outcome, State
from domain.member import Member
from domain.message import Channel, InboundMessage
from domain.pace import Pace
from handlers.close import close
from handlers.house import House
from handlers.receive import receive
from handlers.scripts import Scripts
from handlers.take import take
from handlers.tell_waiting import TOLD
from storage import contacts, plans, tables
from storage.ids import new_id
from storage.plan_tables import plans as planned
from storage.plans import Kind, Plan
from storage.plans import State as Planned
from storage.wait_tables import waits
from tests.ports import free_port
from tests.process import Machines, Process, machines
from tests.test_kill import accepted, opened
from tests.world import LINE, Bell, World, sid

SPEED = 120.0
EACH = 3
"""Contacts of each kind."""

PHONES = [f"+467017406{number}" for number in range(40, 40 + 3 * EACH)]
KILLS = 4
PATIENCE = 300.0
"""Seconds; what a killed process had at the provider's door is asked about twice, 10 s apart."""

Sent, C, M, E = tables.outbox.c, tables.conversations.c, tables.messages.c, tables.events.c


@dataclass
class Stage:
    house: House
    talks: dict[str, UUID]
    """By phone."""

    async def rows(self, query: Select[Any]) -> Sequence[Any]:
        async with self.house.db.read() as tx:
            return list(await tx.conn.execute(query))


@asynccontextmanager
async def house_of(made: Machines) -> AsyncIterator[House]:
    db = await opened(made)
    try:
        zone = ZoneInfo("Europe/Stockholm")
        yield House(db, lambda: datetime.now(UTC), zone, Scripts(), Bell(), Pace(SPEED))
    finally:
        await db.close()


async def until(true: Callable[[], Any]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await true():  # noqa: ASYNC110 - what other processes do sets no event here
            await asyncio.sleep(0.2)


async def writes(house: House, phone: str, body: str) -> None:
    await receive(house, [InboundMessage(Channel.SMS, sid(), phone, LINE, body, house.now())])


async def staged(house: House) -> Stage:
    """A third of them waits, another has a counsellor who does not answer, the last is closed and
    has a follow-up and a planned text to come."""
    for phone in PHONES:
        await writes(house, phone, "9")
    stage = Stage(house, {})

    async def all_wait() -> bool:
        return len(await stage.rows(select(waits.c.told))) == len(PHONES)

    await until(all_wait)
    for row in await stage.rows(select(C.id, C.contact_id)):
        async with house.db.read() as tx:
            stage.talks[(await contacts.addresses(tx, [row.contact_id]))[row.contact_id].theirs] = (
                row.id
            )
    for number, phone in enumerate(PHONES[EACH:]):
        member = await World.hired(house, f"Alva {number}")
        await take(house, member, stage.talks[phone])
        if number >= EACH:
            await _closed(house, member, stage.talks[phone])
    return stage


async def _closed(house: House, member: Member, talk: UUID) -> None:
    await close(house, member, talk, Outcome.OTHER)
    async with house.db.write() as tx:
        whole_day = {"safe_from": time(), "safe_to": time.max}
        theirs = select(C.contact_id).where(C.id == talk).scalar_subquery()
        people = tables.contacts
        await tx.conn.execute(update(people).where(people.c.id == theirs).values(**whole_day))
        for kind, seconds in ((Kind.FOLLOW_UP, 4), (Kind.MESSAGE, 8)):
            now = house.now()
            due = now + timedelta(seconds=seconds)
            plan = Plan(new_id(now), talk, kind, Planned.PLANNED, member.id, True, now, due, now)
            if kind is Kind.FOLLOW_UP:
                await plans.save(tx, [plan])
            else:
                await plans.add(tx, plan, "Hur gick det?")


async def killed_and_begun_again(
    made: Machines, running: list[Process], chance: random.Random
) -> None:
    """One of them dies at a random moment; another begins in its place."""
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(0.2, 2))
        place = chance.randrange(len(running))
        port = int(running[place].address.rsplit(":", 1)[1])
        await asyncio.to_thread(running[place].kill)
        running[place] = await asyncio.to_thread(made.serve, port)


async def all_is_over(stage: Stage) -> bool:
    due = [
        select(func.count()).select_from(waits).where(waits.c.due_at.is_not(None)),
        select(func.count()).select_from(planned).where(planned.c.due_at.is_not(None)),
        select(func.count()).select_from(tables.outbox).where(Sent.pending),
        select(func.count()).select_from(tables.conversations).where(C.state == State.OWNED),
    ]
    return not any([(await stage.rows(query))[0][0] for query in due])


async def told_once(stage: Stage, provider: Process) -> None:
    """What was written has reached the provider as often as it was written; what had not yet left
    when a counsellor took over stayed, and that was the machine's."""
    ids = {talk: phone for phone, talk in stage.talks.items()}
    written = await stage.rows(
        select(M.conversation_id, M.text_id, M.id, M.author, Sent.state, Sent.refusal)
        .join_from(tables.messages, tables.outbox, Sent.message_id == M.id)
        .where(M.author != "contact")
    )
    taken = {stage.talks[phone] for phone in PHONES[EACH:]}
    for row in written:
        stays = row.conversation_id in taken and (row.author, row.refusal) == ("machine", "owned")
        assert row.state in ({"sent", "delivered", "withheld"} if stays else {"sent", "delivered"})
    written = [row for row in written if row.state != "withheld"]
    assert len({row.id for row in written}) == len(written)
    heard = Counter(to for to, _ in accepted(provider).elements())
    assert heard == Counter(ids[row.conversation_id] for row in written)
    by_talk: dict[UUID, list[str]] = {talk: [] for talk in ids}
    for row in written:
        by_talk[row.conversation_id].append(row.text_id or "planned")
    for phone in PHONES[:EACH]:
        told = [text for text in by_talk[stage.talks[phone]] if text in TOLD]
        assert 1 <= len(told) <= 3
        assert told.count("unreached") <= 1
    for phone in PHONES[2 * EACH :]:
        later = [text for text in by_talk[stage.talks[phone]] if text in {"follow_up", "planned"}]
        assert sorted(later) == ["follow_up", "planned"]


async def seen_to_once(stage: Stage) -> None:
    for phone in PHONES[EACH : 2 * EACH]:
        theirs = E.conversation_id == stage.talks[phone]
        kinds = [
            row.kind for row in await stage.rows(select(E.kind).where(theirs).order_by(E.number))
        ]
        assert [k for k in kinds if k in {"nudged", "unanswered"}] == ["nudged", "unanswered"]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ["two on PostgreSQL", "one on SQLite"])
def test_each_leaves_once_and_none_is_skipped_though_they_are_killed(
    tmp_path: Path,
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
    kind: str,
) -> None:
    seed = random.randrange(2**32)
    record_property("killed by the seed", seed)
    two = kind.startswith("two")
    url = request.getfixturevalue("postgres_database") if two else None
    with machines(tmp_path, url, clock_speed=str(SPEED)) as made:
        made.utvag("staff", "invite", "Bo")
        provider = made.provider()
        running = [made.serve(port) for port in ([made.line_port, free_port()] if two else [None])]
        asyncio.run(_play(made, provider, running, random.Random(seed)))


async def _play(
    made: Machines, provider: Process, running: list[Process], chance: random.Random
) -> None:
    async with house_of(made) as house:
        stage = await staged(house)
        await killed_and_begun_again(made, running, chance)
        await until(lambda: all_is_over(stage))
        await told_once(stage, provider)
        await seen_to_once(stage)
