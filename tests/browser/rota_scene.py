"""A rota with all that its page can show: two roles, a gap, leave, an override, somebody beside."""

from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid4

from domain.member import Member, Role
from domain.rota import Hours, ShiftRole, Turn
from handlers.go_by import go_by_its_own
from handlers.see_rota import line_called
from handlers.see_rota_page import see_lines
from handlers.set_needed import set_needed
from handlers.write_leave import write_leave
from handlers.write_pattern import write_pattern
from handlers.write_shift import Given, How, write_shift
from tests.world import World

PRIMARY, BACKUP = ShiftRole.PRIMARY, ShiftRole.BACKUP
MONDAY = date(2026, 3, 2)
"""On which the tests' clock stands, at 13:00 in Stockholm."""


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """On the wall, so many days after the Monday."""
    return datetime.combine(MONDAY, time(hour, minute)) + timedelta(days=day)


async def rota_of(world: World, member: Member, place: int = 0) -> UUID:
    """By which a line goes, the first added first."""
    found = (await see_lines(world.house, member)).lines[place].rota_id
    assert found is not None
    return found


async def with_a_rota(world: World, bo: Member) -> UUID:
    """Alva has the days and Björn Dahlqvist the nights; on Friday night nobody is there."""
    house = world.house
    line = await line_called(house, "Card 2026")
    await go_by_its_own(house, bo, line.id, form_key=uuid4())
    rota = await rota_of(world, bo)
    night = await World.hired(house, "Björn Dahlqvist")
    caro = await World.hired(house, "Caro")
    shifts = ((6, 14, world.counsellor), (14, 22, caro), (22, 6, night))
    turns = tuple(
        Turn(0, Hours(day, time(start), time(end)), member.id)
        for day in range(7)
        for start, end, member in shifts
    )
    monday = MONDAY - timedelta(weeks=1)
    await write_pattern(house, bo, rota, PRIMARY, monday, 1, turns, form_key=uuid4())
    behind = tuple(Turn(0, Hours(day, time(18), time(8)), bo.id) for day in range(7))
    await write_pattern(house, bo, rota, BACKUP, monday, 1, behind, form_key=uuid4())
    await write_leave(house, bo, night.id, at(4, 0), at(6, 0), form_key=uuid4())
    for given in (
        Given(PRIMARY, bo.id, at(2, 8), at(2, 10)),
        Given(PRIMARY, bo.id, at(3, 16), at(3, 19), How.BESIDE),
        Given(PRIMARY, world.counsellor.id, at(5, 22), at(6, 6)),
    ):
        await write_shift(house, bo, rota, given, form_key=uuid4())
    evenings = tuple(Hours(day, time(18), time(23)) for day in range(5))
    await set_needed(house, bo, rota, BACKUP, evenings)
    return rota


async def a_coordinator(world: World) -> Member:
    """Who may change it."""
    return await World.hired(world.house, "Bo", Role.COORDINATOR)
