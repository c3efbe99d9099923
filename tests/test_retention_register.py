"""The register has a term of its own: what is settled goes by it, what is not never does."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from domain.disclosure import Refusal
from domain.duty import Kind, Within
from domain.member import Role
from domain.retention import TERMS, USUAL, Kept
from handlers.ask_disclosure import ask_disclosure
from handlers.close_duty import close_duty
from handlers.decide_disclosure import refuse
from handlers.raise_duty import raise_duty
from handlers.see_register import see_entry, see_register
from storage.page_tables import metadata
from storage.register_words import Part
from storage.retention_tables import retention_nights
from tests.aging import a_night, after, decided, foreseen, rows, was_here
from tests.sealed import Sealed
from tests.test_duties import NOT_NEEDED, WHY
from tests.test_register import ASKED
from tests.test_register_strangers import asked
from tests.world import World

LEAST = TERMS[Kept.REGISTER].least
TABLES = (
    *("duties", "disclosures", "exports", "agreements", "register_words", "stranger_words"),
    *("contact_pairs", "aliases", "contacts", "conversations"),
)


async def settled(world: World, talk: UUID) -> None:
    """A duty, a request and one about a stranger, each with words, each over."""
    house, alva = world.house, world.counsellor
    await raise_duty(house, alva, talk, Kind.CHILD, Within.HOUR, WHY)
    (duty,) = (await see_register(house, alva)).owed
    await close_duty(house, alva, duty.id, NOT_NEEDED)
    await ask_disclosure(house, alva, talk, ASKED, form_key=uuid4())
    await asked(house, alva)
    for one in (await see_register(house, alva)).unsettled:
        await refuse(house, alva, one.entry.id, Refusal.NOT_HERE, "ord")


async def test_what_is_settled_goes_by_the_term_with_its_words(world: World) -> None:
    talk = await was_here(world, note="ring")
    await settled(world, talk)
    await decided(world, register=LEAST)
    await after(world, LEAST - 20)  # a first night is a week ahead
    assert Kept.REGISTER not in await a_night(world)
    assert await world.count("register_words") == 5
    assert await rows(world, "aliases")
    await after(world, 15)
    assert (await foreseen(world.house))[Kept.REGISTER] == 3
    assert (await a_night(world))[Kept.REGISTER] == 3
    for name in ("duties", "disclosures", "register_words", "stranger_words", "aliases"):
        assert await rows(world, name) == [], name
    await decided(world, register=LEAST, figures=LEAST)
    assert (await a_night(world))[Kept.FIGURES] == 1
    for name in TABLES:
        assert await rows(world, name) == [], name


async def test_what_nobody_settled_never_goes(world: World) -> None:
    talk = await was_here(world)
    await ask_disclosure(world.house, world.counsellor, talk, ASKED, form_key=uuid4())
    await asked(world.house, world.counsellor)
    await raise_duty(world.house, world.counsellor, talk, Kind.CHILD, Within.HOUR, WHY)
    await decided(world, register=LEAST)
    await after(world, 10 * LEAST)
    assert Kept.REGISTER not in await a_night(world)
    assert len(await rows(world, "disclosures")) == 2
    assert len(await rows(world, "duties")) == 1


async def test_its_words_open_for_as_long_as_they_are_kept(sealed: Sealed) -> None:
    talk = await was_here(sealed)
    await ask_disclosure(sealed.desk, sealed.counsellor, talk, ASKED, form_key=uuid4())
    (one,) = (await see_register(sealed.desk, sealed.counsellor)).unsettled
    await refuse(sealed.desk, sealed.counsellor, one.entry.id, Refusal.UNCLEAR, "ord")
    await after(sealed, USUAL[Kept.CONVERSATIONS])
    assert (await a_night(sealed))[Kept.CONVERSATIONS] == 1
    await sealed.see(talk)  # a reason
    seen = await see_entry(sealed.desk, sealed.counsellor, one.entry.id)
    assert seen.words[Part.ASKED].body == ASKED.words


async def test_nobody_removes_an_entry_but_the_night_in_its_step(world: World) -> None:
    talk = await was_here(world)
    await settled(world, talk)
    await World.hired(world.house, "Cia", Role.COORDINATOR)
    for name in ("duties", "disclosures"):
        with pytest.raises(DBAPIError):
            async with world.house.db.write() as tx:
                await tx.conn.execute(delete(metadata.tables[name]))
    await asked(world.house, world.counsellor)
    await a_night(world)
    async with world.house.db.write() as tx:
        await tx.conn.execute(update(retention_nights).values(step="register"))
    with pytest.raises(DBAPIError):  # one of them is not settled
        async with world.house.db.write() as tx:
            await tx.conn.execute(delete(metadata.tables["stranger_words"]))
            await tx.conn.execute(delete(metadata.tables["disclosures"]))


async def test_it_goes_also_where_the_conversation_goes_on(world: World) -> None:
    talk = await was_here(world)
    await settled(world, talk)
    await decided(world, register=LEAST)
    await after(world, LEAST)
    await world.text("hej igen")
    assert (await a_night(world))[Kept.REGISTER] == 3
