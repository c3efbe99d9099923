"""The table of states: forward only, and every state's place in it."""

import pytest

from domain.delivery import (
    ACCEPTED,
    FINAL,
    PENDING,
    TRANSITIONS,
    TROUBLE,
    Delivery,
    from_provider,
    may_follow,
)

D = Delivery


def test_every_state_has_its_row_and_none_follows_itself() -> None:
    assert set(TRANSITIONS) == set(Delivery)
    assert not [state for state in Delivery if may_follow(state, state)]


def test_what_the_provider_had_never_waits_again() -> None:
    for state in ACCEPTED:
        assert not TRANSITIONS[state] & PENDING


def test_what_is_final_changes_only_by_a_carriers_correction() -> None:
    corrections = {(state, then) for state in FINAL for then in TRANSITIONS[state]}
    assert corrections == {(D.UNDELIVERED, D.DELIVERED)}


def test_a_row_is_pending_or_accepted_or_final() -> None:
    assert set(Delivery) == PENDING | ACCEPTED | FINAL
    assert not PENDING & (ACCEPTED | FINAL)


def test_every_trouble_is_one_that_a_text_can_end_or_wait_in() -> None:
    assert TROUBLE - {D.UNKNOWN} <= FINAL


def test_nothing_is_withheld_once_it_may_have_left() -> None:
    assert {s for s in Delivery if may_follow(s, D.WITHHELD)} == {D.QUEUED}


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("queued", D.SENT),
        ("accepted", D.SENT),
        (" Sent ", D.SENT),
        ("delivered", D.DELIVERED),
        ("read", D.DELIVERED),
        ("undelivered", D.UNDELIVERED),
        ("failed", D.FAILED),
        ("canceled", D.FAILED),
        ("receiving", None),
        ("", None),
    ],
)
def test_a_providers_word_means(said: str, state: Delivery | None) -> None:
    assert from_provider(said) is state
