"""A contact's private half stays what it was under a new pair of the team and opens only for it."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.admitted import Key
from storage.encryption import SealBroken
from storage.pairs import new_pair, open_with, seal_to
from storage.pairs_carried_over import Held, resealed


@given(st.lists(st.integers(1, 3), max_size=12))
def test_each_opens_with_the_new_pair_alone_and_is_what_it_was(teams: list[int]) -> None:
    opened = {generation: new_pair() for generation in (1, 2, 3)}
    new = Key(4, new_pair())
    held: list[Held] = []
    for of_team in teams:
        whose, private = uuid4(), new_pair().private
        place = ("contact_pairs", whose, 7)
        held.append((whose, 7, of_team, seal_to(opened[of_team].public, private, *place)))
    for (whose, which, of_team, sealed), now in zip(held, resealed(held, opened, new), strict=True):
        place = ("contact_pairs", whose, which)
        assert (now["whose"], now["which"]) == (whose, which)
        assert open_with(new.pair, now["again"], *place) == open_with(
            opened[of_team], sealed, *place
        )
        with pytest.raises(SealBroken):
            open_with(opened[of_team], now["again"], *place)


def test_what_does_not_open_stays_as_it_is() -> None:
    opened, new = {1: new_pair()}, Key(2, new_pair())
    whose = uuid4()
    good = seal_to(opened[1].public, b"private", "contact_pairs", whose, 1)
    moved = seal_to(opened[1].public, b"private", "contact_pairs", uuid4(), 1)
    held: list[Held] = [
        (whose, 1, 1, moved),
        (whose, 1, 9, good),
        (whose, 1, 1, b""),
        (whose, 1, 1, good),
    ]
    (now,) = resealed(held, opened, new)
    assert open_with(new.pair, now["again"], "contact_pairs", whose, 1) == b"private"
