"""A counsellor's own ways: verified before they are used, in their order, and tried out."""

import asyncio
from uuid import UUID

import pytest

from domain.member import Member, Role
from handlers.acknowledge import take_codes
from handlers.errors import BadInput, NotAllowed, NotFound
from handlers.escalate import escalate
from handlers.house import House
from handlers.invite import revoke
from handlers.order_ways import move_way, remove_way
from handlers.pagers import add_own_sms, ask_again, confirm, try_way
from handlers.see_ways import OwnWay, see_ways
from senders.sender import Refused
from tests.team import known_of
from tests.test_receive_danger import WORDS
from tests.tower import Tower
from tests.world import LINE, World

ALVAS, OTHER, THIRD = "+46701740650", "+46701740651", "+46701740652"


@pytest.fixture
def tower(world: World) -> Tower:
    return Tower(world)


async def own(world: World, member: Member | None = None) -> list[OwnWay]:
    return list((await see_ways(world.house, member or world.counsellor)).ways)


async def added(tower: Tower, number: str = ALVAS, member: Member | None = None) -> UUID:
    """A telephone that was sent a code."""
    member = member or tower.world.counsellor
    await add_own_sms(tower.world.house, member, number)
    await tower.tick()
    return next(o.way.id for o in await own(tower.world, member) if o.way.address == number)


async def verified(tower: Tower, number: str = ALVAS) -> UUID:
    way_id = await added(tower, number)
    await confirm(tower.world.house, tower.world.counsellor, way_id, tower.code())
    await tower.tick()
    return way_id


async def test_a_number_is_asked_by_a_code_and_used_once_the_page_has_it(tower: Tower) -> None:
    world = tower.world
    way_id = await added(tower)
    assert [number for number, _ in tower.heard] == [ALVAS]
    code = tower.code()
    await world.text(WORDS)
    assert await tower.tick() == []
    await confirm(world.house, world.counsellor, way_id, f" {code} ")
    await confirm(world.house, world.counsellor, way_id, "twice is once")
    assert await tower.tick(minutes=2) == [ALVAS]


@pytest.mark.parametrize(
    "written", ["070-174 06 50", "0701740650", "+46 70 174 06 50", "0046701740650"]
)
async def test_a_number_is_read_as_people_write_it(tower: Tower, written: str) -> None:
    await add_own_sms(tower.world.house, tower.world.counsellor, written)
    assert await tower.tick() == [ALVAS]


@pytest.mark.parametrize("written", ["", "070", "min mobil", "+46", "9" * 40, LINE, "🙂"])
async def test_what_is_no_number_of_theirs_is_refused(tower: Tower, written: str) -> None:
    with pytest.raises(BadInput):
        await add_own_sms(tower.world.house, tower.world.counsellor, written)
    assert await tower.tick() == []
    assert await own(tower.world) == []


async def test_an_expired_code_verifies_nothing_and_another_one_does(tower: Tower) -> None:
    world = tower.world
    way_id = await added(tower)
    old = tower.code()
    world.clock.advance(minutes=31)
    for _ in range(2):
        with pytest.raises(BadInput, match="expired"):
            await confirm(world.house, world.counsellor, way_id, old)
    await tower.answer(ALVAS, old)
    await tower.tick()
    assert "gäller inte längre" in tower.heard[-1][1]
    assert (await world.queue()).waiting == ()
    await ask_again(world.house, world.counsellor, way_id)
    await tower.tick()
    with pytest.raises(BadInput):
        await confirm(world.house, world.counsellor, way_id, old)
    await confirm(world.house, world.counsellor, way_id, tower.code())
    assert (await own(world))[0].way.works


async def test_codes_are_sent_a_few_times_an_hour_and_once_for_a_double_press(
    tower: Tower,
) -> None:
    world = tower.world
    way_id = await added(tower)
    await add_own_sms(world.house, world.counsellor, ALVAS)
    await ask_again(world.house, world.counsellor, way_id)
    assert await tower.tick() == []
    for number in (OTHER, THIRD, "+46701740653"):
        await add_own_sms(world.house, world.counsellor, number)
    assert len(await tower.tick(minutes=1)) == 3
    for number in (ALVAS, "+46701740654"):
        with pytest.raises(BadInput, match="too_many"):
            await add_own_sms(world.house, world.counsellor, number)
    await remove_way(world.house, world.counsellor, way_id)
    with pytest.raises(BadInput, match="too_many"):
        await add_own_sms(world.house, world.counsellor, ALVAS)
    world.clock.advance(minutes=61)
    await add_own_sms(world.house, world.counsellor, ALVAS)
    assert await tower.tick() == [ALVAS]


async def test_whoever_adds_a_number_that_is_not_theirs_keeps_nobody_from_adding_it(
    tower: Tower,
) -> None:
    world = tower.world
    bo = await World.hired(world.house, "Bo")
    await added(tower, ALVAS, bo)
    way_id = await added(tower)
    await confirm(world.house, world.counsellor, way_id, tower.code())
    assert await own(world, bo) == []
    with pytest.raises(BadInput, match="taken"):
        await add_own_sms(world.house, bo, ALVAS)


async def test_four_digits_from_a_number_that_somebody_added_are_a_contacts(tower: Tower) -> None:
    """Nobody is lost because a counsellor mistyped a number."""
    await added(tower)
    wrong = "1000" if tower.code() != "1000" else "1001"
    await tower.answer(ALVAS, wrong)
    assert len((await tower.world.queue()).waiting) == 1
    await tower.answer(ALVAS, tower.code())
    assert (await own(tower.world))[0].way.works


