"""Contacts whose time is over, and nights that let go of what is theirs."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row

from domain.conversation import Outcome
from domain.retention import Kept
from handlers.close import close
from handlers.house import House
from handlers.let_go import let_go
from handlers.see_retention import Counted, goes
from handlers.take import take
from handlers.write_note import write_note
from storage import nights, retention, tables
from storage.retention import Written
from tests.world import PHONE, World

NIGHT = timedelta(days=1)
ME = UUID(int=1)


async def rows(world: World, table: str) -> list[Row[Any]]:
    async with world.house.db.read() as tx:
        return list(await tx.conn.execute(tables.metadata.tables[table].select()))


async def was_here(world: World, phone: str = PHONE, *bodies: str, note: str = "") -> UUID:
    """Somebody wrote, was answered, and their conversation is closed."""
    before = {row.id for row in (await world.queue()).waiting}
    await world.text("hej, en text", phone)
    talk = next(row.id for row in (await world.queue()).waiting if row.id not in before)
    await take(world.house, world.counsellor, talk)
    for body in bodies:
        await world.text(body, phone)
    if note:
        await write_note(world.house, world.counsellor, talk, note, form_key=uuid4())
    await close(world.house, world.counsellor, talk, Outcome.OTHER)
    return talk


async def decided(world: World, **days: int) -> None:
    """A coordinator has decided so; the others are as usual."""
    async with world.house.db.write() as tx:
        terms = {**await retention.terms(tx), **{Kept(name): n for name, n in days.items()}}
        edition = await retention.newest(tx) + 1
        now = world.clock.now()
        assert await retention.write(tx, Written(edition, terms, world.counsellor.id, now))


async def foreseen(house: House) -> Counted:
    """What the next night is said to take."""
    async with house.db.read() as tx:
        night, terms = await nights.seen(tx), await retention.terms(tx)
        due_at = night.due_at if night else house.now()
        return await goes(tx, terms, house.now(), due_at)


async def until_night(world: World) -> None:
    """To the moment at which the next one is due, if it is not due already."""
    async with world.house.db.read() as tx:
        night = await nights.seen(tx)
    if night is None:
        await let_go(world.house, ME)
        await until_night(world)
        return
    missing = (night.due_at - world.clock.now()).total_seconds()
    world.clock.advance(seconds=max(missing, 0))


async def a_night(world: World, house: House | None = None) -> dict[Kept, int]:
    """The next one, to its end: what went."""
    await until_night(world)
    while await let_go(house or world.house, ME):
        pass
    async with world.house.db.read() as tx:
        night = await nights.seen(tx)
    assert night is not None
    assert night.step is None
    return {Kept(name): n for name, n in night.removed.items() if n}


async def after(world: World, days: int) -> None:
    """So many days later; the nights between are not looked at."""
    world.clock.advance(seconds=days * 86400)
