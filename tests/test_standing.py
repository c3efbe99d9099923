"""The picture of what stands open: kept by what happened, read whole now and then."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.conversation import Outcome
from domain.member import Role
from handlers import standing
from handlers.close import close
from handlers.release import release
from handlers.see_queue import see_queue
from handlers.seen import Queue
from handlers.standing import LASTS, Standings
from handlers.step_triage import step_triage
from handlers.take import take
from storage import conversations, events, queue
from storage.database import Tx
from storage.events import Event
from tests.branches import branches
from tests.world import PHONE, World

OTHER = "+46701740611"


class Counted:
    """How often everything was read, and which conversations were read by name."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.whole = 0
        self.named: list[set[UUID]] = []
        still_open, of_conversations = queue.still_open, queue.of_conversations

        async def counted(tx: Tx) -> Any:
            self.whole += 1
            return await still_open(tx)

        async def noted(tx: Tx, talks: Any) -> Any:
            self.named.append(set(talks))
            return await of_conversations(tx, talks)

        patch.setattr(queue, "still_open", counted)
        patch.setattr(queue, "of_conversations", noted)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    return Counted(monkeypatch)


async def read_anew(world: World) -> Queue:
    return await see_queue(replace(world.house, standings=Standings()), world.counsellor)


async def test_only_what_happened_is_read_again(world: World, counted: Counted) -> None:
    await world.text("hej", PHONE)
    await world.queue()
    (first,) = [row.id for row in (await world.queue()).waiting]
    await world.text("hej", OTHER)
    counted.whole, counted.named = 0, []
    assert len((await world.queue()).waiting) == 2
    (second,) = {row.id for row in (await world.queue()).waiting} - {first}
    assert (counted.whole, counted.named) == (0, [{second}])


async def test_many_who_look_at_once_read_once(world: World, counted: Counted) -> None:
    await world.text("hej")
    seen = await asyncio.gather(*(world.queue() for _ in range(20)))
    assert counted.whole == 1
    assert all(one == seen[0] for one in seen)


async def test_it_is_read_whole_after_a_while_though_nothing_was_told(
    world: World, counted: Counted
) -> None:
    await world.text("hej")
    (talk,) = [row.id for row in (await world.queue()).waiting]
    async with world.house.db.write() as tx:
        found = await conversations.by_id(tx, talk)
        assert found is not None
        await conversations.save(tx, [replace(found, reasons=("given",))])
    assert [row.reasons for row in (await world.queue()).waiting] == [("new",)]
    world.clock.advance(seconds=LASTS.total_seconds())
    assert [row.reasons for row in (await world.queue()).waiting] == [("given",)]


async def test_it_is_read_whole_when_the_clock_was_set_back(world: World, counted: Counted) -> None:
    await world.text("hej")
    await world.queue()
    before = counted.whole
    world.clock.advance(hours=-2)
    await world.queue()
    assert counted.whole == before + 1


async def test_it_is_read_whole_when_too_much_has_happened(
    world: World, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "READ_AT_ONCE", 3)
    await world.text("hej")
    talk = await world.only()
    before = counted.whole
    async with world.house.db.write() as tx:
        await events.add(tx, [Event(talk, "noted", world.clock.now())] * 4)
    await world.queue()
    assert counted.whole == before + 1


async def test_whoever_is_closed_goes_and_whoever_asked_for_deletion_stays(world: World) -> None:
    await world.text("hej")
    talk = await world.taken()
    await world.text("RADERA")
    await world.text("RADERA JA")
    await world.queue()
    await close(world.house, world.counsellor, talk, Outcome.OTHER)
    shown = await world.queue()
    assert ([r.id for r in shown.requests], shown.mine) == ([talk], ())
    assert shown == await read_anew(world)


async def test_what_another_process_did_is_in_it(world: World, database_url: str) -> None:
    await world.text("hej")
    talk = await world.only()
    elis = await world.hired(world.house, "Elis", Role.COUNSELLOR)
    async with branches(world.house, database_url, 1) as (other,):
        await take(other, elis, talk)
        assert [row.owner for row in (await world.queue()).others] == ["Elis"]
        await release(world.house, elis, talk)
        assert [row.id for row in (await see_queue(other, elis)).waiting] == [talk]


async def test_a_reason_without_an_event_of_its_own_is_told_too(world: World) -> None:
    """The questions end after answers that were not understood: the row says why at once."""
    await world.text("hej")
    await world.queue()
    for _ in range(4):
        await world.text("?!")
        await world.queue()
    assert await world.queue() == await read_anew(world)
    assert any("not_understood" in row.reasons for row in (await world.queue()).waiting)


async def test_a_step_that_shows_nothing_new_adds_no_event(world: World) -> None:
    await world.write("hej")
    async with world.house.db.read() as tx:
        talk = await world.only()
        kinds = [event.kind for event in await events.of_conversation(tx, talk)]
    assert "changed" not in kinds
    assert await step_triage(world.house) == 0


async def test_an_older_reading_never_hides_what_a_newer_one_showed(world: World) -> None:
    """A transaction that began earlier asks later: it gets the newer picture."""
    await world.text("hej")
    house, now = world.house, world.clock.now()
    async with house.db.read() as old:
        await events.newest(old)  # the snapshot begins with the first reading
        await world.text("hej", OTHER)
        assert len((await world.queue()).waiting) == 2
        assert len((await house.standings.picture(old, now)).still_open) == 2
