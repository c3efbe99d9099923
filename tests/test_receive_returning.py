"""Somebody writes again: after a closing question, after a closed conversation, after 90 days."""

import pytest
from sqlalchemy import func, select

from domain.conversation import Outcome, State
from domain.gate import Gate
from domain.message import Media, OptOut
from domain.priority import Tier
from handlers.close import close
from handlers.see_conversation import see_conversation
from handlers.seen import Happened, Said
from storage import tables
from tests.states import closed, stored
from tests.world import World

THANKS = (
    "Tack för att du skrev i dag. Du får komma tillbaka när som helst. "
    "Får vi höra av oss i morgon? 1 Ja 2 Nej, jag skriver"
)


async def asked_at_the_end(world: World) -> None:
    for body in ("hej", "1"):
        await world.text(body)
    conversation = await world.taken()
    await world.reply(conversation, THANKS)
    await world.accept()
    await close(world.house, world.counsellor, conversation, Outcome.HELP_BEGUN)


async def happened(world: World) -> list[str]:
    found = (await stored(world)).id
    thread = (await see_conversation(world.house, world.counsellor, found, opening=False)).thread
    return [item.kind for item in thread if isinstance(item, Happened)]


async def test_a_returning_contact_is_asked_the_gate_and_nothing_else(world: World) -> None:
    for body in ("hej", "1", "3", "3", "2"):
        await world.text(body)
    await close(world.house, world.counsellor, await world.taken(), Outcome.OTHER)
    before = len(await world.said((await stored(world)).id))
    await world.text("hej igen")
    (row,) = (await world.queue()).waiting
    assert (row.returning, row.earlier_counsellor, row.tier) == (True, "Alva", Tier.P3)
    assert row.reasons == ("returning",)
    assert row.gate is Gate.UNKNOWN
    await world.text("1")
    assert (await world.said())[before:] == ["reopened", "wait"]
    answers = [(a.question, a.value) for a in (await world.see()).answers]
    assert ("need", "safe") in answers


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("1", "follow_up_agreed"),
        ("Ja!", "follow_up_agreed"),
        ("ja tack", "follow_up_agreed"),
        ("١", "follow_up_agreed"),
        ("Nej.", "follow_up_declined"),
        ("nej, jag skriver", "follow_up_declined"),
    ],
)
async def test_an_answer_to_the_closing_question_is_recorded_and_opens_nothing(
    world: World, answer: str, kind: str
) -> None:
    await asked_at_the_end(world)
    world.clock.advance(hours=23)
    before = await world.said((await stored(world)).id)
    await world.text(answer)
    assert (await stored(world)).state is State.CLOSED
    assert (await happened(world))[-1] == kind
    assert await world.said((await stored(world)).id) == before
    thread = (await world.see((await stored(world)).id)).thread
    assert [s.body for s in thread if isinstance(s, Said)][-1] == answer


@pytest.mark.parametrize("body", ["ja men jag är rädd", "9", "ok", ""])
async def test_other_words_open_the_conversation_again(world: World, body: str) -> None:
    await asked_at_the_end(world)
    await world.text(body)
    assert (await world.queue()).waiting[0].returning


async def test_a_picture_is_no_answer_to_the_closing_question(world: World) -> None:
    await asked_at_the_end(world)
    await world.text("1", media=(Media("image/png"),))
    assert len((await world.queue()).waiting) == 1


async def test_after_a_day_the_same_answer_opens_the_conversation(world: World) -> None:
    await asked_at_the_end(world)
    world.clock.advance(hours=25)
    await world.text("1")
    assert len((await world.queue()).waiting) == 1


async def test_an_answer_sent_within_the_day_but_found_later_opens_nothing(world: World) -> None:
    await asked_at_the_end(world)
    sent = world.clock.advance(hours=20)
    world.clock.advance(hours=20)
    await world.text("1", at=sent, caught_up=True)
    assert (await stored(world)).state is State.CLOSED


async def test_a_text_from_before_the_closing_question_is_no_answer_to_it(world: World) -> None:
    sent = world.clock.now()
    world.clock.advance(minutes=20)
    await asked_at_the_end(world)
    await world.text("1", at=sent, caught_up=True)
    assert len((await world.queue()).waiting) == 1


async def test_without_a_closing_question_a_digit_opens_the_conversation(world: World) -> None:
    await closed(world)
    await world.text("1")
    assert len((await world.queue()).waiting) == 1


async def test_an_answer_to_the_closing_question_is_word_from_the_contact(world: World) -> None:
    await asked_at_the_end(world)
    sent = world.clock.advance(hours=20)
    await world.text("1")
    async with world.house.db.read() as tx:
        query = select(tables.contacts.c.last_inbound_at)
        assert (await tx.conn.execute(query)).scalar_one() == sent


async def test_within_ninety_days_the_number_is_the_same_contact(world: World) -> None:
    await closed(world)
    world.clock.advance(days=89)
    await world.text("hej")
    assert (await world.queue()).waiting[0].returning


async def test_after_ninety_days_the_number_is_a_new_contact_without_a_history(
    world: World,
) -> None:
    for body in ("hej", "1", "2", "STOPP"):
        await world.text(body)
    await close(world.house, world.counsellor, await world.taken(), Outcome.OTHER)
    world.clock.advance(days=90, minutes=1)
    await world.text("hej")
    (row,) = (await world.queue()).waiting
    seen = await world.see(row.id)
    assert (row.returning, row.earlier_counsellor) == (False, None)
    assert (row.gate, row.opt_out) == (Gate.UNKNOWN, OptOut.NONE)
    assert seen.answers == ()
    assert await world.said(row.id) == ["greet"]
    async with world.house.db.read() as tx:
        query = select(func.count()).select_from(tables.contacts)
        assert (await tx.conn.execute(query)).scalar_one() == 2


async def test_after_ninety_days_an_open_conversation_of_the_old_contact_stays_in_the_queue(
    world: World,
) -> None:
    await world.text("hej")
    world.clock.advance(days=91)
    await world.text("hej")
    await world.text("hallå")
    assert len((await world.queue()).waiting) == 2


async def test_reopening_begins_the_tier_anew(world: World) -> None:
    for body in ("hej", "1", "1"):
        await world.text(body)
    await close(world.house, world.counsellor, await world.taken(), Outcome.OTHER)
    await world.text("hej")
    assert (await world.queue()).waiting[0].tier is Tier.P3
