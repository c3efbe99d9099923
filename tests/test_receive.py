"""Texts are taken in: stored once, in order, whoever wrote them and whatever stands in them."""

import asyncio
from collections.abc import Sequence

import pytest
import structlog

from domain.message import Media
from domain.priority import Tier
from handlers.add_line import add_line
from handlers.errors import CannotStore
from handlers.house import House
from handlers.receive import receive
from handlers.seen import Said
from handlers.step_triage import step_triage
from tests.clock import Clock
from tests.world import LINE, PHONE, World

OTHER = "+46701740611"
CARD_2 = "+46701740606"


async def test_a_text_handled_before_changes_nothing(world: World) -> None:
    text = world.message("hej")
    assert await receive(world.house, [text]) == 1
    assert await receive(world.house, [text]) == 0
    assert await receive(world.house, [text, text]) == 0
    assert await world.count("messages") == 1


async def test_a_text_that_comes_twice_in_one_batch_counts_once(world: World) -> None:
    text = world.message("hej")
    assert await receive(world.house, [text, text]) == 1
    assert await world.heard() == ["hej"]


async def test_the_same_text_at_two_processes_at_once_has_one_effect(
    world: World, twin: House
) -> None:
    for _ in range(5):
        text = world.message("hej")
        taken = await asyncio.gather(
            *(receive(house, [text]) for house in (world.house, twin, world.house, twin))
        )
        assert sorted(taken) == [0, 0, 0, 1]
    assert await world.heard() == ["hej"] * 5


async def test_two_first_texts_at_once_make_one_contact_one_conversation_one_greeting(
    world: World, twin: House
) -> None:
    for number in range(10, 20):
        phone = f"+467017406{number}"
        texts = [world.message("hej", phone), world.message("är nån där", phone)]
        await asyncio.gather(receive(world.house, [texts[0]]), receive(twin, [texts[1]]))
    world.clock.advance(seconds=2)
    await asyncio.gather(step_triage(world.house), step_triage(twin))
    assert await world.count("contacts") == 10
    assert await world.count("conversations") == 10
    assert await world.count("triages") == 10
    assert await world.count("outbox") == 10
    for row in (await world.queue()).waiting:
        assert row.unread == 2
        assert await world.said(row.id) == ["greet"]


async def test_many_contacts_at_two_processes_at_once_wait_for_each_other_and_lose_nothing(
    world: World, twin: House
) -> None:
    phones = [f"+467017406{number}" for number in range(10, 40)]
    one = [world.message("hej", phone) for phone in phones]
    other = [world.message("hallå", phone) for phone in reversed(phones)]
    await asyncio.gather(receive(world.house, one), receive(twin, other))
    assert await world.count("contacts") == 30
    assert await world.count("messages") == 60


async def test_two_first_texts_in_one_batch_make_one_contact_and_one_greeting(
    world: World,
) -> None:
    await receive(world.house, [world.message("hej"), world.message("är nån där")])
    world.clock.advance(seconds=2)
    await world.step()
    assert await world.heard() == ["hej", "är nån där"]
    assert await world.said() == ["greet"]


async def test_texts_keep_the_order_in_which_they_came(world: World) -> None:
    await receive(world.house, [world.message(f"text {n}") for n in range(40)])
    await receive(world.house, [world.message(f"text {n}") for n in range(40, 60)])
    assert await world.heard() == [f"text {n}" for n in range(60)]


async def test_a_text_from_one_of_our_own_numbers_is_dropped_for_good(world: World) -> None:
    await add_line(world.house, CARD_2, "Card B", ("sv",), "exit")
    loop = world.message("hej", CARD_2)
    assert await receive(world.house, [loop]) == 1
    assert await receive(world.house, [loop]) == 0
    assert await world.count("contacts") == 0
    assert await world.count("receipts") == 1


async def test_the_number_that_was_written_to_chooses_line_and_language(world: World) -> None:
    await add_line(world.house, CARD_2, "Card B", ("en",), "exit")
    await world.text("hej", to=CARD_2)
    (row,) = (await world.queue()).waiting
    assert (row.line, row.language) == ("Card B", "en")


async def test_one_phone_at_two_lines_is_two_contacts(world: World) -> None:
    await add_line(world.house, CARD_2, "Card B", ("sv",), "exit")
    await receive(world.house, [world.message("hej"), world.message("hej", to=CARD_2)])
    assert sorted(row.line for row in (await world.queue()).waiting) == ["Card 2026", "Card B"]


async def test_a_text_to_an_unknown_number_stands_on_the_first_line_and_warns_the_operator(
    world: World,
) -> None:
    await add_line(world.house, CARD_2, "Card B", ("sv",), "exit")
    with structlog.testing.capture_logs() as logs:
        await world.text("hej", to="+46701740699")
    assert [entry["event"] for entry in logs] == ["text_to_unknown_line"]
    assert not {"+46701740699", PHONE, "hej"} & {str(v) for entry in logs for v in entry.values()}
    (row,) = (await world.queue()).waiting
    assert row.line == "Card 2026"
    assert await world.said() == ["greet"]


async def test_answers_come_from_the_number_that_was_written_to_last(world: World) -> None:
    from handlers.send import lease

    await world.text("hej", to="+46701740699")
    await receive(world.house, [world.message("1")])
    world.clock.advance(seconds=2)
    await step_triage(world.house)
    (leased,) = await lease(world.house)
    assert leased.letter.sender == LINE


