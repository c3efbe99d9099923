"""What is sealed to a key pair opens for its private half, in its place, and nowhere else."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.encryption import SealBroken
from storage.pairs import new_pair, open_with, pair_of, seal_to

PLACE = ("contact_keys", uuid4(), 1)


@given(st.binary(max_size=300))
def test_whoever_holds_the_private_half_opens_it(plain: bytes) -> None:
    pair = new_pair()
    assert open_with(pair_of(pair.private), seal_to(pair.public, plain, *PLACE), *PLACE) == plain


def test_another_pair_or_another_place_opens_nothing() -> None:
    pair = new_pair()
    sealed = seal_to(pair.public, b"a key", *PLACE)
    for other, place in ((new_pair(), PLACE), (pair, ("contact_keys", PLACE[1], 2)), (pair, ())):
        with pytest.raises(SealBroken):
            open_with(other, sealed, *place)


def test_a_changed_or_cut_box_opens_nothing() -> None:
    pair = new_pair()
    sealed = seal_to(pair.public, b"a key", *PLACE)
    changed = [
        sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in range(len(sealed))
    ]
    for other in (*changed, *(sealed[:at] for at in range(len(sealed)))):
        with pytest.raises(SealBroken):
            open_with(pair, other, *PLACE)


def test_the_private_half_is_not_shown() -> None:
    pair = new_pair()
    assert pair.private.hex() not in repr(pair)
    assert repr(pair.private) not in repr(pair)
