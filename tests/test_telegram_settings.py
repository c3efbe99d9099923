"""Telegram's settings: off, by webhook or by polling, and what is said of half of them."""

from pathlib import Path

import pytest

from utvag.settings import BadSettings, load

TOKEN = "7100000001:made-up-token-of-the-settings"
SECRET = "a_made-up_secret_of_forty_characters_000"
WEBHOOK = {
    "UTVAG_TELEGRAM_TOKEN": TOKEN,
    "UTVAG_TELEGRAM_MODE": "webhook",
    "UTVAG_TELEGRAM_WEBHOOK_SECRET": SECRET,
    "UTVAG_PUBLIC_URL": "https://line.example.org",
}
POLLING = {"UTVAG_TELEGRAM_TOKEN": TOKEN, "UTVAG_TELEGRAM_MODE": "polling"}


def problems(environment: dict[str, str]) -> list[str]:
    with pytest.raises(BadSettings) as raised:
        load(environment)
    told = raised.value.problems
    assert TOKEN not in str(told)
    assert SECRET not in str(told)
    return [problem.split()[0] for problem in told]


def test_off_by_default_at_telegrams_own_address() -> None:
    settings = load({})
    assert not settings.telegram_is_on
    assert settings.telegram_api_url == "https://api.telegram.org"


@pytest.mark.parametrize("given", [WEBHOOK, POLLING])
def test_both_ways_are_whole_as_they_stand(given: dict[str, str]) -> None:
    assert load(given).telegram_is_on


@pytest.mark.parametrize(
    ("given", "left_out"),
    [(given, name) for given in (WEBHOOK, POLLING) for name in given],
)
def test_each_that_is_missing_is_named(given: dict[str, str], left_out: str) -> None:
    assert left_out in problems({n: v for n, v in given.items() if n != left_out})


def test_a_secret_that_polling_has_no_use_for_is_in_nobodys_way() -> None:
    """Whoever changes over for a night leaves the rest as it is."""
    assert load(WEBHOOK | {"UTVAG_TELEGRAM_MODE": "polling"}).telegram_mode == "polling"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("UTVAG_TELEGRAM_WEBHOOK_SECRET", "two words"),
        ("UTVAG_TELEGRAM_WEBHOOK_SECRET", "å" * 40),
        ("UTVAG_TELEGRAM_WEBHOOK_SECRET", "x" * 257),
        ("UTVAG_TELEGRAM_TOKEN", "no token at all"),
        ("UTVAG_TELEGRAM_MODE", "both"),
        ("UTVAG_TELEGRAM_API_URL", "https://api.telegram.org/bot"),
    ],
)
def test_what_cannot_be_right_is_refused(name: str, value: str) -> None:
    assert problems(WEBHOOK | {name: value}) == [name]


@pytest.mark.parametrize("name", ["UTVAG_TELEGRAM_TOKEN", "UTVAG_TELEGRAM_WEBHOOK_SECRET"])
def test_both_secrets_may_lie_in_files(tmp_path: Path, name: str) -> None:
    file = tmp_path / "secret"
    file.write_text(WEBHOOK[name] + "\n")
    given = {n: v for n, v in WEBHOOK.items() if n != name} | {f"{name}_FILE": str(file)}
    assert load(given) == load(WEBHOOK)
