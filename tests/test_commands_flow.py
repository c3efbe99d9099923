"""Command words act in every state, only as the whole text, and say what contract.md lets them."""

import pytest
from sqlalchemy import update

from domain.conversation import State
from domain.gate import Gate
from domain.message import OptOut
from handlers.errors import MayNotLeave
from handlers.receive import receive
from handlers.step_triage import step_triage
from storage import tables
from tests.post import Post
from tests.states import (
    EXPECTED,
    State_,
    asked,
    blocked,
    closed,
    every_state,
    gate_closed,
    machine_said,
    new_words,
    opted_out,
    owned,
    returning,
    stored,
    waiting,
)
from tests.world import PHONE, World


@every_state
async def test_stop_acts_in_every_state_says_one_text_closes_and_opens_nothing(
    world: World, state: State_
) -> None:
    said = await new_words(world, state, "STOPP")
    after = await stored(world)
    assert after.state is EXPECTED.get(state, State.WAITING)
    assert said == ([] if state in (opted_out, blocked) else ["stop"])
    seen = await world.see((await stored(world)).id)
    assert seen.row.opt_out is (OptOut.PROVIDER if state is blocked else OptOut.OWN)


@every_state
async def test_a_stop_that_the_provider_answered_is_answered_by_nobody_else(
    world: World, state: State_
) -> None:
    assert await new_words(world, state, "STOP", provider_opt_out="STOP") == []
    assert (await world.see((await stored(world)).id)).row.opt_out is OptOut.PROVIDER


async def test_a_stop_as_the_first_word_ever_is_obeyed_and_the_next_text_is_greeted(
    world: World,
) -> None:
    await world.text("STOPP")
    assert await machine_said(world) == ["stop"]
    await world.text("hej")
    assert await world.said() == ["stop", "greet"]
    (row,) = (await world.queue()).waiting
    assert not row.returning


async def test_after_stop_nothing_that_waits_in_the_outbox_leaves_but_the_one_text(
    world: World,
) -> None:
    post = Post(world)
    await world.text("hej")
    await receive(world.house, [world.message("1")])
    world.clock.advance(seconds=2)
    await step_triage(world.house)
    await receive(world.house, [world.message("STOP"), world.message("STOP")])
    assert await post.carry() == ["stop"]
    for _ in range(3):
        world.clock.advance(minutes=20)
        await step_triage(world.house)
        await step_triage(world.house, silent=True)
        assert await post.carry() == []


async def test_a_stop_cancels_the_answer_that_was_due(world: World) -> None:
    await receive(world.house, [world.message("hej"), world.message("STOP")])
    world.clock.advance(seconds=10)
    await world.step()
    assert await machine_said(world) == ["stop"]


async def test_a_command_counts_only_as_the_whole_text(world: World) -> None:
    await waiting(world)
    before = await world.said()
    for body in ("jag vill sluta", "stoppa dom", "kan ni sluta", "hjälp mig", "radera allt"):
        await world.text(body)
        assert (await world.see()).row.opt_out is OptOut.NONE
    assert await world.said() == before


@pytest.mark.parametrize("body", ["hej", "9", "HJÄLP", "START", "English", "RADERA"])
async def test_any_later_text_lifts_our_own_opt_out(world: World, body: str) -> None:
    await opted_out(world)
    await world.text(body)
    assert (await world.see()).row.opt_out is OptOut.NONE


async def test_after_our_own_opt_out_is_lifted_the_question_is_asked_again(world: World) -> None:
    post = Post(world)
    await receive(world.house, [world.message("hej")])
    world.clock.advance(seconds=2)
    await step_triage(world.house)
    await receive(world.house, [world.message("STOPP")])
    assert await post.carry() == ["stop"]
    await receive(world.house, [world.message("förlåt, hej")])
    world.clock.advance(seconds=2)
    await step_triage(world.house)
    assert await post.carry() == ["greet"]


@pytest.mark.parametrize("body", ["hej", "9", "HJÄLP", "English", "RADERA", "RADERA JA", "STOPP"])
async def test_what_the_provider_imposed_is_lifted_by_nothing_but_start(
    world: World, body: str
) -> None:
    await blocked(world)
    await world.text(body)
    assert (await world.see()).row.opt_out is OptOut.PROVIDER
    assert await Post(world).carry() == []
    await world.text("START")
    assert (await world.see()).row.opt_out is OptOut.NONE


async def test_while_the_provider_blocks_staff_see_it_and_cannot_send(world: World) -> None:
    await blocked(world)
    conversation = await world.taken()
    assert (await world.see(conversation)).row.opt_out is OptOut.PROVIDER
    with pytest.raises(MayNotLeave):
        await world.reply(conversation, "Hej, Alva här.", asked=True)


