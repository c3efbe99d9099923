"""A contact says in their own words that somebody else may read their telephone."""

import pytest
from sqlalchemy import select

from domain.message import Channel
from handlers.add_line import add_line
from handlers.betraying import betraying
from handlers.receive import receive
from handlers.seen import Happened, Said
from handlers.set_safe_contact import set_watched
from handlers.step_triage import step_triage
from handlers.take import take
from handlers.watched import says_so
from storage import tables
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


async def test_the_telephone_is_the_same_whichever_line_or_channel_it_writes_to(
    world: World,
) -> None:
    await add_line(world.house, "+46701740606", "Card 2025", ("sv", "en"), "exit")
    await receive(world.house, [world.message("hej", to="+46701740606")])
    await receive(world.house, [world.message("hej", channel=Channel.WHATSAPP)])
    await world.text("hej", phone="+46701740611")
    await world.text("de kollar min mobil")
    found = {(row.channel, row.line): row.marks for row in (await world.queue()).waiting}
    assert len(found) == 3
    async with world.house.db.read() as tx:
        query = select(tables.contacts.c.channel, tables.contacts.c.watched_at.is_not(None))
        rows = [tuple(row) for row in await tx.conn.execute(query)]
    assert sorted(rows) == [("sms", False), ("sms", True), ("sms", True), ("whatsapp", True)]


async def test_staff_note_it_of_the_telephone_too(world: World) -> None:
    await add_line(world.house, "+46701740606", "Card 2025", ("sv", "en"), "exit")
    await receive(world.house, [world.message("hej", to="+46701740606")])
    await world.text("hej")
    for row in (await world.queue()).waiting:
        if row.line == "Card 2026":
            await take(world.house, world.counsellor, row.id)
            await set_watched(world.house, world.counsellor, row.id, watched=True)
    (waiting,) = (await world.queue()).waiting
    assert "watched" in waiting.marks
    assert "watched_on" in [it.kind for it in (await world.see(waiting.id)).thread
                            if isinstance(it, Happened)]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [("RADERA", "delete_ask"), ("HJÄLP", "help"), ("STOPP", "stop"), ("SPRÅK", "language"),
     ("dom ska döda mig", "p1")],
)  # fmt: skip
async def test_commands_and_danger_are_answered_in_neutral_words(
    world: World, text: str, said: str
) -> None:
    await world.text("hej, de kollar min mobil")
    await receive(world.house, [world.message(text)])
    world.clock.advance(seconds=2)
    while await step_triage(world.house):
        pass
    bodies = [it.body or "" for it in (await world.see()).thread
              if isinstance(it, Said) and it.text_id == said]  # fmt: skip
    assert bodies
    assert all(betraying(body) == () for body in bodies)
    if said == "p1":
        assert "112" in bodies[-1]


async def test_a_courtesy_is_answered_by_nobody_and_a_greeting_neutrally(world: World) -> None:
    await world.text("hej, de kollar min mobil")
    await world.text("1")
    talk = await world.taken()
    before = await world.said(talk)
    await world.text("tack")
    await world.text("hej")
    assert await world.said(talk) == before


async def test_who_writes_to_another_card_later_is_known_there_from_the_first_answer(
    world: World,
) -> None:
    await add_line(world.house, "+46701740606", "Card 2025", ("sv", "en"), "exit")
    await world.text("hej, de kollar min mobil")
    await world.text("hej", to="+46701740606")
    await world.text("hej", phone="+46701740611", to="+46701740606")
    said = {}
    for row in (await world.queue()).waiting:
        thread = (await world.see(row.id)).thread
        said[row.line, "watched" in row.marks] = [
            betraying(it.body or "") for it in thread
            if isinstance(it, Said) and it.text_id == "greet"
        ]  # fmt: skip
    assert said["Card 2025", True] == [()]
    assert said["Card 2025", False] != [()]


async def test_who_writes_to_several_at_once_is_known_by_each_of_them(world: World) -> None:
    await add_line(world.house, "+46701740606", "Card 2025", ("sv", "en"), "exit")
    await world.text("hej, de kollar min mobil")
    await receive(world.house, [world.message("hej", to="+46701740606")])
    await receive(world.house, [world.message("hej", channel=Channel.WHATSAPP)])
    world.clock.advance(seconds=2)
    assert await step_triage(world.house) == 2
    rows = (await world.queue()).waiting
    assert len(rows) == 3
    for row in rows:
        assert "watched" in row.marks
        thread = (await world.see(row.id)).thread
        greeted = [it.body or "" for it in thread if isinstance(it, Said) and it.text_id == "greet"]
        assert [betraying(body) for body in greeted] == [()]
