"""Texts that come late: listed after a pause, read by people and searched, not answered."""

import asyncio
from dataclasses import replace

import pytest

from domain.conversation import Outcome
from domain.message import OptOut
from domain.priority import Tier
from handlers.close import close
from handlers.house import House
from handlers.receive import receive
from tests.world import World, sid

OTHER = "+46701740611"
CARD_2 = "+46701740606"


async def test_a_late_text_is_queued_and_no_machine_answers_it(world: World) -> None:
    sent = world.clock.now()
    world.clock.advance(minutes=16)
    await world.text("hej", at=sent, caught_up=True)
    (row,) = (await world.queue()).waiting
    assert row.wait.since == sent
    assert await world.said() == []


@pytest.mark.parametrize("body", ["STOPP", "HJÄLP", "English", "RADERA", "START", "9"])
async def test_no_machine_answers_a_late_command_but_it_acts(world: World, body: str) -> None:
    await world.text("hej")
    sent = world.clock.now()
    world.clock.advance(minutes=16)
    await world.text(body, at=sent, caught_up=True)
    assert await world.said() == ["greet"]
    seen = await world.see()
    assert (seen.row.opt_out is OptOut.OWN) == (body == "STOPP")
    assert (seen.row.language == "en") == (body == "English")


async def test_a_late_delete_on_a_closed_conversation_is_shown_to_people(world: World) -> None:
    await world.text("hej")
    await close(world.house, world.counsellor, await world.taken(), Outcome.OTHER)
    sent = world.clock.now()
    world.clock.advance(minutes=16)
    await world.text("RADERA", at=sent, caught_up=True)
    (row,) = (await world.queue()).waiting
    assert row.returning


async def test_a_late_text_is_searched_for_danger(world: World) -> None:
    sent = world.clock.now()
    world.clock.advance(minutes=16)
    await world.text("dom ska döda mig", at=sent, caught_up=True)
    (row,) = (await world.queue()).waiting
    assert row.tier is Tier.P1
    assert await world.said() == []


async def test_after_a_late_first_text_a_fresh_one_is_greeted(world: World) -> None:
    sent = world.clock.now()
    world.clock.advance(minutes=20)
    late = world.message("9", at=sent, caught_up=True)
    await receive(world.house, [late, world.message("hallå?", caught_up=True)])
    world.clock.advance(seconds=2)
    await world.step()
    assert await world.said() == ["greet"]


async def test_a_late_text_between_two_known_ones_does_not_end_the_questions(
    world: World,
) -> None:
    sent = world.clock.now()
    world.clock.advance(minutes=16)
    await world.text("hej")
    await world.text("2", at=sent, caught_up=True)
    await world.text("1")
    assert await world.said() == ["greet", "privacy", "danger"]


async def test_a_text_found_within_fifteen_minutes_is_answered(world: World) -> None:
    sent = world.clock.now()
    world.clock.advance(minutes=14)
    await world.text("hej", at=sent, caught_up=True)
    assert await world.said() == ["greet"]


async def test_the_webhook_and_the_listing_bring_the_same_text_once(
    world: World, twin: House
) -> None:
    hook = world.message("hej", provider_id=(one := sid()))
    listed = replace(hook, caught_up=True, provider_id=one)
    taken = await asyncio.gather(receive(world.house, [hook]), receive(twin, [listed]))
    assert sorted(taken) == [0, 1]
