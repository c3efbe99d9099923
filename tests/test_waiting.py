"""Whoever waits is told that they are not forgotten: three times at most, once each, and truly."""

import asyncio
from collections.abc import Sequence
from uuid import uuid4

import pytest

from domain.conversation import Outcome
from domain.priority import Tier
from handlers.close import close
from handlers.house import House
from handlers.release import release
from handlers.step_triage import step_triage
from handlers.tell_waiting import tell_waiting
from storage import waits
from tests.test_on_call import goes_by_a_rota
from tests.test_receive_danger import WORDS
from tests.tower import Tower
from tests.world import PHONE, World

ANSWERS = ("hej", "1", "3", "3", "1", "2", "1")
"""The whole way to a P3."""

ASKED = ("greet", "privacy", "danger", "self_harm", "need", "age", "how")


async def queued(world: World, phone: str = PHONE) -> None:
    """The questions are over."""
    for body in ANSWERS:
        await world.text(body, phone)


async def later(world: World, *minutes: float) -> None:
    """So many minutes pass, one after the other."""
    for each in minutes:
        world.clock.advance(minutes=each)
        while await tell_waiting(world.house):
            pass
        await world.accept()


async def told(world: World) -> Sequence[str]:
    """What the machine said after its questions."""
    return (await world.said())[len(ASKED) :]


async def body(world: World) -> str:
    """The last that was said."""
    said = [item for item in (await world.see()).thread if getattr(item, "author", "") == "machine"]
    return str(said[-1].body)  # type: ignore[union-attr] # only what was said has an author


async def happened(world: World) -> list[str]:
    """What they chose."""
    thread = (await world.see()).thread
    kinds = [getattr(item, "kind", "") for item in thread]
    return [kind for kind in kinds if str(kind).startswith("chose_")]


async def test_after_a_minute_at_the_target_and_twenty_minutes_later_and_no_more(
    world: World,
) -> None:
    await queued(world)
    await later(world, 0.5)
    assert await told(world) == ["wait"]
    await later(world, 0.5)
    assert await told(world) == ["wait", "waiting_unknown"]
    await later(world, 13.5)
    assert await told(world) == ["wait", "waiting_unknown"]
    await later(world, 0.5)
    assert await told(world) == ["wait", "waiting_unknown", "wait_long"]
    await later(world, 19.5)
    assert len(await told(world)) == 3
    await later(world, 0.5)
    assert await told(world) == ["wait", "waiting_unknown", "wait_long", "wait_long"]
    await later(world, *[20.0] * 6)
    assert len(await told(world)) == 4


async def test_who_is_in_danger_is_told_112_each_time(world: World) -> None:
    await world.text(WORDS)
    for _ in range(3):
        await later(world, 1)
        assert "112" in await body(world)
    assert await world.said() == ["p1", "waiting_p1", "wait_long_p1"]


async def test_after_an_outage_the_overdue_ones_are_one(world: World) -> None:
    await queued(world)
    await later(world, 16)
    assert await told(world) == ["wait", "wait_long"]
    await later(world, 3)
    assert len(await told(world)) == 2
    await later(world, 17)
    assert await told(world) == ["wait", "wait_long", "wait_long"]


async def test_many_processes_at_the_same_moment_tell_it_once(world: World, twin: House) -> None:
    await queued(world)
    for minutes in (1, 14, 20):
        world.clock.advance(minutes=minutes)
        await asyncio.gather(*(tell_waiting(one) for one in (world.house, twin) * 3))
        await world.accept()
    assert await told(world) == ["wait", "waiting_unknown", "wait_long", "wait_long"]


