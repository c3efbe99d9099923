"""What leads to a contact, and what opens their texts, lies apart: destroyed, or missing."""

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, event

from handlers.errors import MayNotLeave
from handlers.house import House
from handlers.receive import receive
from handlers.seen import Noted, Said
from handlers.write_note import write_note
from storage import contacts, forgetting, tables
from storage.database import Tx
from storage.pair_tables import APART, contact_keys, contact_pairs
from tests.deleting import asked_with_nothing_open, rows, to_the_end
from tests.post import Post
from tests.sealed import Sealed
from tests.world import PHONE, World

OTHER = "+46701740611"
EVERYTHING = tables.metadata.tables


@pytest.fixture
def post(world: World) -> Post:
    return Post(world)


def test_nothing_that_leads_to_a_contact_lies_anywhere_else() -> None:
    kept = {
        f"{table.name}.{column.name}"
        for table in EVERYTHING.values()
        for column in table.columns
        if column.name in {"address_index", "address_sealed", "pair_sealed", "private_sealed"}
        or column.name.startswith("pair_")
    }
    theirs = {name for name in kept if name.partition(".")[0] not in {"lines", "ways", "code_uses"}}
    assert theirs == {
        "contact_keys.address_index",
        "contact_keys.address_sealed",
        "contact_keys.pair_sealed",
        "contact_pairs.private_sealed",
    }
    assert {name.partition(".")[0] for name in theirs} == set(APART)


def test_what_lies_apart_can_be_left_out_and_brought_back_by_itself() -> None:
    pointing = {
        (name, key.column.table.name)
        for name, table in EVERYTHING.items()
        for key in table.foreign_keys
    }
    assert {to for name, to in pointing if name in APART} == {"contacts"}
    assert not {name for name, to in pointing if to in APART}


async def _apart_is_lost(world: World) -> None:
    async with world.house.db.write() as tx:
        for name in APART:
            await tx.conn.execute(delete(EVERYTHING[name]))


async def test_without_it_nobody_is_reached_and_nothing_sealed_is_read(
    sealed: Sealed, post: Post
) -> None:
    await sealed.text("hej")
    talk = await sealed.taken()
    await sealed.reply(talk, "svar", asked=True)
    await _apart_is_lost(sealed)
    seen = [item for item in (await sealed.see(talk)).thread if isinstance(item, Said)]
    assert {(item.body, item.unreadable or item.sealed) for item in seen} == {(None, True)}
    leased = await post.begin()
    assert [one.letter.to for one in leased] == [""] * len(leased)
    assert leased
    await post.refuse(leased, code=21211)
    assert [row.id for row in (await sealed.queue()).mine] == [talk]


async def test_without_it_the_next_text_is_somebody_new(sealed: Sealed) -> None:
    await sealed.text("hej")
    before = await sealed.only()
    await _apart_is_lost(sealed)
    await sealed.text("hej igen")
    fresh = next(row for row in (await sealed.queue()).waiting if row.id != before)
    assert not fresh.returning
    said = [item for item in (await sealed.see(fresh.id)).thread if isinstance(item, Said)]
    assert [item.body for item in said if item.author == "contact"] == ["hej igen"]
    assert await sealed.count("contacts") == 2


async def test_a_deleted_contact_has_no_row_there_and_others_keep_theirs(
    sealed: Sealed, post: Post
) -> None:
    await asked_with_nothing_open(sealed)
    await sealed.text("hej", OTHER)
    await to_the_end(sealed, post)
    people = await rows(sealed, "contacts")
    assert len(people) == 2
    for name in APART:
        (left,) = await rows(sealed, name)
        (other,) = [row.id for row in people if row.id == left.contact_id]
        async with sealed.house.db.read() as tx:
            assert (await contacts.addresses(tx, [other]))[other].theirs == OTHER


async def test_where_notes_are_kept_the_private_half_stays_and_the_number_goes(
    sealed: Sealed,
) -> None:
    await sealed.text("hej")
    (person,) = await rows(sealed, "contacts")
    async with sealed.house.db.write() as tx:
        await forgetting.destroy_address(tx, [person.id], keeps_notes=True)
    assert await rows(sealed, "contact_keys") == []
    assert len(await rows(sealed, "contact_pairs")) == 1


