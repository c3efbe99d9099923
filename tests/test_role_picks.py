"""Whom the line picks by a role, it picks by the one that counts, whatever stands in the row."""

import pytest

from domain.member import Member, Role
from domain.rota import ShiftRole
from handlers.errors import BadInput
from handlers.give_role import give_role
from handlers.invite import all_members
from handlers.reassign import reassign
from handlers.rota_change import must_be_able
from handlers.see_conversation import see_conversation
from handlers.see_paper import see_people
from handlers.see_reassigning import see_reassigning
from handlers.stay_away import keep_away
from handlers.transfer import transfer
from handlers.whom import coordinators
from storage import answering
from tests.team import first, hired
from tests.test_offered_first import comes_back_urgent
from tests.test_offered_first import tower as tower  # noqa: PLC0414 - a fixture
from tests.test_on_call import goes_by_a_rota
from tests.test_role_raised import forgotten, written
from tests.test_statements import counted
from tests.test_tell_gaps import told
from tests.tower import Tower
from tests.world import World

ALVAS, BOS, CIAS, RUTS = "+46701740650", "+46701740651", "+46701740653", "+46701740654"


async def fallen(world: World, *, given: Role, then: Role, name: str) -> Member:
    """Somebody in whose row another role was written than they were given."""
    member = await World.hired(world.house, name, given)
    await written(world.house, member.id, then)
    return member


async def test_a_false_coordinator_is_told_of_nothing_and_the_true_one_is(world: World) -> None:
    tower = Tower(world)
    await fallen(world, given=Role.COORDINATOR, then=Role.REPORTER, name="Cia")
    await fallen(world, given=Role.COUNSELLOR, then=Role.COORDINATOR, name="Rut")
    await tower.paged("Cia", CIAS)
    await tower.paged("Rut", RUTS)
    await goes_by_a_rota(world, (-100, 30), (40, 300))
    assert await told(tower, hours=27) == [f"{CIAS} soon"]


async def test_a_line_without_a_rota_wakes_who_was_given_a_role_that_reads(world: World) -> None:
    tower = Tower(world)
    await fallen(world, given=Role.REPORTER, then=Role.COUNSELLOR, name="Rut")
    await fallen(world, given=Role.COUNSELLOR, then=Role.ADMIN, name="Bo")
    await tower.paged("Rut", RUTS)
    await tower.paged("Bo", BOS)
    await world.text("de ska döda mig")
    assert await tower.tick() == [BOS]
    on_call = [one.name for one in (await world.queue()).on_call]
    assert on_call == ["Alva", "Bo"]


async def test_nobody_is_promised_where_only_a_false_counsellor_is_there(world: World) -> None:
    await give_role(world.house, "Alva", Role.REPORTER)
    await written(world.house, world.counsellor.id, Role.COUNSELLOR)
    async with world.house.db.read() as tx:
        assert not await answering.anybody_on_call(tx, world.clock.now())
        assert await answering.on_call(tx, world.clock.now()) == []
    await fallen(world, given=Role.COUNSELLOR, then=Role.ADMIN, name="Bo")
    async with world.house.db.read() as tx:
        assert await answering.anybody_on_call(tx, world.clock.now())


@pytest.mark.parametrize("readers", [0, 1])
async def test_somebody_is_on_call_however_many_come_before_who_do_not_read(
    world: World, readers: int
) -> None:
    await give_role(world.house, "Alva", Role.ADMIN)
    for number in range(9):
        await World.hired(world.house, f"Elis {number}", Role.REPORTER)
    for number in range(readers):
        await World.hired(world.house, f"Bo {number}")
    async with world.house.db.read() as tx:
        assert await answering.anybody_on_call(tx, world.clock.now()) is bool(readers)


async def test_whoever_the_log_says_nothing_of_is_not_on_call(world: World) -> None:
    await forgotten(world.house, world.counsellor.id)
    async with world.house.db.read() as tx:
        assert not await answering.anybody_on_call(tx, world.clock.now())


async def test_it_is_asked_by_one_statement(world: World) -> None:
    for number in range(20):
        await World.hired(world.house, f"Bo {number}")
    with counted(world) as asked:
        async with world.house.db.write() as tx:
            assert await answering.anybody_on_call(tx, world.clock.now())
    assert len(asked) == 1
    with counted(world) as asked:
        async with world.house.db.write() as tx:
            assert len(await answering.on_call(tx, world.clock.now())) == 21
    assert len(asked) == 1


async def test_who_was_not_let_in_is_told_by_the_role_that_counts(world: World) -> None:
    await first(world.house, world.counsellor)
    bo, rut = await hired(world.house, "Bo"), await hired(world.house, "Rut", Role.REPORTER)
    await written(world.house, bo.member.id, Role.REPORTER)
    await written(world.house, rut.member.id, Role.COUNSELLOR)
    async with world.house.db.read() as tx:
        assert await answering.sealed_out(tx) == {bo.member.id}


async def test_a_contact_who_comes_back_is_not_offered_to_who_reads_no_more(tower: Tower) -> None:
    world = tower.world
    await comes_back_urgent(tower)
    assert (await world.queue()).waiting[0].offered_until is not None
    await give_role(world.house, "Alva", Role.ADMIN)
    await written(world.house, world.counsellor.id, Role.COUNSELLOR)
    async with world.house.db.read() as tx:
        assert await coordinators(tx) == []
    bo = next(one for one in await all_members(world.house) if one.name == "Bo")
    assert (await world.queue(bo.member)).waiting[0].offered_until is None
    assert await tower.tick() == [BOS]


async def test_nothing_is_handed_to_who_was_given_no_role_that_reads(world: World) -> None:
    boss = await World.hired(world.house, "Cia", Role.COORDINATOR)
    rut = await fallen(world, given=Role.REPORTER, then=Role.COUNSELLOR, name="Rut")
    bo = await fallen(world, given=Role.COUNSELLOR, then=Role.ADMIN, name="Bo")
    await world.text("hej")
    talk = await world.taken()
    seen = await see_conversation(world.house, world.counsellor, talk)
    assert {one.name for one in seen.colleagues} == {"Cia", "Bo"}
    assert {one.name for one in (await see_reassigning(world.house, boss, talk)).to} == {"Bo"}
    with pytest.raises(BadInput, match="unknown"):
        await transfer(world.house, world.counsellor, talk, rut.id)
    with pytest.raises(BadInput, match="unknown"):
        await reassign(world.house, boss, talk, world.counsellor.id, rut.id)
    with pytest.raises(BadInput, match="unknown"):
        await keep_away(world.house, boss, talk, rut.id)
    await transfer(world.house, world.counsellor, talk, bo.id)


async def test_no_shift_is_given_to_who_was_given_no_role_that_reads(world: World) -> None:
    boss = await World.hired(world.house, "Cia", Role.COORDINATOR)
    rut = await fallen(world, given=Role.REPORTER, then=Role.COUNSELLOR, name="Rut")
    bo = await fallen(world, given=Role.COUNSELLOR, then=Role.ADMIN, name="Bo")
    async with world.house.db.write() as tx:
        with pytest.raises(BadInput, match="cannot_read"):
            await must_be_able(tx, rut.id, ShiftRole.PRIMARY)
        await must_be_able(tx, bo.id, ShiftRole.PRIMARY)
    people = {one.name: one.reads for one in await see_people(world.house, boss)}
    assert people == {"Alva": True, "Bo": True, "Cia": True, "Rut": False}
    listed = {one.name: one.role for one in await all_members(world.house)}
    assert (listed["Rut"], listed["Bo"]) == (Role.REPORTER, Role.COUNSELLOR)
