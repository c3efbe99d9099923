"""A sheet's groups give back what was printed, and say which of them was mistyped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.sheet_code import CHECKS, GROUPS, SYMBOLS, Mistyped, read, written

secrets = st.binary(min_size=32, max_size=32)
places = st.integers(0, GROUPS - 1)


def mistyped(groups: list[str]) -> tuple[int, ...]:
    with pytest.raises(Mistyped) as found:
        read(" ".join(groups))
    return found.value.groups


@given(secrets)
def test_what_is_printed_is_read_however_it_is_spaced(secret: bytes) -> None:
    groups = written(secret)
    assert len(groups) == GROUPS
    for typed in (" ".join(groups), "-".join(groups), "".join(groups), "\n".join(groups).lower()):
        assert read(typed) == secret


@given(secrets)
def test_letters_that_look_like_digits_are_taken_for_them(secret: bytes) -> None:
    groups = [
        group[:-1].replace("0", "o").replace("1", "l") + group[-1] for group in written(secret)
    ]
    assert read(" ".join(groups)) == secret


@given(secrets, places, st.integers(0, 4), st.sampled_from(CHECKS))
def test_one_wrong_symbol_is_found_in_its_group(
    secret: bytes, place: int, at: int, symbol: str
) -> None:
    groups = list(written(secret))
    if groups[place][at] == symbol:
        return
    groups[place] = groups[place][:at] + symbol + groups[place][at + 1 :]
    assert mistyped(groups) == (place + 1,)


@given(secrets, places, st.integers(0, 3))
def test_two_neighbours_exchanged_are_found_in_their_group(
    secret: bytes, place: int, at: int
) -> None:
    groups = list(written(secret))
    group = groups[place]
    groups[place] = group[:at] + group[at + 1] + group[at] + group[at + 2 :]
    if groups[place] == group:
        return
    assert mistyped(groups) == (place + 1,)


@given(secrets, places, places)
def test_two_groups_exchanged_are_both_found(secret: bytes, one: int, other: int) -> None:
    groups = list(written(secret))
    if one == other:
        return
    groups[one], groups[other] = groups[other], groups[one]
    assert set(mistyped(groups)) <= {one + 1, other + 1}


@given(st.text(max_size=90) | st.text(SYMBOLS, max_size=90))
def test_anything_else_is_no_sheet(typed: str) -> None:
    try:
        assert len(read(typed)) == 32
    except Mistyped as error:
        assert error.groups


@pytest.mark.parametrize("typed", ["", " ", "-", "0000"])
def test_too_little_names_every_group(typed: str) -> None:
    with pytest.raises(Mistyped) as found:
        read(typed)
    assert found.value.groups == tuple(range(1, GROUPS + 1))
