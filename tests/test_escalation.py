"""The ladder: each rung once, none skipped, and one page after an outage instead of a burst."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.escalation import LADDERS, climb, first_rung, rungs
from domain.priority import Tier
from domain.rota import ShiftRole

BEGAN = datetime(2026, 3, 29, 0, 10, tzinfo=UTC)
PRIMARY, BACKUP, COORDINATOR, DUTY = ShiftRole


def at(minutes: float) -> datetime:
    return BEGAN + timedelta(minutes=minutes)


def looks(tier: Tier, *minutes: float) -> list[tuple[ShiftRole, ...]]:
    """Whom each look pages, when the ladder is looked at in these minutes."""
    done, found = 0, []
    for minute in minutes:
        step = climb(tier, BEGAN, done, at(minute))
        done = step.done
        found.append(step.whom)
    return found


def test_a_p1_goes_from_the_primary_up_and_the_primary_hears_it_every_two_minutes() -> None:
    assert looks(Tier.P1, 0, 1, 2, 3, 4, 5, 6, 7, 8) == [
        (PRIMARY,), (BACKUP,), (PRIMARY,), (COORDINATOR,), (PRIMARY,), (DUTY,), (PRIMARY,), (),
        (PRIMARY,),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("tier", "minute", "whom"),
    [
        (Tier.P2, 0, PRIMARY), (Tier.P2, 10, COORDINATOR),
        (Tier.P3, 30, COORDINATOR), (Tier.P4, 120, COORDINATOR),
    ],
)  # fmt: skip
def test_the_others_go_to_the_coordinator_as_the_table_says(
    tier: Tier, minute: float, whom: ShiftRole
) -> None:
    assert looks(tier, minute - 0.01, minute)[1] == (whom,)
    assert first_rung(tier, BEGAN) <= at(minute)


def test_after_an_outage_what_is_overdue_is_one_page_to_each() -> None:
    step = climb(Tier.P1, BEGAN, 0, at(7.5))
    assert step.whom == (PRIMARY, BACKUP, COORDINATOR, DUTY)
    assert step.due_at == at(8)
    assert climb(Tier.P1, BEGAN, step.done, at(7.5)).whom == ()


@given(
    tier=st.sampled_from(Tier),
    looked=st.lists(st.floats(0, 300, allow_nan=False), max_size=30).map(sorted),
)
def test_however_often_it_is_looked_each_rung_is_climbed_once_and_in_time(
    tier: Tier, looked: list[float]
) -> None:
    done, due_at = 0, first_rung(tier, BEGAN)
    for minute in looked:
        step = climb(tier, BEGAN, done, at(minute))
        assert bool(step.whom) == (due_at is not None and due_at <= at(minute))
        assert step.done - done == sum(
            done <= n and BEGAN + rung.after <= at(minute)
            for n, rung in enumerate(rungs(LADDERS[tier]))
        )
        assert step.due_at is None or step.due_at > at(minute)
        done, due_at = step.done, step.due_at  # type: ignore[assignment] # None at the end


def test_a_clock_that_steps_back_pages_nobody_twice() -> None:
    step = climb(Tier.P1, BEGAN, 0, at(1))
    back = climb(Tier.P1, BEGAN, step.done, at(-5))
    assert (back.whom, back.done, back.due_at) == ((), step.done, at(2))
