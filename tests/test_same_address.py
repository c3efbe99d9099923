"""While numbers are indexed anew, one telephone's contacts with several lines are found as ever."""

from uuid import UUID

import pytest
from sqlalchemy import select

from domain.access import Role
from domain.gate import Gate
from domain.message import OptOut
from handlers.add_line import add_line, all_lines
from handlers.house import House
from handlers.phones import free_with_chats
from handlers.receive import receive
from handlers.set_gate import set_gate
from handlers.set_safe_contact import set_watched
from handlers.stay_away import keep_away
from handlers.step_triage import step_triage
from handlers.take import take
from storage import conflicts, contacts, deletions, tables
from storage.contacts import Contact
from storage.encryption import index_generation
from storage.pair_tables import contact_keys
from tests.test_keys_rotated import exchanged, rotated
from tests.test_telegram_one_chat import message as chats
from tests.test_telegram_one_chat import say
from tests.world import LINE, PHONE, World

OTHER = "+46701740606"


class Rotating(World):
    """Somebody wrote to the first line before the keys were replaced, and writes to another while
    numbers are indexed anew."""

    async def writes(self, body: str, line: str) -> UUID:
        """Their conversation with this line."""
        await receive(self.house, [self.message(body, PHONE, to=line)])
        async with self.house.db.read() as tx:
            query = select(tables.conversations.c.id).order_by(tables.conversations.c.id.desc())
            found = (await tx.conn.execute(query.limit(1))).scalar_one()
        return UUID(str(found))

    async def answered(self) -> None:
        self.clock.advance(seconds=3)
        while await step_triage(self.house):
            pass
        await self.accept()

    async def people(self) -> dict[UUID, Contact]:
        """By conversation."""
        async with self.house.db.read() as tx:
            c = tables.conversations.c
            rows = (await tx.conn.execute(select(c.id, c.contact_id).order_by(c.id))).all()
            known = await contacts.by_ids(tx, [row.contact_id for row in rows])
        return {row.id: known[row.contact_id] for row in rows}

    async def generations(self) -> set[int]:
        async with self.house.db.read() as tx:
            found = (await tx.conn.execute(select(contact_keys.c.address_index))).scalars().all()
        return {index_generation(one) for one in found if one}


@pytest.fixture
async def rotating(world: World) -> Rotating:
    await add_line(world.house, OTHER, "Card 2025", ("sv", "en"), "exit")
    return Rotating(world.house, world.clock, world.counsellor)


async def watched(rotating: Rotating) -> list[bool]:
    return [one.watched for one in (await rotating.people()).values()]


async def test_who_says_it_on_another_line_is_watched_on_the_first_as_well(
    rotating: Rotating,
) -> None:
    await rotating.writes("hej", LINE)
    await rotating.answered()
    await rotated(rotating)
    await rotating.writes("hej, de kollar min mobil", OTHER)
    assert await rotating.generations() == {1, 2}
    assert await watched(rotating) == [True, True]
    await exchanged(rotating.house, rotating)
    assert await rotating.generations() == {2}


async def test_who_said_it_on_the_first_line_is_watched_on_another(rotating: Rotating) -> None:
    await rotating.writes("hej, de kollar min mobil", LINE)
    await rotating.answered()
    await rotated(rotating)
    await rotating.writes("hej", OTHER)
    await rotating.answered()
    assert await rotating.generations() == {1, 2}
    assert await watched(rotating) == [True, True]


@pytest.mark.parametrize("first", [True, False])
async def test_staff_note_it_of_the_telephone(rotating: Rotating, first: bool) -> None:
    one = await rotating.writes("hej", LINE)
    await rotating.answered()
    await rotated(rotating)
    other = await rotating.writes("hej", OTHER)
    assert await rotating.generations() == {1, 2}
    talk = one if first else other
    await take(rotating.house, rotating.counsellor, talk)
    await set_watched(rotating.house, rotating.counsellor, talk, watched=True)
    assert await watched(rotating) == [True, True]


async def test_who_must_stay_away_does_so_on_every_line_and_all_of_them_are_deleted(
    rotating: Rotating,
) -> None:
    boss = await World.hired(rotating.house, "Cia", Role.COORDINATOR)
    one = await rotating.writes("hej", LINE)
    await rotating.answered()
    await rotated(rotating)
    other = await rotating.writes("hej", OTHER)
    assert await rotating.generations() == {1, 2}
    people = await rotating.people()
    async with rotating.house.db.read() as tx:
        for contact in people.values():
            found = await deletions.with_address_of(tx, contact.id)
            assert found == {it.id for it in people.values()}
    await keep_away(rotating.house, boss, other, rotating.counsellor.id)
    await rotating.writes("hej", LINE)
    async with rotating.house.db.read() as tx:
        assert await conflicts.kept_from(tx, rotating.counsellor.id) == {one, other}


@pytest.mark.parametrize("word", ["STOPP", "gate"])
async def test_a_chat_that_forbids_it_to_one_line_forbids_it_to_all(
    rotating: Rotating, word: str
) -> None:
    first, second = await all_lines(rotating.house)
    await say(rotating, "/start", first.card)
    await rotating.accept()
    await rotated(rotating)
    await say(rotating, "/start", second.card)
    assert await rotating.generations() == {1, 2}
    if word == "gate":
        talk, *_ = await rotating.people()
        await take(rotating.house, rotating.counsellor, talk)
        await set_gate(rotating.house, rotating.counsellor, talk, Gate.CLOSED)
        assert {one.gate for one in (await rotating.people()).values()} == {Gate.CLOSED}
    else:
        await receive(rotating.house, [chats(rotating, word)])
        assert {one.opt_out for one in (await rotating.people()).values()} == {OptOut.OWN}


async def test_who_shares_a_chat_with_one_that_another_holds_is_left_alone(
    rotating: Rotating, twin: House
) -> None:
    if not rotating.house.db.postgres:
        return  # one writes at a time
    first, second = await all_lines(rotating.house)
    await say(rotating, "/start", first.card)
    await rotating.accept()
    await rotated(rotating)
    await say(rotating, "/start", second.card)
    one, other = (await rotating.people()).values()
    async with twin.db.write() as theirs:
        await contacts.held(theirs, [one.id])
        async with rotating.house.db.write() as tx:
            assert await free_with_chats(tx, [other.id]) == {}
    async with rotating.house.db.write() as tx:
        assert (await free_with_chats(tx, [other.id])).keys() == {other.id}
