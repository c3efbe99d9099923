"""A contact who comes back: their counsellor is woken first, then everybody."""

from dataclasses import replace

import pytest

from domain.conversation import Outcome
from domain.priority import Tier
from handlers.close import close
from handlers.house import House
from handlers.invite import revoke
from handlers.release import release
from handlers.take import take
from storage import conversations, events
from storage.events import Event
from tests.tower import Tower
from tests.world import Bell, World

ALVAS, BOS = "+46701740650", "+46701740651"


@pytest.fixture
async def tower(world: World) -> Tower:
    """Alva, who is at work, had the contact an hour ago; Bo is on call, too."""
    made = Tower(world)
    await World.hired(world.house, "Bo")
    await world.text("hej")
    talk = await world.only()
    await take(world.house, world.counsellor, talk)
    await close(world.house, world.counsellor, talk, Outcome.OTHER)
    await made.paged("Alva", ALVAS)
    await made.paged("Bo", BOS)
    world.clock.advance(hours=1)
    return made


async def comes_back(tower: Tower, *texts: str) -> None:
    for text in texts:
        await tower.world.text(text)


async def comes_back_urgent(tower: Tower) -> None:
    """As a P2, which no text of theirs alone makes."""
    await comes_back(tower, "hej igen")
    world = tower.world
    async with world.house.db.write() as tx:
        talk = await conversations.by_id(tx, await world.only())
        assert talk is not None
        p2 = replace(talk, tier=Tier.P2)
        await conversations.save(tx, [p2])
        risen = Event(talk.id, "tier_raised", world.clock.now(), detail="under_18")
        await events.add(tx, [risen])
        await conversations.ring_anew(tx, p2, world.clock.now(), world.house.pace)


async def named(world: World) -> list[str]:
    async with world.house.db.read() as tx:
        talk = await world.only()
        return [event.kind for event in await events.of_conversation(tx, talk)]


async def test_a_p2_that_comes_back_wakes_its_counsellor_alone_and_then_everybody(
    tower: Tower,
) -> None:
    await comes_back_urgent(tower)
    world = tower.world
    (row,) = (await world.queue()).waiting
    assert row.tier is Tier.P2
    assert row.offered_until is not None
    assert await tower.tick() == [ALVAS]
    assert await tower.tick(minutes=1) == []
    assert sorted(await tower.tick(minutes=1)) == [ALVAS, BOS]
    assert "offer_over" in await named(world)


async def test_a_p1_that_comes_back_wakes_everybody_at_once(tower: Tower) -> None:
    await comes_back(tower, "de ska döda mig")
    assert sorted(await tower.tick()) == [ALVAS, BOS]


async def test_the_end_of_an_offer_is_an_event_once_though_nobody_is_paged(
    tower: Tower, twin: House
) -> None:
    await comes_back(tower, "hej igen")
    assert await tower.tick() == []
    assert "offer_over" not in await named(tower.world)
    assert await tower.tick(minutes=2) == []
    assert await tower.tick(twin) == []
    assert (await named(tower.world)).count("offer_over") == 1
    assert (await tower.world.queue()).waiting[0].offered_until is None


async def test_what_is_offered_to_somebody_who_is_gone_is_everybodys(tower: Tower) -> None:
    await comes_back_urgent(tower)
    await revoke(tower.world.house, "Alva")
    assert await tower.tick() == [BOS]


async def test_what_is_given_back_wakes_whoever_pages(tower: Tower) -> None:
    await comes_back(tower, "de ska döda mig")
    world = tower.world
    talk = await world.only()
    await take(world.house, world.counsellor, talk)
    bell = world.house.wake
    assert isinstance(bell, Bell)
    before = bell.paged
    await release(world.house, world.counsellor, talk)
    assert bell.paged > before
    assert sorted(await tower.tick()) == [ALVAS, BOS]