@pytest.mark.parametrize("sender", ["Sparbanken", "", "12345", "anonymous", "+4670"])
async def test_a_sender_that_is_no_number_is_stored_and_shown_but_never_answered(
    world: World, sender: str
) -> None:
    for body in ("hej", "hjälp", "dom ska döda mig", "STOPP", "English", "hej igen"):
        await world.text(body, sender)
    (row,) = (await world.queue()).waiting
    assert "not_answerable" in row.marks
    assert row.tier is Tier.P1
    assert len(await world.heard()) == 6
    assert all(text_id.startswith("(") for text_id in await world.said())


async def test_a_picture_is_kept_as_its_type_and_size(world: World) -> None:
    await world.text("", media=(Media("image/jpeg", 2048), Media("video/mp4")))
    (said, *_) = (await world.see()).thread
    assert isinstance(said, Said)
    assert said.media == (Media("image/jpeg", 2048), Media("video/mp4"))
    assert await world.said() == ["greet"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "   \n",
        "å" * 1600,
        "👍🏽🙏 hej 🧿",
        "مرحبا، أحتاج إلى مساعدة",
        "\u202eevil\u202c",
        "a" * 5000,
        "det är 'citat' \"och\" -- ; DROP",
    ],
)
async def test_any_body_is_kept_as_it_is_and_queued(world: World, body: str) -> None:
    await world.text(body)
    assert await world.heard() == [body]
    assert await world.said() == ["greet"]
    assert len((await world.queue()).waiting) == 1


async def test_nul_bytes_and_half_characters_do_not_stop_a_text(world: World) -> None:
    await world.text("hej\x00 där \ud83d")
    assert await world.heard() == ["hej där ?"]


async def test_a_broken_text_does_not_keep_others_of_its_batch_out(world: World) -> None:
    texts = [world.message("hej"), world.message("\udc00", OTHER)]
    assert await receive(world.house, texts) == 2
    assert len((await world.queue()).waiting) == 2


async def test_a_moment_yet_to_come_is_now(world: World) -> None:
    ahead = world.clock.now().replace(year=9999)
    await world.text("hej", at=ahead, caught_up=True)
    (row,) = (await world.queue()).waiting
    assert row.wait.since < ahead.replace(year=2027)


async def test_from_the_first_text_the_conversation_stands_in_the_queue_as_p3(
    world: World,
) -> None:
    await receive(world.house, [world.message("hej")])
    (row,) = (await world.queue()).waiting
    assert (row.tier, row.reasons, row.unread) == (Tier.P3, ("new",), 1)


async def test_without_a_line_nothing_can_be_stored_and_the_sender_hears_so(
    house: House, clock: Clock
) -> None:
    world = World(house, clock, await World.hired(house, "Alva"))
    with pytest.raises(CannotStore):
        await receive(house, [world.message("hej")])
    assert await world.count("receipts") == 0


async def test_a_failure_in_the_middle_stores_nothing_of_the_batch(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError

    from storage import outbox

    async def broken(*_: object) -> None:
        raise OperationalError("INSERT", None, Exception("disk full"))

    text = world.message("STOPP")
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "add", broken)
        with pytest.raises(CannotStore):
            await receive(world.house, [world.message("hej", OTHER), text])
    for table in ("receipts", "contacts", "conversations", "messages", "events"):
        assert await world.count(table) == 0
    assert await receive(world.house, [text]) == 1


async def test_a_crash_between_receiving_and_answering_loses_nothing(
    world: World, twin: House
) -> None:
    await receive(world.house, [world.message("hej")])
    world.clock.advance(minutes=5)
    assert await step_triage(twin) == 1
    assert await world.said() == ["greet"]


async def test_two_processes_that_step_the_same_triage_do_it_once(
    world: World, twin: House
) -> None:
    phones = [f"+467017406{number}" for number in range(10, 30)]
    await receive(world.house, [world.message("hej", phone) for phone in phones])
    world.clock.advance(seconds=2)
    houses: Sequence[House] = (world.house, twin, world.house, twin)
    steps = await asyncio.gather(*(step_triage(house) for house in houses))
    while more := await step_triage(twin):
        steps.append(more)
    assert sum(steps) == 20
    assert await world.count("outbox") == 20


async def test_the_machine_answers_a_second_and_a_half_after_the_last_text(world: World) -> None:
    await receive(world.house, [world.message("hej")])
    world.clock.advance(seconds=1)
    await receive(world.house, [world.message("jag behöver hjälp")])
    assert world.house.wake.triage_at[-1] == world.clock.now().replace(  # type: ignore[attr-defined] # a Bell
        second=2, microsecond=500_000
    )
    world.clock.advance(seconds=1.4)
    assert await step_triage(world.house) == 0
    world.clock.advance(seconds=0.1)
    assert await step_triage(world.house) == 1


async def test_the_machine_never_waits_longer_than_eight_seconds(world: World) -> None:
    for _ in range(8):
        await receive(world.house, [world.message("och en sak till")])
        assert await step_triage(world.house) == 0
        world.clock.advance(seconds=1)
    assert await step_triage(world.house) == 1
    assert await world.said() == ["greet"]
