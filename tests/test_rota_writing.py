"""Coordinators write the rota, everybody their own leave; what is written holds at once."""

import asyncio
from dataclasses import replace
from datetime import datetime, time, timedelta
from uuid import UUID, uuid4

import pytest

from domain.member import Member, Role
from domain.rota import ALWAYS, Hours, ShiftRole, Turn
from domain.wall import moment
from handlers.add_line import add_line
from handlers.errors import BadInput, NotAllowed, NotFound, OnlyCoordinators
from handlers.go_by import go_by, go_by_its_own
from handlers.house import House
from handlers.invite import revoke
from handlers.rotas import Rotas
from handlers.see_paper import see_leave, see_paper, see_people
from handlers.see_queue import see_queue
from handlers.see_rota import gaps_between, line_called, who
from handlers.see_rota_page import see_lines, see_rota_page
from handlers.set_needed import set_needed
from handlers.write_leave import strike_leave, write_leave
from handlers.write_pattern import end_pattern, write_pattern
from handlers.write_shift import Given, How, strike_shift, write_shift
from tests.branches import branches
from tests.browser.rota_scene import MONDAY, PRIMARY, at, rota_of
from tests.world import World

HOUR = timedelta(hours=1)


@pytest.fixture
async def bo(world: World) -> Member:
    return await world.hired(world.house, "Bo", Role.COORDINATOR)


@pytest.fixture
async def line(world: World) -> UUID:
    return (await line_called(world.house, "Card 2026")).id


@pytest.fixture
async def rota(world: World, bo: Member, line: UUID) -> UUID:
    """Of the only line, with nothing in it."""
    await go_by_its_own(world.house, bo, line, form_key=uuid4())
    return await rota_of(world, bo)


async def day_and_night(world: World, bo: Member, rota: UUID, day: Member, night: Member) -> None:
    turns = tuple(
        Turn(0, Hours(weekday, time(start), time(end)), member.id)
        for weekday in range(7)
        for start, end, member in ((8, 20, day), (20, 8, night))
    )
    await write_pattern(world.house, bo, rota, PRIMARY, MONDAY, 1, turns, form_key=uuid4())


async def there(world: World, wall: datetime, house: House | None = None) -> list[str]:
    """Who is on call then, each with the initial of the role."""
    here = house or world.house
    found = await who(here, await line_called(here, "Card 2026"), moment(wall, here.zone))
    return [f"{one.name} {one.role}" if one.role != PRIMARY else one.name for one in found]


async def test_a_line_gets_a_rota_of_its_own_once(world: World, bo: Member, line: UUID) -> None:
    key = uuid4()
    for _ in range(2):
        await go_by_its_own(world.house, bo, line, form_key=key)
    await go_by_its_own(world.house, bo, line, form_key=uuid4())
    found = await see_lines(world.house, bo)
    (one,) = found.rotas
    assert (one.lines, found.lines[0].rota_id) == (("Card 2026",), one.id)
    assert await there(world, at(0, 13)) == []


async def test_a_line_shares_anothers_rota_and_one_taken_away_is_kept(
    world: World, bo: Member, rota: UUID
) -> None:
    house = world.house
    await add_line(house, "+46701740606", "Card 2027", ("sv",), "exit")
    second = (await line_called(house, "Card 2027")).id
    await go_by(house, bo, second, rota)
    (shared,) = (await see_lines(house, bo)).rotas
    assert shared.lines == ("Card 2026", "Card 2027")
    await go_by_its_own(house, bo, second, form_key=uuid4())
    assert len((await see_lines(house, bo)).used) == 2
    first = (await line_called(house, "Card 2026")).id
    await day_and_night(world, bo, rota, world.counsellor, bo)
    await go_by(house, bo, first, None)
    assert await there(world, at(0, 13)) == ["Alva None", "Bo None"]
    assert {one.lines for one in (await see_lines(house, bo)).rotas} == {(), ("Card 2027",)}
    await go_by(house, bo, first, rota)
    assert await there(world, at(0, 13)) == ["Alva"]
    with pytest.raises(NotFound):
        await go_by(house, bo, first, uuid4())
    with pytest.raises(NotFound):
        await go_by(house, bo, uuid4(), None)


