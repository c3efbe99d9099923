"""A conflict of interest closes a conversation to one member, everywhere."""

import asyncio
import inspect
from collections.abc import Awaitable
from uuid import UUID, uuid4

import pytest

from domain.access import Role
from domain.conversation import Outcome
from domain.deletion import Decline
from domain.gate import Gate
from domain.member import Member
from domain.need import Reason
from handlers.add_line import add_line
from handlers.block import may_block
from handlers.close import close
from handlers.confirm_deletion import confirm_deletion, decline_deletion
from handlers.errors import (
    BadInput,
    MustStayAway,
    NotAllowed,
    OnlyCoordinators,
    StaysAway,
)
from handlers.find import ask, find
from handlers.give_reason import give_reason, see_asked
from handlers.hand_over import Handed, hand_over
from handlers.may_open import may_be_there
from handlers.reassign import reassign
from handlers.receive import receive
from handlers.release import release
from handlers.reply import reply
from handlers.see_board import see_board
from handlers.see_conversation import see_conversation
from handlers.see_deletion import see_deletion
from handlers.see_handover import see_handover
from handlers.see_queue import beside
from handlers.see_reassigning import see_reassigning
from handlers.seen import Queue
from handlers.set_gate import set_gate
from handlers.stay_away import keep_away, let_back, see_away
from handlers.step_in import join_talk, take_over
from handlers.take import take
from handlers.transfer import transfer
from handlers.write_note import write_note
from storage import audit, conversations
from tests.noted_handlers import reaches
from tests.test_access import _public as public
from tests.world import World


@pytest.fixture
async def elis(world: World) -> Member:
    return await World.hired(world.house, "Elis")


@pytest.fixture
async def boss(world: World) -> Member:
    return await World.hired(world.house, "Bo", Role.COORDINATOR)


@pytest.fixture
async def talk(world: World) -> UUID:
    """It waits."""
    await world.text("hej hemlig")
    return await world.only()


async def noted(world: World) -> list[tuple[str, UUID | None, str]]:
    async with world.house.db.read() as tx:
        found = [e async for e in audit.entries(tx)]
    return [(e.act, e.member_id, e.detail) for e in found if e.act in {"kept_away", "let_back"}]


def ids(queue: Queue) -> set[UUID]:
    rows = (*queue.waiting, *queue.mine, *queue.others, *queue.help, *queue.requests)
    return {
        *(row.id for row in rows),
        *(task.conversation_id for task in queue.tasks),
        *(one.conversation_id for one in queue.follow_ups),
        *queue.paged,
        *(one.id for one in queue.shift.taken_over),
    }


ASKS = {
    "storage.conflicts.away_from", "storage.conflicts.of_contact", "storage.conflicts.kept_from",
}  # fmt: skip

ASKED_BEFORE = {"look_into.look_into", "hold.see_standing"}
"""Parts of a use case that has asked already."""


def test_every_use_case_that_is_handed_a_conversation_asks_who_must_stay_away() -> None:
    handed = {
        name
        for name, use_case in public().items()
        if "conversation_id" in inspect.signature(use_case).parameters
    }
    assert len(handed) > 40
    assert {name for name in handed if not reaches(name, ASKS)} == ASKED_BEFORE & handed


async def test_whoever_says_it_of_themselves_sees_nothing_of_it_any_more(
    world: World, talk: UUID, elis: Member
) -> None:
    house = world.house
    await give_reason(house, elis, talk, Reason.COLLEAGUE)
    await keep_away(house, elis, talk, elis.id)
    await keep_away(house, elis, talk, elis.id)
    assert await noted(world) == [("kept_away", elis.id, str(elis.id))]
    closed: tuple[Awaitable[object], ...] = (
        see_conversation(house, elis, talk), see_handover(house, elis, talk),
        see_deletion(house, elis, talk), see_asked(house, elis, talk),
        give_reason(house, elis, talk, Reason.DANGER), may_block(house, elis, talk),
        take(house, elis, talk), write_note(house, elis, talk, "x", form_key=uuid4()),
        reply(house, elis, talk, "x", form_key=uuid4(), asked=True),
        set_gate(house, elis, talk, Gate.OPEN),
        confirm_deletion(house, elis, talk, keeps_notes=False, sure=True),
        decline_deletion(house, elis, talk, Decline.NEEDED),
    )  # fmt: skip
    for see in closed:
        with pytest.raises(MustStayAway) as told:
            await see
        assert told.value.conversation_id == talk
    assert (await find(house, elis, await ask(house, elis, "hemlig"))).found == ()
    alias = (await world.queue()).waiting[0].alias
    assert (await find(house, elis, await ask(house, elis, alias))).found == ()
    assert not await may_be_there(house, elis, talk)
    assert not (await world.queue()).kept_away
    assert talk in ids(await world.queue())
    assert (await see_conversation(house, world.counsellor, talk)).row.id == talk


async def test_the_queue_says_only_that_one_waits(world: World, talk: UUID, elis: Member) -> None:
    await world.text("annan", "+46701740611")
    await keep_away(world.house, elis, talk, elis.id)
    queue = await world.queue(elis)
    assert talk not in ids(queue)
    assert len(queue.waiting) == 1
    assert (queue.kept_away, queue.others_there) == (1, True)
    await take(world.house, world.counsellor, talk)
    queue = await world.queue(elis)
    assert (queue.kept_away, talk in ids(queue)) == (0, False)
    await close(world.house, world.counsellor, talk, Outcome.OTHER)
    await world.text("hej igen hemlig")
    queue = await world.queue(elis)
    assert (queue.kept_away, talk in ids(queue)) == (1, False)


