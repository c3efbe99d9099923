"""Somebody without a name has an alias: the same for ever, and leading nowhere."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select, text

from domain.alias import LARGEST, WORDS, Alias, parse
from domain.contact_rules import REUSE
from domain.segments import culprits
from handlers import naming
from handlers.standing import LASTS
from storage import aliases, tables
from storage.database import engines
from storage.desk_tables import aliases as table
from storage.migrations.versions import m0003_desk
from storage.pair_tables import contact_keys
from tests.test_troubles import undelivered
from tests.world import PHONE, World

OTHER = "+46701740611"


async def alias_of(world: World, conversation: UUID) -> str:
    return (await world.see(conversation)).row.alias


async def named(world: World) -> dict[UUID, str]:
    queue = await world.queue()
    return {row.id: row.alias for row in (*queue.waiting, *queue.mine, *queue.others)}


async def test_whoever_looks_first_sees_an_alias_and_it_stays(world: World) -> None:
    await world.text("hej")
    (alias,) = (await named(world)).values()
    assert parse(alias) is not None
    await world.text("hej igen")
    await world.taken()
    assert set((await named(world)).values()) == {alias}


async def test_no_two_contacts_have_the_same(world: World) -> None:
    for last in range(10, 60):
        await world.text("hej", f"+467017406{last}")
    given = list((await named(world)).values())
    assert len(given) == len(set(given)) == 50


async def test_a_number_that_may_be_somebody_elses_gets_another_alias(world: World) -> None:
    await world.text("hej")
    first = await world.only()
    before = await alias_of(world, first)
    world.clock.advance(seconds=REUSE.total_seconds() + 1)
    await world.text("hej")
    later = next(row for row in (await world.queue()).waiting if row.id != first)
    assert later.alias != before


async def test_the_same_number_gets_another_alias_each_time_a_line_begins_anew(
    world: World,
) -> None:
    """Nothing of the number is in it: else a few tries would tell which number it was."""
    seen = set()
    for _ in range(6):
        await world.text("hej")
        seen.add(await alias_of(world, await world.only()))
        async with world.house.db.write() as tx:
            await tx.conn.execute(delete(table))
            await tx.conn.execute(
                contact_keys.update().values(address_index=None)  # as after ninety days
            )
            await tx.conn.execute(tables.conversations.update().values(state="closed"))
        world.clock.advance(seconds=LASTS.total_seconds())  # nobody was told
    assert len(seen) > 1


async def test_when_all_short_ones_are_taken_longer_ones_are_given(world: World) -> None:
    await world.text("hej")
    await world.text("hej", OTHER)
    async with world.house.db.write() as tx:
        ids = list((await tx.conn.execute(select(tables.contacts.c.id))).scalars())
        await tx.conn.execute(delete(table))
        await tx.conn.execute(
            insert(table), [{"contact_id": ids[0], "word": WORDS[0], "number": 1}]
        )
        await aliases.give(tx, ids)
        await aliases.give(tx, ids)
        kept = await aliases.of_contacts(tx, ids)
        assert kept[ids[0]] == Alias(WORDS[0], 1) != kept[ids[1]]


async def _taken_in_but_nameless(world: World) -> UUID:
    await world.text("hej")
    conversation = await world.only()
    async with world.house.db.write() as tx:
        await tx.conn.execute(delete(table))
    world.clock.advance(seconds=LASTS.total_seconds())  # nobody was told
    return conversation


async def test_a_text_is_taken_in_without_waiting_for_a_name(world: World) -> None:
    await world.text("hej")
    async with world.house.db.read() as tx:
        assert (await tx.conn.execute(select(table))).all() == []


async def test_whoever_opens_a_conversation_before_the_queue_sees_an_alias(world: World) -> None:
    conversation = await _taken_in_but_nameless(world)
    assert parse(await alias_of(world, conversation)) is not None


async def test_what_did_not_arrive_has_an_alias_in_the_list_of_things_to_do(world: World) -> None:
    await undelivered(world)
    async with world.house.db.write() as tx:
        await tx.conn.execute(delete(table))
    assert [parse(task.alias) is not None for task in (await world.queue()).tasks] == [True]


async def test_many_who_look_at_once_see_the_same_names(world: World) -> None:
    for last in range(10, 30):
        await world.text("hej", f"+467017406{last}")
    seen = await asyncio.gather(*(named(world) for _ in range(20)))
    assert len(set(seen[0].values())) == 20
    assert all(names == seen[0] for names in seen)


async def test_a_database_that_takes_nothing_still_shows_who_waits(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = await _taken_in_but_nameless(world)

    async def full(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(aliases, "give", full)
    assert [(row.id, row.alias) for row in (await world.queue()).waiting] == [(conversation, "?")]
    assert await alias_of(world, conversation) == "?"


async def test_a_page_does_not_wait_for_the_tries_of_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.text("hej")
    monkeypatch.setattr(naming, "LANE_WAIT", 0.01)
    async with world.house.naming, asyncio.timeout(60):
        assert [row.alias for row in (await world.queue()).waiting] == ["?"]
    assert "?" not in [row.alias for row in (await world.queue()).waiting]


async def test_whoever_wrote_before_there_were_aliases_is_named_by_the_migration(
    world: World, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for last in range(10, 30):
        await world.text("hej", f"+467017406{last}")
    writer, reader = engines(database_url)
    async with writer.begin() as conn:
        await conn.execute(text("DELETE FROM aliases"))
        found = await conn.run_sync(_named_by_the_migration, monkeypatch)
    await writer.dispose()
    await reader.dispose()
    assert found == 20
    assert "?" not in (await named(world)).values()


def _named_by_the_migration(conn: object, monkeypatch: pytest.MonkeyPatch) -> int:
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    operations = Operations(MigrationContext.configure(conn))  # type: ignore[arg-type] # run_sync's
    monkeypatch.setattr(m0003_desk, "op", operations)
    m0003_desk._name_everybody(table)
    rows = conn.execute(select(table.c.word, table.c.number))  # type: ignore[attr-defined] # as above
    return len({tuple(row) for row in rows})


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Björk 14", ("Björk", 14)), ("björk14", ("Björk", 14)), (" BJÖRK  14 ", ("Björk", 14)),
        ("bjork 14", ("Björk", 14)), ("björk", ("Björk", None)), ("Bjo\u0308rk 3", ("Björk", 3)),
        ("björk 14 och 15", None), ("14", None), ("", None), ("björken", None), ("+4670", None),
        ("björk 0701740610", None),
    ],
)  # fmt: skip
def test_an_alias_is_read_however_it_is_typed(
    written: str, meant: tuple[str, int | None] | None
) -> None:
    assert parse(written) == meant


def test_the_words_are_distinct_and_short() -> None:
    assert len({parse(word) for word in WORDS}) == len(WORDS) >= 60
    assert all(len(word) <= 12 and not culprits(word) for word in WORDS)
    assert parse(f"{WORDS[0]} {LARGEST}") == (WORDS[0], LARGEST)


async def test_the_page_calls_them_by_it_and_never_by_their_number(world: World) -> None:
    await world.text("hej")
    talk = await world.see()
    assert PHONE not in str(talk)
    assert str(talk.row.alias).split()[0] in WORDS


async def test_nobody_is_called_as_somebody_was_who_was_deleted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What colleagues remember of them is not taken for a stranger's."""
    monkeypatch.setattr(aliases, "WORDS", ("Björk",))
    monkeypatch.setattr(aliases, "_HIGHEST", (2,) * 40)
    await world.text("hej")
    (gone,) = (await named(world)).values()
    async with world.house.db.write() as tx:
        people = (await tx.conn.execute(select(table.c.contact_id))).scalars().all()
        await aliases.spend(tx, people, world.clock.now())
        await aliases.spend(tx, people, world.clock.now())
        assert not (await tx.conn.execute(select(table))).all()
    assert await world.count("receipts") == 2
    await world.text("hallå", OTHER)
    await named(world)
    async with world.house.db.read() as tx:
        rows = (await tx.conn.execute(select(table.c.word, table.c.number))).all()
    assert [f"{row.word} {row.number}" for row in rows] in (["Björk 1"], ["Björk 2"])
    assert gone not in [f"{row.word} {row.number}" for row in rows]
