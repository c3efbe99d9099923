"""The command line: what is added, listed, invited and refused, in words."""

import json
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests import command
from tests.process import environment, utvag
from tests.world import LINE, SECRET

PUBLIC = "https://a-rather-long-name-for-a-line.of-a-municipality.example.org"


@pytest.fixture
def settings(sqlite_url: str) -> dict[str, str]:
    return {"database_url": sqlite_url, "public_url": PUBLIC, "secret_key": SECRET}


def told(settings: dict[str, str], *words: str) -> str:
    done = command.told(settings, *words)
    assert (done.exit_code, done.stderr) == (0, "")
    return done.stdout


def refused(settings: dict[str, str], *words: str) -> str:
    done = command.told(settings, *words)
    assert (done.exit_code, done.stdout) == (1, "")
    return done.stderr


def test_migrating_makes_a_database_for_us_alone_and_is_safe_to_do_again(tmp_path: Path) -> None:
    settings = {"data_dir": str(tmp_path / "deep" / "data")}
    for _ in range(2):
        assert told(settings, "migrate") == "The database is up to date.\n"
    assert stat.S_IMODE((tmp_path / "deep" / "data").stat().st_mode) == 0o700
    file = tmp_path / "deep" / "data" / "utvag.sqlite3"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


COMMAND = """
import resource
from utvag import cli

cli.app = lambda: print(resource.getrlimit(resource.RLIMIT_CORE))
resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
cli.main()
"""


def test_no_command_leaves_a_picture_of_its_memory() -> None:
    told = subprocess.run([sys.executable, "-c", COMMAND], capture_output=True, check=True)
    assert told.stdout == b"(0, 0)\n"


def test_lines_are_added_and_listed(settings: dict[str, str]) -> None:
    assert told(settings, "line", "list", "--json") == "[]\n"
    said = told(settings, "line", "add", LINE, "--name", "Card 2026", "--languages", "sv,en")
    assert f"{PUBLIC}/webhooks/twilio/message#rc=5&rp=ct,rt,5xx" in said.splitlines()
    assert f"{PUBLIC}/webhooks/twilio/voice#rc=5&rp=ct,rt,5xx" in said.splitlines()
    told(settings, "line", "add", "+46 70 174 06 06", "--name", "Kort é", "--provider-stops")
    first, second = json.loads(told(settings, "line", "list", "--json"))
    assert first.pop("added_at").endswith("+00:00")
    card = first.pop("card")
    assert first == {
        "number": LINE,
        "name": "Card 2026",
        "languages": ["sv", "en"],
        "script": "exit",
        "provider_stops": False,
        "media": True,
        "whatsapp_template": None,
    }
    assert (second["number"], second["name"]) == ("+46701740606", "Kort é")
    assert second["provider_stops"]
    plain = told(settings, "line", "list")
    assert f"{LINE}  Card 2026  sv,en  exit  card {card}" in plain.splitlines()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((LINE, "--name", " "), "name is empty"),
        (("0701740605", "--name", "x"), "country code"),
        (("hello", "--name", "x"), "country code"),
        ((LINE, "--name", "x", "--script", "none"), "no script of this name"),
        ((LINE, "--name", "x", "--languages", "sv,xx"), "does not have all these languages"),
        ((LINE, "--name", "x", "--languages", ""), "does not have all these languages"),
    ],
)
def test_a_line_that_cannot_be_is_refused_in_words(
    settings: dict[str, str], words: tuple[str, ...], said: str
) -> None:
    assert said in refused(settings, "line", "add", *words)
    assert told(settings, "line", "list", "--json") == "[]\n"


def test_a_line_is_changed_in_what_is_named_and_in_nothing_else(settings: dict[str, str]) -> None:
    template = "HX" + "0" * 32
    told(settings, "line", "add", LINE, "--name", "x", "--whatsapp-template", template)

    def now() -> tuple[bool, str | None]:
        (line,) = json.loads(told(settings, "line", "list", "--json"))
        return line["media"], line["whatsapp_template"]

    assert now() == (True, template)
    told(settings, "line", "set", LINE, "--no-media")
    assert now() == (False, template)
    told(settings, "line", "set", LINE, "--media", "--whatsapp-template", "")
    assert now() == (True, None)
    assert "ContentSid" in refused(settings, "line", "set", LINE, "--whatsapp-template", "hello")
    assert "no line with this number" in refused(settings, "line", "set", "+46701740699")
    assert "country code" in refused(settings, "line", "set", "0701740605", "--media")
    assert now() == (True, None)


