import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from handlers import shipped
from tests.patience import PATIENCE
from utvag.cli_script import app

RUN = CliRunner()


def test_the_shipped_script_is_checked_without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("UTVAG_SECRET_KEY", "UTVAG_DATABASE_URL", "UTVAG_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    told = RUN.invoke(app, ["check"])
    assert told.exit_code == 0
    assert "nothing to mend" in told.output


def test_sizes_are_told_when_asked_for() -> None:
    told = RUN.invoke(app, ["check", "--sizes"])
    assert told.exit_code == 0
    assert "greet (sv): 1 x GSM-7" in told.output


def test_every_finding_is_told_with_its_line_and_exit_1(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    source = shipped.source("exit").replace("tier: P1", "tier: P9")
    file.write_text(source, "utf-8")
    told = RUN.invoke(app, ["check", str(file)])
    assert told.exit_code == 1
    lines = [n for n, line in enumerate(source.split("\n"), 1) if line == "        tier: P9"]
    assert len(lines) == 3
    for line in lines:
        assert f"mine.yaml:{line}: error: 'P9' is no tier" in told.output.replace("\n/", "/")


@pytest.mark.parametrize("command", ["check", "try", "graph"])
def test_a_file_that_cannot_be_read_is_exit_1(tmp_path: Path, command: str) -> None:
    (tmp_path / "x.yaml").write_bytes(b"\xff\xfe\x00")
    for name in ("x.yaml", "missing.yaml"):
        told = RUN.invoke(app, [command, str(tmp_path / name)])
        assert told.exit_code == 1
        assert "not readable" in told.output


def test_a_conversation_is_read_from_standard_input() -> None:
    told = RUN.invoke(app, ["try", "--language", "en"], input="hi\n1\n2\n9\nmore\n")
    assert told.exit_code == 0
    assert "Is it safe to text now?" in told.output
    assert "[P2 · gate open · danger_today]" in told.output
    assert "ends in handoff" in told.output
    assert "> more" not in told.output


def test_a_sign_of_danger_and_a_command_are_shown() -> None:
    told = RUN.invoke(app, ["try"], input="hej\nEnglish\nRADERA\nde ska döda mig\n")
    assert "We'll write in English now." in told.output
    assert "DELETE YES" in told.output
    assert "[P1 · danger: threat_to_kill]" in told.output
    assert "Call 112 now" in told.output


def said(*lines: str) -> list[str]:
    """The ids of the texts that the line answers with."""
    told = RUN.invoke(app, ["try"], input="".join(f"{line}\n" for line in lines))
    assert told.exit_code == 0
    return re.findall(r"^    \[(\w+) · \d+ x", told.output, re.MULTILINE)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["STOP"], ["stop"]),
        (["STOPP", "sluta"], ["stop"]),
        (["STOP", "hej"], ["stop", "greet"]),
        (["hej", "STOP", "1"], ["greet", "stop", "privacy", "danger"]),
        (["RADERA", "hej"], ["delete_ask", "greet"]),
        (["HJÄLP", "1"], ["help", "greet", "privacy", "danger"]),
        (["START"], ["greet"]),
        (["English"], ["language", "greet"]),
        (["hej", "på svenska"], ["greet", "language"]),
        (["hej", "RADERA", "RADERA JA"], ["greet", "delete_ask", "delete_noted"]),
        (["hej", "DELETE YES", "DELETE YES"], ["greet", "delete_ask", "delete_noted"]),
        (["RADERA", "RADERA JA", "RADERA JA"], ["delete_ask", "delete_noted", "delete_ask"]),
        (["9"], ["wait"]),
        (["de ska döda mig", "hej"], ["p1"]),
        (["hej", "jag vill ta", "mitt liv"], ["greet", "reprompt", "p1"]),
        (["hej", "nej, de ska döda mig"], ["greet", "not_safe"]),
    ],
)
def test_it_says_what_the_line_would_say(lines: list[str], expected: list[str]) -> None:
    assert said(*lines) == expected