async def test_bo_takes_the_night_instead_of_alva_and_the_rest_stays(
    world: World, bo: Member, rota: UUID
) -> None:
    await day_and_night(world, bo, rota, bo, world.counsellor)
    given, key = Given(PRIMARY, bo.id, at(4, 20), at(5, 8)), uuid4()
    for _ in range(2):
        await write_shift(world.house, bo, rota, given, form_key=key)
    assert await there(world, at(4, 22)) == ["Bo"]
    assert await there(world, at(3, 22)) == await there(world, at(5, 22)) == ["Alva"]
    (written,) = (await see_paper(world.house, bo, rota)).shifts
    await strike_shift(world.house, bo, rota, written.id)
    await strike_shift(world.house, bo, rota, written.id)
    assert await there(world, at(4, 22)) == ["Alva"]


async def test_what_was_given_away_is_given_again_in_the_middle_and_both_ends_stay(
    world: World, bo: Member, rota: UUID
) -> None:
    caro = await world.hired(world.house, "Caro")
    await write_shift(
        world.house, bo, rota, Given(PRIMARY, bo.id, at(4, 8), at(4, 20)), form_key=uuid4()
    )
    await write_shift(
        world.house, bo, rota, Given(PRIMARY, caro.id, at(4, 12), at(4, 14)), form_key=uuid4()
    )
    hours = [await there(world, at(4, hour)) for hour in (7, 8, 11, 12, 13, 14, 19, 20)]
    assert hours == [[], ["Bo"], ["Bo"], ["Caro"], ["Caro"], ["Bo"], ["Bo"], []]
    assert len((await see_paper(world.house, bo, rota)).shifts) == 3


async def test_a_second_person_stands_beside_and_another_role_under_its_name(
    world: World, bo: Member, rota: UUID
) -> None:
    dani = await world.hired(world.house, "Dani", Role.ADMIN)
    await day_and_night(world, bo, rota, world.counsellor, world.counsellor)
    for given in (
        Given(PRIMARY, bo.id, at(1, 9), at(1, 12), How.BESIDE),
        Given(ShiftRole.DUTY, dani.id, at(1, 0), at(2, 0), How.SINGLE),
    ):
        await write_shift(world.house, bo, rota, given, form_key=uuid4())
    assert sorted(await there(world, at(1, 10))) == ["Alva", "Bo", "Dani duty"]
    assert await there(world, at(1, 13)) == ["Alva", "Dani duty"]


async def test_a_shift_that_cannot_be_is_refused_and_changes_nothing(
    world: World, bo: Member, rota: UUID
) -> None:
    noor = await world.hired(world.house, "Noor", Role.ADMIN)
    gone = await world.hired(world.house, "Gone")
    await revoke(world.house, "Gone")
    await write_leave(world.house, bo, bo.id, at(3, 0), at(4, 0), form_key=uuid4())
    single = Given(PRIMARY, bo.id, at(1, 9), at(1, 12), How.SINGLE)
    await write_shift(world.house, bo, rota, single, form_key=uuid4())
    for given, wrong in (
        (replace(single, end=at(1, 9)), "shift: empty"),
        (replace(single, start=at(9, 9), end=at(30, 9)), "shift: too_long"),
        (replace(single, start=at(1, 11), end=at(1, 14)), "shift: overlap"),
        (replace(single, start=at(3, 9), end=at(3, 14)), "shift: on_leave"),
        (replace(single, member_id=noor.id), "member: cannot_read"),
        (replace(single, member_id=gone.id), "member: unknown"),
        (replace(single, member_id=uuid4()), "member: unknown"),
    ):
        with pytest.raises(BadInput, match=wrong):
            await write_shift(world.house, bo, rota, given, form_key=uuid4())
    assert len((await see_paper(world.house, bo, rota)).shifts) == 1


