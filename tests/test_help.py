"""Help: asked for, given beside the counsellor, and a conversation taken over in the open."""

import asyncio
from uuid import UUID, uuid4

import pytest

from domain.conversation import Outcome
from domain.member import Member, Role
from domain.need import Reason
from handlers.ask_help import ask_help, end_help
from handlers.close import close
from handlers.errors import (
    AlreadyTaken,
    BadInput,
    NotAllowed,
    NotYours,
    OnlyCoordinators,
)
from handlers.find import ask, find
from handlers.give_reason import give_reason
from handlers.house import House
from handlers.invite import revoke
from handlers.release import release
from handlers.reply import reply
from handlers.see_conversation import see_conversation
from handlers.seen import Happened, Noted
from handlers.step_in import join_talk, know_taken_over, take_over
from handlers.take import take
from handlers.transfer import transfer
from handlers.write_aside import write_aside
from handlers.write_note import write_note
from tests.branches import branches
from tests.browser.scene import Scene
from tests.browser.serving import Visitor
from tests.world import World


@pytest.fixture
async def bo(world: World) -> Member:
    return await world.hired(world.house, "Bo", Role.COORDINATOR)


@pytest.fixture
async def talk(world: World) -> UUID:
    await world.text("hej")
    return await world.taken()


async def kinds(world: World, talk: UUID) -> list[tuple[str, str | None]]:
    thread = (await world.see(talk)).thread
    return [(it.kind, it.by) for it in thread if isinstance(it, Happened)]


async def asides(house: House, member: Member, talk: UUID) -> list[str | None]:
    await give_reason(house, member, talk, Reason.COLLEAGUE)
    thread = (await see_conversation(house, member, talk)).thread
    return [it.body for it in thread if isinstance(it, Noted) and it.purpose == "aside"]


async def test_a_coordinator_sees_in_the_queue_who_asks_and_who_came(
    world: World, bo: Member, talk: UUID
) -> None:
    for _ in range(2):
        await ask_help(world.house, world.counsellor, talk)
    queue = await world.queue(bo)
    assert [row.id for row in queue.help] == [talk]
    assert queue.others == ()
    assert (await world.queue(await world.hired(world.house, "Elis"))).help == ()
    for _ in range(2):
        await join_talk(world.house, bo, talk)
    seen = await world.see(talk)
    assert (seen.help.helper, seen.help.asked_at) == ("Bo", world.clock.now())
    assert (await world.queue(bo)).help[0].helper == "Bo"
    assert await kinds(world, talk) == [
        ("taken", "Alva"), ("help_asked", "Alva"), ("helper_joined", "Bo"),
    ]  # fmt: skip
    await end_help(world.house, world.counsellor, talk)
    queue = await world.queue(bo)
    assert queue.help == ()
    assert (queue.others[0].help_asked, queue.others[0].helper) == (False, None)


@pytest.mark.parametrize("leaving", ["release", "transfer", "close"])
async def test_what_one_asked_for_is_not_the_next_ones_wish(
    world: World, bo: Member, talk: UUID, leaving: str
) -> None:
    elis = await world.hired(world.house, "Elis")
    await ask_help(world.house, world.counsellor, talk)
    match leaving:
        case "release":
            await release(world.house, world.counsellor, talk)
        case "transfer":
            await transfer(world.house, world.counsellor, talk, elis.id)
            await transfer(world.house, elis, talk, world.counsellor.id)
        case _:
            await close(world.house, world.counsellor, talk, Outcome.OTHER)
            await world.text("hej igen")
    assert (await world.queue(bo)).help == ()
    if leaving != "transfer":
        await take(world.house, world.counsellor, talk)
    assert (await world.queue(bo)).help == ()
    assert (await world.see(talk)).help.asked_at is None


async def test_only_the_owner_asks_and_only_coordinators_join(
    world: World, bo: Member, talk: UUID
) -> None:
    elis = await world.hired(world.house, "Elis")
    noor = await world.hired(world.house, "Noor", Role.ADMIN)
    with pytest.raises(NotYours):
        await ask_help(world.house, elis, talk)
    with pytest.raises(NotAllowed):
        await ask_help(world.house, noor, talk)
    for act in (join_talk(world.house, elis, talk), take_over(world.house, elis, talk, bo.id)):
        with pytest.raises(OnlyCoordinators):
            await act
    await release(world.house, world.counsellor, talk)
    for act in (
        join_talk(world.house, bo, talk),
        take_over(world.house, bo, talk, world.counsellor.id),
    ):
        with pytest.raises(NotYours):
            await act


