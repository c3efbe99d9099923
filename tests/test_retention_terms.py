"""Which terms may a coordinator write, and at which hour do they tell?"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.retention import (
    HOUR,
    NOTICE,
    OUTLIVES,
    TERMS,
    USUAL,
    Fault,
    Kept,
    faults,
    first_night,
    holding,
    next_night,
)

STOCKHOLM = ZoneInfo("Europe/Stockholm")
ZONES = [STOCKHOLM, ZoneInfo("Europe/London"), ZoneInfo("Asia/Beirut"), ZoneInfo("UTC")]

anything = st.dictionaries(
    st.sampled_from([*map(str, Kept), "else"]),
    st.one_of(st.integers(-10, 10**7), st.text(max_size=3), st.none(), st.booleans()),
)


def test_what_is_usual_may_be_written() -> None:
    assert faults(USUAL) == {}
    assert holding({}) == USUAL


@given(anything)
def test_whatever_stands_written_holds_within_the_limits_and_in_order(
    written: dict[str, object],
) -> None:
    terms = holding(written)
    assert faults(terms) == {}
    for kept, term in TERMS.items():
        assert term.least <= terms[kept] <= term.most
    for kept, others in OUTLIVES.items():
        assert terms[kept] >= max(terms[other] for other in others)


@pytest.mark.parametrize("kept", Kept)
def test_too_little_and_too_much_are_refused(kept: Kept) -> None:
    assert faults({**USUAL, kept: TERMS[kept].least - 1})[kept] is Fault.TOO_SHORT
    assert faults({**USUAL, kept: TERMS[kept].most + 1})[kept] is Fault.TOO_LONG


def test_the_log_outlives_what_it_tells_of() -> None:
    longer = {**USUAL, Kept.NOTES: 1000, Kept.AUDIT: 999}
    assert faults(longer) == {Kept.AUDIT: Fault.OUTLIVED}
    assert faults({**longer, Kept.AUDIT: 1000}) == {}


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_there_is_one_night_a_day_through_every_change_of_the_clock(zone: ZoneInfo) -> None:
    at = datetime(2026, 1, 1, 12, tzinfo=UTC)
    days = []
    for _ in range(366):
        then = next_night(at, zone)
        assert then > at
        assert then.astimezone(zone).time() == HOUR
        days.append(then.astimezone(zone).date())
        at = then
    assert days == [days[0] + timedelta(days=n) for n in range(366)]


@given(st.integers(0, 2 * 366 * 24 * 60))
def test_the_next_night_is_within_a_day_and_an_hour(minutes: int) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    then = next_night(at, STOCKHOLM)
    assert timedelta() < then - at <= timedelta(hours=25)
    assert first_night(at, STOCKHOLM) >= at + NOTICE


def test_both_changes_of_the_clock_in_stockholm() -> None:
    spring = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    assert next_night(spring, STOCKHOLM) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    autumn = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert next_night(autumn, STOCKHOLM) == datetime(2026, 10, 25, 2, tzinfo=UTC)
