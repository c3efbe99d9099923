"""Calls are not lost: who called stands in the queue, and nothing is sent because of it."""

import asyncio
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from domain.call import HIDDEN, Call
from domain.contact_rules import Refusal
from domain.conversation import Outcome
from domain.gate import Gate
from domain.message import Channel
from domain.priority import Tier
from handlers.called import called
from handlers.close import close
from handlers.errors import CannotStore
from handlers.house import House
from handlers.receive import receive
from handlers.release import release
from handlers.seen import Happened, Row
from handlers.send import lease
from handlers.take import take
from tests.world import LINE, PHONE, World

CARD_2 = "+46701740606"
_ids = count(1)


async def call(world: World, caller: str = PHONE, to: str = LINE, **more: Any) -> None:
    number = more.pop("sid", None) or f"CA{next(_ids):032x}"
    await called(more.pop("house", world.house), Call(number, caller, to, world.clock.now()))


async def waiting(world: World) -> Row:
    (row,) = (await world.queue()).waiting
    return row


async def happened(world: World) -> list[str]:
    return [i.kind for i in (await world.see()).thread if isinstance(i, Happened)]


async def closed(world: World, *bodies: str) -> None:
    for body in bodies:
        await world.text(body)
    talk = await world.taken()
    await close(world.house, world.counsellor, talk, Outcome.INFORMATION)


async def test_a_call_stands_in_the_queue_at_once_with_its_time_and_reason(world: World) -> None:
    await call(world)
    began = world.clock.now()
    world.clock.advance(minutes=4)
    row = await waiting(world)
    assert (row.tier, row.reasons, set(row.marks)) == (Tier.P3, ("called",), {"only_called"})
    assert (row.wait.since, row.channel, row.gate) == (began, Channel.SMS, Gate.UNKNOWN)
    assert (row.returning, row.unread, row.trouble) == (False, 0, 0)
    assert await happened(world) == ["called"]


async def test_nothing_is_sent_because_of_a_call_and_no_question_begins(world: World) -> None:
    await call(world)
    world.clock.advance(hours=1)
    await world.step()
    assert (await world.count("outbox"), await world.count("triages")) == (0, 0)
    talk = await world.see(await world.taken())
    assert talk.refusal is Refusal.GATE_UNKNOWN


@pytest.mark.parametrize(
    ("body", "language"), [("hej jag behöver hjälp", "sv"), ("hi i need help", "en")]
)
async def test_the_first_text_after_a_call_begins_the_questions_in_its_own_language(
    world: World, body: str, language: str
) -> None:
    await call(world)
    world.clock.advance(minutes=2)
    await world.text(body)
    row = await waiting(world)
    assert await world.said() == ["greet"]
    assert (row.language, len(row.marks), "called" in row.reasons) == (language, 0, True)
    await world.text("1")
    assert (await world.said())[:2] == ["greet", "privacy"]
    assert (await waiting(world)).gate is Gate.OPEN


async def test_a_call_while_the_questions_run_changes_nothing_about_them(world: World) -> None:
    await world.text("hej")
    await world.text("1")
    before = await world.said()
    await call(world)
    assert (await waiting(world)).gate is Gate.OPEN
    await world.text("3")
    assert await world.said() == [*before, "self_harm"]
    assert await world.count("triages") == 1


async def test_stop_after_a_call_is_obeyed_and_a_later_text_begins_the_questions(
    world: World,
) -> None:
    await call(world)
    await world.text("STOP")
    assert await world.said() == ["stop"]
    await world.text("hej")
    assert await world.said() == ["stop", "greet"]


async def test_whoever_took_it_after_the_call_is_not_talked_over_by_the_machine(
    world: World,
) -> None:
    await call(world)
    talk = await world.taken()
    await world.text("hej")
    await release(world.house, world.counsellor, talk)
    await world.text("hej igen")
    assert await world.said() == []


async def test_the_same_call_twice_changes_nothing_and_several_are_one_entry_an_hour(
    world: World,
) -> None:
    await call(world, sid="CA1")
    before = await world.count("events")
    for _ in range(3):
        world.clock.advance(minutes=10)
        await call(world, sid="CA1")
        await call(world)
    assert await world.count("events") == before
    world.clock.advance(minutes=31)
    await call(world)
    assert await happened(world) == ["called", "called"]
    assert await world.count("conversations") == 1


async def test_a_call_told_again_after_its_answer_opens_nothing(world: World) -> None:
    await call(world, sid="CA1")
    talk = await world.taken()
    await close(world.house, world.counsellor, talk, Outcome.OTHER)
    await call(world, sid="CA1")
    assert not (await world.queue()).waiting
    await call(world, sid="CA2")
    assert (await waiting(world)).returning


async def test_a_call_that_was_one_of_several_opens_nothing_when_it_is_told_again(
    world: World,
) -> None:
    await call(world)
    await call(world, sid="CA" + "e" * 32)
    talk = await world.taken()
    await close(world.house, world.counsellor, talk, Outcome.INFORMATION)
    world.clock.advance(hours=2)
    await call(world, sid="CA" + "e" * 32)
    assert (await world.queue()).waiting == ()


async def test_a_closed_conversation_opens_again_as_returning_and_the_gate_is_unknown(
    world: World,
) -> None:
    await closed(world, "hej", "1")
    await call(world)
    row = await waiting(world)
    assert (row.reasons, row.returning, row.gate) == (("called", "returning"), True, Gate.UNKNOWN)
    assert row.earlier_counsellor == "Alva"
    assert (await happened(world))[-3:] == ["reopened", "called", "gate_unsure"]
    said = await world.said()
    await world.text("hej")
    assert await world.said() == [*said, "reopened"]


