"""What is sealed to a key pair opens for its private half, in its place, and nowhere else."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.encryption import SealBroken
from storage.pairs import Boxes, new_pair, open_with, pair_of, seal_to

PLACE = ("contact_keys", uuid4(), 1)

Seal = Callable[..., bytes]


both_ways = pytest.mark.parametrize("seal", [seal_to, Boxes().seal_to])


@both_ways
@given(plain=st.binary(max_size=300))
def test_whoever_holds_the_private_half_opens_it(seal: Seal, plain: bytes) -> None:
    pair = new_pair()
    assert open_with(pair_of(pair.private), seal(pair.public, plain, *PLACE), *PLACE) == plain


@both_ways
def test_another_pair_or_another_place_opens_nothing(seal: Seal) -> None:
    pair = new_pair()
    sealed = seal(pair.public, b"a key", *PLACE)
    for other, place in ((new_pair(), PLACE), (pair, ("contact_keys", PLACE[1], 2)), (pair, ())):
        with pytest.raises(SealBroken):
            open_with(other, sealed, *place)


@both_ways
def test_a_changed_or_cut_box_opens_nothing(seal: Seal) -> None:
    pair = new_pair()
    sealed = seal(pair.public, b"a key", *PLACE)
    changed = [
        sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in range(len(sealed))
    ]
    for other in (*changed, *(sealed[:at] for at in range(len(sealed)))):
        with pytest.raises(SealBroken):
            open_with(pair, other, *PLACE)


def test_of_several_boxes_from_one_pair_each_opens_for_its_own_alone() -> None:
    boxes, pairs = Boxes(), [new_pair() for _ in range(3)]
    made = [boxes.seal_to(pair.public, b"a key of %d" % n, *PLACE) for n, pair in enumerate(pairs)]
    assert len({box[:32] for box in made}) == 1
    assert len({box[32:48] for box in made}) == 3
    for n, box in enumerate(made):
        assert open_with(pairs[n], box, *PLACE) == b"a key of %d" % n
        for other in (*pairs[:n], *pairs[n + 1 :]):
            with pytest.raises(SealBroken):
                open_with(other, box, *PLACE)
    assert Boxes().seal_to(pairs[0].public, b"", *PLACE)[:32] != made[0][:32]


def test_no_two_boxes_to_one_public_half_come_from_one_pair() -> None:
    """Their nonce would be the same: what two of them hold would show how it differs."""
    boxes, pair = Boxes(), new_pair()
    made = [boxes.seal_to(pair.public, b"a key", *PLACE) for _ in range(4)]
    assert len({box[:32] for box in made}) == 4
    assert len({box[48:] for box in made}) == 4
    assert {open_with(pair, box, *PLACE) for box in made} == {b"a key"}


def test_the_private_half_is_not_shown() -> None:
    pair = new_pair()
    assert pair.private.hex() not in repr(pair)
    assert repr(pair.private) not in repr(pair)
