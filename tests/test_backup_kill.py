"""A back-up while texts arrive; `kill -9` of a back-up and of a restore at every step."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from handlers.scripts import Scripts
from storage import tables
from storage.backup_gone import NAME, Gone, listed
from storage.backup_postgres import mark, sweep
from storage.encryption import Wrapper
from storage.opening import open_database
from storage.version import MARKER, HalfRestored
from tests.backups import WITH_PROGRAMS, empty_beside, left, rows
from tests.clock import Clock
from tests.deleting import asked_with_nothing_open
from tests.patience import PATIENCE
from tests.process import Machines, environment, machines
from tests.states import stored
from tests.test_backup import CHANGED_BY_RESTORE
from tests.test_kill import Load, phones
from tests.world import SECRET, World, house_on
from utvag.clock import utc_now
from utvag.restore import check, restore

pytestmark = pytest.mark.timeout(900)
ENGINES = ("sqlite", "postgresql")
CHANGED = CHANGED_BY_RESTORE


@dataclass
class Line:
    """A line whose database is real, and an empty place of the same kind."""

    machines: Machines
    url: str
    empty: str
    folder: Path

    def dying(self, *words: str, **own: str) -> list[tuple[int, str, str]]:
        """After each death: the status, whether there is a back-up, whether there is a file."""
        place = own.get("database_url", self.url).partition("///")[2]
        done = subprocess.run(
            [sys.executable, "-m", "tests.dying", str(self.folder), *words],
            env=environment(**self.machines.settings | own) | {"PLACE": place},
            capture_output=True,
            text=True,
            timeout=880,
            check=False,
        )
        told = [line.split() for line in done.stdout.splitlines() if line[:1].isdigit()]
        assert told, done.stdout + done.stderr
        return [(int(one[1]), " ".join(one[2:-1]), one[-1]) for one in told]

    async def restored(self) -> None:
        checked = check(self.folder, Wrapper(SECRET))
        await restore(checked, self.empty, SECRET, Clock().now())


@pytest.fixture(params=ENGINES)
def line(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Line]:
    monkeypatch.setenv("PATH", WITH_PROGRAMS)
    url, say = f"sqlite+aiosqlite:///{tmp_path}/data/utvag.sqlite3", None
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_database")
        say = request.getfixturevalue("in_postgres")
    with machines(tmp_path, url) as made, empty_beside(url, tmp_path, say) as empty:
        yield Line(made, url, empty, tmp_path / "backups")


async def bodies(url: str) -> set[bytes]:
    """Each text as it lies there."""
    db = await open_database(url, SECRET, Clock().now())
    async with db.read() as tx:
        found = (await tx.conn.execute(select(tables.messages.c.body_sealed))).scalars()
        there = {bytes(one) for one in found if one}
    await db.close()
    return there


async def test_what_was_there_when_it_began_is_in_a_back_up_made_while_texts_arrive(
    line: Line,
) -> None:
    made = line.machines
    made.provider()
    serving = made.serve()
    load = Load(made.public)
    await load.post([made.line_port], phones(10, 5), ["before"])
    before = await bodies(line.url)
    posting = asyncio.create_task(load.post([made.line_port], phones(20, 20), ["during"] * 3))
    told = await asyncio.to_thread(made.utvag, "backup", str(line.folder))
    await posting
    assert load.refused == 0
    assert "sealed and on the disk" in told
    await line.restored()
    kept = await bodies(line.empty)
    assert before <= kept <= await bodies(line.url)
    serving.stop()


async def test_every_row_of_a_line_that_stands_still_comes_back(line: Line) -> None:
    made = line.machines
    made.provider()
    serving = made.serve()
    await Load(made.public).post([made.line_port], phones(10, 5), ["hej", "9"])
    serving.stop()
    made.utvag("backup", str(line.folder))
    await line.restored()
    both = []
    for url in (line.url, line.empty):
        db = await open_database(url, SECRET, Clock().now())
        both.append(await rows(db, *CHANGED))
        await db.close()
    assert both[0] == both[1]
    assert len(both[0]["messages"]) >= 10


async def test_a_back_up_killed_at_any_step_leaves_nothing_that_looks_whole(line: Line) -> None:
    made = line.machines
    made.provider()
    made.serve()
    load = Load(made.public)
    posting = asyncio.create_task(load.post([made.line_port], phones(10, 20), ["hej"] * 3))
    told = await asyncio.to_thread(line.dying, "backup", str(line.folder))
    await posting
    assert load.refused == 0
    assert {there for _, there, _ in told} == {"none", "whole"}
    assert told[-1][:2] == (0, "whole")
    assert len(told) > 12
    assert not [name for name in left(line.folder) if name.endswith(".part")]
    assert not [path.name for path in (made.folder / "data").glob("*backing-up*")]
    whole = {name.partition(".")[0] for name in left(line.folder) if name.endswith(".manifest")}
    halves = {name.partition(".")[0] for name in left(line.folder) if name.startswith("utvag-2")}
    assert halves == whole
    await line.restored()


async def test_a_restore_killed_at_any_step_leaves_nothing_or_all_of_it(line: Line) -> None:
    made = line.machines
    made.provider()
    serving = made.serve()
    await Load(made.public).post([made.line_port], phones(10, 3), ["hej"])
    serving.stop()
    made.utvag("backup", str(line.folder))
    told = await asyncio.to_thread(line.dying, "restore", str(line.folder), database_url=line.empty)
    status, there, place = told[-1]
    assert there == "whole"
    assert len(told) > 8
    if status:  # it was killed when all of it was there, and the next one found no empty place
        assert status == 1
    if line.url.startswith("sqlite"):
        assert place == "there"
        assert "there" not in {place for _, _, place in told[:-3]}
    assert await bodies(line.empty) == await bodies(line.url)


async def test_a_line_writes_down_at_once_whom_it_deletes_and_beside_the_last_back_up_too(
    line: Line,
) -> None:
    made = line.machines
    made.utvag("backup", str(line.folder))
    contact_id = await about_to_be_deleted(line)
    made.provider()
    made.serve()
    lists = [made.folder / "data" / NAME, line.folder / NAME]
    async with asyncio.timeout(PATIENCE):
        while not all(map(is_listed(contact_id), lists)):  # noqa: ASYNC110 - another process's
            await asyncio.sleep(0.05)


async def about_to_be_deleted(line: Line) -> UUID:
    """Who has confirmed it, some time ago, with nothing open."""
    clock = Clock()
    clock.advance(seconds=(utc_now() - clock.now()).total_seconds() - 7200)
    async with house_on(line.url, clock, Scripts()) as house:
        world = World(house, clock, await World.hired(house, "Alva"))
        await asked_with_nothing_open(world)
        return (await stored(world)).contact_id


def is_listed(contact_id: UUID) -> Callable[[Path], bool]:
    def there(path: Path) -> bool:
        gone = Gone(Wrapper(SECRET))
        gone.read(listed(path))
        return gone.keeps_notes(contact_id) is not None

    return there


async def test_a_half_restored_database_is_no_line_until_it_is_restored_again(
    line: Line,
) -> None:
    if line.url.startswith("sqlite"):
        return
    line.machines.utvag("backup", str(line.folder))
    await line.restored()
    await mark(line.empty, MARKER)
    with pytest.raises(HalfRestored):
        await open_database(line.empty, SECRET, Clock().now())
    for command in (["migrate"], ["staff", "list"], ["doctor"]):
        done = await asyncio.to_thread(_told, line, *command)
        assert done.returncode == 1
        assert "utvag restore DIR again" in done.stdout + done.stderr
    await line.restored()
    assert not await sweep(line.empty, MARKER)
    await (await open_database(line.empty, SECRET, Clock().now())).close()


def _told(line: Line, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "utvag", *words],
        env=environment(**line.machines.settings | {"database_url": line.empty}),
        capture_output=True,
        text=True,
        check=False,
    )