async def test_a_call_says_nothing_about_a_gate_that_is_closed(world: World) -> None:
    await world.text("hej")
    await world.text("2")
    said = await world.said()
    await call(world)
    row = await waiting(world)
    assert (row.gate, "called" in row.reasons) == (Gate.CLOSED, True)
    talk = await world.taken()
    assert (await world.see(talk)).refusal is Refusal.GATE_CLOSED
    await close(world.house, world.counsellor, talk, Outcome.OTHER)
    await call(world)
    assert (await waiting(world)).gate is Gate.CLOSED
    assert await world.said() == said
    await world.text("hej")
    assert await world.said() == [*said, "reopened"]


async def test_a_call_in_an_owned_conversation_waits_for_its_counsellor_who_is_asked_first(
    world: World,
) -> None:
    await world.text("hej")
    await world.text("1")
    talk = await world.taken()
    await world.reply(talk, "hej")
    assert (await world.queue()).mine[0].answered
    await call(world)
    (row,) = (await world.queue()).mine
    assert (row.answered, row.owner, row.gate) == (False, "Alva", Gate.UNKNOWN)
    assert (await world.see(talk)).refusal is Refusal.GATE_UNKNOWN
    await world.reply(talk, "hej igen", asked=True)
    await call(world)
    assert not (await world.queue()).mine[0].answered


async def test_a_call_lifts_no_opt_out(world: World) -> None:
    await world.text("hej")
    await world.text("STOP")
    await call(world)
    assert (await waiting(world)).opt_out == "own"
    assert (await world.see(await world.taken())).refusal is Refusal.OPTED_OUT


async def test_neither_the_four_hours_nor_the_90_days_begin_anew_by_a_call(world: World) -> None:
    await world.text("hej")
    await world.text("1")
    talk = await world.taken()
    world.clock.advance(days=89)
    await call(world)
    assert (await world.see(talk)).refusal is Refusal.GATE_UNKNOWN
    world.clock.advance(days=2)
    assert (await world.see(talk)).refusal is Refusal.NUMBER_MAY_BE_REUSED
    await call(world)
    assert (await waiting(world)).returning is False
    await world.text("hej")
    assert await world.count("contacts") == 2
    assert await world.said((await waiting(world)).id) == ["greet"]


async def test_hidden_numbers_are_one_entry_that_nobody_can_answer(world: World) -> None:
    for _ in range(5):
        await call(world, HIDDEN)
    row = await waiting(world)
    assert (set(row.marks), row.reasons) == ({"not_answerable", "only_called"}, ("called",))
    assert await happened(world) == ["called_hidden"]
    talk = await world.taken()
    assert (await world.see(talk)).refusal is Refusal.NOT_ANSWERABLE
    await close(world.house, world.counsellor, talk, Outcome.OTHER)
    await call(world, HIDDEN)
    assert (await waiting(world)).returning is False


async def test_a_call_from_a_number_of_ours_is_dropped(world: World) -> None:
    await call(world, LINE)
    assert not (await world.queue()).waiting
    assert await world.count("contacts") == 0


async def test_a_call_to_a_number_of_no_line_is_the_first_lines_and_answers_come_from_it(
    world: World,
) -> None:
    await call(world, to=CARD_2)
    assert (await waiting(world)).line == "Card 2026"
    talk = await world.taken()
    await world.reply(talk, "hej", asked=True)
    (leased,) = await lease(world.house)
    assert (leased.letter.to, leased.letter.sender) == (PHONE, LINE)


async def test_without_a_line_nothing_is_stored(house: House) -> None:
    with pytest.raises(CannotStore):
        await called(house, Call("CA1", PHONE, LINE, house.now()))


async def test_calls_and_texts_of_a_new_number_at_once_are_one_contact(
    world: World, twin: House
) -> None:
    doing = [call(world, house=house) for house in (world.house, twin) for _ in range(4)]
    texts = [receive(house, [world.message("hej")]) for house in (world.house, twin)]
    await asyncio.gather(*doing, *texts)
    assert (await world.count("contacts"), await world.count("conversations")) == (1, 1)
    assert (await happened(world)).count("called") == 1
    assert await world.heard() == ["hej", "hej"]
    world.clock.advance(seconds=2)
    await world.step()
    assert await world.said() == ["greet"]


async def test_one_call_told_at_two_processes_at_once_is_one(world: World, twin: House) -> None:
    await asyncio.gather(
        *(call(world, sid="CA1", house=house) for house in (world.house, twin) for _ in range(4))
    )
    assert (await world.count("contacts"), await world.count("receipts")) == (1, 1)
    assert await happened(world) == ["called"]


async def test_a_take_and_a_call_at_once_lose_neither(world: World, twin: House) -> None:
    await world.text("hej")
    talk = await world.only()
    await asyncio.gather(
        take(world.house, world.counsellor, talk), *(call(world, house=twin) for _ in range(3))
    )
    (row,) = (await world.queue()).mine
    assert (row.owner, "called" in row.reasons) == ("Alva", True)


async def test_what_is_heard_is_the_lines_language_then_english_and_the_same_for_everybody(
    world: World,
) -> None:
    await closed(world, "hi please help me")
    at = world.clock.now()
    known = await called(world.house, Call("CA7", PHONE, LINE, at))
    unknown = await called(world.house, Call("CA8", "+46701740611", LINE, at + timedelta(1)))
    assert known == unknown
    assert [one.language for one in known] == ["sv", "en"]
    assert "ett ett två" in known[0].text
    assert "one one two" in known[1].text