async def test_a_pattern_of_three_weeks_holds_until_it_is_ended(
    world: World, bo: Member, rota: UUID
) -> None:
    people = [world.counsellor, bo, await world.hired(world.house, "Caro")]
    turns = tuple(Turn(week, hours, people[week].id) for week in range(3) for hours in ALWAYS)
    key = uuid4()
    for _ in range(2):
        await write_pattern(world.house, bo, rota, PRIMARY, MONDAY, 3, turns, form_key=key)
    found = [await there(world, at(7 * week + 2, 3)) for week in range(4)]
    assert found == [["Alva"], ["Bo"], ["Caro"], ["Alva"]]
    (pattern,) = (await see_paper(world.house, bo, rota)).patterns
    await end_pattern(world.house, bo, rota, pattern.id, MONDAY + timedelta(days=3))
    assert [await there(world, at(day, 12)) for day in (2, 3)] == [["Alva"], []]
    await end_pattern(world.house, bo, rota, pattern.id, MONDAY)
    assert (await see_paper(world.house, bo, rota)).patterns == ()
    with pytest.raises(NotFound):
        await end_pattern(world.house, bo, rota, pattern.id, MONDAY)


async def test_a_pattern_that_cannot_be_is_refused(world: World, bo: Member, rota: UUID) -> None:
    noor = await world.hired(world.house, "Noor", Role.ADMIN)
    turn = Turn(0, ALWAYS[0], bo.id)
    for begins, turns, wrong in (
        (MONDAY + timedelta(days=1), (turn,), "pattern: not_a_monday"),
        (MONDAY, (), "pattern: empty"),
        (MONDAY, (turn, turn), "pattern: overlap"),
        (MONDAY, (turn,) * 1501, "pattern: too_many"),
        (MONDAY, (replace(turn, week=1),), "pattern: weeks"),
        (MONDAY, (replace(turn, member=noor.id),), "member: cannot_read"),
    ):
        with pytest.raises(BadInput, match=wrong):
            await write_pattern(world.house, bo, rota, PRIMARY, begins, 1, turns, form_key=uuid4())


async def test_leave_leaves_a_gap_that_is_told_of_and_struck_out_it_is_none(
    world: World, bo: Member, rota: UUID
) -> None:
    house, alva = world.house, world.counsellor
    await day_and_night(world, bo, rota, alva, bo)
    key = uuid4()
    for _ in range(2):
        await write_leave(house, alva, alva.id, at(2, 0), at(3, 0), form_key=key)
    page = await see_rota_page(house, bo, rota, MONDAY, 7)
    (gap,) = page.coming_gaps
    assert (gap.role, gap.end - gap.start) == (PRIMARY, 12 * HOUR)
    assert [(away.name, away.mine) for away in page.leaves] == [("Alva", False)]
    (mine,) = await see_leave(house, alva)
    await strike_leave(house, alva, mine.id)
    assert (await see_rota_page(house, bo, rota, MONDAY, 7)).coming_gaps == ()
    with pytest.raises(NotFound):
        await strike_leave(house, alva, mine.id)


async def test_one_writes_ones_own_leave_and_a_coordinator_everybodys(
    world: World, bo: Member
) -> None:
    house, alva = world.house, world.counsellor
    await write_leave(house, bo, bo.id, at(2, 0), at(3, 0), form_key=uuid4())
    await write_leave(house, bo, alva.id, at(2, 0), at(3, 0), form_key=uuid4())
    assert [away.name for away in await see_leave(house, alva)] == ["Alva"]
    theirs = next(a for a in await see_leave(house, bo) if a.name == "Bo")
    with pytest.raises(OnlyCoordinators):
        await strike_leave(house, alva, theirs.id)
    with pytest.raises(OnlyCoordinators):
        await write_leave(house, alva, bo.id, at(4, 0), at(5, 0), form_key=uuid4())
    with pytest.raises(BadInput, match="leave: empty"):
        await write_leave(house, alva, alva.id, at(4, 0), at(4, 0), form_key=uuid4())
    with pytest.raises(BadInput, match="member: unknown"):
        await write_leave(house, bo, uuid4(), at(4, 0), at(5, 0), form_key=uuid4())
    assert [p.name for p in await see_people(house, alva)] == ["Alva"]
    assert [p.name for p in await see_people(house, bo)] == ["Alva", "Bo"]


