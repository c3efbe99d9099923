"""Which question a text belongs to, and what the machine does next, on a real database."""

import pytest

from domain.delivery import Delivery
from domain.gate import Gate
from domain.message import Media
from domain.priority import Tier
from handlers.note_status import Status, note_statuses
from handlers.receive import receive
from handlers.settle import find_lost
from handlers.step_triage import step_triage as take_steps
from tests.post import Post
from tests.world import World

QUESTIONS = ["greet", "privacy", "danger", "self_harm", "need", "age", "how"]


async def test_several_texts_in_a_row_are_one_answer(world: World) -> None:
    await world.text("hej")
    await world.write("ja", "det är säkert")
    assert await world.said() == ["greet", "privacy", "danger"]


async def test_not_safe_wins_among_texts_that_are_merged(world: World) -> None:
    await world.text("hej")
    await world.write("ja", "nej inte säkert")
    assert await world.said() == ["greet", "not_safe"]
    assert (await world.see()).row.gate is Gate.CLOSED


async def test_the_more_urgent_of_merged_answers_wins(world: World) -> None:
    for body in ("hej", "1"):
        await world.text(body)
    await world.write("1", "3")
    assert (await world.see()).row.tier is Tier.P1


async def test_danger_wins_among_texts_that_are_merged(world: World) -> None:
    for body in ("hej", "1"):
        await world.text(body)
    await world.write("3", "dom ska döda mig")
    seen = await world.see()
    assert seen.row.tier is Tier.P1
    assert (await world.said())[-1] == "p1"


async def test_not_safe_and_danger_in_one_breath_are_both_heard(world: World) -> None:
    await world.text("hej")
    await world.write("2", "dom ska döda mig")
    seen = await world.see()
    assert (seen.row.tier, seen.row.gate) == (Tier.P1, Gate.CLOSED)
    assert await world.said() == ["greet", "not_safe"]


async def test_a_text_before_the_next_question_was_accepted_belongs_to_the_one_before(
    world: World, post: Post
) -> None:
    await world.text("hej")
    await world.write("1")
    await world.write("2")
    assert (await world.see()).row.gate is Gate.CLOSED
    assert await world.said() == ["greet", "(privacy)", "(danger)", "not_safe"]
    assert await post.carry() == ["not_safe"]


async def test_the_same_answer_twice_before_the_next_question_is_one_answer(
    world: World, post: Post
) -> None:
    await world.text("hej")
    await world.write("1")
    await world.write("1")
    seen = await world.see()
    assert seen.row.tier is Tier.P3
    assert await post.carry() == ["privacy", "danger"]


async def test_a_text_after_the_next_question_was_accepted_answers_it(
    world: World, post: Post
) -> None:
    await world.text("hej")
    await world.write("1")
    await post.carry()
    await world.write("1")
    assert (await world.see()).row.tier is Tier.P1


async def lost_question(world: World, post: Post) -> None:
    """The danger question may or may not have reached the contact."""
    for text_id in (["greet"], ["privacy"]):
        await world.write("hej" if text_id == ["greet"] else "1")
        leased = await post.begin()
        await post.accept(leased)
        assert post.phone[-1:] == text_id
    assert len(await post.begin()) == 1
    world.clock.advance(seconds=21)
    await find_lost(world.house)


async def test_while_unknown_whether_a_question_arrived_the_more_urgent_reading_counts(
    world: World, post: Post
) -> None:
    await lost_question(world, post)
    await world.write("1")
    assert (await world.see()).row.tier is Tier.P1


async def test_while_unknown_whether_a_question_arrived_not_safe_wins(
    world: World, post: Post
) -> None:
    await lost_question(world, post)
    await world.write("2")
    assert (await world.see()).row.gate is Gate.CLOSED


async def test_a_question_on_its_way_is_waited_for_before_the_text_is_read(
    world: World, post: Post
) -> None:
    await world.text("hej")
    await world.write("1")
    await post.accept(await post.begin())
    leased = await post.begin()
    world.clock.advance(seconds=1)
    await world.write("1")
    assert (await world.see()).row.tier is Tier.P3
    await post.accept(leased)
    await world.write()
    assert (await world.see()).row.tier is Tier.P3
    assert await world.said() == ["greet", "privacy", "danger"]


async def test_a_question_on_its_way_is_waited_for_eight_seconds_at_most(
    world: World, post: Post
) -> None:
    await world.text("hej")
    await world.write("1")
    await post.accept(await post.begin())
    await post.begin()
    world.clock.advance(seconds=1)
    await world.write("1", after=8)
    assert (await world.see()).row.tier is Tier.P1