def test_a_number_can_be_added_once(settings: dict[str, str]) -> None:
    told(settings, "line", "add", LINE, "--name", "One")
    assert "exists already" in refused(settings, "line", "add", LINE, "--name", "Two")


def test_an_invitation_is_a_link_on_a_line_of_its_own(settings: dict[str, str]) -> None:
    links = [
        told(settings, "staff", "invite", name, "--role", role)
        for name, role in (
            ("Alva", "counsellor"),
            ("Elis", "coordinator"),
            ("Sam with a long name", "admin"),
            ("Rut", "reporter"),
        )
    ]
    for link in links:
        assert re.fullmatch(re.escape(PUBLIC) + r"/join/[\w-]{32}\n", link)
    assert len(set(links)) == 4
    assert json.loads(told(settings, "staff", "list", "--json")) == [
        {"name": "Alva", "role": "counsellor", "state": "invited"},
        {"name": "Elis", "role": "coordinator", "state": "invited"},
        {"name": "Sam with a long name", "role": "admin", "state": "invited"},
        {"name": "Rut", "role": "reporter", "state": "invited"},
    ]


def test_somebody_revoked_is_listed_as_such_and_nobody_else_can_be(
    settings: dict[str, str],
) -> None:
    told(settings, "staff", "invite", "Alva")
    told(settings, "staff", "revoke", "Alva")
    assert "Alva  counsellor  revoked" in told(settings, "staff", "list")
    assert "nobody with this name" in refused(settings, "staff", "revoke", "Nobody")


def test_a_role_is_given_at_the_command_line(settings: dict[str, str]) -> None:
    told(settings, "staff", "invite", "Alva")
    assert told(settings, "staff", "role", "Alva", "--role", "coordinator") == (
        "From now on: coordinator.\n"
    )
    assert "Alva  coordinator  invited" in told(settings, "staff", "list")
    assert "nobody with this name" in refused(
        settings, "staff", "role", "Nobody", "--role", "admin"
    )


def test_an_unknown_role_or_command_is_a_mistake_of_use(settings: dict[str, str]) -> None:
    for words in (("staff", "invite", "Alva", "--role", "boss"), ("none",), ("line",)):
        assert command.told(settings, *words).exit_code == 2


def test_without_a_secret_key_or_tables_it_says_what_to_do(
    settings: dict[str, str], tmp_path: Path
) -> None:
    keyless = {k: v for k, v in settings.items() if k != "secret_key"}
    for words in (("line", "list"), ("staff", "list"), ("staff", "invite", "Alva")):
        assert refused(keyless, *words).startswith("UTVAG_SECRET_KEY is missing")
        empty = settings | {"database_url": f"sqlite+aiosqlite:///{tmp_path}/empty/x.sqlite3"}
        assert "utvag migrate" in refused(empty, *words)
    unnamed = {k: v for k, v in settings.items() if k != "public_url"}
    assert "UTVAG_PUBLIC_URL is missing" in refused(unnamed, "staff", "invite", "Alva")
    assert told(unnamed, "line", "list")


def test_the_installed_command_is_the_same_program_and_prints_the_link_unwrapped(
    settings: dict[str, str],
) -> None:
    own = {f"UTVAG_{name.upper()}": value for name, value in settings.items()}
    done = subprocess.run(
        [Path(sys.executable).with_name("utvag"), "staff", "invite", "Alva"],
        env=environment() | own | command.NARROW,
        capture_output=True,
        text=True,
        check=True,
    )
    assert re.fullmatch(re.escape(PUBLIC) + r"/join/[\w-]{32}\n", done.stdout)
    assert done.stderr == ""


def test_what_cannot_be_done_is_said_by_the_process_without_a_trace() -> None:
    done = utvag({}, "staff", "list")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("UTVAG_SECRET_KEY is missing")
    assert len(done.stderr.splitlines()) == 1


def test_every_command_of_the_contract_is_there() -> None:
    said = command.told({}, "--help").stdout
    for word in ("serve", "migrate", "demo", "doctor", "line", "staff", "script"):
        assert word in said


def test_the_script_commands_need_no_settings() -> None:
    assert "nothing to mend" in told({}, "script", "check")
