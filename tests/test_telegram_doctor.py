"""What `utvag doctor` says about the bot, and the line's commands about the cards' codes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command import told
from tests.process import Machines, machines
from tests.telegram_ground import BOT_TOKEN, Ground
from tests.telegram_line import SECRET


@pytest.fixture
def made(tmp_path: Path, telegram: Ground) -> Iterator[Machines]:
    with machines(tmp_path) as found:
        found.settings |= {
            "telegram_token": BOT_TOKEN,
            "telegram_mode": "polling",
            "telegram_api_url": telegram.base,
        }
        yield found


def examined(settings: dict[str, str]) -> dict[str, list[str]]:
    """What is said of Telegram, by verdict."""
    verdicts: dict[str, list[str]] = {"ok": [], "note": [], "FAIL": []}
    for line in told(settings, "doctor").stdout.splitlines():
        verdict, text = line.split(maxsplit=1)
        if text.startswith("telegram"):
            verdicts[verdict].append(text.removeprefix("telegram: "))
    return verdicts


def test_a_polling_bot_is_named_with_the_cards_links(made: Machines) -> None:
    (line,) = json.loads(made.utvag("line", "list", "--json"))
    said = examined(made.settings)
    assert said["FAIL"] == []
    assert said["ok"] == ["answers; the bot is @made_up_line_bot", "polling; no webhook is set"]
    link = f"card of Card 2026: https://t.me/made_up_line_bot?start={line['card']}"
    assert link in said["note"]
    assert "0 updates wait" in said["note"]
    assert any("/setjoingroups" in note for note in said["note"])


def test_a_webhook_that_is_not_ours_fails_and_trouble_is_told(
    made: Machines, telegram: Ground
) -> None:
    telegram.call("setWebhook", url="http://127.0.0.1:9/in")
    assert len(examined(made.settings)["FAIL"]) == 1
    webhook = made.settings | {"telegram_mode": "webhook", "telegram_webhook_secret": SECRET}
    assert len(examined(webhook)["FAIL"]) == 1
    ours = f"{made.public}/webhooks/telegram"
    telegram.call("setWebhook", url=ours)
    assert examined(webhook)["ok"][1] == f"webhook {ours}"
    telegram.text("hej")

    def troubled() -> bool:
        return any("its last trouble" in note for note in examined(webhook)["note"])

    assert any(troubled() for _ in range(20))


def test_a_short_secret_of_the_webhook_fails(made: Machines) -> None:
    short = made.settings | {"telegram_mode": "webhook", "telegram_webhook_secret": "short"}
    assert any("at least 32" in bad for bad in examined(short)["FAIL"])
    assert not any("at least 32" in bad for bad in examined(made.settings)["FAIL"])


def test_a_wrong_token_and_an_address_where_nobody_answers_fail(made: Machines) -> None:
    wrong = made.settings | {"telegram_token": "7100000001:another-token-than-the-right-one"}
    assert len(examined(wrong)["FAIL"]) == 1
    assert "another-token" not in str(examined(wrong))
    nobody = made.settings | {"telegram_api_url": "http://127.0.0.1:9"}
    assert len(examined(nobody)["FAIL"]) == 1


def test_the_lines_commands_say_the_cards_code(made: Machines) -> None:
    added = made.utvag("line", "add", "+46701740606", "--name", "Card 2027")
    _, line = json.loads(made.utvag("line", "list", "--json"))
    assert line["number"] == "+46701740606"
    assert line["card"] in added
    assert line["card"] in made.utvag("line", "list")
