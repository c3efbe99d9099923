"""Two who say something of one telephone at once, each to another line: nobody waits for nobody.

On a real PostgreSQL, each in a process's own connections; SQLite has one writer.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.gate import Gate
from domain.message import Channel
from handlers import storing
from handlers.add_line import add_line
from handlers.house import House
from handlers.receive import receive
from handlers.set_gate import set_gate
from handlers.set_safe_contact import set_watched
from handlers.step_triage import step_triage
from handlers.take import take
from storage import contacts, lines, tables
from storage.contacts import Contact
from storage.database import Tx
from tests.world import LINE, World

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
OTHER = "+46701740606"
CHAT = "4711"
Deed = Callable[[House], Awaitable[object]]


@pytest.fixture
def meeting(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whoever has locked their own contact waits for the other one to have done so, for as long as
    it takes to see that they do not come: the worst order there is. What PostgreSQL ended."""
    here, both, ended = [0], asyncio.Event(), list[str]()

    def slow(
        ask: Callable[..., Awaitable[list[Contact]]],
    ) -> Callable[..., Awaitable[list[Contact]]]:
        async def asked(tx: Tx, *what: Iterable[bytes]) -> list[Contact]:
            here[0] += 1
            if here[0] == 2:
                both.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(both.wait(), 0.5)
            return await ask(tx, *what)

        return asked

    def passing(error: BaseException) -> bool:
        ended.append(str(getattr(getattr(error, "orig", None), "sqlstate", error)))
        return True

    monkeypatch.setattr(contacts, "at_addresses", slow(contacts.at_addresses))
    monkeypatch.setattr(contacts, "in_chats", slow(contacts.in_chats))
    monkeypatch.setattr(storing, "is_passing", passing)
    return ended


async def at_once(house: House, twin: House, one: Deed, other: Deed) -> None:
    await asyncio.wait_for(asyncio.gather(one(house), other(twin)), 30)


async def talks(world: World) -> list[UUID]:
    """Both are taken by the counsellor."""
    async with world.house.db.read() as tx:
        c = tables.conversations.c
        found = list((await tx.conn.execute(select(c.id).order_by(c.id))).scalars())
    for talk in found:
        await take(world.house, world.counsellor, talk)
    return found


async def column(world: World, name: str) -> list[object]:
    async with world.house.db.read() as tx:
        return list((await tx.conn.execute(select(tables.contacts.c[name]))).scalars())


def says(world: World, body: str, to: str) -> Deed:
    message = world.message(body, to=to)
    return lambda house: receive(house, [message])


async def known_twice(world: World) -> None:
    await add_line(world.house, OTHER, "Card 2025", ("sv", "en"), "exit")
    for to in (LINE, OTHER):
        await world.text("hej", to=to)


async def test_both_lines_hear_at_once_that_it_is_watched(
    world: World, twin: House, meeting: list[str]
) -> None:
    await known_twice(world)
    both = [says(world, f"de kollar min mobil {to}", to) for to in (LINE, OTHER)]
    await at_once(world.house, twin, *both)
    assert meeting == []
    assert None not in await column(world, "watched_at")
    assert await world.count("contacts") == 2


async def test_one_line_hears_it_and_a_text_to_both_comes_in(
    world: World, twin: House, meeting: list[str]
) -> None:
    await known_twice(world)
    several = [world.message(f"hallå {to}", to=to) for to in (LINE, OTHER)]
    said = says(world, "de kollar min mobil", OTHER)
    await at_once(world.house, twin, said, lambda house: receive(house, several))
    assert meeting == []
    assert None not in await column(world, "watched_at")


async def test_counsellors_note_it_of_both_at_once(
    world: World, twin: House, meeting: list[str]
) -> None:
    await known_twice(world)
    one, other = [noted(world, talk) for talk in await talks(world)]
    await at_once(world.house, twin, one, other)
    assert meeting == []
    assert None not in await column(world, "watched_at")


async def test_a_counsellor_notes_it_of_one_while_the_other_line_hears_it(
    world: World, twin: House, meeting: list[str]
) -> None:
    await known_twice(world)
    first, _ = await talks(world)
    await at_once(world.house, twin, noted(world, first), says(world, "de kollar min mobil", OTHER))
    assert meeting == []
    assert None not in await column(world, "watched_at")


def noted(world: World, talk: UUID) -> Deed:
    return lambda house: set_watched(house, world.counsellor, talk, watched=True)


async def in_one_chat(world: World) -> list[str]:
    """Telegram's lines share a chat; a card's code says which line is meant: those codes."""
    await add_line(world.house, OTHER, "Card 2025", ("sv", "en"), "exit")
    async with world.house.db.read() as tx:
        cards = [line.card for line in await lines.every(tx)]
    hello = [world.message("hej", CHAT, to=card, channel=Channel.TELEGRAM) for card in cards]
    await receive(world.house, hello)
    return cards


async def test_the_machine_waits_for_nobody_who_shares_a_chat(world: World, twin: House) -> None:
    card, _ = await in_one_chat(world)
    world.clock.advance(seconds=2)
    await world.step()
    no = world.message("2", CHAT, to=card, channel=Channel.TELEGRAM)
    await receive(world.house, [no])
    world.clock.advance(seconds=2)
    async with twin.db.write() as tx:
        c = tables.contacts.c
        silent = select(c.id).order_by(c.last_inbound_at).limit(1)
        await contacts.held(tx, (await tx.conn.execute(silent)).scalars())
        assert await asyncio.wait_for(step_triage(world.house), 20) == 0
    assert await step_triage(world.house) == 1
    assert set(await column(world, "gate")) == {Gate.CLOSED}


async def test_in_one_chat_two_lines_are_told_not_to_write_at_once(
    world: World, twin: House, meeting: list[str]
) -> None:
    await in_one_chat(world)
    one, other = [closed(world, talk) for talk in await talks(world)]
    await at_once(world.house, twin, one, other)
    assert meeting == []
    assert set(await column(world, "gate")) == {Gate.CLOSED}


def closed(world: World, talk: UUID) -> Deed:
    return lambda house: set_gate(house, world.counsellor, talk, Gate.CLOSED)
