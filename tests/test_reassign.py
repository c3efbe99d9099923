"""To whom a coordinator can give a conversation, and what is said when that has changed."""

from uuid import UUID, uuid4

import pytest

from domain.caseload import Full
from domain.conversation import State
from domain.member import Member, Role
from handlers.errors import CaseloadFull, NotThere
from handlers.hand_over import Handed, hand_over
from handlers.invite import revoke
from handlers.reassign import reassign
from handlers.see_board import see_board
from handlers.see_reassigning import see_reassigning
from handlers.take import take
from handlers.transfer import transfer
from handlers.work_shift import end_shift, start_shift
from storage import worked
from tests.browser.scene import Scene
from tests.browser.serving import Visitor
from tests.test_board import a_rota, write
from tests.test_team_pages import plain
from tests.world import World


@pytest.fixture
async def bo(world: World) -> Member:
    return await world.hired(world.house, "Bo", Role.COORDINATOR)


async def at_work(world: World) -> set[UUID]:
    async with world.house.db.read() as tx:
        return set(await worked.there(tx, world.clock.now()))


async def filled(world: World, member: Member, first: int) -> None:
    for number in (first, first + 1):
        await take(world.house, member, await write(world, "hej", number))


async def test_who_is_awake_and_has_room_comes_first_and_the_revoked_not_at_all(
    world: World, bo: Member
) -> None:
    house = world.house
    await a_rota(world, bo)  # Alva is on call, Bo behind her
    ines = await world.hired(house, "Ines", Role.COORDINATOR)
    caro, dana, elis, fred = [
        await world.hired(house, name) for name in ("Caro", "Dana", "Elis", "Fred")
    ]
    await world.hired(house, "Gone")
    await world.hired(house, "Rut", Role.ADMIN)
    await revoke(house, "Gone")
    await filled(world, dana, 30)
    talk = await write(world, "hej", 32)
    await take(house, fred, talk)
    await start_shift(house, elis)
    seen = await see_reassigning(house, ines, talk)
    assert [(one.name, one.at_work, one.on_call, one.full) for one in seen.to] == [
        ("Elis", True, False, None),
        ("Dana", True, False, Full.FULL),
        ("Alva", False, True, None),
        ("Bo", False, True, None),
        ("Caro", False, False, None),
    ]
    assert set(seen.at_work) == {elis.id, dana.id}
    assert caro.id not in seen.at_work


async def test_the_board_says_who_has_no_room(world: World, bo: Member) -> None:
    elis = await world.hired(world.house, "Elis")
    await filled(world, elis, 30)
    people = {one.name: one.full for one in (await see_board(world.house, bo)).people}
    assert people == {"Alva": None, "Bo": None, "Elis": Full.FULL}


@pytest.mark.parametrize("how", ["transfer", "hand_over", "reassign"])
async def test_whoever_is_given_one_is_at_work_from_then_on(
    world: World, bo: Member, how: str
) -> None:
    alva, house = world.counsellor, world.house
    elis = await world.hired(house, "Elis")
    await take(house, alva, talk := await write(world, "hej", 30))
    assert elis.id not in await at_work(world)
    match how:
        case "transfer":
            await transfer(house, alva, talk, elis.id)
        case "hand_over":
            await hand_over(house, alva, talk, Handed(elis.id, "x", ""), form_key=uuid4())
        case _:
            await reassign(house, bo, talk, alva.id, elis.id)
    assert elis.id in await at_work(world)
    began = world.clock.now()
    world.clock.advance(minutes=5)
    await take(house, elis, await write(world, "hej", 31))
    assert (await world.queue(elis)).shift.since == began


async def test_whoever_could_not_be_given_it_is_not_at_work_by_that(
    world: World, bo: Member
) -> None:
    alva, house = world.counsellor, world.house
    elis = await world.hired(house, "Elis")
    await filled(world, elis, 30)
    async with house.db.write() as tx:
        await worked.end(tx, elis.id, world.clock.now())
    await take(house, alva, talk := await write(world, "hej", 32))
    with pytest.raises(CaseloadFull):
        await reassign(house, bo, talk, alva.id, elis.id)
    assert elis.id not in await at_work(world)


async def test_it_is_not_given_to_somebody_who_went_home_while_the_page_was_read(
    world: World, bo: Member
) -> None:
    alva, house = world.counsellor, world.house
    elis = await world.hired(house, "Elis")
    await take(house, alva, talk := await write(world, "hej", 30))
    await start_shift(house, elis)
    await end_shift(house, elis)
    with pytest.raises(NotThere) as told:
        await reassign(house, bo, talk, alva.id, elis.id, at_work=True)
    assert (told.value.name, told.value.revoked) == ("Elis", False)
    assert (await world.see(talk)).row.owner == "Alva"
    assert elis.id not in await at_work(world)
    await reassign(house, bo, talk, alva.id, elis.id)  # the page said by now that they were not
    assert elis.id in await at_work(world)


@pytest.mark.parametrize(
    ("meanwhile", "said"),
    [
        ("full", "Elis has as many conversations as one can hold"),
        ("home", "Elis has ended their shift meanwhile."),
        ("revoked", "Elis has no account on the line any more."),
    ],
)
async def test_what_has_changed_meanwhile_is_said_and_nothing_is_lost(
    scene: Scene, meanwhile: str, said: str
) -> None:
    world, house, elis = scene.world, scene.world.house, scene.elis_member
    await scene.taken()
    await start_shift(house, elis)
    bo = await World.hired(house, "Bo", Role.COORDINATOR)
    boss = await Visitor.of(house, scene.base, bo)
    page = (await boss.get(f"/board/{scene.talk}")).text
    assert "Elis · At work · No conversation" in page
    there = page.partition('name="there" value="')[2].partition('"')[0]
    match meanwhile:
        case "full":
            await filled(world, elis, 30)
        case "home":
            await end_shift(house, elis)
        case _:
            await revoke(house, "Elis")
    given = {"owner": str(world.counsellor.id), "to": str(elis.id), "there": there}
    answer = await boss.post(f"/board/{scene.talk}/reassign", **given)
    assert answer.status_code == 409
    assert said in answer.text
    assert "The conversation is where it was." in answer.text
    row = (await world.see(scene.talk)).row
    assert (row.state, row.owner) == (State.OWNED, "Alva")
    page = (await boss.get(f"/board/{scene.talk}")).text
    if meanwhile == "full":
        assert "Elis · At work · 2 conversations · full" in page
    else:
        assert ("Elis" in plain(page)) == (meanwhile == "home")
    await boss.http.aclose()