def test_what_staff_would_see_of_a_command_is_shown() -> None:
    told = RUN.invoke(app, ["try"], input="STOP\nRADERA\nRADERA JA\nhej\n")
    brackets = re.findall(r"^    \[(?!\w+ · \d+ x)(.*)\]$", told.output, re.MULTILINE)
    assert brackets == [
        "opted out",
        "not in the queue",
        "delete_requested",
        "P3 · gate unknown · delete_requested",
    ]


@pytest.mark.parametrize("command", ["try", "graph"])
def test_a_file_that_is_no_script_is_told_with_its_line(tmp_path: Path, command: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(shipped.source("exit").replace("tier: P1", "tier: P9", 1), "utf-8")
    told = RUN.invoke(app, [command, str(file)])
    assert told.exit_code == 1
    assert "error: 'P9' is no tier" in told.output


def test_a_silence_can_be_tried() -> None:
    told = RUN.invoke(app, ["try"], input="hej\n1\n(silence)\n")
    assert "silence" in told.output
    assert "ends in handoff" in told.output


def test_a_language_that_the_script_does_not_speak_is_refused() -> None:
    for command in ("try", "graph"):
        told = RUN.invoke(app, [command, "--language", "xx"])
        assert told.exit_code == 1
        assert "it speaks sv, en" in told.output


def test_the_graph_is_mermaid() -> None:
    told = RUN.invoke(app, ["graph"])
    assert told.exit_code == 0
    assert told.output.startswith("flowchart TD\n")


def test_the_signs_of_danger_are_checked_too(tmp_path: Path) -> None:
    told = RUN.invoke(app, ["check"])
    assert "danger.yaml: nothing to mend" in told.output
    broken = tmp_path / "signs.yaml"
    broken.write_text(shipped.danger_source().replace("\nnegations:", "\nnegation:", 1), "utf-8")
    told = RUN.invoke(app, ["check", str(broken)])
    assert told.exit_code == 1
    assert "signs.yaml:" in told.output.replace("\n", "")


def test_a_stop_as_the_first_text_is_not_greeted() -> None:
    told = RUN.invoke(app, ["try"], input="STOP\nhej\n").output
    stop, _, rest = told.partition("> hej")
    assert "[stop ·" in stop
    assert "greet" not in stop
    assert "[greet ·" in rest


def test_a_deletion_is_asked_for_twice_and_never_said_to_be_done() -> None:
    told = RUN.invoke(app, ["try"], input="hej\nRADERA JA\nRADERA\nRADERA JA\n").output
    said = [line.split(" ·")[0].strip(" [") for line in told.splitlines() if "x GSM-7" in line]
    assert said == ["greet", "delete_ask", "delete_ask", "delete_noted"]


def test_a_silence_before_the_first_text_is_no_text() -> None:
    told = RUN.invoke(app, ["try"], input="(silence)\nhej\n").output
    assert "nobody has written yet" in told
    assert told.count("[greet ·") == 1


@pytest.mark.parametrize(("command", "shown"), [("try", "Allt lugnt nu?"), ("graph", "flowchart")])
def test_a_file_of_ones_own_is_tried_and_drawn(tmp_path: Path, command: str, shown: str) -> None:
    file = tmp_path / "mine.yaml"
    source = shipped.source("exit").replace("Är det säkert att skriva nu?", "Allt lugnt nu?")
    file.write_text(source, "utf-8")
    told = RUN.invoke(app, [command, str(file)], input="hej\n")
    assert told.exit_code == 0
    assert shown in told.output


def test_at_a_terminal_it_asks_for_the_next_text() -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "utvag", "script", "try", "--language", "en"]
    process = subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, text=True)
    os.close(theirs)
    os.write(ours, b"hi\n\x04")
    told, _ = process.communicate(timeout=PATIENCE)
    os.close(ours)
    assert told.startswith("> Hi, good that you wrote.")
