"""One owner: of all who take at once exactly one wins, and the others are told who."""

import asyncio
from uuid import uuid4

import pytest

from domain.conversation import Outcome, State
from domain.member import Role
from handlers.close import close
from handlers.errors import AlreadyTaken, NotAllowed, NotFound
from handlers.house import House
from handlers.invite import revoke
from handlers.receive import receive
from handlers.seen import Happened
from handlers.take import take
from storage import messages, triages
from tests.branches import branches
from tests.world import World


async def test_of_many_takers_in_many_processes_one_wins_and_the_others_are_told_who(
    world: World, database_url: str
) -> None:
    await world.text("hej")
    conversation = await world.only()
    staff = [await world.hired(world.house, f"Kollega {n}") for n in range(12)]
    async with branches(world.house, database_url, 3) as houses:
        tries = (take(houses[n % 3], who, conversation) for n, who in enumerate(staff))
        results = await asyncio.gather(*tries, return_exceptions=True)
    winners = [who for who, result in zip(staff, results, strict=True) if result is None]
    losers = [result for result in results if result is not None]
    assert len(winners) == 1
    assert all(isinstance(lost, AlreadyTaken) for lost in losers)
    assert {lost.owner for lost in losers if isinstance(lost, AlreadyTaken)} == {winners[0].name}
    (row,) = (await world.queue(winners[0])).mine
    assert row.owner == winners[0].name
    thread = (await world.see(conversation)).thread
    assert [it.by for it in thread if isinstance(it, Happened) and it.kind == "taken"] == [
        winners[0].name
    ]


async def test_taking_what_is_mine_already_changes_nothing(world: World) -> None:
    await world.text("hej")
    conversation = await world.taken()
    await take(world.house, world.counsellor, conversation)
    thread = (await world.see(conversation)).thread
    assert [it.kind for it in thread if isinstance(it, Happened)] == ["taken"]


async def test_a_closed_conversation_cannot_be_taken(world: World) -> None:
    await world.text("hej")
    conversation = await world.taken()
    await close(world.house, world.counsellor, conversation, Outcome.OTHER)
    with pytest.raises(AlreadyTaken) as told:
        await take(world.house, world.counsellor, conversation)
    assert told.value.owner is None


@pytest.mark.parametrize("role", [Role.ADMIN, Role.REPORTER])
async def test_roles_that_do_not_read_take_nothing(world: World, role: Role) -> None:
    await world.text("hej")
    lesser = await world.hired(world.house, "Bo", role)
    with pytest.raises(NotAllowed):
        await take(world.house, lesser, await world.only())
    assert len((await world.queue()).waiting) == 1


async def test_a_conversation_that_does_not_exist_cannot_be_taken(world: World) -> None:
    with pytest.raises(NotFound):
        await take(world.house, world.counsellor, uuid4())


async def test_somebody_who_was_revoked_a_moment_ago_takes_nothing(world: World) -> None:
    await world.text("hej")
    await revoke(world.house, "Alva")
    with pytest.raises(NotAllowed):
        await take(world.house, world.counsellor, await world.only())


async def test_revoking_and_taking_at_once_never_leaves_it_with_somebody_who_is_gone(
    world: World, database_url: str
) -> None:
    elis = await world.hired(world.house, "Elis")
    for n in range(4):
        await world.text("hej", f"+467017406{n + 20}")
    waiting = [row.id for row in (await world.queue(elis)).waiting]
    async with branches(world.house, database_url, 2) as (one, two):
        tries = (take(one, world.counsellor, conversation) for conversation in waiting)
        await asyncio.gather(*tries, revoke(two, "Alva"), return_exceptions=True)
    queue = await world.queue(elis)
    assert {row.id for row in queue.waiting} == set(waiting)
    assert not queue.others


async def test_what_a_revoked_colleague_had_waits_again_and_says_who_had_it(world: World) -> None:
    await world.text("hej")
    conversation = await world.taken()
    await world.reply(conversation, "Hej, jag är här.", asked=True)
    elis = await world.hired(world.house, "Elis")
    await revoke(world.house, "Alva")
    (row,) = (await world.queue(elis)).waiting
    assert (row.id, row.state, row.owner) == (conversation, State.WAITING, None)
    assert row.earlier_counsellor == "Alva"
    assert row.wait.since == world.clock.now()
    await take(world.house, elis, conversation)


async def test_taking_silences_the_machine_for_good(world: World) -> None:
    await world.text("hej")
    await receive(world.house, [world.message("1")])
    conversation = await world.taken()
    world.clock.advance(seconds=30)
    await world.step()
    assert await world.said(conversation) == ["greet"]
    async with world.house.db.read() as tx:
        assert not await triages.running(tx, [conversation])
        assert not await messages.for_triage(tx, [conversation])
        (run,) = await triages.of_conversation(tx, conversation)
    assert (run.answer_due_at, run.answer_latest_at, run.silence_due_at) == (None, None, None)


async def test_a_question_that_waits_to_leave_does_not_leave_once_it_is_taken(
    world: World, house: House
) -> None:
    await receive(house, [world.message("hej")])
    conversation = await world.taken()
    world.clock.advance(seconds=30)
    await world.step()
    assert await world.said(conversation) == []
