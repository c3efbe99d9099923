"""A counsellor who does not answer is nudged; then the conversation is for everybody, and first."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from domain.answering import Due, due
from domain.conversation import State
from domain.member import Role
from domain.priority import TARGETS, Tier
from handlers.house import House
from handlers.invite import revoke
from handlers.step_in import take_over
from handlers.take import take
from handlers.transfer import transfer
from handlers.unanswered import see_to_unanswered
from tests.test_receive_danger import WORDS
from tests.test_waiting import ASKED, later, queued
from tests.world import World

NOW = datetime(2026, 1, 31, tzinfo=UTC)


async def passes(world: World, minutes: float, house: House | None = None) -> list[str]:
    """What has happened once so much time has passed."""
    world.clock.advance(minutes=minutes)
    await see_to_unanswered(house or world.house)
    return await happened(world)


async def happened(world: World) -> list[str]:
    kinds = [str(getattr(item, "kind", "")) for item in (await world.see()).thread]
    return [kind for kind in kinds if kind in {"nudged", "unanswered"}]


async def in_talk(world: World) -> None:
    """Taken and answered once; then the contact writes, and nobody answers."""
    await queued(world)
    talk = await world.taken()
    await world.reply(talk, "Hej.")
    world.clock.advance(minutes=30)
    await world.text("kan du hjälpa mig?")


@pytest.mark.parametrize("tier", Tier)
def test_the_target_once_and_once_more(tier: Tier) -> None:
    target = TARGETS[tier]
    short = target - timedelta(seconds=1)
    assert due(tier, NOW, None, None, NOW + short) is None
    assert due(tier, NOW, None, None, NOW + target) is Due.NUDGE
    nudged = NOW + target
    assert due(tier, NOW, None, nudged, nudged + short) is None
    assert due(tier, NOW, None, nudged, nudged + target) is Due.GIVE_BACK


def test_who_took_it_later_has_the_whole_target_and_an_older_nudge_is_forgotten() -> None:
    held = NOW + timedelta(hours=1)
    nudged = NOW + timedelta(minutes=50)
    assert due(Tier.P3, NOW, held, nudged, held + timedelta(minutes=14)) is None
    assert due(Tier.P3, NOW, held, nudged, held + timedelta(minutes=15)) is Due.NUDGE


def test_a_clock_that_stepped_back_hurries_nobody() -> None:
    assert due(Tier.P1, NOW, None, None, NOW - timedelta(hours=1)) is None


async def test_they_are_nudged_and_then_it_stands_first_in_the_queue_with_the_reason(
    world: World,
) -> None:
    await queued(world, "+46701740620")
    world.clock.advance(minutes=1)
    await take(world.house, world.counsellor, (await world.queue()).waiting[0].id)
    world.clock.advance(minutes=1)
    await queued(world, "+46701740621")
    (talk,) = (await world.queue()).mine
    await world.reply(talk.id, "Hej.")
    world.clock.advance(minutes=5)
    await world.text("hallå?", "+46701740620")
    world.clock.advance(minutes=15)
    assert await see_to_unanswered(world.house) == 1
    assert await see_to_unanswered(world.house) == 0
    assert [row.state for row in (await world.queue()).mine] == [State.OWNED]
    world.clock.advance(minutes=15)
    assert await see_to_unanswered(world.house) == 1
    rows = (await world.queue()).waiting
    assert rows[0].id == talk.id
    assert rows[0].wait.since > rows[1].wait.since
    assert rows[0].reasons[0] == "unanswered"
    assert rows[0].earlier_counsellor == "Alva"


async def test_the_thread_tells_it_and_the_contact_hears_nothing(world: World) -> None:
    await in_talk(world)
    assert await passes(world, 14) == []
    assert await passes(world, 1) == ["nudged"]
    assert await passes(world, 15) == ["nudged", "unanswered"]
    await later(world, 1, 15, 20)
    assert (await world.said())[len(ASKED) :] == ["wait"]


async def test_an_answer_in_time_is_an_end_to_it(world: World) -> None:
    await in_talk(world)
    assert await passes(world, 15) == ["nudged"]
    await world.reply(await world.only(), "Förlåt, nu är jag här.")
    assert await passes(world, 60) == ["nudged"]
    await world.text("bra")
    assert await passes(world, 14) == ["nudged"]
    assert await passes(world, 1) == ["nudged", "nudged"]


async def test_who_takes_it_again_has_their_time_and_the_reason_is_gone(world: World) -> None:
    await in_talk(world)
    await passes(world, 15)
    await passes(world, 15)
    await world.taken()
    (row,) = (await world.queue()).mine
    assert "unanswered" not in row.reasons
    assert row.marks == set()
    assert await passes(world, 14) == ["nudged", "unanswered"]
    assert await passes(world, 2) == ["nudged", "unanswered", "nudged"]


async def test_a_colleague_to_whom_it_was_handed_has_the_whole_target(world: World) -> None:
    bo = await World.hired(world.house, "Bo")
    await in_talk(world)
    await passes(world, 15)
    await transfer(world.house, world.counsellor, await world.only(), bo.id)
    assert await passes(world, 14.5) == ["nudged"]
    assert await passes(world, 1) == ["nudged", "nudged"]


async def test_a_coordinator_who_took_it_over_has_the_whole_target(world: World) -> None:
    await in_talk(world)
    assert await passes(world, 15) == ["nudged"]
    bo = await world.hired(world.house, "Bo", Role.COORDINATOR)
    await take_over(world.house, bo, await world.only(), world.counsellor.id)
    assert await passes(world, 14) == ["nudged"]
    assert await passes(world, 1) == ["nudged", "nudged"]
    assert [row.owner for row in (await world.queue(bo)).mine] == ["Bo"]


async def test_after_an_outage_they_are_nudged_first(world: World) -> None:
    await in_talk(world)
    assert await passes(world, 600) == ["nudged"]
    assert await passes(world, 15) == ["nudged", "unanswered"]


async def test_danger_is_two_minutes(world: World) -> None:
    await in_talk(world)
    await world.text(WORDS)
    assert await passes(world, 2) == ["nudged"]
    assert await passes(world, 2) == ["nudged", "unanswered"]


async def test_many_processes_do_each_step_once(world: World, twin: House) -> None:
    await in_talk(world)
    for _ in range(2):
        world.clock.advance(minutes=15)
        await asyncio.gather(*(see_to_unanswered(one) for one in (world.house, twin) * 3))
    assert await happened(world) == ["nudged", "unanswered"]
    (row,) = (await world.queue()).waiting
    assert row.reasons.count("unanswered") == 1


async def test_who_said_stop_is_nobodys_failure(world: World) -> None:
    await in_talk(world)
    await world.text("STOPP")
    assert await passes(world, 60) == []


async def test_what_a_revoked_counsellor_had_is_not_seen_to_twice(world: World) -> None:
    bo = await World.hired(world.house, "Bo")
    await in_talk(world)
    await passes(world, 15)
    await revoke(world.house, "Alva")
    world.counsellor = bo
    assert await passes(world, 60) == ["nudged"]


async def test_it_pages_anew_like_what_was_released(world: World) -> None:
    await in_talk(world)
    await passes(world, 15)
    before = world.house.wake.paged  # type: ignore[attr-defined] # a bell in tests
    await passes(world, 15)
    assert world.house.wake.paged == before + 1  # type: ignore[attr-defined] # a bell in tests


async def test_whoever_takes_it_over_has_the_whole_target_too(world: World) -> None:
    bo = await world.hired(world.house, "Bo", Role.COORDINATOR)
    await in_talk(world)
    (talk,) = (await world.queue()).mine
    assert await passes(world, 15) == ["nudged"]
    world.clock.advance(minutes=14)
    await take_over(world.house, bo, talk.id, world.counsellor.id)
    assert await passes(world, 2) == ["nudged"]
    assert [row.id for row in (await world.queue(bo)).mine] == [talk.id]
    assert await passes(world, 13) == ["nudged", "nudged"]
