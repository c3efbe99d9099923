"""`utvag backup`, `restore`, `restore --drill` and `let-write` as they are typed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import Result

from tests.backups import WITH_PROGRAMS, empty_beside, left
from tests.command import told
from tests.process import machines

ENGINES = ("sqlite", "postgresql")


@dataclass
class Typed:
    settings: dict[str, str]
    empty: str
    folder: Path

    def backup(self) -> Result:
        return told(self.settings, "backup", str(self.folder))

    def restore(self, *more: str, **own: str) -> Result:
        there = {"database_url": self.empty} | own
        return told(self.settings | there, "restore", str(self.folder), *more)

    def said(self, result: Result) -> str:
        assert "Traceback" not in result.output
        return " ".join((result.stdout + result.stderr).split())


@pytest.fixture(params=ENGINES)
def typed(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Typed]:
    monkeypatch.setenv("PATH", WITH_PROGRAMS)
    url, say = f"sqlite+aiosqlite:///{tmp_path}/data/utvag.sqlite3", None
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_database")
        say = request.getfixturevalue("in_postgres")
    with machines(tmp_path, url) as made, empty_beside(url, tmp_path, say) as empty:
        yield Typed(made.settings | {"database_url": url}, empty, tmp_path / "backups")


def test_a_line_is_backed_up_restored_and_let_write(typed: Typed) -> None:
    first = typed.said(typed.backup())
    assert "sealed and on the disk." in first
    restored = typed.restore()
    assert restored.exit_code == 0, restored.output
    said = typed.said(restored)
    assert "utvag let-write" in said
    there = typed.settings | {"database_url": typed.empty}
    doctor = told(there, "doctor")
    assert doctor.exit_code == 1
    assert "FAIL restored:" in typed.said(doctor)
    nobody = told(there, "staff", "confirm")
    assert nobody.exit_code == 1
    assert "Nobody has to be confirmed" in typed.said(nobody)
    assert told(there, "let-write").exit_code == 0
    assert "FAIL restored:" not in typed.said(told(there, "doctor"))
    again = told(there, "let-write")
    assert again.exit_code == 1
    assert "was not restored, or was let before" in typed.said(again)


def test_without_the_list_of_what_was_said_it_says_what_that_means(typed: Typed) -> None:
    typed.backup()
    for path in typed.folder.glob("utvag-said-*"):
        path.unlink()
    refused = typed.restore()
    assert refused.exit_code == 1
    assert "--without-list" in typed.said(refused)
    assert "Nothing was restored." in typed.said(refused)
    restored = typed.restore("--without-list")
    assert restored.exit_code == 0, restored.output
    assert "utvag staff confirm" in typed.said(restored)


def test_a_restore_goes_to_an_empty_place_alone(typed: Typed) -> None:
    typed.backup()
    refused = typed.restore(database_url=typed.settings["database_url"])
    assert refused.exit_code == 1
    assert "A back-up goes to an empty place alone" in typed.said(refused)


def test_a_drill_restores_elsewhere_keeps_nothing_and_is_noted(typed: Typed) -> None:
    typed.backup()
    drilled = typed.restore("--drill", database_url=typed.settings["database_url"])
    assert drilled.exit_code == 0, drilled.output
    assert "They open with this UTVAG_SECRET_KEY" in typed.said(drilled)
    data = Path(typed.settings["data_dir"])
    assert not [path.name for path in data.glob("utvag-drill*")]
    doctor = typed.said(told(typed.settings, "doctor"))
    assert "ok restore drill: last done" in doctor
    assert "ok back-up: last made" in doctor
    assert "FAIL restored:" not in doctor


def test_without_a_back_up_it_says_so(typed: Typed) -> None:
    for name in ("", "utvag-20260101T000000Z-00000000"):
        refused = typed.restore(*(["--name", name] if name else []))
        assert refused.exit_code == 1
        assert "There is no whole back-up here" in typed.said(refused)
        typed.backup()


@pytest.mark.parametrize(
    ("half", "sentence"),
    [
        ("main", "is missing or cut short: this is half a back-up."),
        ("apart", "is missing or cut short: this is half a back-up."),
    ],
)
def test_a_half_that_is_missing_is_named(typed: Typed, half: str, sentence: str) -> None:
    typed.backup()
    (path,) = typed.folder.glob(f"*.{half}")
    path.unlink()
    refused = typed.restore()
    assert refused.exit_code == 1
    assert f"{path.name} {sentence}" in typed.said(refused)
    assert "Nothing was restored" in typed.said(refused)
    assert typed.said(typed.restore()) == typed.said(refused)


def test_another_secret_key_is_named(typed: Typed) -> None:
    typed.backup()
    refused = typed.restore(secret_key="another secret of forty characters, for tests")
    assert refused.exit_code == 1
    assert "UTVAG_SECRET_KEY is not the one that this back-up was made with" in typed.said(refused)


def test_an_earlier_one_is_restored_by_its_name(typed: Typed) -> None:
    name = typed.backup().stdout.partition(":")[0]
    later = typed.backup().stdout.partition(":")[0]
    (typed.folder / f"{later}.main").write_bytes(b"")
    assert typed.restore().exit_code == 1
    restored = typed.restore("--name", name)
    assert restored.exit_code == 0, restored.output


def test_a_back_up_of_the_other_kind_is_refused(typed: Typed, tmp_path: Path) -> None:
    typed.backup()
    other = f"sqlite+aiosqlite:///{tmp_path}/other.sqlite3"
    if typed.settings["database_url"].startswith("sqlite"):
        other = "postgresql+asyncpg://127.0.0.1:1/nowhere"
    refused = typed.restore(database_url=other)
    assert refused.exit_code == 1
    assert "must name one of the same kind" in typed.said(refused)


def test_a_missing_or_old_pg_dump_is_named(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if typed.settings["database_url"].startswith("sqlite"):
        return
    monkeypatch.setattr("storage.backup_programs.DEBIANS", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    refused = typed.backup()
    assert refused.exit_code == 1
    assert "pg_dump of PostgreSQL 18 or newer is missing." in typed.said(refused)
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 15.1'\n")
    old.chmod(0o755)
    assert "Found: 15." in typed.said(typed.backup())
    assert left(typed.folder) == [".utvag-lock"]


def test_a_folder_that_is_none_is_named(typed: Typed) -> None:
    typed.folder.write_text("a file")
    refused = typed.backup()
    assert refused.exit_code == 1
    assert "The back-up cannot be written there" in typed.said(refused)