async def test_an_aside_is_read_by_its_writer_and_the_counsellor_alone(
    world: World, bo: Member, talk: UUID
) -> None:
    alva, house = world.counsellor, world.house
    elis = await world.hired(house, "Elis")
    ines = await world.hired(house, "Ines", Role.COORDINATOR)
    key = uuid4()
    await give_reason(house, bo, talk, Reason.REVIEW)
    for _ in range(2):
        await write_aside(house, bo, talk, "fråga om kvällen", to=alva.id, form_key=key)
    assert await asides(house, alva, talk) == ["fråga om kvällen"]
    assert await asides(house, bo, talk) == ["fråga om kvällen"]
    assert await asides(house, elis, talk) == await asides(house, ines, talk) == []
    assert (await find(house, elis, await ask(house, elis, "kvällen"))).found == ()
    await write_note(house, bo, talk, "fråga om kvällen", form_key=key)
    assert await world.count("notes") == 2, "a note in the same words is another thing"
    await transfer(house, alva, talk, elis.id)
    assert await asides(house, elis, talk) == []
    await write_aside(house, bo, talk, "fråga om kvällen", to=elis.id, form_key=key)
    assert await asides(house, elis, talk) == ["fråga om kvällen"], "nor the same to another"
    with pytest.raises(BadInput) as told:
        await write_aside(house, bo, talk, "till dig", to=alva.id, form_key=uuid4())
    assert told.value.problem == "moved"
    with pytest.raises(OnlyCoordinators):
        await write_aside(house, alva, talk, "x", to=elis.id, form_key=uuid4())
    with pytest.raises(BadInput):
        await write_aside(house, bo, talk, " ", to=elis.id, form_key=uuid4())


async def test_who_takes_over_has_it_and_the_counsellor_is_told_until_they_know(
    world: World, bo: Member, talk: UUID
) -> None:
    alva = world.counsellor
    for _ in range(2):
        await take_over(world.house, bo, talk, alva.id)
    assert [row.id for row in (await world.queue(bo)).mine] == [talk]
    (told,) = (await world.queue()).shift.taken_over
    assert (told.id, told.by) == (talk, "Bo")
    assert (await world.see(talk)).help.taken_from_me
    happened = [it for it in (await world.see(talk)).thread if isinstance(it, Happened)]
    assert [(it.kind, it.by, it.detail) for it in happened][1:] == [("taken_over", "Bo", "Alva")]
    with pytest.raises(NotYours):
        await reply(world.house, alva, talk, "hej", form_key=uuid4(), asked=True)
    await know_taken_over(world.house, bo, talk)
    assert (await world.queue()).shift.taken_over
    for _ in range(2):
        await know_taken_over(world.house, alva, talk)
    assert (await world.queue()).shift.taken_over == ()


async def test_of_two_who_take_over_at_once_in_two_processes_one_has_it(
    world: World, bo: Member, talk: UUID, database_url: str
) -> None:
    ines = await world.hired(world.house, "Ines", Role.COORDINATOR)
    async with branches(world.house, database_url, 2) as (one, two):
        results = await asyncio.gather(
            take_over(one, bo, talk, world.counsellor.id),
            take_over(two, ines, talk, world.counsellor.id),
            return_exceptions=True,
        )
    (lost,) = [result for result in results if result is not None]
    assert isinstance(lost, AlreadyTaken)
    owner = (await world.see(talk)).row.owner
    assert lost.owner == owner
    assert [by for kind, by in await kinds(world, talk) if kind == "taken_over"] == [owner]


async def test_of_two_from_whom_it_is_taken_over_each_is_told_until_they_know(
    world: World, bo: Member, talk: UUID
) -> None:
    alva, house = world.counsellor, world.house
    ines = await world.hired(house, "Ines", Role.COORDINATOR)
    await take_over(house, bo, talk, alva.id)
    await take_over(house, ines, talk, bo.id)
    for whose, by in ((alva, "Bo"), (bo, "Ines")):
        (told,) = (await world.queue(whose)).shift.taken_over
        assert (told.id, told.by) == (talk, by)
        help_ = (await see_conversation(house, whose, talk)).help
        assert (help_.taken_from_me, help_.helper) == (True, by)
    await know_taken_over(house, alva, talk)
    assert (await world.queue()).shift.taken_over == ()
    assert (await world.queue(bo)).shift.taken_over