async def test_the_order_is_theirs_to_choose(tower: Tower) -> None:
    world, alva = tower.world, tower.world.counsellor
    first, second, third = [await verified(tower, n) for n in (ALVAS, OTHER, THIRD)]
    known = await known_of(world.house, alva)
    await move_way(world.house, alva, third, 0, known)
    await move_way(world.house, alva, third, 0)
    assert [o.way.id for o in await own(world)] == [third, first, second]
    await move_way(world.house, alva, third, 99, known)
    await move_way(world.house, alva, first, 1, known)
    assert [o.way.id for o in await own(world)] == [second, first, third]
    await world.text(WORDS)
    assert await tower.tick() == [OTHER]


async def test_moved_from_two_windows_at_once_nothing_is_lost(tower: Tower, twin: House) -> None:
    world, alva = tower.world, tower.world.counsellor
    made = [await added(tower, n) for n in (ALVAS, OTHER, THIRD)]
    await asyncio.gather(
        *(move_way(house, alva, way, 0) for house in (world.house, twin) for way in made)
    )
    theirs = [o.way for o in await own(world)]
    assert sorted(way.id for way in theirs) == sorted(made)
    assert [way.place for way in theirs] == [1, 2, 3]


async def test_a_way_that_is_removed_while_a_page_waits_for_it_passes_it_on(tower: Tower) -> None:
    world = tower.world
    first = await verified(tower, ALVAS)
    await verified(tower, OTHER)
    await world.text(WORDS)
    await escalate(world.house)
    known = await known_of(world.house, world.counsellor)
    await remove_way(world.house, world.counsellor, first, known)
    assert await tower.tick() == [OTHER, OTHER]
    assert ["väntar" in body for _, body in tower.heard[-2:]] == [True, False]
    assert [o.way.address for o in await own(world)] == [OTHER]


async def test_a_test_page_goes_by_one_way_and_its_answer_is_seen(tower: Tower) -> None:
    world, alva = tower.world, tower.world.counsellor
    await verified(tower, ALVAS)
    second = await verified(tower, OTHER)
    for _ in range(2):
        await try_way(world.house, alva, second)
    assert await tower.tick() == [OTHER]
    assert "ingen väntar" in tower.heard[-1][1]
    code = tower.code()
    for how_far in ("sent", "read"):
        tested = (await own(world))[1].tested
        assert tested is not None
        assert tested.how_far == how_far
        await tower.answer(OTHER, code)
    await tower.tick()
    assert tower.heard[-1][1] == "Tack, provet har kommit fram."
    assert (await world.queue()).waiting == ()


async def test_a_test_page_that_cannot_be_delivered_is_seen_and_goes_nowhere_else(
    tower: Tower,
) -> None:
    world, alva = tower.world, tower.world.counsellor
    first = await verified(tower, ALVAS)
    await verified(tower, OTHER)
    tower.answers[ALVAS] = Refused(30003)
    await try_way(world.house, alva, first)
    assert await tower.tick() == []
    shown = (await own(world))[0]
    assert shown.tested is not None
    assert shown.tested.how_far == "failed"
    assert shown.way.failed_at is not None
    del tower.answers[ALVAS]
    await try_way(world.house, alva, first)
    world.clock.advance(minutes=1)
    await try_way(world.house, alva, first)
    assert await tower.tick() == [ALVAS]
    assert (await own(world))[0].way.works


async def test_test_pages_are_few(tower: Tower) -> None:
    world, alva = tower.world, tower.world.counsellor
    way_id = await verified(tower)
    for _ in range(8):
        await try_way(world.house, alva, way_id)
        await tower.tick(minutes=1)
    with pytest.raises(BadInput, match="too_many"):
        await try_way(world.house, alva, way_id)


async def test_nobody_touches_the_ways_of_another_or_without_reading(tower: Tower) -> None:
    world = tower.world
    bo = await World.hired(world.house, "Bo", Role.COORDINATOR)
    rut = await World.hired(world.house, "Rut", Role.REPORTER)
    way_id = await added(tower)
    code = tower.code()
    for member, wrong in ((bo, NotFound), (rut, NotAllowed)):
        for deed in (
            confirm(world.house, member, way_id, code),
            ask_again(world.house, member, way_id),
            try_way(world.house, member, way_id),
            move_way(world.house, member, way_id, 0),
            remove_way(world.house, member, way_id),
        ):
            with pytest.raises(wrong):
                await deed
    with pytest.raises(NotAllowed):
        await add_own_sms(world.house, rut, OTHER)
    assert await own(world, bo) == []


async def test_a_revoked_counsellors_ways_are_silent(tower: Tower) -> None:
    world = tower.world
    await verified(tower)
    await world.text(WORDS)
    await escalate(world.house)
    await revoke(world.house, "Alva")
    assert await tower.tick() == []
    with pytest.raises(NotAllowed):
        await add_own_sms(world.house, world.counsellor, OTHER)
    async with world.house.db.write() as tx:
        message = world.message(tower.code(), ALVAS)
        assert await take_codes(tx, [message], world.clock.now()) == [message]


async def test_a_test_that_never_left_is_given_up(tower: Tower) -> None:
    world = tower.world
    way_id = await verified(tower)
    await try_way(world.house, world.counsellor, way_id)
    assert await tower.tick(minutes=31) == []
    tested = (await own(world))[0].tested
    assert tested is not None
    assert tested.how_far == "needless"
