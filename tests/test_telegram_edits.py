"""What was written is changed: both stay, danger in it is danger, and the owner sees it."""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from uuid import uuid4

import pytest

from domain.conversation import Outcome
from domain.gate import Gate
from domain.message import Channel, InboundMessage, Media, OptOut
from domain.priority import Tier
from handlers.close import close
from handlers.errors import DatabaseAway, JustWritten
from handlers.house import House
from handlers.note_reach import Reach, note_reach
from handlers.receive import receive
from handlers.reply import reply
from handlers.revise import Edit, revise
from handlers.see_conversation import see_conversation
from handlers.seen import Said
from tests.telegram_line import Phone
from tests.world import World

CHAT = "7000000001"
DANGER = "de skjuter här"
numbers = count(1)
edits = count(1)


def message(world: World, body: str, number: int) -> InboundMessage:
    return InboundMessage(Channel.TELEGRAM, str(number), CHAT, "", body, world.clock.now())


async def write(world: World, body: str) -> int:
    number = next(numbers)
    await receive(world.house, [message(world, body, number)])
    world.clock.advance(seconds=2)
    await world.step()
    return number


async def edit(world: World, number: int, body: str, told: int | None = None) -> None:
    name = str(next(edits) if told is None else told)
    await revise(world.house, Edit(message(world, body, number), name))
    world.clock.advance(seconds=1)
    await world.step()


async def versions(world: World) -> list[list[str | None]]:
    """Each text of the contact's, with what it said later."""
    said = [s for s in (await world.see()).thread if isinstance(s, Said) and s.author == "contact"]
    return [[s.body, *(one.body for one in s.rewritten)] for s in said]


async def test_an_edit_stands_beside_the_original_in_its_order(world: World) -> None:
    number = await write(world, "hej")
    await edit(world, number, "hej hej")
    await edit(world, number, "hej du")
    assert await versions(world) == [["hej", "hej hej", "hej du"]]


async def test_the_same_edit_twice_and_one_that_changes_no_word_are_none(world: World) -> None:
    number = await write(world, "hej")
    await edit(world, number, "hej")
    await edit(world, number, "hej du", told=901)
    await edit(world, number, "hej du", told=901)
    await edit(world, number, "hej du")
    assert await versions(world) == [["hej", "hej du"]]


async def test_an_edit_back_to_what_it_said_first_is_shown_too(world: World) -> None:
    number = await write(world, "hej")
    for body in ("hej du", "hej"):
        await edit(world, number, body)
    assert await versions(world) == [["hej", "hej du", "hej"]]


async def test_an_edit_of_what_is_not_known_is_a_message_of_its_own_once(world: World) -> None:
    for _ in range(2):
        await edit(world, 77, DANGER, told=55)
    await receive(world.house, [message(world, "hej", 77)])
    assert await versions(world) == [[DANGER], ["hej"]]
    assert (await world.see()).row.tier is Tier.P1


async def test_danger_while_the_machine_asks_is_answered_at_once(world: World) -> None:
    number = await write(world, "hej")
    await edit(world, number, DANGER)
    (row,) = (await world.queue()).waiting
    assert row.tier is Tier.P1
    assert await world.said() == ["greet", "p1"]


async def test_danger_while_they_wait_is_told_112(world: World) -> None:
    number = await write(world, "hej")
    await write(world, "9")
    await edit(world, number, DANGER)
    assert await world.said() == ["greet", "wait", "p1"]


async def test_danger_in_a_colleagues_hands_rises_unread_and_no_machine_speaks(
    world: World,
) -> None:
    number = await write(world, "hej")
    talk = await world.taken()
    await world.reply(talk, "Hej, Alva här", asked=True)
    assert (await world.see(talk)).row.unread == 0
    await edit(world, number, DANGER)
    row = (await world.see(talk)).row
    assert (row.tier, row.unread, row.answered) == (Tier.P1, 1, False)
    assert await world.said(talk) == ["greet"]


async def test_an_edit_in_a_closed_conversation_opens_it_without_a_question(world: World) -> None:
    number = await write(world, "hej")
    talk = await world.taken()
    await close(world.house, world.counsellor, talk, Outcome.HELP_BEGUN)
    await edit(world, number, "hej du")
    (row,) = (await world.queue()).waiting
    assert (row.returning, row.unread, row.gate) == (True, 1, Gate.UNKNOWN)
    assert await world.said() == ["greet"]


async def test_not_safe_and_stop_are_heard_in_an_edit(world: World) -> None:
    number = await write(world, "hej")
    await edit(world, number, "skriv inte")
    assert (await world.see()).row.gate is Gate.CLOSED
    await edit(world, number, "STOPP")
    assert (await world.see()).row.opt_out is OptOut.OWN
    assert await world.said() == ["greet", "not_safe", "stop"]


async def test_not_safe_is_answered_once_however_often_it_is_rewritten(world: World) -> None:
    await write(world, "hej")
    number = await write(world, "skriv inte")
    before = await world.said()
    await edit(world, number, "sluta skriva")
    await edit(world, number, "dom ser")
    assert (await world.see()).row.gate is Gate.CLOSED
    assert await world.said() == before == ["greet", "not_safe"]