async def test_a_delivery_told_late_does_not_turn_an_answer_into_an_older_one(
    world: World, post: Post
) -> None:
    await world.text("hej")
    await world.write("1")
    await post.accept(await post.begin())
    (danger,) = await post.begin()
    await post.accept([danger])
    world.clock.advance(seconds=5)
    await receive(world.house, [world.message("1")])
    world.clock.advance(seconds=1)
    told = Status(danger.letter.code, Delivery.DELIVERED, None, None)
    await note_statuses(world.house, [told])
    await world.write()
    assert (await world.see()).row.tier is Tier.P1


@pytest.mark.parametrize(
    "answers",
    [
        ("1", "3", "3", "1", "3", "1"),
        ("1", "2", "3", "1", "3", "kvällar"),
        ("hm", "1", "3", "3", "1", "3"),
        ("1", "hm", "3", "3", "1", "3"),
        ("1", "3", "3", "4", "3"),
        ("1", "3", "3", "4", "hm", "0"),
        ("hm", "hm"),
        ("1", "3", "hm", "hm"),
        ("1", "0", "0", "0", "0", "0"),
        ("MER", "1", "MER", "3", "MER", "3", "MER", "1", "3", "1"),
    ],
)
async def test_triage_sends_eight_messages_at_most_and_ends_with_a_human(
    world: World, answers: tuple[str, ...]
) -> None:
    for body in ("hej", *answers):
        await world.text(body)
    said = await world.said()
    assert len([text_id for text_id in said if text_id != "privacy_more"]) <= 8
    assert said.count("reprompt") <= 1
    assert said[-1] == "wait"
    assert not (await world.see()).triage_runs


async def test_the_next_misunderstanding_hands_over(world: World) -> None:
    for body in ("hej", "va", "va?"):
        await world.text(body)
    assert await world.said() == ["greet", "reprompt", "wait"]
    assert (await world.see()).row.reasons == ("not_understood",)


async def test_nine_reaches_a_person_from_any_question(world: World) -> None:
    answers = ["hej", "1", "3", "3", "1", "3"]
    for length in range(len(answers) + 1):
        phone = f"+467017406{20 + length}"
        for body in (*answers[:length], "9"):
            await world.text(body, phone)
    queue = await world.queue()
    assert len(queue.waiting) == len(answers) + 1
    for row in queue.waiting:
        assert (await world.said(row.id))[-1] == "wait"
        assert "human" in row.reasons


async def test_skipping_the_first_question_is_left_to_a_human(world: World) -> None:
    for body in ("hej", "hoppa"):
        await world.text(body)
    seen = await world.see()
    assert (seen.row.gate, seen.row.reasons) == (Gate.UNKNOWN, ("gate_unclear",))
    assert await world.said() == ["greet", "wait"]


async def test_danger_today_is_p2_and_the_questions_go_on(world: World) -> None:
    for body in ("hej", "1", "2"):
        await world.text(body)
    seen = await world.see()
    assert (seen.row.tier, seen.row.reasons) == (Tier.P2, ("danger_today",))
    assert (await world.said())[-1] == "self_harm"


async def test_under_eighteen_is_p2_and_marked(world: World) -> None:
    for body in ("hej", "1", "3", "3", "1", "jag är 16"):
        await world.text(body)
    seen = await world.see()
    assert seen.row.tier is Tier.P2
    assert "under_18" in seen.row.marks


async def test_the_relatives_path_alone_lowers_the_provisional_tier(world: World) -> None:
    for body in ("hej", "1", "3", "3", "4", "3"):
        await world.text(body)
    seen = await world.see()
    assert (seen.row.tier, seen.row.reasons) == (Tier.P4, ("relative",))
    assert await world.said() == [*QUESTIONS[:5], "relative", "wait"]


async def test_the_relatives_path_does_not_lower_what_has_risen(world: World) -> None:
    for body in ("hej", "1", "2", "3", "4", "3"):
        await world.text(body)
    assert (await world.see()).row.tier is Tier.P2


async def test_the_waiting_text_names_the_tiers_own_time(world: World) -> None:
    for body in ("hej", "9"):
        await world.text(body)
    thread = (await world.see()).thread
    assert any("15 min" in (getattr(item, "body", None) or "") for item in thread)


async def test_a_picture_without_words_is_told_that_only_text_is_read(world: World) -> None:
    await world.text("hej")
    await world.text("", media=(Media("image/png"),))
    await world.text("1")
    assert await world.said() == ["greet", "only_text", "privacy", "danger"]


async def test_an_empty_text_is_not_understood(world: World) -> None:
    await world.text("hej")
    await world.text("")
    assert await world.said() == ["greet", "reprompt"]


async def test_a_step_without_anything_to_say_is_done_once(world: World) -> None:
    await world.text("hej")
    for body in ("svenska", "START", "", "HJÄLP"):
        await receive(world.house, [world.message(body)])
        world.clock.advance(seconds=2)
        assert await take_steps(world.house) == 1
        assert await take_steps(world.house) == 0
