"""Who is on call: against a slow way of finding it, on every boundary and both changes of clock."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.on_call import expand, gaps
from domain.rota import (
    ALWAYS,
    Fault,
    Hours,
    Kind,
    Leave,
    Pattern,
    Rota,
    Shift,
    ShiftRole,
    Span,
    Turn,
    faults_of_pattern,
)
from domain.wall import moment, on_the_wall
from tests.rota_oracle import Held, minutes

STOCKHOLM = ZoneInfo("Europe/Stockholm")
ZONES = [STOCKHOLM, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")]
"""The last one's clock changes by half an hour, at the other end of the year."""

CHANGES = [date(2026, 3, 29), date(2026, 10, 25), date(2026, 3, 8), date(2026, 11, 1),
           date(2026, 4, 5), date(2026, 10, 4)]  # fmt: skip
"""The days on which those clocks change, forwards or back."""

MONDAY = date(2026, 1, 5)
ALVA, BO, CARO, DANI = (UUID(int=n) for n in range(1, 5))
PRIMARY, BACKUP = ShiftRole.PRIMARY, ShiftRole.BACKUP
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def on(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute))


def utc(day: date, hour: int, minute: int = 0) -> datetime:
    return on(day, hour, minute).replace(tzinfo=UTC)


def hours(weekday: int, start: int, end: int) -> Hours:
    return Hours(weekday, time(start), time(end))


def pattern(*turns: Turn, role: ShiftRole = PRIMARY, weeks: int = 1, **also: object) -> Pattern:
    values = {"id": UUID(int=100), "begins": MONDAY, **also}
    return Pattern(role=role, weeks=weeks, turns=turns, **values)  # type: ignore[arg-type] # mixed


def shift(member: UUID, start: datetime, end: datetime, **also: object) -> Shift:
    return Shift(UUID(int=200), also.pop("role", PRIMARY), member, start, end, **also)  # type: ignore[arg-type] # mixed


def day_and_night(day: UUID, night: UUID, role: ShiftRole = PRIMARY) -> Pattern:
    turns = [
        Turn(0, Hours(weekday, time(start), time(end)), member)
        for weekday in range(7)
        for start, end, member in ((8, 20, day), (20, 8, night))
    ]
    return pattern(*turns, role=role)


def by_minute(spans: Iterable[Span], start: datetime, end: datetime) -> list[Held]:
    """Who holds each minute, of the spans that were found."""
    found: list[set[tuple[ShiftRole, UUID]]] = [set() for _ in range(int((end - start) / MINUTE))]
    for span in spans:
        assert start <= span.start < span.end <= end
        for at in range(int((span.start - start) / MINUTE), int((span.end - start) / MINUTE)):
            found[at].add((span.role, span.member))
    return [frozenset(each) for each in found]


def agrees(rota: Rota, zone: ZoneInfo, start: datetime, end: datetime) -> None:
    """With the slow way, minute by minute; what is missing is reported as a gap, and no more."""
    fast = by_minute(expand(rota, zone, start, end), start, end)
    open_ = by_minute(
        (Span(g.role, UUID(int=0), g.start, g.end) for g in gaps(rota, zone, start, end)),
        start, end,
    )  # fmt: skip
    for slow, quick, gap in zip(minutes(rota, zone, start, end), fast, open_, strict=True):
        assert quick == slow.held, slow.at
        assert {role for role, _ in gap} == slow.needed - {role for role, _ in slow.held}, slow.at


def full() -> Rota:
    """A rota as a town may have it: three weeks that come again, a new order from summer on."""
    three = [
        Turn(week, Hours(weekday, time(start), time(end)), [ALVA, BO, CARO, DANI][(week + n) % 4])
        for week in range(3)
        for weekday in range(7)
        for n, (start, end) in enumerate(((6, 14), (14, 22), (22, 6)))
        if (week, weekday, n) != (1, 2, 1)
    ]
    nights = [Turn(0, Hours(w, time(22), time(6, 30)), DANI) for w in range(7)]
    return Rota(
        patterns=(
            pattern(*three, weeks=3),
            pattern(*three[::-1], weeks=3, begins=date(2026, 6, 1), id=UUID(int=101)),
            pattern(*nights, role=ShiftRole.DUTY, ends=date(2027, 9, 13)),
            day_and_night(BO, CARO, BACKUP),
        ),
        shifts=(
            shift(BO, on(date(2026, 3, 29), 1, 30), on(date(2026, 3, 29), 2, 30)),
            shift(CARO, on(date(2026, 3, 29), 2, 15), on(date(2026, 3, 29), 4), kind=Kind.OVERRIDE),
            shift(BO, on(date(2026, 10, 25), 2, 30), on(date(2026, 10, 25), 9)),
            shift(DANI, on(date(2026, 10, 25), 2), on(date(2026, 10, 25), 2, 45), beside=True),
        ),
        leaves=(
            Leave(UUID(int=1), ALVA, on(date(2026, 7, 6), 0), on(date(2026, 8, 3), 0)),
            Leave(UUID(int=2), BO, on(date(2026, 10, 24), 23, 17), on(date(2026, 10, 25), 2, 40)),
        ),
        gone={CARO: utc(date(2027, 5, 3), 9, 41)},
        needed={PRIMARY: ALWAYS, ShiftRole.DUTY: (Hours(6, time(22), time(5)),)},
    )  # fmt: skip


