"""What a killed back-up of SQLite leaves beside the database goes with the next start, and lets
nobody in."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from handlers.scripts import Scripts
from storage.backup_scope import OMITTED
from tests.clock import Clock
from tests.process import Machines, environment, machines, utvag
from tests.sessions import lasting
from tests.world import World, house_on

DIES = """
import os, signal, sys
said = set()
def heard(event, words):
    if event in {"sqlite3.connect", "open"} and ".backing-up-" in str(words[0]):
        said.add(event)
        if event == sys.argv[1] and "sqlite3.connect" in said:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(heard)
from utvag.cli import app
app(["backup", sys.argv[2]])
"""
COPIED, SEALING = "sqlite3.connect", "open"
"""The copy has been made; it is read, to be sealed."""


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Machines]:
    with machines(tmp_path, f"sqlite+aiosqlite:///{tmp_path}/data/utvag.sqlite3") as here:
        yield here


async def signed_in(made: Machines) -> None:
    async with house_on(made.settings["database_url"], Clock(), Scripts()) as house:
        await lasting(house, await World.hired(house, "Alva"))


def killed(made: Machines, at: str) -> list[Path]:
    """What is left beside the database."""
    done = subprocess.run(
        [sys.executable, "-c", DIES, at, str(made.folder / "backups")],
        env=environment(**made.settings),
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    return beside(made)


def beside(made: Machines) -> list[Path]:
    return sorted((made.folder / "data").glob("*.backing-up-*"))


def rows(file: Path, table: str) -> int:
    with closing(sqlite3.connect(file)) as there:
        found: int = there.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        return found


async def test_a_line_that_is_started_removes_it(made: Machines) -> None:
    await signed_in(made)
    made.provider()
    assert killed(made, COPIED)
    serving = made.serve()
    assert beside(made) == []
    serving.stop()


async def test_a_back_up_that_cannot_be_made_removes_it_all_the_same(made: Machines) -> None:
    assert killed(made, COPIED)
    (made.folder / "none").write_text("a file")
    done = utvag(made.settings, "backup", str(made.folder / "none"))
    assert done.returncode == 1
    assert beside(made) == []


async def test_while_it_is_sealed_nothing_in_it_lets_anybody_in(made: Machines) -> None:
    await signed_in(made)
    assert rows(made.folder / "data" / "utvag.sqlite3", "sessions") == 1
    main, *_ = killed(made, SEALING)
    assert {table: rows(main, table) for table in OMITTED} == dict.fromkeys(OMITTED, 0)
