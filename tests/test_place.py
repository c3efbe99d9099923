"""Which line a Telegram message belongs to: the card's, the one written to last, or the first."""

from uuid import UUID

import pytest

from domain.message import Channel, InboundMessage
from handlers.add_line import add_line, all_lines
from handlers.receive import receive
from tests.world import World

CHAT = "7000000001"
SECOND = "+46701740606"


async def cards(world: World) -> list[str]:
    await add_line(world.house, SECOND, "Card 2027", ("en",), "exit")
    return [line.card for line in await all_lines(world.house)]


async def telegram(world: World, number: int, body: str, card: str = "", chat: str = CHAT) -> None:
    at = world.clock.now()
    message = InboundMessage(Channel.TELEGRAM, str(number), chat, card, body, at)
    await receive(world.house, [message])
    world.clock.advance(seconds=1)


async def line_of(world: World, conversation: UUID) -> str:
    return (await world.see(conversation)).row.line


async def talks(world: World) -> list[UUID]:
    return [row.id for row in (await world.queue()).waiting]


async def test_without_a_code_the_first_line_takes_the_message(world: World) -> None:
    await cards(world)
    await telegram(world, 1, "hej")
    assert await line_of(world, await world.only()) == "Card 2026"


async def test_a_cards_code_chooses_the_line_and_later_messages_stay_there(world: World) -> None:
    _, second = await cards(world)
    await telegram(world, 1, "/start", second)
    await telegram(world, 2, "hello")
    assert await line_of(world, await world.only()) == "Card 2027"
    assert await world.count("contacts") == 1


async def test_another_cards_code_leads_to_that_line_from_then_on(world: World) -> None:
    first, second = await cards(world)
    await telegram(world, 1, "/start", first)
    await telegram(world, 2, "/start", second)
    await telegram(world, 3, "hello")
    assert {await line_of(world, talk) for talk in await talks(world)} == {"Card 2026", "Card 2027"}
    assert await world.count("contacts") == 2


async def test_a_code_that_no_card_has_is_no_code(world: World) -> None:
    await cards(world)
    await telegram(world, 1, "/start", "nonsense")
    assert await line_of(world, await world.only()) == "Card 2026"


@pytest.mark.parametrize(
    ("body", "kept"),
    [("{}", "/start"), ("{} hjälp mig", "hjälp mig"), ("{}\n hjälp\nmig", "hjälp\nmig")],
)
async def test_what_is_written_after_a_cards_code_is_kept(
    world: World, body: str, kept: str
) -> None:
    _, second = await cards(world)
    await telegram(world, 1, body.format(second.upper()), second)
    assert await world.heard() == [kept]
    assert await line_of(world, await world.only()) == "Card 2027"


async def test_a_word_that_only_looks_like_a_code_is_kept(world: World) -> None:
    await cards(world)
    await telegram(world, 1, "hjalpmig", "hjalpmig")
    await telegram(world, 2, "snälla hjälp", "")
    assert await world.heard() == ["hjalpmig", "snälla hjälp"]


async def test_the_same_number_of_a_message_in_two_chats_is_two_messages(world: World) -> None:
    await telegram(world, 1, "hej")
    await telegram(world, 1, "hej", chat="7000000002")
    await telegram(world, 1, "hej")
    assert await world.count("messages") == 2