def test_two_whole_years_agree_with_the_slow_way_to_the_minute() -> None:
    agrees(full(), STOCKHOLM, utc(MONDAY, 0), utc(date(2028, 1, 5), 0))


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_the_days_on_which_clocks_change_agree_in_three_zones(zone: ZoneInfo) -> None:
    for day in CHANGES:
        agrees(full(), zone, utc(day - timedelta(days=2), 0), utc(day + timedelta(days=2), 0))


def test_the_hour_that_occurs_twice_is_covered_once_and_without_a_gap() -> None:
    day = date(2026, 10, 25)
    rota = Rota(
        shifts=(shift(ALVA, on(day, 1), on(day, 2, 30)), shift(BO, on(day, 2, 30), on(day, 4)))
    )
    found = expand(rota, STOCKHOLM, utc(day, 0) - timedelta(hours=2), utc(day, 6))
    assert [(s.member, s.start, s.end) for s in found] == [
        (ALVA, utc(day - DAY, 23), utc(day, 0, 30)),
        (BO, utc(day, 0, 30), utc(day, 3)),
    ]


def test_a_shift_from_the_hour_that_does_not_exist_begins_at_the_next_time_that_does() -> None:
    day = date(2026, 3, 29)
    rota = Rota(
        shifts=(shift(ALVA, on(day, 1), on(day, 2, 30)), shift(BO, on(day, 2, 30), on(day, 4)))
    )
    found = expand(rota, STOCKHOLM, utc(day, 0), utc(day, 6))
    assert [(s.member, s.start, s.end) for s in found] == [
        (ALVA, utc(day, 0), utc(day, 1)),
        (BO, utc(day, 1), utc(day, 2)),
    ]


def test_a_shift_wholly_within_the_hour_that_does_not_exist_is_nothing() -> None:
    day = date(2026, 3, 29)
    rota = Rota(shifts=(shift(ALVA, on(day, 2, 10), on(day, 2, 50)),))
    assert expand(rota, STOCKHOLM, utc(day, 0), utc(day, 6)) == []


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_a_later_time_on_the_wall_is_never_an_earlier_moment(zone: ZoneInfo) -> None:
    for day in CHANGES:
        walls = [on(day, 0) + timedelta(minutes=n) for n in range(-60, 25 * 60)]
        found = [moment(wall, zone) for wall in walls]
        assert found == sorted(found)
        assert all(
            on_the_wall(at, zone) in {wall, on_the_wall(at, zone)}
            for at, wall in zip(found, walls, strict=True)
        )


MEMBERS = st.sampled_from([ALVA, BO, CARO, DANI])
TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 29, 30, 31, 59]))
HOURS = st.builds(Hours, st.integers(0, 6), TIMES, TIMES)


def days_about(change: date) -> st.SearchStrategy[date]:
    return st.integers(-2, 2).map(lambda n: change + timedelta(days=n))


@st.composite
def rotas(draw: st.DrawFn, change: date) -> Rota:
    """Anything a coordinator might write down about a day on which a clock changes."""
    days = days_about(change)
    walls = st.builds(datetime.combine, days, TIMES)
    weeks = draw(st.integers(1, 3))
    turns = st.builds(Turn, st.integers(0, weeks - 1), HOURS, MEMBERS)
    begins = st.sampled_from(
        [
            MONDAY,
            change - timedelta(days=change.weekday()),
            change - timedelta(days=change.weekday() + 7),
        ]
    )
    patterns = draw(
        st.lists(
            st.builds(
                Pattern, st.uuids(), st.sampled_from(ShiftRole), begins, st.just(weeks),
                st.lists(turns, min_size=1, max_size=6).map(tuple), st.none() | days,
            ),
            max_size=3,
        )
    )  # fmt: skip
    stretches = st.tuples(walls, walls).map(sorted).filter(lambda s: s[0] < s[1])
    shifts = draw(
        st.lists(
            st.builds(
                lambda i, r, m, s, k, b: Shift(i, r, m, s[0], s[1], k, b),
                st.uuids(), st.sampled_from([PRIMARY, BACKUP]), MEMBERS, stretches,
                st.sampled_from([Kind.SINGLE, Kind.OVERRIDE]), st.booleans(),
            ),
            max_size=4,
        )
    )  # fmt: skip
    leaves = draw(
        st.lists(
            st.builds(lambda i, m, s: Leave(i, m, *s), st.uuids(), MEMBERS, stretches), max_size=2
        )
    )
    gone = draw(st.dictionaries(MEMBERS, days.map(lambda d: utc(d, 1, 31)), max_size=1))
    wanted = draw(
        st.dictionaries(
            st.sampled_from(ShiftRole), st.lists(HOURS, max_size=3).map(tuple), max_size=2
        )
    )
    return Rota(
        tuple(p for p in patterns if Fault.OVERLAP not in faults_of_pattern(p)),
        tuple(shifts),
        tuple(leaves),
        gone,
        wanted,
    )


