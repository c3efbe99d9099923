"""The ladder: each step once, none skipped, and one page after an outage instead of a burst."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.escalation import LADDERS, Climb, Climbed, Whom, climb, first_due
from domain.pace import REAL
from domain.priority import Tier

BEGAN = datetime(2026, 3, 29, 0, 10, tzinfo=UTC)
PRIMARY, BACKUP, COORDINATOR, DUTY = Whom.PRIMARY, Whom.BACKUP, Whom.COORDINATOR, Whom.DUTY
NOTHING = Climbed(BEGAN, BEGAN)


def at(minutes: float) -> datetime:
    return BEGAN + timedelta(minutes=minutes)


def whom(step: Climb) -> tuple[Whom, ...]:
    return tuple(call.whom for call in step.calls)


def looks(tier: Tier, *minutes: float, owned: bool = False) -> list[tuple[Whom, ...]]:
    """Whom each look pages, when the ladder is looked at in these minutes."""
    so_far, found = NOTHING, []
    for minute in minutes:
        step = climb(LADDERS[tier], so_far, at(minute), owned=owned)
        so_far = step.climbed
        found.append(whom(step))
    return found


def test_a_p1_goes_from_the_primary_up_and_the_primary_hears_it_every_two_minutes() -> None:
    assert looks(Tier.P1, 0, 1, 2, 3, 4, 5, 6, 7, 8) == [
        (PRIMARY,), (BACKUP,), (PRIMARY,), (COORDINATOR,), (PRIMARY,), (DUTY,), (PRIMARY,), (),
        (PRIMARY,),
    ]  # fmt: skip


def test_the_primary_hears_it_for_as_long_as_nobody_has_taken_it() -> None:
    heard = looks(Tier.P1, *range(0, 60 * 24 * 3, 2))
    assert all(PRIMARY in some for some in heard)


def test_the_owner_of_a_p1_is_paged_first_and_again_and_then_the_ladder_begins() -> None:
    owner = Whom.OWNER
    assert looks(Tier.P1, 0, 1, 2, 3, 4, 5, 6, owned=True) == [
        (owner,), (PRIMARY,), (BACKUP, owner, PRIMARY), (), (COORDINATOR, owner, PRIMARY), (),
        (DUTY, owner, PRIMARY),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("tier", "minute", "called"),
    [
        (Tier.P2, 0, PRIMARY), (Tier.P2, 10, COORDINATOR),
        (Tier.P3, 30, COORDINATOR), (Tier.P4, 120, COORDINATOR),
    ],
)  # fmt: skip
def test_the_others_go_to_the_coordinator_as_the_table_says(
    tier: Tier, minute: float, called: Whom
) -> None:
    early = [minute - 0.01] if minute else []
    assert looks(tier, *early, minute)[-1] == (called,)
    assert first_due(tier, BEGAN, REAL) <= at(minute)


def test_after_an_outage_what_is_overdue_is_one_page_to_each() -> None:
    step = climb(LADDERS[Tier.P1], NOTHING, at(7.5))
    assert whom(step) == (PRIMARY, BACKUP, COORDINATOR, DUTY)
    assert step.due_at == at(8)
    assert whom(climb(LADDERS[Tier.P1], step.climbed, at(7.5))) == ()


@given(
    tier=st.sampled_from(Tier),
    looked=st.lists(st.floats(0, 300, allow_nan=False), max_size=30).map(sorted),
    owned=st.booleans(),
)
def test_however_often_it_is_looked_each_step_is_climbed_once_and_in_time(
    tier: Tier, looked: list[float], owned: bool
) -> None:
    ladder = LADDERS[tier]
    so_far, due_at = NOTHING, min(first_due(tier, BEGAN, REAL, owned=owned), at(300))
    asked: list[Whom] = []
    for minute in looked:
        step = climb(ladder, so_far, at(minute), owned=owned)
        assert bool(step.calls) == (due_at is not None and due_at <= at(minute))
        assert step.due_at is None or step.due_at > at(minute)
        asked += [call.whom for call in step.calls if not call.again]
        so_far, due_at = step.climbed, step.due_at  # type: ignore[assignment] # None at the end
    later = timedelta(minutes=1 if owned else 0)
    due = [s.whom for s in ladder.steps if looked and BEGAN + later + s.after <= at(looked[-1])]
    assert sorted(asked) == sorted([*map(str, due), *(["owner"] if owned and looked else [])])


def test_a_clock_that_steps_back_pages_nobody_twice_and_loses_only_that_look() -> None:
    step = climb(LADDERS[Tier.P1], NOTHING, at(1))
    back = climb(LADDERS[Tier.P1], step.climbed, at(-60))
    assert whom(back) == ()
    assert back.due_at == at(-59)  # as it was due a minute after that look
    assert whom(climb(LADDERS[Tier.P1], back.climbed, at(-59))) == (PRIMARY,)
    assert whom(climb(LADDERS[Tier.P1], back.climbed, at(-58))) == (COORDINATOR, PRIMARY)


@given(
    st.lists(
        st.one_of(st.floats(0, 5, allow_nan=False), st.floats(-600, 0, allow_nan=False)),
        max_size=40,
    )
)
def test_a_clock_that_jumps_about_never_silences_a_p1_for_longer_than_it_comes_again(
    jumps: list[float],
) -> None:
    """Looked at after every jump: whatever the clock says next, somebody is paged within two of
    its minutes, and no step comes twice."""
    so_far, now, asked = NOTHING, BEGAN, list[Whom]()
    for jump in jumps:
        now += timedelta(minutes=jump)
        step = climb(LADDERS[Tier.P1], so_far, now)
        so_far = step.climbed
        asked += [call.whom for call in step.calls if not call.again]
        assert step.due_at is not None
        assert now < step.due_at <= now + timedelta(minutes=2)
    assert len(asked) == len(set(asked))
