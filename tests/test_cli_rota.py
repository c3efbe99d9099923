"""`utvag rota …`: names that others rely on, and what is wrong said in words."""

import json
from functools import partial
from pathlib import Path

import pytest

from tests import command
from tests.calendar_files import calendar, shift
from tests.clock import Clock
from tests.test_cli import refused, told
from tests.world import LINE, SECRET
from utvag.line import open_house

OF_LINE = ("--line", "Card 2026")


@pytest.fixture
def settings(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Asked on the day before the clock changes, whenever that is: of a file only some four hundred
    days around the moment are read, and an invitation holds for three."""
    clock = Clock()
    clock.advance(days=236)
    monkeypatch.setattr("utvag.cli_run.open_house", partial(open_house, now=clock.now))
    given = {
        "database_url": sqlite_url,
        "public_url": "http://localhost:8000",
        "secret_key": SECRET,
    }
    told(given, "line", "add", LINE, "--name", "Card 2026")
    told(given, "staff", "invite", "Alva")
    told(given, "staff", "invite", "Bo")
    return given


@pytest.fixture
def file(tmp_path: Path) -> Path:
    night = shift("Alva", "20261024T2200", "20261025T0230")
    morning = shift("Bo", "20261025T0230", "20261025T0800")
    (tmp_path / "rota.ics").write_bytes(calendar(night, morning))
    return tmp_path / "rota.ics"


def asked(settings: dict[str, str], *words: str) -> object:
    return json.loads(told(settings, "rota", *words, *OF_LINE, "--json"))


def test_who_is_on_call_in_the_hour_that_occurs_twice(settings: dict[str, str], file: Path) -> None:
    said = told(settings, "rota", "import", str(file), *OF_LINE, "--role", "primary", "--preview")
    assert said.splitlines()[0] == "+ 2026-10-24 22:00 to 2026-10-25 02:30  Alva"
    assert asked(settings, "who", "--at", "2026-10-25T02:30:00+01:00") == [
        {"role": None, "name": "Alva", "until": None},
        {"role": None, "name": "Bo", "until": None},
    ]
    told(settings, "rota", "import", str(file), *OF_LINE, "--role", "primary")
    alva = {"role": "primary", "name": "Alva", "until": "2026-10-25T00:30:00+00:00"}
    bo = {"role": "primary", "name": "Bo", "until": "2026-10-25T07:00:00+00:00"}
    for at, there in (
        ("2026-10-25T02:29:00+02:00", [alva]),
        ("2026-10-25T02:30:00+02:00", [bo]),
        ("2026-10-25T02:00:00+01:00", [bo]),
        ("2026-10-25T02:30:00+01:00", [bo]),
        ("2026-10-25T08:00:00+01:00", []),
        ("2026-10-25T07:59", [bo]),
    ):
        assert asked(settings, "who", "--at", at) == there, at


def test_gaps_are_said_in_utc(settings: dict[str, str], file: Path) -> None:
    day = ("--from", "2026-10-24T20:00:00+02:00", "--to", "2026-10-25T12:00:00+01:00")
    assert asked(settings, "gaps", *day) == []
    told(settings, "rota", "import", str(file), *OF_LINE)
    assert asked(settings, "gaps", *day) == [
        {"from": "2026-10-24T18:00:00+00:00", "to": "2026-10-24T20:00:00+00:00", "role": "primary"},
        {"from": "2026-10-25T07:00:00+00:00", "to": "2026-10-25T11:00:00+00:00", "role": "primary"},
    ]
    assert "2026-10-25T07:00:00+00:00 to" in told(settings, "rota", "gaps", *OF_LINE, *day)


def test_what_is_wrong_with_a_file_is_said_for_each_entry(
    settings: dict[str, str], tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.ics"
    wrong.write_bytes(calendar(shift("Elis", "20261024T2200", "20261025T0230")))
    said = refused(settings, "rota", "import", str(wrong), *OF_LINE).splitlines()
    assert said[0].startswith("'Elis' (2026-10-24 22:00) is nobody's name here.")
    assert said[-1] == "Nothing was changed."
    assert "cannot be read" in refused(settings, "rota", "import", str(tmp_path / "no"), *OF_LINE)
    wrong.write_text("hej")
    assert "not a calendar" in refused(settings, "rota", "import", str(wrong), *OF_LINE)


def test_of_two_lines_with_one_name_the_number_is_asked_for(settings: dict[str, str]) -> None:
    told(settings, "line", "add", "+46701740606", "--name", "card 2026")
    assert "Several lines are called" in refused(settings, "rota", "who", *OF_LINE)
    assert told(settings, "rota", "who", "--line", LINE)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("who", "--line", "Kort"), "There is no line called 'Kort'."),
        (("who", *OF_LINE, "--at", "i morgon"), "--at is not a moment"),
        (("who", *OF_LINE, "--at", "0001-01-01T00:00:00+14:00"), "--at is not a moment"),
        (("who", *OF_LINE, "--at", "9999-12-31T23:59:59Z"), "--at is not a moment"),
        (("gaps", *OF_LINE, "--from", "2026-10-25T00:00Z", "--to", "2026-10-24T00:00Z"), "later"),
        (("gaps", *OF_LINE, "--from", "2020-10-25", "--to", "2026-10-24"), "two years"),
    ],
)  # fmt: skip
def test_what_is_typed_wrongly_is_explained(
    settings: dict[str, str], words: tuple[str, ...], said: str
) -> None:
    assert said in refused(settings, "rota", *words)


def test_a_role_that_does_not_exist_is_refused_with_those_that_do(
    settings: dict[str, str], file: Path
) -> None:
    done = command.told(settings, "rota", "import", str(file), *OF_LINE, "--role", "boss")
    assert done.exit_code == 2
    assert "coordinator" in done.stderr


def test_a_file_of_backups_alone_says_who_is_off_call_then(
    settings: dict[str, str], file: Path
) -> None:
    asked = ("rota", "import", str(file), *OF_LINE, "--role", "backup")
    for preview in (("--preview",), ()):
        said = told(settings, *asked, *preview)
        assert "only those who stand in it are on call" in said
        assert "Nobody is written down as primary" in said
    assert "primary" not in told(settings, *asked)
