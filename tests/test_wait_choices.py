"""What somebody who waits chooses counts only for a question that they have; then it is not asked
again."""

import asyncio

import pytest

from domain.choices import choices
from domain.delivery import Delivery
from domain.priority import Tier
from domain.segments import count
from handlers import shipped
from handlers.release import release
from handlers.tell_waiting import tell_waiting
from handlers.wait_words import chosen
from storage import outbox
from tests.test_on_call import goes_by_a_rota
from tests.test_receive_danger import WORDS
from tests.test_waiting import body, happened, later, queued, told
from tests.world import World, became
from triage.linter import check
from triage.loader import load
from triage.voice import Voice


async def due(world: World, minutes: float) -> None:
    """What is due then stands in the outbox."""
    world.clock.advance(minutes=minutes)
    while await tell_waiting(world.house):
        pass


async def ends_in(world: World, then: Delivery) -> None:
    """What was told last becomes that."""
    now = world.clock.now()
    async with world.house.db.write() as tx:
        (row,) = await outbox.sendable(tx, now, 1)
        await outbox.lease(tx, [row], now, now)
        await became(tx, row.id, then, now)


async def closed(world: World) -> None:
    """The questions are over, and `closed` is written; the provider does not have it yet."""
    await goes_by_a_rota(world, (10, 18))
    for word in ("hej", "1", "3", "3", "1", "2"):
        await world.text(word)
    await world.write("1")


async def is_read(world: World) -> bool:
    """Nothing was agreed on, and a person finds the text in the queue."""
    (row,) = (await world.queue()).waiting
    return await happened(world) == [] and row.marks == set()


@pytest.mark.parametrize("word", ["1", "2", "2 Ring mig", "3"])
async def test_before_the_question_is_at_the_provider_nothing_is_chosen(
    world: World, word: str
) -> None:
    await queued(world)
    await later(world, 1)
    await due(world, 14)
    await world.write(word)
    await world.accept()
    assert await is_read(world)
    assert await told(world) == ["wait", "waiting_unknown", "wait_long"]
    await world.text(word)
    assert len(await happened(world)) == 1


@pytest.mark.parametrize("then", [Delivery.FAILED, Delivery.UNDELIVERED, Delivery.UNKNOWN])
async def test_a_question_that_did_not_arrive_was_not_asked(world: World, then: Delivery) -> None:
    await queued(world)
    await later(world, 1)
    await due(world, 14)
    await ends_in(world, then)
    await world.text("2")
    assert await is_read(world)


@pytest.mark.parametrize("word", ["1", "ja", "2", "nej, jag skriver"])
async def test_closed_is_answered_by_whoever_has_it(world: World, word: str) -> None:
    await closed(world)
    await world.write(word)
    assert await is_read(world)
    await world.accept()
    await world.text(word)
    assert len(await happened(world)) == 1


@pytest.mark.parametrize("then", [Delivery.FAILED, Delivery.UNDELIVERED, Delivery.UNKNOWN])
async def test_a_yes_to_a_closed_that_did_not_arrive_allows_nothing(
    world: World, then: Delivery
) -> None:
    await closed(world)
    await ends_in(world, then)
    await world.text("ja")
    assert await is_read(world)


@pytest.mark.parametrize("then", [Delivery.QUEUED, Delivery.FAILED, Delivery.UNKNOWN])
async def test_asked_the_same_a_second_time_the_first_is_answered(
    world: World, then: Delivery
) -> None:
    """The choices are the same: there is no doubt about what they mean."""
    await queued(world)
    await later(world, 1, 14)
    await due(world, 20)
    if then is not Delivery.QUEUED:
        await ends_in(world, then)
    await world.write("2")
    assert await happened(world) == ["chose_call"]


@pytest.mark.parametrize(
    ("then", "word", "kinds"),
    [
        (Delivery.QUEUED, "2", ["chose_call"]), (Delivery.FAILED, "2", ["chose_call"]),
        (Delivery.UNKNOWN, "2", []), (Delivery.UNKNOWN, "ja", []),
        (Delivery.SENT, "2", ["chose_no"]),
    ],
)  # fmt: skip
async def test_of_two_questions_it_answers_the_one_they_have_and_in_doubt_none(
    world: World, then: Delivery, word: str, kinds: list[str]
) -> None:
    await goes_by_a_rota(world, (-1, 0.5), (10, 18))
    await queued(world)
    await later(world, 1, 14)
    await due(world, 20)
    assert await told(world) == ["wait", "waiting_unknown", "wait_long", "closed"]
    if then is not Delivery.QUEUED:
        await ends_in(world, then)
    await world.write(word)
    assert await happened(world) == kinds


async def test_what_a_counsellor_said_since_is_what_is_answered(world: World) -> None:
    await queued(world)
    await later(world, 1, 14)
    talk = await world.taken()
    await world.reply(talk, "Vill du 1 ses eller 2 höras?")
    await world.accept()
    await release(world.house, world.counsellor, talk)
    await world.text("2")
    assert await happened(world) == []


async def test_a_yes_to_being_deleted_is_no_yes_to_being_written_to(world: World) -> None:
    await closed(world)
    await world.accept()
    await world.text("RADERA")
    await world.text("ja")
    assert await is_read(world)


@pytest.mark.parametrize("word", ["1", "1 Jag väntar", "I'll wait"])
async def test_who_waits_is_thanked_and_not_asked_again(world: World, word: str) -> None:
    await queued(world)
    await later(world, 1, 14)
    await world.text(word)
    await later(world, 20)
    assert await told(world) == ["wait", "waiting_unknown", "wait_long", "wait_chosen"]
    assert "Tack för att du väntar" in await body(world)
    assert "112" in await body(world)
    await later(world, *[20] * 4)
    assert len(await told(world)) == 4
    await world.text("3")
    assert await happened(world) == ["chose_wait", "chose_later"]


async def test_other_words_do_not_take_back_that_they_wait(world: World) -> None:
    await queued(world)
    await later(world, 1, 14)
    await world.text("1")
    await world.text("det är kallt här")
    await later(world, 20)
    assert (await told(world))[-1] == "wait_chosen"


async def test_a_p1_that_waits_is_told_112(world: World) -> None:
    await world.text(WORDS)
    await later(world, 1, 1)
    await world.text("1")
    await later(world, 20)
    assert (await world.said())[-2:] == ["wait_long_p1", "wait_chosen_p1"]
    assert "Ring 112 nu" in await body(world)


async def test_texts_at_the_same_instant_choose_once(world: World) -> None:
    await queued(world)
    await later(world, 1, 14)
    await asyncio.gather(*(world.text("1") for _ in range(3)))
    assert await happened(world) == ["chose_wait"]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_it_asks_nothing_and_is_one_text(language: str) -> None:
    script = load(shipped.source("exit"))
    assert {each.severity for each in check(shipped.source("exit"))} == {"note"}
    for tier in Tier:
        _, words = chosen(Voice(script, language), tier)
        assert "112" in words
        assert not choices(words)
        assert (count(words).segments, count(words).encoding) == (1, "GSM-7")


def test_an_older_script_says_what_it_has() -> None:
    source = shipped.source("exit").replace("  wait_chosen", "  wait_other")
    older = load(source)
    assert chosen(Voice(older, "sv"), Tier.P3)[0] == "waiting_unknown"
    assert chosen(Voice(older, "sv"), Tier.P1)[0] == "waiting_p1"
