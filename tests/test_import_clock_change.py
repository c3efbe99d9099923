"""A calendar in UTC has an hour more than the wall when the clock goes back: nobody is lost."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.wall import moment, on_paper, on_the_wall
from tests.calendar_files import entry
from tests.test_import_shifts import desk as desk  # noqa: PLC0414 - a fixture of both files
from tests.test_import_shifts import on_call, read
from tests.world import World

STOCKHOLM = ZoneInfo("Europe/Stockholm")
ZONES = [STOCKHOLM, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")]
BACK = datetime(2026, 10, 25, 1, tzinfo=UTC)
"""When Stockholm's clock goes back: 03:00 is 02:00 again."""


def after(minutes: int) -> datetime:
    return BACK + timedelta(minutes=minutes)


def utc(name: str, start: int, end: int) -> str:
    """A shift in minutes after the clock went back."""
    begins, ends = (f":{after(at):%Y%m%dT%H%M%SZ}" for at in (start, end))
    return entry(name, begins, ends)


async def at(desk: World, *minutes: int) -> list[list[str]]:
    return [await on_call(desk, after(each)) for each in minutes]


async def test_a_shift_that_begins_and_ends_in_the_hour_that_occurs_twice_is_read(
    desk: World,
) -> None:
    """On the wall it would end (02:15) before it begins (02:30)."""
    night = utc("Alva", -300, -30), utc("Bo", -30, 15), utc("Alva", 15, 300)
    plan = await read(desk, *night)
    assert plan.problems == ()
    assert [(p.start.hour, p.start.minute, p.end.hour) for p in plan.added] == [
        (22, 0, 2), (2, 30, 3), (3, 0, 7),
    ]  # fmt: skip
    assert await at(desk, -31, -30, 14, 59, 60) == [["Alva"], ["Bo"], ["Bo"], ["Bo"], ["Alva"]]


@pytest.mark.parametrize(("start", "end"), [(10, 50), (0, 60), (0, 30), (59, 60)])
async def test_one_wholly_in_its_second_time_is_left_out_and_said_and_nobody_is_lost(
    desk: World, start: int, end: int
) -> None:
    night = utc("Alva", -300, start), utc("Bo", start, end), utc("Alva", end, 300)
    plan = await read(desk, *night, preview=True)
    assert plan.problems == ()
    assert plan.warnings == ("second_hour", "first_rota")
    plan = await read(desk, *night)
    assert [p.name for p in plan.added] == ["Alva", "Alva"]
    assert await at(desk, -1, 0, start, end, 59, 60, 299) == [["Alva"]] * 7
    again = await read(desk, *night)
    assert (again.kept, again.added, again.struck) == (2, (), ())


async def test_two_that_follow_each_other_there_follow_each_other_on_paper(desk: World) -> None:
    for change in range(-60, 61, 15):
        plan = await read(desk, utc("Alva", -300, change), utc("Bo", change, 300))
        assert plan.problems == ()
        found = await at(desk, -61, *range(-60, 61, 15), 61)
        assert found[0] == ["Alva"]
        assert found[-1] == ["Bo"]
        assert all(len(there) == 1 for there in found)


@given(st.sampled_from(ZONES), st.integers(0, 2 * 366 * 24 * 60), st.integers(1, 180))
def test_on_paper_nothing_is_earlier_than_it_is_and_nothing_changes_places(
    zone: ZoneInfo, minute: int, later: int
) -> None:
    first = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    second = first + timedelta(minutes=later)
    assert moment(on_paper(first, zone), zone) >= first
    assert on_paper(first, zone) <= on_paper(second, zone)
    if not first.astimezone(zone).fold:
        assert on_paper(first, zone) == on_the_wall(first, zone)
        assert moment(on_paper(first, zone), zone) == first


@pytest.mark.parametrize("zone", ZONES, ids=lambda zone: zone.key)
def test_so_it_is_in_every_minute_of_a_night_on_which_the_clock_goes_back(zone: ZoneInfo) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    hours = [start + timedelta(hours=n) for n in range(366 * 24)]
    folded = [at for at in hours if at.astimezone(zone).fold]
    assert folded
    for near in folded:
        night = [near + timedelta(minutes=n) for n in range(-180, 181)]
        paper = [on_paper(at, zone) for at in night]
        assert paper == sorted(paper)
        assert all(moment(p, zone) >= at for p, at in zip(paper, night, strict=True))