async def test_with_nobody_else_on_call_it_is_said_plainly(world: World, talk: UUID) -> None:
    alva = world.counsellor
    away = await see_away(world.house, alva, talk)
    assert away.left == ("Alva",)
    await keep_away(world.house, alva, talk, alva.id)
    away = await see_away(world.house, alva, talk)
    assert away.me is not None
    assert (away.me.by, away.left, away.alias, away.others) == ("Alva", (), "", ())
    queue = await world.queue()
    assert (queue.kept_away, queue.others_there) == (1, False)


async def test_what_they_had_waits_again_and_others_are_woken(
    world: World, talk: UUID, elis: Member
) -> None:
    house = world.house
    await take(house, elis, talk)
    await keep_away(house, elis, talk, elis.id)
    (row,) = (await world.queue()).waiting
    assert row.id == talk
    assert ids(await world.queue(elis)) == set()
    assert (await beside(house, elis)).mine == 0
    async with house.db.read() as tx:
        found = await conversations.by_id(tx, talk)
    assert found is not None
    assert found.page_due_at is not None
    await take(house, world.counsellor, talk)
    for deed in (
        transfer(house, world.counsellor, talk, elis.id),
        hand_over(house, world.counsellor, talk, Handed(elis.id, "läs", ""), form_key=uuid4()),
    ):
        with pytest.raises(StaysAway) as told:
            await deed
        assert told.value.name == "Elis"
    offered = (await see_conversation(house, world.counsellor, talk)).colleagues
    assert elis.id not in {one.id for one in offered}


async def test_nobody_is_handed_what_they_must_stay_away_from(
    world: World, talk: UUID, elis: Member, boss: Member
) -> None:
    house, alva = world.house, world.counsellor
    await take(house, alva, talk)
    await keep_away(house, boss, talk, elis.id)
    seen = await see_reassigning(house, boss, talk)
    assert elis.id not in {one.id for one in seen.to}
    with pytest.raises(StaysAway):
        await reassign(house, boss, talk, alva.id, elis.id)
    ines = await World.hired(house, "Ines", Role.COORDINATOR)
    await keep_away(house, ines, talk, boss.id)
    for deed in (
        reassign(house, boss, talk, alva.id, None), see_reassigning(house, boss, talk),
        join_talk(house, boss, talk), take_over(house, boss, talk, alva.id),
        let_back(house, boss, talk, elis.id), keep_away(house, boss, talk, alva.id),
        let_back(house, boss, talk, boss.id),
    ):  # fmt: skip
        with pytest.raises(MustStayAway):
            await deed
    board = await see_board(house, boss)
    assert all(row.id != talk for person in board.people for row in person.rows)
    assert any(row.id == talk for p in (await see_board(house, ines)).people for row in p.rows)


async def test_only_a_coordinator_whom_it_does_not_concern_says_and_lifts_it_for_others(
    world: World, talk: UUID, elis: Member, boss: Member
) -> None:
    house, alva = world.house, world.counsellor
    for deed in (keep_away(house, elis, talk, alva.id), let_back(house, elis, talk, alva.id)):
        with pytest.raises(OnlyCoordinators):
            await deed
    admin = await World.hired(house, "Noor", Role.ADMIN)
    for deed in (keep_away(house, admin, talk, admin.id), see_away(house, admin, talk)):  # type: ignore[assignment] # two kinds
        with pytest.raises(NotAllowed):
            await deed
    with pytest.raises(BadInput):
        await keep_away(house, boss, talk, admin.id)
    with pytest.raises(BadInput):
        await keep_away(house, boss, talk, uuid4())
    await keep_away(house, boss, talk, elis.id)
    with pytest.raises(OnlyCoordinators):
        await let_back(house, elis, talk, elis.id)
    seen = await see_away(house, boss, talk)
    assert [(one.name, one.by) for one in seen.others] == [("Elis", "Bo")]
    assert elis.id not in {one.id for one in seen.colleagues}
    assert (await see_away(house, alva, talk)).colleagues == ()
    await let_back(house, boss, talk, elis.id)
    await let_back(house, boss, talk, elis.id)
    assert await noted(world) == [
        ("kept_away", boss.id, str(elis.id)), ("let_back", boss.id, str(elis.id))
    ]  # fmt: skip
    assert (await see_conversation(house, elis, talk)).row.id == talk
    await keep_away(house, boss, talk, elis.id)
    with pytest.raises(MustStayAway):
        await see_conversation(house, elis, talk)


async def test_it_holds_for_the_contact_and_for_nobody_else(
    world: World, talk: UUID, elis: Member
) -> None:
    house = world.house
    await add_line(house, "+46701740606", "Card 2027", ("sv",), "exit")
    await keep_away(house, elis, talk, elis.id)
    await receive(house, [world.message("samma hemlig", to="+46701740606")])
    await world.text("annan hemlig", "+46701740611")
    queue = await world.queue(elis)
    assert queue.kept_away == 2
    assert len(queue.waiting) == 1
    assert (await see_conversation(house, elis, queue.waiting[0].id)).row.id != talk


async def test_a_conflict_and_a_take_at_the_same_moment_end_alike(
    world: World, talk: UUID, elis: Member, boss: Member
) -> None:
    await asyncio.gather(
        take(world.house, elis, talk),
        keep_away(world.house, boss, talk, elis.id),
        return_exceptions=True,
    )
    async with world.house.db.read() as tx:
        found = await conversations.by_id(tx, talk)
    assert found is not None
    assert found.owner_id is None
    assert ids(await world.queue(elis)) == set()


async def test_release_and_flag_do_not_undo_each_other(
    world: World, talk: UUID, elis: Member
) -> None:
    await take(world.house, elis, talk)
    await release(world.house, elis, talk)
    await keep_away(world.house, elis, talk, elis.id)
    with pytest.raises(MustStayAway):
        await see_conversation(world.house, elis, talk)
