"""No time that a library has chosen decides a test."""

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.patience import PATIENCE


@given(st.none())
def test_no_drawn_example_fails_for_its_time(_: None) -> None:
    assert settings().deadline is None
    assert settings.default is not None
    assert settings.default.deadline is None


def test_whoever_asks_without_saying_how_long_waits() -> None:
    with httpx.Client() as http:
        assert http.timeout == httpx.Timeout(PATIENCE)
