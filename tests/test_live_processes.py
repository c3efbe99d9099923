"""Several processes on one database: what one of them commits is heard at the pages of all."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import asyncpg
import pytest

from handlers.house import House
from handlers.see_queue import newest_event
from handlers.standing import Standings
from storage import events
from storage.database import Database
from storage.events import Event
from storage.wire import Wire
from tests.browser.scene import Scene
from tests.browser.serving import Visitor, serving
from tests.clock import Clock
from tests.ear import Ear, listening
from tests.patience import PATIENCE
from tests.test_live import up_to
from tests.world import World
from utvag import live as alive


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is looked at but when it is told: what is heard, was told."""
    monkeypatch.setattr(alive, "LOOKS", 3600.0)


@asynccontextmanager
async def second(scene: Scene, twin: House) -> AsyncIterator[Visitor]:
    """Elis, at the other process."""
    async with serving(twin) as base:
        elis = await Visitor.of(twin, base, scene.elis_member)
        yield elis
        await elis.http.aclose()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.usefixtures("patient")
class TestOnPostgres:
    async def test_what_one_process_commits_is_heard_at_the_other_at_once(
        self, scene: Scene, twin: House, database_url: str
    ) -> None:
        async with (
            second(scene, twin) as elis,
            listening(elis) as ear,
            listening(scene.alva) as own,
        ):
            await settled(database_url, ear, own)
            await scene.world.text("hej igen")
            number = await newest_event(twin)
            await asyncio.gather(ear.until(up_to(number)), own.until(up_to(number)))
            assert ear.knows(scene.talk)

    async def test_commits_of_two_processes_at_once_are_all_heard_by_both(
        self, scene: Scene, twin: House, database_url: str
    ) -> None:
        """The slower transaction has the higher number, so that no page passes one by."""

        async def happen(db: Database) -> None:
            for _ in range(40):
                async with db.write() as tx:
                    await events.add(tx, [Event(scene.talk, "noted", scene.world.clock.now())])
                    await asyncio.sleep(0)

        async with (
            second(scene, twin) as elis,
            listening(elis) as ear,
            listening(scene.alva) as own,
        ):
            await settled(database_url, ear, own)
            await asyncio.gather(*(happen(h.db) for h in (scene.world.house, twin) * 2))
            number = await newest_event(twin)
            await asyncio.gather(ear.until(up_to(number)), own.until(up_to(number)))

    async def test_who_reads_and_writes_is_seen_across_processes(
        self, scene: Scene, twin: House, database_url: str
    ) -> None:
        talk = str(scene.talk)
        async with second(scene, twin) as elis, listening(scene.alva) as ear:
            await settled(database_url, ear)  # a sign is not kept for whoever does not listen yet
            async with listening(elis, talk=scene.talk) as other:
                await ear.until(saw(scene, 1))
                assert (await scene.alva.get("/live/here")).json() == {talk: "Elis is reading"}
                fields = {"page": str(other.page), "talk": talk, "doing": "typing"}
                assert (await scene.elis.post("/live/sign", **fields)).status_code == 204
                await ear.until(saw(scene, 2))
                assert (await scene.alva.get("/live/here")).json() == {talk: "Elis is writing"}
            await ear.until(saw(scene, 3))
            assert (await scene.alva.get("/live/here")).json() == {}

    async def test_a_connection_that_is_lost_is_dialled_again_and_nothing_is_missed(
        self, scene: Scene, twin: House, database_url: str
    ) -> None:
        async with second(scene, twin) as elis, listening(elis) as ear:
            await settled(database_url, ear)
            for _ in range(2):
                await cut(database_url)
                await scene.world.text("hej igen")
                await ear.until(up_to(await newest_event(twin)))

    async def test_a_wire_says_that_it_was_lost_and_hears_again(
        self, house: House, database_url: str
    ) -> None:
        news, lost = asyncio.Event(), asyncio.Queue[str]()
        wire = Wire(house.db, news.set, lambda _: None)
        task = asyncio.create_task(wire.keep_listening(lost.put_nowait))
        async with asyncio.timeout(PATIENCE):
            await news.wait()
            await cut(database_url)
            assert await lost.get()
            news.clear()
            await news.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def saw(scene: Scene, times: int) -> Callable[[Ear], bool]:
    talks = {"talks": [str(scene.talk)]}
    return lambda ear: sum(word == ("here", talks) for word in ear.words) >= times


_WIRES = (
    "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND (query LIKE 'LISTEN%' OR query LIKE '%pg_notify($1, said)%')"
)
"""The connections by which processes tell each other."""

_HEARD = f"""SELECT count(*) = 2 {_WIRES}
AND state = 'idle' AND query <> 'LISTEN "{events.CHANNEL}"'"""
"""Two have said all that they listen to, of which the events are the first."""


async def settled(database_url: str, *ears: Ear) -> None:
    """Each page has heard where things stand, and each of the two processes hears the other."""
    for ear in ears:
        await ear.until(told)
    async with said_to(database_url) as conn, asyncio.timeout(PATIENCE):
        while not await conn.fetchval(_HEARD):  # noqa: ASYNC110 - asked of PostgreSQL
            await asyncio.sleep(0.02)


def told(ear: Ear) -> bool:
    """It has heard where things stand."""
    return ear.number >= 0


@asynccontextmanager
async def said_to(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    conn = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    try:
        yield conn
    finally:
        await conn.close()


async def cut(database_url: str) -> None:
    """End every connection that listens, as a restart of the database does."""
    async with said_to(database_url) as conn:
        await conn.execute(f"SELECT pg_terminate_backend(pid) {_WIRES}")


async def test_a_lost_hint_is_made_up_for_by_looking_anyway(
    house: House, clock: Clock, world: World
) -> None:
    """Whatever was committed without a word, as by another process on SQLite."""
    other = replace(
        house,
        db=Database(house.db._writer, house.db._pages, house.db.known, house.db.wrapper),
        standings=Standings(),
    )
    silent = World(other, clock, world.counsellor)
    async with serving(house) as base:
        alva = await Visitor.of(house, base, world.counsellor)
        async with listening(alva) as ear:
            await ear.until(told)
            await silent.text("hej")
            await ear.until(up_to(await newest_event(house)))
        await alva.http.aclose()
