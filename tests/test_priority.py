"""Tiers, their targets, and how waiting raises them (domain.md, "The queue")."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.priority import DANGER, TARGETS, Tier, Wait, danger_first, risen

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
WAITS = st.timedeltas(timedelta(), timedelta(days=100))


def after(tier: Tier, **waited: float) -> Tier:
    return risen(tier, NOW - timedelta(**waited), NOW)


def test_a_human_replies_within_two_five_fifteen_and_sixty_minutes() -> None:
    minutes = [TARGETS[tier] // timedelta(minutes=1) for tier in Tier]
    assert minutes == [2, 5, 15, 60]


@pytest.mark.parametrize(("tier", "twice"), [(Tier.P3, 30), (Tier.P4, 120)])
def test_p3_and_p4_rise_one_tier_at_twice_their_target(tier: Tier, twice: int) -> None:
    assert after(tier, minutes=twice, seconds=-1) is tier
    assert after(tier, minutes=twice) == tier - 1
    assert after(tier, days=30) == tier - 1


@given(tier=st.sampled_from(Tier), waited=WAITS)
def test_waiting_never_raises_into_p1_and_never_lowers(tier: Tier, waited: timedelta) -> None:
    shown = risen(tier, NOW - waited, NOW)
    assert shown <= tier
    assert (shown is Tier.P1) == (tier is Tier.P1)


@given(tier=st.sampled_from(Tier), shorter=WAITS, longer=WAITS)
def test_who_waits_longer_never_stands_lower(
    tier: Tier, shorter: timedelta, longer: timedelta
) -> None:
    first, second = sorted((shorter, longer))
    assert risen(tier, NOW - second, NOW) <= risen(tier, NOW - first, NOW)


REASONS = st.lists(
    st.sampled_from(["unanswered", "human", "called", "returning", *DANGER[0], *DANGER[1]]),
    unique=True,
)


@given(given_=REASONS)
def test_danger_is_said_first_and_nothing_else_changes_its_order(given_: list[str]) -> None:
    said = danger_first(given_)
    grave = DANGER[0] | DANGER[1]
    assert sorted(said) == sorted(given_)
    rank = [0 if one in DANGER[0] else 1 if one in grave else 2 for one in said]
    assert rank == sorted(rank)
    assert [one for one in said if one not in grave] == [one for one in given_ if one not in grave]
    assert [one for one in said if one in DANGER[0]] == [one for one in given_ if one in DANGER[0]]


def test_that_their_counsellor_did_not_answer_comes_after_the_danger() -> None:
    assert danger_first(("unanswered", "human", "self_harm_now", "danger_words")) == (
        "self_harm_now", "danger_words", "unanswered", "human",
    )  # fmt: skip


def test_a_clock_that_stepped_back_makes_no_negative_wait() -> None:
    wait = Wait(Tier.P3, NOW + timedelta(seconds=5), NOW)
    assert wait.length == timedelta()
    assert after(Tier.P3, minutes=-5) is Tier.P3


def test_the_share_of_the_target_is_one_at_the_target() -> None:
    assert Wait(Tier.P2, NOW - timedelta(minutes=5), NOW).share == 1.0
