"""Is the line fit for a card? A line a check, and status 1 when one fails."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command import told
from tests.process import Machines, machines
from tests.world import SECRET


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Machines]:
    with machines(tmp_path) as found:
        yield found


def examined(settings: dict[str, str]) -> tuple[int, dict[str, list[str]]]:
    """The status, and the lines by their verdict."""
    done = told(settings, "doctor")
    verdicts: dict[str, list[str]] = {"ok": [], "note": [], "FAIL": []}
    for line in done.stdout.splitlines():
        verdict, text = line.split(maxsplit=1)
        verdicts[verdict].append(text)
    return done.exit_code, verdicts


def test_a_line_that_is_set_up_passes_and_the_rest_is_for_a_person_to_read(made: Machines) -> None:
    made.provider()
    made.utvag("staff", "invite", "Alva")
    status, said = examined(made.settings)
    assert (status, said["FAIL"]) == (0, [])
    assert [line.split(":")[0] for line in said["ok"]] == [
        "public address", "database's file", "database", "lines", "counsellors", "keys", "limits",
        "retention", "retention", "provider copies", "database", "sms",
        "hosts", *(["hsts"] if made.public.startswith("https") else []), "secret key",
        "metrics", "proxy", "clock",
    ]  # fmt: skip
    notes = "\n".join(said["note"])
    assert f"{made.public}/webhooks/twilio/message#rc=5&rp=ct,rt,5xx" in notes
    assert "opt-out" in notes
    assert "telegram: off" in notes


def test_every_failure_is_a_line_of_its_own_and_status_1(made: Machines) -> None:
    status, said = examined(made.settings | {"public_url": "http://line.example.org"})
    assert status == 1
    assert [line.split(":")[0] for line in said["FAIL"]] == ["public address", "counsellors", "sms"]


def test_a_wrong_token_for_twilio_fails(made: Machines) -> None:
    made.provider()
    _, said = examined(made.settings | {"twilio_auth_token": "canary"})
    assert [line.split(":")[0] for line in said["FAIL"]] == ["counsellors", "sms"]
    assert "canary" not in str(said)


def test_a_channel_with_no_settings_is_off_and_that_is_no_failure(made: Machines) -> None:
    made.utvag("staff", "invite", "Alva")
    off = {k: v for k, v in made.settings.items() if "twilio" not in k and k != "metrics_token"}
    status, said = examined(off)
    assert status == 0
    assert any(line.startswith("sms: off") for line in said["note"])
    assert any(line.startswith("metrics: off") for line in said["note"])


def test_what_is_missing_is_named_even_when_nothing_is_there_yet(tmp_path: Path) -> None:
    status, said = examined({"data_dir": str(tmp_path / "d")})
    assert status == 1
    assert [line.split()[0] for line in said["FAIL"]] == ["public", "UTVAG_SECRET_KEY"]
    status, said = examined({"data_dir": str(tmp_path / "d"), "secret_key": SECRET})
    assert "database: not migrated; run utvag migrate" in said["FAIL"]


def test_a_key_of_another_database_and_a_database_that_is_away_fail(made: Machines) -> None:
    _, said = examined(made.settings | {"secret_key": "another secret of forty characters, yes."})
    assert any(line.startswith("keys: UTVAG_SECRET_KEY") for line in said["FAIL"])
    away = {"database_url": "postgresql+asyncpg://u:canary@127.0.0.1:1/x"}
    _, said = examined(made.settings | away)
    assert any(line.startswith("database: does not answer") for line in said["FAIL"])
    assert "canary" not in str(said)


def test_a_database_that_others_may_read_fails(made: Machines) -> None:
    file = made.folder / "data" / "utvag.sqlite3"
    file.chmod(0o644)
    assert not examined(made.settings)[1]["FAIL"][0].startswith("database's file:")
    file.parent.chmod(0o755)
    _, said = examined(made.settings)
    assert any(line.startswith("database's file:") for line in said["FAIL"])