@pytest.mark.parametrize(
    ("zone", "change"),
    [(ZONES[n // 2], change) for n, change in enumerate(CHANGES)],
    ids=str,
)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_whatever_is_written_down_agrees_about_a_change_of_clock(
    zone: ZoneInfo, change: date, data: st.DataObject
) -> None:
    rota = data.draw(rotas(change))
    agrees(rota, zone, utc(change - DAY, 12), utc(change + DAY, 12))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_cut_anywhere_the_halves_are_the_whole(data: st.DataObject) -> None:
    rota = data.draw(rotas(CHANGES[1]))
    start, end = utc(CHANGES[1] - timedelta(days=2), 0), utc(CHANGES[1] + timedelta(days=2), 0)
    cut = start + MINUTE * data.draw(st.integers(1, 4 * 24 * 60 - 1))
    whole = by_minute(expand(rota, STOCKHOLM, start, end), start, end)
    first = by_minute(expand(rota, STOCKHOLM, start, cut), start, cut)
    assert [*first, *by_minute(expand(rota, STOCKHOLM, cut, end), cut, end)] == whole


def test_an_override_holds_over_a_single_shift_and_that_over_the_pattern() -> None:
    day = MONDAY + timedelta(days=9)
    rota = Rota(
        patterns=(day_and_night(ALVA, BO),),
        shifts=(
            shift(DANI, on(day, 12), on(day, 13), kind=Kind.OVERRIDE),
            shift(CARO, on(day, 10), on(day, 16)),
        ),
    )
    found = expand(rota, STOCKHOLM, utc(day, 7), utc(day, 19))
    assert [(s.member, s.start.hour) for s in found] == [
        (ALVA, 7), (CARO, 9), (DANI, 11), (CARO, 12), (ALVA, 15),
    ]  # fmt: skip


def test_two_primaries_only_where_it_is_asked_for() -> None:
    day = MONDAY + DAY
    rota = Rota((day_and_night(ALVA, BO),), (shift(CARO, on(day, 12), on(day, 13), beside=True),))
    found = expand(rota, STOCKHOLM, utc(day, 11), utc(day, 12))
    assert {s.member for s in found if s.holds(utc(day, 11, 30))} == {ALVA, CARO}


def test_who_is_away_leaves_a_gap_that_is_reported_and_nobody_steps_in_unseen() -> None:
    day = MONDAY + DAY
    away = Leave(UUID(int=9), ALVA, on(day, 12), on(day, 15))
    rota = Rota((day_and_night(ALVA, BO),), leaves=(away,))
    (gap,) = gaps(rota, STOCKHOLM, utc(day, 0), utc(day, 23))
    assert (gap.role, gap.start, gap.end) == (PRIMARY, utc(day, 11), utc(day, 14))


def test_whose_account_ended_is_not_on_call_from_that_moment() -> None:
    day = MONDAY + DAY
    rota = Rota((day_and_night(ALVA, BO),), gone={ALVA: utc(day, 12, 7)})
    (span,) = expand(rota, STOCKHOLM, utc(day, 8), utc(day, 18))
    assert (span.member, span.end) == (ALVA, utc(day, 12, 7))


def test_a_new_pattern_takes_over_after_the_night_that_began_under_the_old_one() -> None:
    new = pattern(
        *(Turn(0, Hours(w, time(6), time(6)), CARO) for w in range(7)),
        begins=MONDAY + timedelta(weeks=2), id=UUID(int=7),
    )  # fmt: skip
    rota = Rota((day_and_night(ALVA, BO), new))
    monday = MONDAY + timedelta(weeks=2)
    found = expand(rota, STOCKHOLM, utc(monday, 3), utc(monday, 12))
    assert [(s.member, s.end.hour) for s in found] == [(BO, 5), (CARO, 12)]
