"""Release, transfer, close and come back: who has a conversation, and who had it."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

import pytest

from domain.conversation import Outcome, State
from domain.member import Member, Role
from handlers.close import close
from handlers.errors import BadInput, NotAllowed, NotThere, NotYours
from handlers.house import House
from handlers.invite import invite, revoke
from handlers.release import release
from handlers.seen import Happened
from handlers.take import take
from handlers.transfer import transfer
from storage import members
from tests.branches import branches
from tests.world import World


@dataclass(frozen=True)
class Desk:
    """A conversation that Alva has, and Elis beside her."""

    world: World
    house: House
    alva: Member
    elis: Member
    conversation: UUID


@pytest.fixture
async def desk(world: World) -> Desk:
    await world.text("hej")
    elis = await world.hired(world.house, "Elis")
    return Desk(world, world.house, world.counsellor, elis, await world.taken())


async def test_what_is_released_waits_again_and_anybody_can_take_it(desk: Desk) -> None:
    await release(desk.house, desk.alva, desk.conversation)
    (row,) = (await desk.world.queue()).waiting
    assert (row.state, row.owner, row.earlier_counsellor) == (State.WAITING, None, "Alva")
    await take(desk.house, desk.elis, desk.conversation)
    assert (await desk.world.queue(desk.elis)).mine[0].owner == "Elis"


async def test_a_released_contact_who_was_not_answered_has_waited_since_their_text(
    desk: Desk,
) -> None:
    before = (await desk.world.queue()).mine[0].wait.since
    desk.world.clock.advance(minutes=7)
    await release(desk.house, desk.alva, desk.conversation)
    assert (await desk.world.queue()).waiting[0].wait.since == before


async def test_a_released_contact_who_was_answered_waits_from_now(desk: Desk) -> None:
    await desk.world.reply(desk.conversation, "Hej.", asked=True)
    assert (await desk.world.queue()).mine[0].answered
    desk.world.clock.advance(minutes=7)
    await release(desk.house, desk.alva, desk.conversation)
    assert (await desk.world.queue()).waiting[0].wait.since == desk.world.clock.now()


async def test_nobody_passes_on_what_a_colleague_has(desk: Desk) -> None:
    for attempt in (
        release(desk.house, desk.elis, desk.conversation),
        transfer(desk.house, desk.elis, desk.conversation, desk.elis.id),
        close(desk.house, desk.elis, desk.conversation, Outcome.OTHER),
    ):
        with pytest.raises(NotYours):
            await attempt
    assert (await desk.world.queue()).mine[0].owner == "Alva"


async def test_nobody_passes_on_what_waits(desk: Desk) -> None:
    await release(desk.house, desk.alva, desk.conversation)
    for attempt in (
        release(desk.house, desk.alva, desk.conversation),
        transfer(desk.house, desk.alva, desk.conversation, desk.elis.id),
        close(desk.house, desk.alva, desk.conversation, Outcome.OTHER),
    ):
        with pytest.raises(NotYours):
            await attempt


async def test_a_transferred_conversation_is_the_colleagues_at_once(desk: Desk) -> None:
    await transfer(desk.house, desk.alva, desk.conversation, desk.elis.id)
    assert not (await desk.world.queue(desk.alva)).mine
    (row,) = (await desk.world.queue(desk.elis)).mine
    assert (row.owner, row.earlier_counsellor) == ("Elis", "Alva")
    with pytest.raises(NotYours):
        await desk.world.reply(desk.conversation, "Hej.", asked=True)
    thread = (await desk.world.see(desk.conversation)).thread
    told = [it for it in thread if isinstance(it, Happened) and it.kind == "transferred"]
    assert [(it.by, it.detail) for it in told] == [("Alva", "Elis")]


async def test_it_is_transferred_to_nobody_who_could_not_answer(desk: Desk) -> None:
    revoked = await desk.world.hired(desk.house, "Bo")
    await revoke(desk.house, "Bo")
    admin = await desk.world.hired(desk.house, "Cai", Role.ADMIN)
    await invite(desk.house, "Dag", Role.COUNSELLOR)
    async with desk.house.db.read() as tx:
        invited = await members.by_name(tx, "Dag")
    assert invited is not None
    with pytest.raises(NotThere):
        await transfer(desk.house, desk.alva, desk.conversation, revoked.id)
    for to in (desk.alva.id, admin.id, invited.id, desk.conversation):
        with pytest.raises(BadInput) as told:
            await transfer(desk.house, desk.alva, desk.conversation, to)
        assert (told.value.field, told.value.problem) == ("to", "unknown")
    colleagues = (await desk.world.see(desk.conversation)).colleagues
    assert [colleague.name for colleague in colleagues] == ["Elis"]


async def test_transferring_and_revoking_at_once_never_leaves_it_with_somebody_who_is_gone(
    desk: Desk, database_url: str
) -> None:
    async with branches(desk.house, database_url, 2) as (one, two):
        await asyncio.gather(
            transfer(one, desk.alva, desk.conversation, desk.elis.id),
            revoke(two, "Elis"),
            return_exceptions=True,
        )
    queue = await desk.world.queue()
    assert not queue.others
    assert [row.id for row in (*queue.waiting, *queue.mine)] == [desk.conversation]


async def test_release_transfer_and_close_at_once_have_one_effect(
    desk: Desk, database_url: str
) -> None:
    async with branches(desk.house, database_url, 3) as (one, two, three):
        results = await asyncio.gather(
            release(one, desk.alva, desk.conversation),
            transfer(two, desk.alva, desk.conversation, desk.elis.id),
            close(three, desk.alva, desk.conversation, Outcome.OTHER),
            return_exceptions=True,
        )
    assert sum(result is None for result in results) == 1
    assert sum(isinstance(result, NotYours) for result in results) == 2


async def test_a_closed_conversation_keeps_its_outcome_and_leaves_the_queue(desk: Desk) -> None:
    said = await desk.world.said(desk.conversation)
    await close(desk.house, desk.alva, desk.conversation, Outcome.HELP_BEGUN)
    queue = await desk.world.queue()
    assert not (*queue.waiting, *queue.mine, *queue.others)
    talk = await desk.world.see(desk.conversation)
    assert (talk.row.state, talk.outcome) == (State.CLOSED, Outcome.HELP_BEGUN)
    assert talk.closed_at == desk.world.clock.now()
    assert await desk.world.said(desk.conversation) == said


async def test_a_text_to_a_closed_conversation_opens_it_and_names_who_had_it(desk: Desk) -> None:
    await close(desk.house, desk.alva, desk.conversation, Outcome.OTHER)
    await desk.world.text("jag behöver prata igen")
    (row,) = (await desk.world.queue(desk.elis)).waiting
    assert row.id == desk.conversation
    assert row.returning
    assert row.earlier_counsellor == "Alva"
    talk = await desk.world.see(desk.conversation)
    assert (talk.outcome, talk.closed_at, talk.mine) == (None, None, False)
    desk.world.clock.advance(minutes=2)  # it is offered to Alva first
    await take(desk.house, desk.elis, desk.conversation)


async def test_words_from_before_a_take_are_not_answered_after_a_return(desk: Desk) -> None:
    await close(desk.house, desk.alva, desk.conversation, Outcome.OTHER)
    await desk.world.text("hej igen")
    assert await desk.world.said(desk.conversation) == ["greet", "reopened"]


@pytest.mark.parametrize("role", [Role.ADMIN, Role.REPORTER])
async def test_roles_that_do_not_read_pass_nothing_on(desk: Desk, role: Role) -> None:
    lesser = await desk.world.hired(desk.house, "Bo", role)
    for attempt in (
        release(desk.house, lesser, desk.conversation),
        transfer(desk.house, lesser, desk.conversation, desk.elis.id),
        close(desk.house, lesser, desk.conversation, Outcome.OTHER),
    ):
        with pytest.raises(NotAllowed):
            await attempt
