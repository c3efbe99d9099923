"""A blocked sender: kept, not answered, out of the queue; danger comes through; blocks end."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.access import Role
from domain.block import Lasts, Reason
from domain.call import Call
from domain.contact_rules import Refusal
from domain.conversation import State
from domain.delivery import Delivery
from domain.gate import Gate
from domain.member import Member
from domain.message import Channel, OptOut
from domain.need import Reason as Why
from domain.priority import Tier
from handlers.block import block, lift, see_blocks
from handlers.called import called
from handlers.errors import BadInput, NotAllowed, NotFound, NotYours, OnlyCoordinators
from handlers.give_reason import give_reason
from handlers.receive import receive
from handlers.revise import Edit, revise
from handlers.seen import Happened, Said
from handlers.take import take
from storage import deletions
from tests.states import stored
from tests.world import LINE, PHONE, World

DANGER = "de kommer att döda mig nu"
CHAT: dict[str, Any] = {"channel": Channel.TELEGRAM, "phone": "7000000001", "to": ""}


@pytest.fixture
async def boss(world: World) -> Member:
    return await world.hired(world.house, "Cia", Role.COORDINATOR)


async def blocked(
    world: World, by: Member | None = None, lasts: Lasts = Lasts.DAY, *, say: bool = False
) -> UUID:
    await world.text("haha")
    talk = await world.only()
    who = by or world.counsellor
    await block(world.house, who, talk, Reason.PRANKS, lasts, say=say)
    await world.step()
    return talk


async def waiting(world: World) -> list[UUID]:
    return [row.id for row in (await world.queue()).waiting]


async def said(world: World, talk: UUID) -> list[str]:
    return [i.body or "" for i in (await world.see(talk)).thread
            if isinstance(i, Said) and i.author == "contact"]  # fmt: skip


async def test_what_they_write_is_kept_and_neither_answered_nor_in_the_queue(world: World) -> None:
    talk = await blocked(world)
    told = await world.said(talk)
    for body in ("haha", "HELP", "1", "STOP", "hej igen"):
        await world.text(body)
    assert await waiting(world) == []
    assert await said(world, talk) == ["haha", "haha", "HELP", "1", "STOP", "hej igen"]
    assert await world.said(talk) == told
    seen = await world.see(talk)
    assert seen.row.state is State.CLOSED
    assert not seen.triage_runs
    (one,) = await see_blocks(world.house, world.counsellor)
    assert (one.by, one.reason, one.holds, one.kept) == ("Alva", Reason.PRANKS, True, 5)


async def test_their_stop_and_their_wish_to_be_deleted_count_in_silence(world: World) -> None:
    talk = await blocked(world)
    told = await world.said(talk)
    await world.text("STOP")
    assert (await world.see(talk)).row.opt_out is OptOut.OWN
    await world.text("DELETE")
    await world.text("DELETE YES")
    contact = (await stored(world)).contact_id
    async with world.house.db.read() as tx:
        assert await deletions.under_way(tx, [contact]) == {contact}
    assert await world.said(talk) == told


async def test_that_it_is_not_safe_counts_in_silence_too(world: World, boss: Member) -> None:
    await world.text("hej")
    await world.text("1")
    talk = await world.only()
    await block(world.house, world.counsellor, talk, Reason.PRANKS, Lasts.DAY, say=False)
    told = await world.said(talk)
    assert (await world.see(talk)).row.gate is Gate.OPEN
    await world.text("dom läser mina sms")
    assert await waiting(world) == []
    assert await world.said(talk) == told
    assert (await world.see(talk)).row.gate is Gate.CLOSED
    (one,) = await see_blocks(world.house, boss)
    await lift(world.house, boss, one.id)
    assert (await world.see(talk)).refusal is Refusal.GATE_CLOSED


async def asked_by_telegram(world: World) -> UUID:
    """The machine has asked about danger there; then its contact was blocked."""
    await world.text("hej", **CHAT)
    await world.text("1", **CHAT, answers_to="greet")
    talk = await world.only()
    assert (await world.said(talk))[-1] == "danger"
    await block(world.house, world.counsellor, talk, Reason.FLOODING, Lasts.DAY, say=False)
    return talk


async def test_a_button_that_says_danger_ends_the_block(world: World) -> None:
    talk = await asked_by_telegram(world)
    await world.text("3", **CHAT, answers_to="danger")
    assert await waiting(world) == []
    await world.text("1", **CHAT, answers_to="danger")
    (row,) = (await world.queue()).waiting
    assert (row.id, row.tier) == (talk, Tier.P1)
    assert "was_blocked" in row.marks
    assert any(text in {"p1", "p1_alone"} for text in await world.said(talk))


async def test_a_button_that_says_perhaps_today_ends_it_too(world: World) -> None:
    talk = await asked_by_telegram(world)
    await world.text("2", **CHAT, answers_to="danger")
    (row,) = (await world.queue()).waiting
    assert (row.id, row.tier) == (talk, Tier.P2)
    assert "danger_today" in row.reasons


async def test_a_button_that_says_it_is_not_safe_shuts_the_gate(world: World) -> None:
    talk = await asked_by_telegram(world)
    await world.text("2", **CHAT, answers_to="greet")
    assert await waiting(world) == []
    assert (await world.see(talk)).row.gate is Gate.CLOSED


async def test_an_edit_of_theirs_counts_as_a_text_of_theirs_does(world: World) -> None:
    talk = await asked_by_telegram(world)
    told = await world.said(talk)
    first = world.message("haha", **CHAT)
    await receive(world.house, [first])
    for number, body in enumerate(("STOPP", "dom läser mina sms")):
        await revise(world.house, Edit(replace(first, body=body), str(number)))
    assert await waiting(world) == []
    assert await world.said(talk) == told
    seen = await world.see(talk)
    assert (seen.row.opt_out, seen.row.gate) == (OptOut.OWN, Gate.CLOSED)
    await revise(world.house, Edit(replace(first, body=DANGER), "9"))
    assert await waiting(world) == [talk]


async def test_a_word_of_danger_ends_the_block_and_stands_in_the_queue(world: World) -> None:
    talk = await blocked(world)
    await world.text(DANGER)
    (row,) = (await world.queue()).waiting
    assert (row.id, row.tier) == (talk, Tier.P1)
    assert "was_blocked" in row.marks
    assert any(text in {"p1", "p1_alone"} for text in await world.said(talk))
    (one,) = await see_blocks(world.house, world.counsellor)
    assert (one.holds, one.broken) == (False, True)
    kinds = [i.kind for i in (await world.see(talk)).thread if isinstance(i, Happened)]
    assert "block_broken" in kinds


async def test_danger_spread_over_two_texts_comes_through(world: World) -> None:
    talk = await blocked(world)
    await world.text("de kommer att")
    assert await waiting(world) == []
    await world.text("döda mig nu")
    assert await waiting(world) == [talk]


async def test_it_ends_by_the_clock(world: World) -> None:
    talk = await blocked(world, lasts=Lasts.HOUR)
    world.clock.advance(minutes=58)
    await world.text("en")
    assert await waiting(world) == []
    world.clock.advance(minutes=3)
    (one,) = await see_blocks(world.house, world.counsellor)
    assert (one.holds, one.broken, one.lifted_by) == (False, False, None)
    await world.text("två")
    assert await waiting(world) == [talk]
    assert await said(world, talk) == ["haha", "en", "två"]


async def test_it_is_lifted_and_the_next_text_is_answered(world: World, boss: Member) -> None:
    talk = await blocked(world, boss, Lasts.MONTH)
    (one,) = await see_blocks(world.house, world.counsellor)
    assert not one.may_lift
    with pytest.raises(NotYours):
        await lift(world.house, world.counsellor, one.id)
    told = await world.said(talk)
    await lift(world.house, boss, one.id)
    await lift(world.house, boss, one.id)
    assert await world.said(talk) == told
    assert await waiting(world) == []
    (one,) = await see_blocks(world.house, boss)
    assert (one.holds, one.broken, one.lifted_by) == (False, False, "Cia")
    await world.text("hej")
    assert await waiting(world) == [talk]
    assert len(await world.said(talk)) > len(told)


async def test_the_text_about_threats_leaves_once_and_nothing_else(
    world: World, boss: Member
) -> None:
    talk = await blocked(world, boss, say=True)
    texts = await world.said(talk)
    assert texts[-1] == "abuse"
    (one,) = await see_blocks(world.house, boss)
    await lift(world.house, boss, one.id)
    await world.text("haha")
    await block(world.house, boss, talk, Reason.PRANKS, Lasts.DAY, say=True)
    await world.step()
    assert (await world.said(talk)).count("abuse") == 1
    assert "(abuse)" not in await world.said(talk)


async def test_what_waited_to_leave_stays(world: World, boss: Member) -> None:
    await world.write("haha")
    talk = await world.only()
    await block(world.house, boss, talk, Reason.THREATS, Lasts.DAY, say=False)
    from handlers.send import lease

    assert await lease(world.house) == []
    rows = [i for i in (await world.see(talk)).thread if isinstance(i, Said) and i.delivery]
    assert {(r.delivery, r.refusal) for r in rows} == {(Delivery.WITHHELD, "blocked_here")}


async def test_a_call_of_theirs_is_noted_and_calls_nobody(world: World) -> None:
    talk = await blocked(world)
    await called(world.house, Call("CA" + "1" * 32, PHONE, LINE, world.clock.now()))
    assert await waiting(world) == []
    kinds = [i.kind for i in (await world.see(talk)).thread if isinstance(i, Happened)]
    assert "called" in kinds


async def test_who_may_block_whom_and_for_how_long(world: World, boss: Member) -> None:
    await world.text("hej")
    talk = await world.only()
    house, elis = world.house, await world.hired(world.house, "Elis")
    admin = await world.hired(house, "Noor", Role.ADMIN)
    with pytest.raises(NotAllowed):
        await block(house, admin, talk, Reason.OTHER, Lasts.HOUR, say=False)
    with pytest.raises(NotAllowed):
        await see_blocks(house, admin)
    with pytest.raises(BadInput):
        await block(house, world.counsellor, talk, Reason.OTHER, Lasts.WEEK, say=False)
    with pytest.raises(NotFound):
        await block(house, boss, UUID(int=5), Reason.OTHER, Lasts.HOUR, say=False)
    await take(house, world.counsellor, talk)
    with pytest.raises(NotYours):
        await block(house, elis, talk, Reason.OTHER, Lasts.HOUR, say=False)
    await world.text(DANGER)
    with pytest.raises(OnlyCoordinators):
        await block(house, world.counsellor, talk, Reason.OTHER, Lasts.HOUR, say=False)
    assert await see_blocks(house, boss) == ()
    assert (await world.see(talk)).row.owner == "Alva"
    await give_reason(house, boss, talk, Why.REVIEW)
    await block(house, boss, talk, Reason.OTHER, Lasts.MONTH, say=False)
    assert (await world.see(talk)).row.state is State.CLOSED


async def test_a_block_after_a_block_holds_alone(world: World, boss: Member) -> None:
    talk = await blocked(world, lasts=Lasts.HOUR)
    await give_reason(world.house, boss, talk, Why.REVIEW)
    await block(world.house, boss, talk, Reason.THREATS, Lasts.WEEK, say=False)
    newer, older = await see_blocks(world.house, boss)
    assert (newer.holds, older.holds) == (True, False)
    world.clock.advance(hours=2)
    await world.text("hej")
    assert await waiting(world) == []


async def marked(world: World, talk: UUID) -> list[tuple[str | None, bool]]:
    thread = (await world.see(talk)).thread
    said = [it for it in thread if isinstance(it, Said) and it.author == "contact"]
    return [(it.body, it.while_blocked) for it in said]


async def test_what_came_while_they_were_blocked_stands_in_the_thread_as_such(
    world: World, boss: Member
) -> None:
    talk = await blocked(world)
    await world.text("hallå")
    (one,) = await see_blocks(world.house, boss)
    await lift(world.house, boss, one.id)
    await world.text("hej igen")
    assert await marked(world, talk) == [("haha", False), ("hallå", True), ("hej igen", False)]
    await block(world.house, boss, talk, Reason.PRANKS, Lasts.DAY, say=False)
    await world.text("svara då")
    world.clock.advance(hours=25)
    await world.text("är ni där")
    await block(world.house, boss, talk, Reason.PRANKS, Lasts.DAY, say=False)
    await world.text("pucko")
    await world.text(DANGER)
    assert (await marked(world, talk))[3:] == [
        ("svara då", True),
        ("är ni där", False),
        ("pucko", True),
        (DANGER, False),
    ]
