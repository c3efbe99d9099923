"""A button's answer belongs to the question above it, whenever it is pressed."""

from itertools import count

import pytest

from domain.gate import Gate
from domain.message import Channel, InboundMessage
from domain.priority import Tier
from handlers.receive import receive
from tests.world import World

CHAT = "7000000001"
numbers = count(1)


async def say(world: World, body: str, under: str | None = None) -> None:
    message = InboundMessage(
        Channel.TELEGRAM, str(next(numbers)), CHAT, "", body, world.clock.now(), answers_to=under
    )
    await receive(world.house, [message])
    world.clock.advance(seconds=2)
    await world.step()


@pytest.fixture
async def asked(world: World) -> World:
    """The contact said that it is safe; `danger` has been asked."""
    await say(world, "hej")
    await say(world, "1", "greet")
    assert await world.said() == ["greet", "privacy", "danger"]
    return world


async def test_a_button_of_the_question_is_its_answer(asked: World) -> None:
    await say(asked, "3", "danger")
    assert (await asked.said())[-1] == "self_harm"


async def test_a_button_of_an_older_question_answers_no_later_one(asked: World) -> None:
    await say(asked, "3", "danger")
    await say(asked, "3", "self_harm")
    assert (await asked.said())[-1] == "need"
    await say(asked, "3", "danger")
    assert (await asked.said())[-1] == "need"
    assert (await asked.heard())[-1] == "3"


async def test_danger_pressed_late_is_danger_all_the_same(asked: World) -> None:
    await say(asked, "3", "danger")
    await say(asked, "3", "self_harm")
    await say(asked, "1", "danger")
    (row,) = (await asked.queue()).waiting
    assert row.tier is Tier.P1
    assert (await asked.said())[-1] == "p1"


async def test_an_age_pressed_after_somebody_took_the_conversation_is_marked(asked: World) -> None:
    for step in ("danger", "self_harm"):
        await say(asked, "3", step)
    await say(asked, "1", "need")
    talk = await asked.taken()
    await say(asked, "1", "age")
    row = (await asked.see(talk)).row
    assert (row.tier, "under_18" in row.marks) == (Tier.P2, True)


async def test_danger_pressed_in_an_owned_conversation_raises_it_and_says_nothing(
    asked: World,
) -> None:
    talk = await asked.taken()
    before = await asked.said(talk)
    await say(asked, "1", "danger")
    (row,) = (await asked.queue()).mine
    assert (row.tier, await asked.said(talk)) == (Tier.P1, before)


async def test_not_safe_pressed_late_closes_the_gate_with_its_one_text(asked: World) -> None:
    await say(asked, "3", "danger")
    await say(asked, "3", "self_harm")
    await say(asked, "2", "greet")
    assert (await asked.see()).row.gate is Gate.CLOSED
    assert (await asked.said())[-1] == "not_safe"


async def test_safe_pressed_late_opens_no_gate(world: World) -> None:
    await say(world, "hej")
    await say(world, "2", "greet")
    await say(world, "1", "greet")
    assert (await world.see()).row.gate is Gate.UNKNOWN
