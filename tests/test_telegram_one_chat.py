"""Two cards, one bot, one chat: what forbids us to write there holds for every line."""

from dataclasses import replace
from itertools import count
from uuid import UUID

import pytest

from domain.gate import Gate
from domain.message import Channel, InboundMessage, OptOut
from handlers.add_line import add_line, all_lines
from handlers.receive import receive
from handlers.revise import Edit, revise
from handlers.set_gate import set_gate
from handlers.step_triage import step_triage
from handlers.take import take
from tests.post import Post
from tests.world import World

CHAT = "7000000001"
numbers = count(1)


def message(world: World, body: str, card: str = "") -> InboundMessage:
    number = str(next(numbers))
    return InboundMessage(Channel.TELEGRAM, number, CHAT, card, body, world.clock.now())


async def say(world: World, body: str, card: str = "") -> None:
    await receive(world.house, [message(world, body, card)])
    world.clock.advance(seconds=2)
    await world.step()


async def by_two_cards(world: World) -> UUID:
    """A counsellor has the conversation of the first card; the contact came by the second since."""
    await add_line(world.house, "+46701740606", "Another card", ("sv", "en"), "exit")
    first, second = await all_lines(world.house)
    await say(world, "/start", first.card)
    await say(world, "1")
    talk = await world.taken()
    await say(world, "/start", second.card)
    return talk


async def leaves(world: World, talk: UUID) -> list[str]:
    """What of a reply that was written a moment before reaches the chat."""
    world.clock.advance(seconds=1)
    return [text for text in await Post(world).carry() if text == "Hej, Alva här"]


@pytest.mark.parametrize("word", ["STOPP", "2", "skriv inte"])
async def test_nothing_of_the_other_line_reaches_a_chat_that_was_silenced(
    world: World, word: str
) -> None:
    talk = await by_two_cards(world)
    await world.accept()
    await world.reply(talk, "Hej, Alva här", asked=True)
    await receive(world.house, [message(world, word)])
    if word == "2":
        world.clock.advance(seconds=2)
        await step_triage(world.house)
    assert await leaves(world, talk) == []
    row = (await world.see(talk)).row
    assert row.opt_out is OptOut.OWN if word == "STOPP" else row.gate is Gate.CLOSED


async def test_an_edit_to_stop_silences_the_other_line_too(world: World) -> None:
    talk = await by_two_cards(world)
    given = message(world, "hej")
    await receive(world.house, [given])
    await revise(world.house, Edit(replace(given, body="stopp"), "1"))
    assert (await world.see(talk)).row.opt_out is OptOut.OWN


async def test_a_counsellor_who_closes_the_gate_closes_it_for_the_chat(world: World) -> None:
    talk = await by_two_cards(world)
    (other,) = (await world.queue()).waiting
    await take(world.house, world.counsellor, other.id)
    await set_gate(world.house, world.counsellor, other.id, Gate.CLOSED)
    assert (await world.see(talk)).row.gate is Gate.CLOSED


async def test_who_has_written_to_the_other_line_since_is_not_silenced_there(world: World) -> None:
    talk = await by_two_cards(world)
    first = (await all_lines(world.house))[0]
    stop = message(world, "STOPP")
    world.clock.advance(seconds=1)
    await receive(world.house, [stop, message(world, "/start", first.card)])
    assert (await world.see(talk)).row.opt_out is OptOut.NONE


async def test_a_chat_of_somebody_else_stays_as_it_was(world: World) -> None:
    talk = await by_two_cards(world)
    await receive(world.house, [replace(message(world, "STOPP"), sender="7000000002")])
    assert (await world.see(talk)).row.opt_out is OptOut.NONE
