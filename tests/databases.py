"""Where does a test's database come from?

Each process migrates one of either kind, and grows another in which there is already what most
tests begin with. Each test has a copy of one of them, or on PostgreSQL one that is as good as new.
"""

import asyncio
import os
import uuid
from collections import defaultdict
from dataclasses import dataclass, field

import asyncpg

from handlers.scripts import Scripts
from storage.schema import migrate
from tests.clock import Clock
from tests.emptied import EMPTIES, Kept
from tests.world import World, house_on

CARELESS = (
    "ALTER SYSTEM SET fsync = off",
    "ALTER SYSTEM SET full_page_writes = off",
    "ALTER SYSTEM SET autovacuum = off",
)
"""No test takes the current away from PostgreSQL itself, and its disk would be waited for; what it
learnt of one test's rows would be wrong for the next."""
COPY = "STRATEGY file_copy"
"""Quicker than through the log of what is written, once no disk is waited for."""
MIGRATED, GROWN = "template_utvag", "template_grown"


async def grow(url: str, scripts: Scripts) -> None:
    """Into a migrated database: its keys, a line and a counsellor."""
    clock = Clock()
    async with house_on(url, clock, scripts) as house:
        await World.made(house, clock)


def postgres_url(address: str, name: str) -> str:
    head, _, query = address.partition("?")
    rest = head.removeprefix("postgresql://").rpartition("/")[0]
    return f"postgresql+asyncpg://{rest}/{name}" + (f"?{query}" if query else "")


@dataclass
class Server:
    """A PostgreSQL of a process's own, one connection to it, and the databases that rest."""

    address: str
    runner: asyncio.Runner
    connection: asyncpg.Connection
    resting: dict[str, list[Kept]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def at(cls, address: str, runner: asyncio.Runner) -> "Server":
        made = cls(address, runner, runner.run(asyncpg.connect(address)))
        for statement in (*CARELESS, "SELECT pg_reload_conf()", f"CREATE DATABASE {MIGRATED}"):
            made.say(statement)
        runner.run(migrate(postgres_url(address, MIGRATED)))
        return made

    def say(self, statement: str) -> object:
        return self.runner.run(self.connection.execute(statement))

    def grown(self, scripts: Scripts) -> None:
        """From now on there is a grown template too."""
        self.say(f"CREATE DATABASE {GROWN} TEMPLATE {MIGRATED} {COPY}")
        self.runner.run(grow(postgres_url(self.address, GROWN), scripts))

    def database(self, template: str) -> Kept:
        """One that is like new."""
        rests = self.resting[template]
        return rests.pop() if rests else self.runner.run(self._made(template))

    def over(self, kept: Kept) -> None:
        """The test that had it is."""
        if self.runner.run(kept.emptied()):
            self.resting[kept.template].append(kept)
        else:
            self.runner.run(self._drop(kept))

    async def _made(self, template: str) -> Kept:
        name = f"t{os.getpid()}_{uuid.uuid4().hex[:12]}"
        await self.connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} {COPY}")
        url = postgres_url(self.address, name).replace("+asyncpg", "", 1)
        ours = await asyncpg.connect(url, server_settings={"application_name": EMPTIES})
        return await Kept.of(name, template, ours)

    async def _drop(self, kept: Kept) -> None:
        await kept.connection.close()
        await self.connection.execute(f"DROP DATABASE {kept.name} WITH (FORCE)")

    def end(self) -> None:
        for kept in (each for rests in self.resting.values() for each in rests):
            self.runner.run(self._drop(kept))
        self.runner.run(self.connection.close())