async def test_gaps_are_where_somebody_is_needed(world: World, bo: Member, rota: UUID) -> None:
    house = world.house
    line = await line_called(house, "Card 2026")
    start, end = (moment(at(0, 0), house.zone) + n * 24 * HOUR for n in (0, 7))
    (always,) = await gaps_between(house, line, start, end)
    assert (always.start, always.end) == (start, end)
    evenings = tuple(Hours(weekday, time(18), time(22)) for weekday in range(5))
    await set_needed(house, bo, rota, PRIMARY, evenings)
    assert len(await gaps_between(house, line, start, end)) == 5
    await set_needed(house, bo, rota, ShiftRole.BACKUP, evenings)
    assert len(await gaps_between(house, line, start, end)) == 10
    for role in (PRIMARY, ShiftRole.BACKUP):
        await set_needed(house, bo, rota, role, ())
    assert await gaps_between(house, line, start, end) == []
    with pytest.raises(BadInput, match="needed: too_many"):
        await set_needed(house, bo, rota, PRIMARY, ALWAYS * 8)


async def test_nobody_but_coordinators_changes_a_rota(
    world: World, bo: Member, line: UUID, rota: UUID
) -> None:
    house = world.house
    noor = await world.hired(house, "Noor", Role.ADMIN)
    given = Given(PRIMARY, bo.id, at(4, 20), at(5, 8))
    for member, refused in ((world.counsellor, OnlyCoordinators), (noor, NotAllowed)):
        for deed in (
            write_shift(house, member, rota, given, form_key=uuid4()),
            strike_shift(house, member, rota, uuid4()),
            write_pattern(house, member, rota, PRIMARY, MONDAY, 1, (), form_key=uuid4()),
            end_pattern(house, member, rota, uuid4(), MONDAY),
            set_needed(house, member, rota, PRIMARY, ()),
            go_by(house, member, line, None),
            go_by_its_own(house, member, line, form_key=uuid4()),
            see_paper(house, member, rota),
            write_leave(house, member, bo.id, at(0, 0), at(1, 0), form_key=uuid4()),
        ):
            with pytest.raises(refused):
                await deed
    for look in (see_lines(house, noor), see_rota_page(house, noor, rota, MONDAY, 7),
                 see_leave(house, noor), see_people(house, noor)):  # fmt: skip
        with pytest.raises(NotAllowed):
            await look
    await revoke(house, "Bo")
    with pytest.raises(NotAllowed):
        await write_shift(house, bo, rota, given, form_key=uuid4())
    with pytest.raises(NotFound):
        await see_rota_page(house, world.counsellor, uuid4(), MONDAY, 7)


async def test_whoever_is_revoked_is_at_once_off_call_in_every_process(
    world: World, bo: Member, rota: UUID, twin: House
) -> None:
    other = replace(twin, rotas=Rotas())
    await day_and_night(world, bo, rota, world.counsellor, world.counsellor)

    async def on_call() -> list[str]:
        return [one.name for one in (await see_queue(other, bo)).on_call]

    assert await on_call() == ["Alva"]
    await revoke(world.house, "Alva")
    assert await on_call() == []


async def test_what_one_process_writes_holds_in_the_other(
    world: World, bo: Member, rota: UUID, twin: House
) -> None:
    other = replace(twin, rotas=Rotas())
    await see_queue(other, bo)
    given = Given(PRIMARY, bo.id, at(0, 12), at(0, 20))
    await write_shift(world.house, bo, rota, given, form_key=uuid4())
    assert [one.name for one in (await see_queue(other, bo)).on_call] == ["Bo"]
    await write_leave(world.house, bo, bo.id, at(0, 12), at(0, 20), form_key=uuid4())
    assert (await see_queue(other, bo)).on_call == ()


async def test_two_who_give_the_same_night_away_at_once_leave_one_in_it(
    world: World, bo: Member, rota: UUID, database_url: str
) -> None:
    caro = await world.hired(world.house, "Caro")
    async with branches(world.house, database_url, 2) as houses:
        await asyncio.gather(
            *(
                write_shift(
                    houses[n % 2], bo, rota, Given(PRIMARY, who_.id, at(1, 20), at(2, 8)),
                    form_key=uuid4(),
                )
                for n, who_ in enumerate((bo, caro, world.counsellor, bo))
            )
        )  # fmt: skip
    assert len((await see_paper(world.house, bo, rota)).shifts) == 1
    assert len(await there(world, at(1, 22))) == 1
