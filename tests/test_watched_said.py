"""A contact says in their own words that somebody else may read their telephone."""

import pytest

from handlers.set_safe_contact import set_watched
from handlers.watched import says_so
from tests.world import World

SAID = [
    "hej, de kollar min mobil", "någon läser mina sms", "min mobil kan vara övervakad",
    "dom går igenom min telefon varje kväll", "min bror tar min mobil", "vi delar mobil hemma",
    "det är inte min mobil", "nån kan läsa det här", "skriv försiktigt",
    "var försiktig med vad du skriver", "min tele kollas", "skriv inget om polisen",
    "my phone may be watched", "they check my phone", "someone can read this",
    "he goes through my messages", "be careful what you text", "dont write police",
    "I'm borrowing a phone", "this is not my phone",
]  # fmt: skip

NOT_SAID = [
    "hej", "ingen läser min mobil", "min mobil är inte hackad", "jag tappade min mobil",
    "jag läser alltid mina sms", "kan ni läsa det här?", "ring min mobil", "my phone is broken",
    "nobody reads my texts", "jag vill ha hjälp", "de letar efter mig", "text me later",
    "they are watching me", "can you call my phone",
]  # fmt: skip


@pytest.mark.parametrize("text", SAID)
def test_it_is_heard(text: str) -> None:
    assert says_so(text)


@pytest.mark.parametrize("text", NOT_SAID)
def test_nothing_else_is_taken_for_it(text: str) -> None:
    assert not says_so(text)


async def test_from_then_on_the_line_asks_nothing_that_tells_what_it_is(world: World) -> None:
    await world.text("hej, de kollar min mobil")
    assert await world.said() == ["greet"]
    await world.text("1")
    said = await world.said()
    assert said[0] == "greet"
    assert len(said) == 2
    assert said[1].startswith("wait")
    page = await world.see()
    assert page.safe is not None
    assert page.safe.watched_at is not None
    assert "watched" in page.row.marks
    assert "watched" in page.row.reasons
    assert (await world.run()).ended_at is not None


async def test_it_is_heard_in_the_middle_of_the_questions(world: World) -> None:
    await world.text("hej")
    await world.text("1")
    await world.text("3 men nån läser mina sms")
    assert (await world.said())[-1].startswith("wait")
    assert (await world.run()).ended_at is not None
    assert "self_harm" not in await world.said()


async def test_staff_take_it_back_and_it_is_heard_again(world: World) -> None:
    await world.text("hej, de kollar min mobil")
    talk = await world.taken()
    await set_watched(world.house, world.counsellor, talk, watched=False)
    page = await world.see(talk)
    assert page.safe is not None
    assert page.safe.watched_at is None
    await world.text("de kollar min mobil igen")
    again = await world.see(talk)
    assert again.safe is not None
    assert again.safe.watched_at is not None