async def test_a_late_edit_is_for_people(world: World) -> None:
    number = await write(world, "hej")
    before = await world.said()
    late = replace(message(world, DANGER, number), at=world.clock.now() - timedelta(minutes=20))
    await revise(world.house, Edit(late, "late"))
    assert (await world.see()).row.tier is Tier.P1
    await revise(world.house, Edit(replace(late, body="stopp"), "later"))
    assert (await world.see()).row.opt_out is OptOut.OWN
    assert await world.said() == before


async def test_a_caption_and_a_place_that_moves(world: World) -> None:
    number = next(numbers)
    place = replace(message(world, "", number), media=(Media("location"),))
    await receive(world.house, [place])
    await revise(world.house, Edit(place, "moves"))
    assert await versions(world) == [[""]]
    await revise(world.house, Edit(replace(place, body="här"), "says"))
    assert await versions(world) == [["", "här"]]


async def test_without_any_line_nothing_is_taken_and_it_is_brought_again(house: House) -> None:
    at = house.now()
    given = InboundMessage(Channel.TELEGRAM, "1", CHAT, "", "hej", at)
    with pytest.raises(DatabaseAway):
        await revise(house, Edit(given, "1"))
    with pytest.raises(DatabaseAway):
        await receive(house, [given])


async def test_a_block_that_is_told_late_does_not_count_against_what_came_after(
    world: World,
) -> None:
    await write(world, "hej")
    before = world.clock.now() - timedelta(minutes=5)
    await note_reach(world.house, Reach(Channel.TELEGRAM, CHAT, blocked=True, at=before))
    assert (await world.see()).row.opt_out is OptOut.NONE
    now = world.clock.advance(seconds=5)
    await note_reach(world.house, Reach(Channel.TELEGRAM, CHAT, blocked=True, at=now))
    await note_reach(world.house, Reach(Channel.TELEGRAM, CHAT, blocked=False, at=before))
    assert (await world.see()).row.opt_out is OptOut.BLOCKED


async def test_a_block_and_its_end_that_come_late_together_end_as_they_ended(
    world: World,
) -> None:
    await write(world, "hej")
    first, then = (world.clock.advance(seconds=10) for _ in range(2))
    world.clock.advance(seconds=40)
    await note_reach(world.house, Reach(Channel.TELEGRAM, CHAT, blocked=True, at=first))
    await note_reach(world.house, Reach(Channel.TELEGRAM, CHAT, blocked=False, at=then))
    assert (await world.see()).row.opt_out is OptOut.NONE
    await note_reach(world.house, Reach(Channel.TELEGRAM, CHAT, blocked=True, at=first))
    assert (await world.see()).row.opt_out is OptOut.NONE


async def test_what_waits_for_somebody_who_blocks_is_held_back_and_says_why(world: World) -> None:
    await receive(world.house, [message(world, "hej", next(numbers))])
    world.clock.advance(seconds=2)
    talk = await world.taken()
    await world.reply(talk, "Hej, Alva här", asked=True)
    now = world.clock.advance(seconds=5)
    await note_reach(world.house, Reach(Channel.TELEGRAM, CHAT, blocked=True, at=now))
    (said,) = [s for s in (await world.see(talk)).thread if isinstance(s, Said) and s.delivery]
    assert (said.delivery, said.refusal) == ("withheld", "blocked")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_edit_on_the_phone_reaches_the_thread(phone: Phone) -> None:
    number = await phone.say("hej")
    await phone.act("edit", message_id=number, text=DANGER)
    assert await versions(phone.world) == [["hej", DANGER]]
    assert (await phone.world.see()).row.tier is Tier.P1


async def test_not_safe_is_answered_once_however_often_it_is_edited(world: World) -> None:
    number = await write(world, "hej")
    for body in ("skriv inte", "dom ser", "skriv inte mer"):
        await edit(world, number, body)
    assert await world.said() == ["greet", "not_safe"]


async def test_stop_by_an_edit_that_comes_hours_late_is_obeyed_unsaid(world: World) -> None:
    number = await write(world, "hej")
    told = Edit(message(world, "stopp", number), "late")
    world.clock.advance(seconds=5 * 3600)
    await revise(world.house, told)
    assert (await world.see()).row.opt_out is OptOut.OWN
    assert await world.said() == ["greet"]


async def test_an_edit_that_the_page_did_not_show_is_not_closed_away(world: World) -> None:
    number = await write(world, "hej")
    talk = await world.taken()
    before = (await see_conversation(world.house, world.counsellor, talk)).newest
    await edit(world, number, "de tar mig i kväll")
    with pytest.raises(JustWritten):
        await close(world.house, world.counsellor, talk, Outcome.HELP_BEGUN, seen=before)
    shown = (await world.see(talk)).newest
    await close(world.house, world.counsellor, talk, Outcome.HELP_BEGUN, seen=shown)


async def test_an_edit_that_the_page_did_not_show_still_waits_after_a_reply(world: World) -> None:
    number = await write(world, "hej")
    talk = await world.taken()
    before = (await see_conversation(world.house, world.counsellor, talk)).newest
    await edit(world, number, "de tar mig i kväll")
    await reply(
        world.house, world.counsellor, talk, "hej", form_key=uuid4(), asked=True, seen=before
    )
    row = (await world.see(talk)).row
    assert (row.answered, row.unread) == (False, 1)
    await see_conversation(world.house, world.counsellor, talk)
    assert (await world.see(talk)).row.unread == 0
