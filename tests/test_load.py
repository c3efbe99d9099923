"""How much each person carries, and what an override leaves of those under it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.load import Load, loads
from domain.override import covered, without
from domain.rota import Kind, Rota, Shift, ShiftRole, Span, faults_of_shift
from domain.wall import moment, on_the_wall
from tests.browser.rota_scene import BACKUP, MONDAY, PRIMARY, at

STOCKHOLM = ZoneInfo("Europe/Stockholm")
HOUR = timedelta(hours=1)
ALVA, BO = UUID(int=1), UUID(int=2)


def span(start: datetime, end: datetime, role: ShiftRole = PRIMARY) -> Span:
    """Alva's, on the wall."""
    return Span(role, ALVA, moment(start, STOCKHOLM), moment(end, STOCKHOLM))


def load(*spans: Span, days: int = 400) -> Load:
    start, end = moment(at(0, 0), STOCKHOLM), moment(at(days, 0), STOCKHOLM)
    return loads(spans, STOCKHOLM, start, end)[ALVA]


@pytest.mark.parametrize(
    ("start", "end", "whole", "night", "weekend"),
    [
        (at(0, 8), at(0, 20), 12, 0, 0), (at(0, 20), at(1, 8), 12, 8, 0),
        (at(4, 20), at(5, 8), 12, 8, 8), (at(6, 20), at(7, 8), 12, 8, 4),
        (at(0, 22), at(0, 22, 30), 0.5, 0.5, 0), (at(0, 6), at(0, 22), 16, 0, 0),
        # On 29 March an hour does not exist, on 25 October one occurs twice: both are nights.
        (at(26, 22), at(27, 6), 7, 7, 7), (at(236, 22), at(237, 6), 9, 9, 9),
        (at(5, 0), at(7, 0), 48, 16, 48),
    ],
)  # fmt: skip
def test_hours_are_counted_as_they_pass(
    start: datetime, end: datetime, whole: float, night: float, weekend: float
) -> None:
    assert load(span(start, end)) == Load(whole * HOUR, night * HOUR, weekend * HOUR)


def test_two_roles_at_once_count_once_and_what_is_not_shown_not_at_all() -> None:
    both = span(at(0, 8), at(0, 20)), span(at(0, 12), at(1, 0), BACKUP), span(at(0, 9), at(0, 10))
    assert load(*both).whole == 16 * HOUR
    assert load(span(at(-1, 8), at(0, 8)), span(at(6, 20), at(9, 0)), days=7).whole == 12 * HOUR


def test_whoever_has_nothing_on_these_days_is_not_named() -> None:
    start = moment(at(0, 0), STOCKHOLM)
    assert loads([span(at(-2, 8), at(-1, 8))], STOCKHOLM, start, start + HOUR) == {}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 60)), max_size=5))
def test_load_agrees_with_counting_half_hours(stretches: list[tuple[int, int]]) -> None:
    begins = moment(at(235, 0), STOCKHOLM)
    half = HOUR / 2
    spans = [
        Span(PRIMARY, ALVA, begins + half * n, begins + half * (n + length))
        for n, length in stretches
    ]
    found = loads(spans, STOCKHOLM, begins, begins + 500 * half).get(ALVA)
    held = [begins + half * n for n in range(500)
            if any(s.holds(begins + half * n) for s in spans)]  # fmt: skip
    walls = [on_the_wall(each, STOCKHOLM) for each in held]
    slow = Load(
        half * len(held),
        half * sum(wall.hour >= 22 or wall.hour < 6 for wall in walls),
        half * sum(wall.weekday() >= 5 for wall in walls),
    )
    assert (found or Load(0 * HOUR, 0 * HOUR, 0 * HOUR)) == slow


HOURS = st.tuples(st.integers(0, 40), st.integers(1, 20))


@given(st.lists(HOURS, min_size=1, max_size=8))
def test_overrides_laid_over_each_other_never_overlap_and_the_last_one_holds(
    stretches: list[tuple[int, int]],
) -> None:
    rota = Rota()
    for number, (begins, lasts) in enumerate(stretches):
        start = at(0, 0) + begins * HOUR
        new = Shift(UUID(int=number + 1), PRIMARY, UUID(int=number), start, start + lasts * HOUR,
                    Kind.OVERRIDE)  # fmt: skip
        under = covered(new, rota)
        stays = without(rota, under)
        assert not faults_of_shift(new, stays)
        left = [
            Shift(UUID(int=1000 * number + n + 100), PRIMARY, old.shift.member, *piece,
                  Kind.OVERRIDE)
            for n, (old, piece) in enumerate((o, p) for o in under for p in o.left)
        ]  # fmt: skip
        rota = Rota(shifts=(*stays.shifts, *left, new))
    for hour in range(61):
        wall = at(0, 0) + hour * HOUR
        holding = [s.member for s in rota.shifts if s.start <= wall < s.end]
        last = [n for n, (begins, lasts) in enumerate(stretches) if begins <= hour < begins + lasts]
        assert [member.int for member in holding] == last[-1:]


def test_what_stands_beside_or_in_another_role_is_not_covered() -> None:
    new = Shift(UUID(int=9), PRIMARY, BO, at(0, 8), at(0, 12), Kind.OVERRIDE)
    others = (
        Shift(UUID(int=1), PRIMARY, ALVA, at(0, 8), at(0, 12), Kind.OVERRIDE, beside=True),
        Shift(UUID(int=2), BACKUP, ALVA, at(0, 8), at(0, 12), Kind.OVERRIDE),
        Shift(UUID(int=3), PRIMARY, ALVA, at(0, 8), at(0, 12)),
        Shift(UUID(int=4), PRIMARY, ALVA, at(0, 12), at(0, 14), Kind.OVERRIDE),
        new,
    )
    assert covered(new, Rota(shifts=others)) == []


def test_the_tests_stand_on_a_monday() -> None:
    assert (MONDAY.weekday(), moment(at(0, 13), STOCKHOLM)) == (
        0,
        datetime(2026, 3, 2, 12, tzinfo=UTC),
    )