async def test_whoever_has_it_next_asks_for_help_and_the_first_is_still_told(
    world: World, bo: Member, talk: UUID
) -> None:
    alva, house = world.counsellor, world.house
    elis = await world.hired(house, "Elis")
    await take_over(house, bo, talk, alva.id)
    await transfer(house, bo, talk, elis.id)
    await ask_help(house, elis, talk)
    assert [row.id for row in (await world.queue(bo)).help] == [talk]
    assert (await see_conversation(house, elis, talk)).help.asked_at == world.clock.now()
    (told,) = (await world.queue()).shift.taken_over
    assert told.by == "Bo"
    await end_help(house, elis, talk)
    assert (await world.queue()).shift.taken_over == (told,)
    await ask_help(house, elis, talk)
    await take_over(house, bo, talk, elis.id)
    assert (await world.queue()).shift.taken_over == (told,)
    assert [one.by for one in (await world.queue(elis)).shift.taken_over] == ["Bo"]


@pytest.mark.parametrize("how", ["take", "transfer"])
async def test_whoever_has_it_again_need_not_be_told_any_more(
    world: World, bo: Member, talk: UUID, how: str
) -> None:
    alva, house = world.counsellor, world.house
    await take_over(house, bo, talk, alva.id)
    if how == "take":
        await release(house, bo, talk)
        await take(house, alva, talk)
    else:
        await transfer(house, bo, talk, alva.id)
    assert (await world.queue()).shift.taken_over == ()
    assert not (await world.see(talk)).help.taken_from_me
    await ask_help(house, alva, talk)
    assert (await world.see(talk)).help.asked_at == world.clock.now()


async def test_taking_over_what_has_changed_hands_does_nothing_and_says_who_has_it(
    world: World, bo: Member, talk: UUID
) -> None:
    elis = await world.hired(world.house, "Elis")
    await transfer(world.house, world.counsellor, talk, elis.id)
    with pytest.raises(AlreadyTaken) as told:
        await take_over(world.house, bo, talk, world.counsellor.id)
    assert told.value.owner == "Elis"


async def test_a_helper_who_is_revoked_helps_no_more(world: World, bo: Member, talk: UUID) -> None:
    await ask_help(world.house, world.counsellor, talk)
    await join_talk(world.house, bo, talk)
    await revoke(world.house, "Bo")
    assert (await world.see(talk)).help.helper is None


async def test_help_by_the_pages_without_a_script(scene: Scene) -> None:
    world = scene.world
    bo = await world.hired(world.house, "Bo", Role.COORDINATOR)
    boss = await Visitor.of(world.house, scene.base, bo)
    await scene.taken()
    await scene.alva.post(f"{scene.path}/help")
    assert "You asked for help" in (await scene.alva.get(scene.path)).text
    queue = (await boss.get("/queue")).text
    assert "Colleagues who ask for help" in queue
    assert "Colleagues who ask for help" not in (await scene.elis.get("/queue")).text
    await boss.post(f"{scene.path}/join")
    assert "Bo is with you in this conversation" in (await scene.alva.get(scene.path)).text
    fields = {"to": str(world.counsellor.id), "form_key": str(uuid4()), "aside": "ta det lugnt"}
    await boss.post(f"{scene.path}/aside", **fields)
    assert "ta det lugnt" in (await scene.alva.get(scene.path)).text
    assert "ta det lugnt" not in (await scene.elis.get(scene.path)).text
    assert "Take over" not in (await scene.elis.get(scene.path)).text
    await scene.alva.post(f"{scene.path}/draft", reply="halvskriv")
    over = {"from": str(world.counsellor.id)}
    assert (await boss.post(f"{scene.path}/take-over", **over)).status_code == 303
    page = (await scene.alva.get(scene.path)).text
    assert "Bo has taken over this conversation." in page
    assert "Bo has taken over one of your conversations" in (await scene.alva.get("/queue")).text
    await scene.alva.post(f"{scene.path}/told")
    assert "Bo has taken over one" not in (await scene.alva.get("/queue")).text
    moved = await boss.post(f"{scene.path}/aside", **fields | {"aside": "mina egna ord"})
    assert moved.status_code == 422
    assert await scene.replies() == []
