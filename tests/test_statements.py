"""What a text costs the database: so many statements, however many texts, and no more of them.

A statement costs more than what it asks for. Whoever needs another one on the way of a text finds
one that can go, or says here why it is worth it (docs/decisions/0038).
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from handlers.receive import receive
from handlers.step_triage import step_triage
from tests.sealed import Sealed
from tests.world import World

FIRST_TEXT, STEP, KNOWN_CONTACTS, LATER_STEP = 10, 14, 10, 16
"""At most, of their kind."""

MORE_ON_POSTGRESQL = (0, 2, 0, 2)
"""Whether a step is due is asked among those who write; contacts are locked before that."""

NOT_COUNTED = ("BEGIN", "pg_advisory_xact_lock", "FROM keys", "FROM teams ORDER", "FROM waits JOIN")
"""What begins a transaction; the lock of whoever tells of an event on PostgreSQL; what each process
asks now and then: which keys there are, whether there is a team, how long others waited."""

FIRST, SECOND = range(10, 14), range(20, 52)


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    """What is asked of the database meanwhile by whoever writes."""
    statements: list[str] = []

    def heard(_c: Any, _cur: Any, statement: str, *_rest: Any) -> None:
        if not any(part in statement for part in NOT_COUNTED):
            statements.append(" ".join(statement.split())[:100])

    engine = world.house.db._writer.sync_engine
    event.listen(engine, "before_cursor_execute", heard)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", heard)


async def come(world: World, body: str, places: range) -> list[str]:
    """What is asked when these all write."""
    texts = [world.message(body, f"+467017406{place}") for place in places]
    with counted(world) as asked:
        await receive(world.house, texts)
    world.clock.advance(seconds=2)
    return asked


async def step(world: World) -> list[str]:
    """What is asked when the questions go on."""
    with counted(world) as asked:
        assert await step_triage(world.house)
    await world.accept()
    world.clock.advance(minutes=2)
    return asked


async def walk(world: World, places: range) -> tuple[list[str], ...]:
    """First texts, their step, then what these contacts answer, and its step."""
    first, stepped = await come(world, "hej", places), await step(world)
    return first, stepped, await come(world, "1", places), await step(world)


def limits(world: World) -> list[int]:
    """On this database."""
    most = (FIRST_TEXT, STEP, KNOWN_CONTACTS, LATER_STEP)
    more = MORE_ON_POSTGRESQL if world.house.db.postgres else (0, 0, 0, 0)
    return [one + another for one, another in zip(most, more, strict=True)]


def kinds(walked: Iterable[list[str]]) -> list[list[str]]:
    """Without the places for values."""
    return [[statement[:40] for statement in asked] for asked in walked]


async def test_many_texts_are_taken_in_with_as_few_statements_as_one(world: World) -> None:
    few = await walk(world, FIRST)
    many = await walk(world, SECOND)
    assert kinds(many) == kinds(few), "a statement is made for each text"
    for asked, most in zip(many, limits(world), strict=True):
        assert len(asked) <= most, "\n".join(asked)


async def test_sealing_asks_the_database_nothing_more(sealed: Sealed) -> None:
    await walk(sealed, FIRST)
    first, *others = limits(sealed)
    keeps_the_pairs = 1
    wanted = (first + keeps_the_pairs, *others)
    for asked, most in zip(await walk(sealed, SECOND), wanted, strict=True):
        assert len(asked) <= most, "\n".join(asked)
