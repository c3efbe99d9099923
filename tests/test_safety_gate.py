"""Until somebody says that it is safe to write, little leaves; after a no, nothing does."""

import pytest

from domain.conversation import Outcome
from domain.gate import Gate
from handlers.close import close
from handlers.errors import MayNotLeave
from handlers.receive import receive
from handlers.step_triage import step_triage
from tests.post import Post
from tests.world import World


async def test_before_the_answer_the_gate_is_unknown_and_no_text_says_who_we_are(
    world: World,
) -> None:
    for body in ("hej", "HJÄLP", "English", "9"):
        await world.text(body)
    bodies = [getattr(item, "body", "") or "" for item in (await world.see()).thread]
    telling = ("kommun", "polis", "police", "city", "exit", "gäng", "gang")
    assert not [body for body in bodies for word in telling if word in body.casefold()]
    assert (await world.see()).row.gate is Gate.UNKNOWN


async def test_read_more_needs_an_open_gate(world: World) -> None:
    await world.text("hej")
    await world.text("MER")
    assert await world.said() == ["greet", "reprompt"]
    await world.text("1")
    await world.text("MER")
    assert (await world.said())[-1] == "privacy_more"


async def test_after_no_the_one_text_leaves_and_then_nothing_until_they_write(
    world: World,
) -> None:
    post = Post(world)
    await world.text("hej")
    await receive(world.house, [world.message("nej")])
    world.clock.advance(seconds=2)
    await step_triage(world.house)
    assert await post.carry() == ["not_safe"]
    for _ in range(5):
        world.clock.advance(minutes=15)
        await step_triage(world.house)
        await step_triage(world.house, silent=True)
        assert await post.carry() == []
    assert len((await world.queue()).waiting) == 1


async def test_a_no_holds_back_what_still_waits_in_the_outbox(world: World) -> None:
    post = Post(world)
    await world.text("hej")
    for body in ("1", "nej inte säkert"):
        await receive(world.house, [world.message(body)])
        world.clock.advance(seconds=2)
        await step_triage(world.house)
    assert await post.carry() == ["not_safe"]


async def test_the_next_text_makes_it_unknown_and_the_machine_asks_again(world: World) -> None:
    for body in ("hej", "2", "hej igen"):
        await world.text(body)
    assert await world.said() == ["greet", "not_safe", "greet"]
    assert (await world.see()).row.gate is Gate.UNKNOWN
    await world.text("1")
    assert (await world.see()).row.gate is Gate.OPEN


async def test_the_digit_after_a_no_is_a_first_text_and_no_answer(world: World) -> None:
    for body in ("hej", "2", "1"):
        await world.text(body)
    assert await world.said() == ["greet", "not_safe", "greet"]
    assert (await world.see()).row.gate is Gate.UNKNOWN


async def test_a_person_asked_for_after_a_no_is_told_to_wait(world: World) -> None:
    for body in ("hej", "2", "9"):
        await world.text(body)
    assert await world.said() == ["greet", "not_safe", "wait"]


async def test_a_no_can_be_said_again_and_again(world: World) -> None:
    for body in ("hej", "2", "hej", "2", "hej", "2"):
        await world.text(body)
    assert await world.said() == ["greet", "not_safe"] * 3
    assert (await world.see()).row.gate is Gate.CLOSED


async def test_a_returning_contact_who_said_no_is_asked_the_gate_again_and_nothing_else(
    world: World,
) -> None:
    await world.text("hej")
    await close(world.house, world.counsellor, await world.taken(), Outcome.OTHER)
    for body in ("hej", "2", "hej", "1"):
        await world.text(body)
    assert await world.said() == ["greet", "reopened", "not_safe", "reopened", "wait"]


async def test_a_counsellor_cannot_write_through_a_closed_gate(world: World) -> None:
    for body in ("hej", "2"):
        await world.text(body)
    conversation = await world.taken()
    with pytest.raises(MayNotLeave):
        await world.reply(conversation, "Hej", asked=True)


async def test_a_counsellor_is_warned_at_an_unknown_gate_and_may_go_on(world: World) -> None:
    await world.text("hej")
    conversation = await world.taken()
    with pytest.raises(MayNotLeave):
        await world.reply(conversation, "Hej")
    await world.reply(conversation, "Hej", asked=True)
    assert await Post(world).carry() == ["Hej"]


async def test_in_an_owned_conversation_their_next_text_makes_a_closed_gate_unknown(
    world: World,
) -> None:
    for body in ("hej", "2"):
        await world.text(body)
    conversation = await world.taken()
    await world.text("nu går det bra")
    seen = await world.see(conversation)
    assert seen.row.gate is Gate.UNKNOWN
    assert await world.said(conversation) == ["greet", "not_safe"]


async def test_an_open_gate_lets_the_counsellor_write(world: World) -> None:
    for body in ("hej", "1"):
        await world.text(body)
    await world.reply(await world.taken(), "Hej, Alva här.")
    assert await Post(world).carry() == ["Hej, Alva här."]
