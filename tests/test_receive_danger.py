"""Signs of danger raise a conversation to P1 in every state and never lower it."""

import pytest

from domain.gate import Gate
from domain.priority import Tier
from handlers.receive import receive
from handlers.release import release
from handlers.step_triage import step_triage
from storage import members
from tests.post import Post
from tests.states import (
    State_,
    asked,
    blocked,
    closed,
    every_state,
    owned,
    stored,
    waiting,
)
from tests.world import World

WORDS = "dom ska döda mig"


@every_state
async def test_words_of_danger_are_p1_in_every_state(world: World, state: State_) -> None:
    await state(world)
    await world.text(WORDS)
    seen = await world.see()
    assert (seen.row.tier, seen.row.reasons[0]) == (Tier.P1, "danger_words")


@pytest.mark.parametrize("body", [WORDS, "they are going to kill me", "jag vill ta mitt liv"])
async def test_the_first_text_can_be_one_of_danger_in_either_language(
    world: World, body: str
) -> None:
    await world.text(body)
    assert (await world.see()).row.tier is Tier.P1
    assert await world.said() == ["p1"]


async def test_thoughts_of_suicide_have_their_own_reason(world: World) -> None:
    await world.text("jag vill ta mitt liv")
    assert (await world.see()).row.reasons == ("self_harm_words",)


async def test_danger_is_answered_at_once(world: World) -> None:
    post = Post(world)
    await receive(world.house, [world.message(WORDS)])
    assert await step_triage(world.house) == 1
    assert await post.carry() == ["p1"]


async def test_danger_ends_the_questions(world: World) -> None:
    for body in ("hej", "1", WORDS, "3", "3"):
        await world.text(body)
    assert await world.said() == ["greet", "privacy", "danger", "p1"]


async def test_a_question_that_still_waits_does_not_follow_the_warning(world: World) -> None:
    post = Post(world)
    await receive(world.house, [world.message("hej")])
    world.clock.advance(seconds=2)
    await step_triage(world.house)
    await receive(world.house, [world.message(WORDS)])
    await step_triage(world.house)
    assert await post.carry() == ["p1"]


@pytest.mark.parametrize("state", [asked, waiting, closed])
async def test_the_warning_is_said_once_however_often_danger_is_spoken_of(
    world: World, state: State_
) -> None:
    await state(world)
    for body in (WORDS, "de dödar mig nu", "jag vill ta mitt liv", WORDS):
        await world.text(body)
    assert (await world.said()).count("p1") == 1


async def test_with_nobody_on_call_the_warning_promises_nobody(world: World) -> None:
    async with world.house.db.write() as tx:
        await members.revoke(tx, world.counsellor.id, world.clock.now())
    await world.text(WORDS)
    await world.text("9", "+46701740611")
    await world.text(WORDS, "+46701740611")
    said = [await world.said(row.id) for row in (await world.queue()).waiting]
    assert sorted(said) == [["p1_alone"], ["wait_alone", "p1_alone"]]


async def test_in_an_owned_conversation_the_machine_raises_the_tier_and_says_nothing(
    world: World,
) -> None:
    await owned(world)
    await world.text(WORDS)
    assert (await world.see()).row.tier is Tier.P1
    assert await world.said() == ["greet"]


async def test_a_contact_whom_the_provider_blocks_is_p1_and_written_to_by_nobody(
    world: World,
) -> None:
    await blocked(world)
    await world.text(WORDS)
    assert (await world.see()).row.tier is Tier.P1
    assert await Post(world).carry() == []


async def test_danger_opens_a_closed_conversation(world: World) -> None:
    await closed(world)
    await world.text(WORDS)
    (row,) = (await world.queue()).waiting
    assert (row.tier, row.returning) == (Tier.P1, True)
    assert (await world.said())[-1] == "p1"


async def test_a_word_within_a_day_of_the_closing_question_does_not_hide_danger(
    world: World,
) -> None:
    await closed(world)
    await world.text("nej dom ska döda mig")
    assert (await world.queue()).waiting[0].tier is Tier.P1


@pytest.mark.parametrize("state", [asked, waiting, owned, closed])
async def test_danger_is_seen_when_it_is_split_over_two_texts(world: World, state: State_) -> None:
    await state(world)
    await world.text("jag vill ta")
    assert (await world.see()).row.tier is Tier.P3
    await world.text("mitt liv")
    assert (await world.see()).row.tier is Tier.P1


async def test_danger_is_seen_when_it_is_split_over_two_texts_of_one_batch(world: World) -> None:
    await waiting(world)
    await receive(world.house, [world.message("jag vill ta"), world.message("mitt liv")])
    assert (await world.see()).row.tier is Tier.P1


async def test_texts_that_lie_far_apart_are_not_read_as_one(world: World) -> None:
    await waiting(world)
    await world.text("jag vill ta")
    world.clock.advance(minutes=5)
    await world.text("mitt liv")
    assert (await world.see()).row.tier is Tier.P3


@pytest.mark.parametrize("state", [asked, waiting, owned])
async def test_calm_words_never_lower_what_has_risen(world: World, state: State_) -> None:
    await state(world)
    await world.text(WORDS)
    for body in ("nej det är lugnt", "3", "4", "jag är anhörig", "ingen fara"):
        await world.text(body)
    assert (await world.see()).row.tier is Tier.P1


async def test_an_answer_of_danger_is_p1_and_danger_words_after_it_say_nothing_more(
    world: World,
) -> None:
    for body in ("hej", "1", "1", WORDS):
        await world.text(body)
    seen = await world.see()
    assert seen.row.reasons == ("danger_now", "danger_words")
    assert (await world.said()).count("p1") == 1


async def test_danger_after_a_no_leaves_as_a_neutral_warning(world: World) -> None:
    for body in ("hej", "2", WORDS):
        await world.text(body)
    seen = await world.see()
    assert (seen.row.tier, seen.row.gate) == (Tier.P1, Gate.UNKNOWN)
    assert await world.said() == ["greet", "not_safe", "p1"]


async def test_danger_in_a_released_conversation_is_answered(world: World) -> None:
    await owned(world)
    await release(world.house, world.counsellor, (await stored(world)).id)
    await world.text(WORDS)
    assert (await world.said())[-1] == "p1"


async def test_a_less_urgent_answer_after_words_found_late_lowers_nothing(world: World) -> None:
    sent = world.clock.now()
    world.clock.advance(minutes=20)
    for body in ("hej", "1"):
        await world.text(body)
    await world.text(WORDS, at=sent, caught_up=True)
    await world.text("2")
    seen = await world.see()
    assert (seen.row.tier, seen.row.reasons) == (Tier.P1, ("danger_words", "danger_today"))
    assert (await world.said())[-1] == "self_harm"