async def test_what_is_written_about_a_contact_without_a_row_still_opens(sealed: Sealed) -> None:
    await sealed.text("hej")
    talk = await sealed.taken()
    await _apart_is_lost(sealed)
    for words in ("ett", "två"):
        await write_note(sealed.desk, sealed.counsellor, talk, words, form_key=uuid4())
    noted = [item for item in (await sealed.see(talk)).thread if isinstance(item, Noted)]
    assert [item.body for item in noted] == ["ett", "två"]
    with pytest.raises(MayNotLeave):
        await sealed.reply(talk, "hej", asked=True)


async def test_many_first_texts_at_once_are_one_contact_with_one_row_of_each(
    sealed: Sealed, twin: House
) -> None:
    texts = [sealed.message(f"text {n}") for n in range(8)]
    both = [sealed.house, twin] * 4
    await asyncio.gather(*(receive(house, [text]) for house, text in zip(both, texts, strict=True)))
    assert [await sealed.count(name) for name in ("contacts", *APART)] == [1, 1, 1]
    said = [item for item in (await sealed.see()).thread if isinstance(item, Said)]
    assert sorted(item.body or "" for item in said) == [f"text {n}" for n in range(8)]


async def _destroyed(tx: Tx, contact_id: UUID) -> None:
    await contacts.held(tx, [contact_id])
    await tx.conn.execute(delete(contact_pairs))
    await forgetting.destroy_address(tx, [contact_id])


@pytest.mark.parametrize("by", ["number", "address", "chat", "id", "free"])
async def test_who_waits_for_a_contact_sees_that_their_keys_were_destroyed(
    sealed: Sealed, twin: House, by: str
) -> None:
    await sealed.text("hej")
    (person,) = await rows(sealed, "contacts")
    index = sealed.house.db.keys.index("address", PHONE)
    begun = asyncio.Event()

    async def waits() -> list[contacts.Contact]:
        async with twin.db.write() as tx:
            begun.set()
            line = [person.line_id]
            match by:
                case "number":
                    return [*(await contacts.locked(tx, [(*line, "sms", index)])).values()]
                case "address":
                    return await contacts.of_address(tx, person.channel, line, [index])
                case "chat":
                    return await contacts.in_chats(tx, person.channel, [index])
                case "free":  # which waits for nobody
                    return [*(await contacts.free(tx, [person.id])).values()]
                case _:
                    return [*(await contacts.held(tx, [person.id])).values()]

    async with sealed.house.db.write() as tx:
        await _destroyed(tx, person.id)
        waiting = asyncio.create_task(waits())
        if tx.postgres:
            await begun.wait()
            await _blocked_or_done(sealed, waiting)
    found = await waiting
    if by in {"number", "address", "chat"}:
        assert found == []
    else:
        assert [(one.pair_sealed, one.address_index) for one in found] in ([(None, None)], [])


async def _blocked_or_done(world: World, waiting: asyncio.Task[list[contacts.Contact]]) -> None:
    """Somebody waits for a lock by now, unless it is one that does not."""
    locks = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype <> 'virtualxid'"
    async with asyncio.timeout(20):
        while not waiting.done():
            async with world.house.db.read() as tx:
                if (await tx.conn.exec_driver_sql(locks)).scalar_one():
                    return
            await asyncio.sleep(0.01)


async def _asked(world: World, phone: str) -> list[str]:
    """What the database is asked and told about contacts when this text comes."""
    said: list[str] = []

    def heard(_c: object, _u: object, statement: str, *_: object) -> None:
        if any(name in statement for name in ("contacts", *APART, "teams")):
            said.append(statement)

    engine = world.house.db._writer.sync_engine
    event.listen(engine, "before_cursor_execute", heard)
    await receive(world.house, [world.message("hej", phone)])
    event.remove(engine, "before_cursor_execute", heard)
    world.clock.advance(seconds=2)
    return [" ".join(one.split()[:3]) for one in said if one.split()[0] != "SELECT"]


async def test_a_first_text_writes_each_table_once_and_a_later_one_the_contact_alone(
    sealed: Sealed,
) -> None:
    first = [f"INSERT INTO {name}" for name in ("contacts", "contact_keys", "contact_pairs")]
    assert (await _asked(sealed, PHONE))[:3] == first
    assert [one for one in await _asked(sealed, OTHER) if one.startswith("INSERT")] == first
    assert [one for one in await _asked(sealed, PHONE) if "contact_" in one] == []


async def test_before_there_is_a_team_a_first_text_makes_no_pair(
    world: World,
) -> None:
    assert "INSERT INTO contact_pairs" not in await _asked(world, PHONE)
    (keys,) = await rows(world, contact_keys.name)
    assert (keys.pair_sealed, bool(keys.address_index)) == (None, True)