async def test_a_start_after_the_providers_block_asks_the_question_that_never_came(
    world: World,
) -> None:
    post = Post(world)
    await receive(world.house, [world.message("hej")])
    world.clock.advance(seconds=2)
    await step_triage(world.house)
    await post.refuse(await post.begin())
    assert (await world.see()).row.opt_out is OptOut.PROVIDER
    await world.text("är nån där")
    assert await post.carry() == []
    world.clock.advance(minutes=30)
    await step_triage(world.house, silent=True)
    await receive(world.house, [world.message("START", provider_opt_out="START")])
    await step_triage(world.house)
    assert await post.carry() == ["greet"]


@every_state
async def test_help_is_answered_in_every_state_but_an_owned_one(
    world: World, state: State_
) -> None:
    said = await new_words(world, state, "HJÄLP")
    if state is owned:
        assert said == []
    else:
        assert "(help)" in said if state is blocked else "help" in said


@every_state
async def test_a_help_that_the_provider_answered_is_not_answered_twice(
    world: World, state: State_
) -> None:
    said = await new_words(world, state, "HELP", provider_opt_out="HELP")
    assert "help" not in said


@pytest.mark.parametrize("body", ["HJÄLP", "9", "START", "English", "hej"])
async def test_help_nine_start_and_any_words_open_a_closed_conversation(
    world: World, body: str
) -> None:
    await closed(world)
    await world.text(body)
    (row,) = (await world.queue()).waiting
    assert row.returning


@pytest.mark.parametrize("body", ["STOPP", "STOP", "RADERA", "DELETE", "RADERA JA"])
async def test_stop_and_delete_act_on_a_closed_conversation_without_opening_it(
    world: World, body: str
) -> None:
    await closed(world)
    await world.text(body)
    assert (await stored(world)).state is State.CLOSED
    assert (await machine_said(world))[-1] in {"stop", "delete_ask"}


@every_state
async def test_delete_is_confirmed_first_in_every_state(world: World, state: State_) -> None:
    said = await new_words(world, state, "RADERA")
    assert said[:1] == (["(delete_ask)"] if state is blocked else ["delete_ask"])
    assert not (await world.see((await stored(world)).id)).row.marks


@pytest.mark.parametrize("state", [asked, waiting, owned, returning])
async def test_delete_yes_with_something_open_becomes_a_request_and_closes_nothing(
    world: World, state: State_
) -> None:
    await state(world)
    before = (await stored(world)).state
    await world.text("RADERA")
    world.clock.advance(minutes=59)
    await world.text("delete yes" if state is returning else "RADERA JA")
    after = await stored(world)
    assert after.state is before
    assert after.marks == ("delete_requested",)
    assert ((await machine_said(world))[-1] == "delete_noted") is (state is not owned)


async def test_delete_yes_counts_for_sixty_minutes(world: World) -> None:
    await waiting(world)
    await world.text("RADERA")
    world.clock.advance(minutes=61)
    await world.text("RADERA JA")
    assert (await stored(world)).marks == ()
    assert (await world.said())[-1] == "delete_ask"


async def test_delete_yes_without_delete_asks_first(world: World) -> None:
    await waiting(world)
    await world.text("RADERA JA")
    assert (await stored(world)).marks == ()
    assert (await world.said())[-1] == "delete_ask"


async def test_a_delete_yes_sent_within_the_hour_counts_also_when_found_later(
    world: World,
) -> None:
    await waiting(world)
    await world.text("RADERA")
    sent = world.clock.advance(minutes=30)
    world.clock.advance(hours=3)
    await world.text("RADERA JA", at=sent, caught_up=True)
    assert (await stored(world)).marks == ("delete_requested",)


async def test_delete_ask_leaves_at_once_in_an_owned_conversation(world: World) -> None:
    await owned(world)
    post = Post(world)
    await receive(world.house, [world.message("RADERA")])
    assert await post.carry() == ["delete_ask"]


async def test_commands_do_not_use_up_the_eight_messages(world: World) -> None:
    for body in ("hej", "HJÄLP", "1", "HJÄLP", "English", "3", "HELP", "3", "1", "svenska", "3"):
        await world.text(body)
    await world.text("1")
    said = await world.said()
    assert said[-1] == "wait"
    assert "how" in said


async def test_where_the_provider_stops_by_itself_the_stop_text_says_start(world: World) -> None:
    async with world.house.db.write() as tx:
        await tx.conn.execute(update(tables.lines).values(provider_stops=True))
    await world.text("hej")
    await world.text("STOPP")
    assert (await world.said())[-1] == "stop_start"


async def test_a_stop_does_not_open_a_gate_that_was_closed(world: World) -> None:
    await gate_closed(world)
    await world.text("STOPP")
    assert (await world.see()).row.gate is Gate.CLOSED


async def test_a_command_is_answered_at_once(world: World) -> None:
    post = Post(world)
    await world.text("hej")
    await receive(world.house, [world.message("HJÄLP", PHONE)])
    assert await post.carry() == ["help"]
