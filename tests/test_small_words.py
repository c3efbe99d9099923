"""Short answers to the line's own words: they answer what was said last, and nothing else."""

import pytest

from domain.conversation import State
from domain.gate import Gate
from domain.priority import Tier
from handlers.small_words import FOLLOW_UP_ANSWERS, answer
from storage import members
from tests.states import stored
from tests.world import World


@pytest.mark.parametrize(
    ("text", "agreed"),
    [
        ("1 Ja", True), ("1. ja tack", True), ("2 Nej, jag skriver", False), ("2) Later", False),
        ("1 nej", None), ("2 ja", None), ("1 2", None), ("1 1", True), ("1 buss", None), ("", None),
        ("ja 1", None), ("3 Ja", None), ("12", None),
    ],
)  # fmt: skip
def test_the_digit_with_its_own_words_is_the_answer(text: str, agreed: bool | None) -> None:
    assert answer(FOLLOW_UP_ANSWERS, text) is agreed


async def in_danger(world: World) -> None:
    for body in ("hej", "1", "1"):
        await world.text(body)
    assert (await world.said())[-1] == "p1"


@pytest.mark.parametrize("yes", ["ja", "JA!", "yes", "ok"])
async def test_a_yes_to_the_question_of_deletion_opens_no_gate(world: World, yes: str) -> None:
    await world.text("hej")
    await world.text("RADERA")
    await world.text(yes)
    seen = await world.see()
    assert (seen.row.gate, seen.row.marks) == (Gate.UNKNOWN, frozenset())
    assert await world.said() == ["greet", "delete_ask", "delete_ask"]
    await world.text("RADERA JA")
    assert (await stored(world)).marks == ("delete_requested",)


async def test_the_next_yes_answers_the_question_that_still_stands(world: World) -> None:
    for body in ("hej", "RADERA", "ja", "ja"):
        await world.text(body)
    assert (await world.see()).row.gate is Gate.OPEN


async def test_a_no_after_the_question_of_deletion_is_heard_as_not_safe(world: World) -> None:
    for body in ("hej", "RADERA", "nej"):
        await world.text(body)
    assert (await world.see()).row.gate is Gate.CLOSED


@pytest.mark.parametrize("words", ["9", "nio", "jag kan inte ringa", "I can't call"])
async def test_whoever_cannot_call_is_answered_once_and_staff_see_it(
    world: World, words: str
) -> None:
    await in_danger(world)
    await world.text(words)
    await world.text(words)
    seen = await world.see()
    assert (await world.said()).count("p1_cannot_call") == 1
    assert (seen.row.tier, seen.row.reasons) == (Tier.P1, ("danger_now", "cannot_call"))


async def test_with_nobody_on_call_it_is_seen_and_no_person_is_promised(world: World) -> None:
    await in_danger(world)
    async with world.house.db.write() as tx:
        await members.revoke(tx, world.counsellor.id, world.clock.now())
    await world.text("9")
    assert "p1_cannot_call" not in await world.said()
    assert "cannot_call" in (await world.see()).row.reasons


async def test_once_somebody_has_taken_it_the_machine_says_nothing(world: World) -> None:
    await in_danger(world)
    await world.taken()
    await world.text("9")
    assert (await stored(world)).state is State.OWNED
    assert "p1_cannot_call" not in await world.said()


async def test_their_own_words_for_what_they_need_are_an_answer(world: World) -> None:
    for body in ("hej", "1", "3", "3"):
        await world.text(body)
    await world.text("allt är bara så mycket hemma")
    seen = await world.see()
    assert (await world.said())[-1] == "age"
    assert seen.answers[-1].value == "words"


@pytest.mark.parametrize("words", ["jag vill hoppa av", "i want out", "komma bort härifrån"])
async def test_the_way_out_is_understood_as_a_wish_for_safety(world: World, words: str) -> None:
    for body in ("hej", "1", "3", "3", words):
        await world.text(body)
    assert (await world.see()).row.reasons[0] == "wants_safety"


@pytest.mark.parametrize("words", ["inte säkert längre", "Skriv inte!", "dom ser", "don't text me"])
@pytest.mark.parametrize("answers", [("hej",), ("hej", "1"), ("hej", "1", "3"), ("hej", "9")])
async def test_no_longer_safe_is_heard_at_every_question(
    world: World, answers: tuple[str, ...], words: str
) -> None:
    for body in answers:
        await world.text(body)
    before = await world.said()
    await world.text(words)
    seen = await world.see()
    assert (seen.row.gate, seen.row.tier) == (Gate.CLOSED, Tier.P2)
    assert await world.said() == [*before, "not_safe"]
    assert not seen.triage_runs


async def test_no_longer_safe_is_heard_in_silence_where_a_counsellor_writes(world: World) -> None:
    await world.text("hej")
    await world.text("1")
    conversation = await world.taken()
    before = await world.said(conversation)
    await world.text("skriv inte")
    assert (await world.see(conversation)).refusal == "gate_closed"
    assert await world.said(conversation) == before


async def test_whoever_says_it_again_is_not_answered_again(world: World) -> None:
    for body in ("hej", "1", "dom ser", "skriv inte"):
        await world.text(body)
    assert (await world.said()).count("not_safe") == 1
    assert (await world.see()).row.gate is Gate.CLOSED


async def test_not_certain_is_no_word_about_safety(world: World) -> None:
    for body in ("hej", "1", "inte säkert"):
        await world.text(body)
    assert (await world.see()).row.gate is Gate.OPEN