async def test_killed_before_the_commit_it_is_told_by_whoever_comes_next(
    world: World, twin: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await queued(world)
    world.clock.advance(minutes=1)

    class Killed(BaseException):
        """As a process that ends there."""

    async def dies(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("storage.events.add", dies)
        with pytest.raises(Killed):
            await tell_waiting(world.house)
    assert await told(world) == ["wait"]
    assert await tell_waiting(twin) == 1
    assert await tell_waiting(world.house) == 0
    assert await told(world) == ["wait", "waiting_unknown"]


async def test_nobody_is_told_anything_in_the_midst_of_the_questions_or_after_a_silence(
    world: World,
) -> None:
    await world.text("hej")
    await later(world, 5)
    assert await world.said() == ["greet"]
    world.clock.advance(minutes=6)
    await step_triage(world.house, silent=True)
    await later(world, 1, 15, 20)
    assert await world.said() == ["greet"]


@pytest.mark.parametrize("word", ["STOPP", "inte säkert längre"])
async def test_who_may_not_be_written_to_is_told_nothing_more(world: World, word: str) -> None:
    await queued(world)
    await later(world, 1)
    await world.text(word)
    before = await told(world)
    await later(world, 15, 20)
    assert await told(world) == [*before, "(wait_long)"]


async def test_taken_nothing_more_is_told_nor_after_a_release_or_a_close(world: World) -> None:
    await queued(world)
    talk = await world.taken()
    await later(world, 1, 14)
    assert await told(world) == ["wait"]
    await world.reply(talk, "Hej.")
    await release(world.house, world.counsellor, talk)
    await later(world, 1, 14)
    assert await told(world) == ["wait"]
    await world.taken()
    await close(world.house, world.counsellor, talk, Outcome.OTHER)
    await later(world, 20)
    assert (await world.said(talk))[len(ASKED) :] == ["wait"]


@pytest.mark.parametrize(
    ("answer", "kind", "marks"),
    [
        ("1", "chose_wait", set()), ("Jag väntar", "chose_wait", set()),
        ("2", "chose_call", {"wants_call"}), ("ring mig!", "chose_call", {"wants_call"}),
        ("3", "chose_later", {"writes_later"}), ("later", "chose_later", {"writes_later"}),
        ("1 Jag väntar", "chose_wait", set()), ("2. Call me", "chose_call", {"wants_call"}),
        ("3 I'll write later", "chose_later", {"writes_later"}),
    ],
)  # fmt: skip
async def test_what_they_choose_acts_and_staff_see_it(
    world: World, answer: str, kind: str, marks: set[str]
) -> None:
    await queued(world)
    await later(world, 1, 14)
    await world.text(answer)
    assert await happened(world) == [kind]
    (row,) = (await world.queue()).waiting
    assert row.marks == marks
    words = {"wants_call": "wait_choice_noted", "writes_later": "wait_later_noted"}
    noted = [words[mark] for mark in marks]
    assert await told(world) == ["wait", "waiting_unknown", "wait_long", *noted]
    await later(world, 20)
    again = [] if marks else ["wait_chosen"]
    assert (await told(world))[3:] == [*noted, *again]


async def test_a_choice_twice_is_one_and_another_one_counts_instead(world: World) -> None:
    await queued(world)
    await later(world, 1, 14)
    for answer in ("2", "2", "3", "hallå?"):
        await world.text(answer)
    assert await happened(world) == ["chose_call", "chose_later"]
    (row,) = (await world.queue()).waiting
    assert row.marks == set()


async def test_a_digit_that_nobody_asked_for_is_a_text_like_any_other(world: World) -> None:
    await queued(world)
    await world.text("2")
    await later(world, 1)
    await world.text("2")
    await later(world, 14)
    await world.taken()
    await world.text("2")
    assert await happened(world) == []


async def test_only_what_was_so_lately_is_told_as_a_figure(world: World) -> None:
    for n in range(5):
        phone = f"+467017406{20 + n}"
        await queued(world, phone)
        world.clock.advance(minutes=18)
        talk = await world.taken()
        await world.reply(talk, "Hej.")
        await close(world.house, world.counsellor, talk, Outcome.OTHER)
    world.clock.advance(minutes=1)
    await queued(world)
    assert "ca 20 min" in await body(world)
    await later(world, 1)
    assert await told(world) == ["wait", "waiting"]
    assert "inom 20 min, men vi kan inte lova det" in await body(world)


async def test_where_it_takes_hours_no_figure_is_told_at_all(world: World) -> None:
    for n in range(5):
        phone = f"+467017406{20 + n}"
        await queued(world, phone)
        world.clock.advance(minutes=150)
        talk = await world.taken()
        await world.reply(talk, "Hej.")
        await close(world.house, world.counsellor, talk, Outcome.OTHER)
    world.clock.advance(minutes=1)
    await queued(world)
    assert await told(world) == ["waiting_unknown"]


async def test_those_who_still_wait_beyond_their_target_are_counted(world: World) -> None:
    await queued(world)
    async with world.house.db.read() as tx:
        wait = (await waits.of_conversations(tx, [await world.only()])).popitem()[1]
        world.clock.advance(minutes=10)
        known = await waits.lately(tx, wait.line_id, world.clock.now())
        assert known[Tier.P3] == []
        world.clock.advance(minutes=10)
        known = await waits.lately(tx, wait.line_id, world.clock.now())
        assert len(known[Tier.P3]) == 1


async def test_whose_counsellors_shift_has_ended_is_told_so_once(world: World) -> None:
    await goes_by_a_rota(world, (-1, 0.2), (10, 18))
    await queued(world)
    await later(world, 1, 14, 20)
    assert await told(world) == ["wait", "waiting_unknown", "closed"]


async def test_with_nobody_reached_the_truth_comes_at_the_ladders_end_and_once(
    world: World,
) -> None:
    tower = Tower(world)
    await world.text(WORDS)
    for _ in range(4):
        await tower.tick(minutes=1)
        await later(world, 0)
    assert await world.said() == ["p1", "waiting_p1", "wait_long_p1"]
    for _ in range(8):
        await tower.tick(minutes=1)
        await later(world, 0)
    assert await world.said() == ["p1", "waiting_p1", "wait_long_p1", "p1_alone"]


async def test_a_p3_that_reaches_nobody_is_told_so_with_112(world: World) -> None:
    tower = Tower(world)
    await queued(world)
    for _ in range(8):
        await tower.tick(minutes=10)
        await later(world, 0)
    assert (await told(world))[-1] == "unreached"
    assert "112" in await body(world)
    assert (await told(world)).count("unreached") == 1


async def test_with_somebody_who_can_be_paged_it_is_not_said(world: World) -> None:
    tower = Tower(world)
    await tower.paged("Alva", "+46701740650")
    await world.text(WORDS)
    for _ in range(8):
        await tower.tick(minutes=1)
        await later(world, 0)
    assert "p1_alone" not in await world.said()


async def test_choosing_to_and_fro_is_not_answered_for_ever(world: World) -> None:
    await queued(world)
    await later(world, 1, 14)
    before = len(await world.said())
    for answer in ("2", "3") * 5:
        await world.text(answer)
    assert (await world.said())[before:] == ["wait_choice_noted", "wait_later_noted"]
    assert (await happened(world))[-1] == "chose_later"


async def test_a_button_of_another_question_chooses_nothing(world: World) -> None:
    await queued(world)
    await later(world, 1, 14)
    await world.text("2", answers_to="close")
    assert await happened(world) == []
    await world.text("2", answers_to="wait_long")
    assert await happened(world) == ["chose_call"]


async def test_the_stranger_who_was_never_asked_is_not_looked_up(world: World) -> None:
    """A first text that looks like a choice is a first text."""
    await world.text("2", f"+4670174{uuid4().int % 40 + 650:04}")
    assert await world.said() == ["greet"]
