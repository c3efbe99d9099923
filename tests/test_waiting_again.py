"""Whoever fell silent, or said that they would write, is waited with from the text they write."""

import asyncio

import pytest

from domain.gate import Gate
from domain.priority import Tier
from handlers.step_triage import step_triage
from tests.test_on_call import goes_by_a_rota
from tests.test_receive_danger import WORDS
from tests.test_waiting import body, happened, later, queued, told
from tests.tower import Tower
from tests.world import World

AFTER_SILENCE = ["waiting_unknown", "wait_long", "wait_long"]


async def fell_silent(world: World, *answers: str) -> None:
    for answer in answers or ("hej", "1"):
        await world.text(answer)
    world.clock.advance(minutes=11)
    while await step_triage(world.house, silent=True):
        pass
    assert not (await world.see()).triage_runs


async def test_after_a_silence_three_messages_count_from_the_text_that_comes(
    world: World,
) -> None:
    await fell_silent(world)
    asked = await world.said()
    await later(world, 1, 15, 60)
    assert await world.said() == asked
    await world.text("är nån där?")
    await later(world, 0.9)
    assert await world.said() == asked
    for n, minutes in enumerate((0.2, 14, 20)):
        await later(world, minutes)
        assert await world.said() == [*asked, *AFTER_SILENCE[: n + 1]]
        await world.text("hallå")
    await later(world, *[20] * 6)
    assert await world.said() == [*asked, *AFTER_SILENCE]


async def test_a_silence_in_a_second_conversation_is_one_too(world: World) -> None:
    """What the first one was told says nothing of it."""
    from domain.conversation import Outcome
    from handlers.close import close

    await queued(world)
    await later(world, 1, 14)
    talk = await world.taken()
    await world.reply(talk, "Hej.")
    await close(world.house, world.counsellor, talk, Outcome.OTHER)
    world.clock.advance(minutes=600)
    await fell_silent(world, "hej igen")
    asked = await world.said()
    await later(world, 20)
    assert await world.said() == asked
    await world.text("1")
    await later(world, 1, 14, 20, 20)
    assert await world.said() == [*asked, *AFTER_SILENCE]
    assert await happened(world) == []


@pytest.mark.parametrize("word", ["STOPP", "RADERA", "sluta skriv"])
async def test_a_word_that_asks_for_nobody_begins_no_wait(world: World, word: str) -> None:
    await fell_silent(world)
    await world.text(word)
    said = await world.said()
    await later(world, 1, 14, 20)
    assert await world.said() == said


async def test_with_nobody_here_they_are_told_so_at_once_and_once(world: World) -> None:
    await goes_by_a_rota(world, (10, 18))
    await fell_silent(world)
    await world.text("hallå?")
    await later(world, 0)
    assert (await world.said())[-1] == "closed"
    await world.text("1")
    assert await happened(world) == ["chose_yes"]
    await later(world, 1, 14, 20)
    assert (await world.said())[-1] == "closed"


async def test_danger_with_nobody_here_is_told_112_once(world: World) -> None:
    await goes_by_a_rota(world, (10, 18))
    await fell_silent(world)
    await world.text(WORDS)
    await later(world, 0, 1, 2, 20)
    assert (await world.said()).count("p1_alone") == 1


async def test_who_will_write_later_hears_nothing_more_until_they_do(world: World) -> None:
    await queued(world)
    await later(world, 1, 14)
    await world.text("3")
    tower = Tower(world)
    for _ in range(12):
        await tower.tick(minutes=10)
        await later(world, 0)
    assert await told(world) == ["wait", "waiting_unknown", "wait_long", "wait_later_noted"]
    (row,) = (await world.queue()).waiting
    assert row.marks == {"writes_later"}
    assert await happened(world) == ["chose_later"]


async def test_once_they_write_they_are_waited_with_again_up_to_three(world: World) -> None:
    await queued(world)
    await later(world, 1, 14)
    await world.text("3")
    await later(world, 180)
    before = await told(world)
    await world.text("nu kan jag")
    await later(world, 1)
    assert await told(world) == [*before, "waiting_unknown"]
    (row,) = (await world.queue()).waiting
    assert row.marks == set()
    await later(world, 20, 20, 120)
    assert await told(world) == [*before, "waiting_unknown"]


async def test_who_changes_their_mind_and_waits_is_told_again(world: World) -> None:
    await queued(world)
    await later(world, 1, 14)
    await world.text("3")
    await world.text("1")
    await later(world, 1)
    assert (await told(world))[-1] == "wait_chosen"
    assert await happened(world) == ["chose_later", "chose_wait"]


async def test_a_p1_that_will_write_later_is_paged_about_all_the_same(world: World) -> None:
    tower = Tower(world)
    await tower.paged("Alva", "+46701740650")
    await world.text(WORDS)
    await later(world, 1, 1)
    await world.text("3")
    before = await world.said()
    rung = [await tower.tick(minutes=2) for _ in range(4)]
    assert all(rung)
    await later(world, 20)
    assert await world.said() == before
    (row,) = (await world.queue()).waiting
    assert row.tier is Tier.P1
    assert row.marks == {"writes_later"}


async def test_what_has_not_left_yet_when_they_choose_stays(world: World) -> None:
    await queued(world)
    await later(world, 1, 14)
    world.clock.advance(minutes=20)
    from handlers.tell_waiting import tell_waiting

    assert await tell_waiting(world.house) == 1
    await world.text("3")
    await world.accept()
    assert await told(world) == [
        *("wait", "waiting_unknown", "wait_long", "(wait_long)", "wait_later_noted")
    ]


async def test_a_p4_is_told_three_things_in_all_whatever_they_are(world: World) -> None:
    tower = Tower(world)
    for answer in ("hej", "1", "3", "3", "4", "3"):
        await world.text(answer)
    assert (await world.queue()).waiting[0].tier is Tier.P4
    before = await world.said()
    for _ in range(60):
        await tower.tick(minutes=5)
        await later(world, 0)
    assert (await world.said())[len(before) :] == ["waiting_unknown", "wait_long", "wait_long"]


async def test_after_an_outage_that_counted_as_three_the_truth_is_told_all_the_same(
    world: World,
) -> None:
    tower = Tower(world)
    await queued(world)
    await later(world, 40)
    for _ in range(4):
        await tower.tick(minutes=10)
        await later(world, 0)
    assert await told(world) == ["wait", "wait_long", "unreached"]


async def test_texts_that_come_at_once_begin_one_wait(world: World) -> None:
    await fell_silent(world)
    before = await world.said()
    await asyncio.gather(*(world.text(word) for word in ("hallå", "är du där", "?")))
    await later(world, 1)
    assert (await world.said())[len(before) :] == ["waiting_unknown"]


async def test_a_closed_gate_is_asked_anew_and_not_waited_with(world: World) -> None:
    await fell_silent(world)
    await world.text("inte säkert längre")
    await world.text("hej")
    assert (await world.see()).row.gate is Gate.UNKNOWN
    assert (await world.see()).triage_runs
    assert "112" in await body(world)
