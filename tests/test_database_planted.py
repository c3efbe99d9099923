"""A trigger that somebody planted in the database hides no deed, and is found."""

import pytest
from sqlalchemy import select, text

from domain.gate import Gate
from handlers.house import House
from handlers.set_gate import set_gate
from handlers.verify_audit import audit_head
from storage import tables
from storage.audit import NotWritten
from tests.test_audit import force
from tests.world import World
from utvag.doctor_planted import examine_planted

SWALLOWS = {
    "sqlite": (
        "CREATE TRIGGER quiet BEFORE INSERT ON audit BEGIN SELECT RAISE(IGNORE); END",
        "CREATE TRIGGER quiet AFTER INSERT ON audit BEGIN"
        " DELETE FROM audit WHERE number = NEW.number; END",
    ),
    "postgresql": (
        "CREATE TRIGGER quiet BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION nothing()",
        "CREATE RULE quiet AS ON INSERT TO audit DO INSTEAD NOTHING",
    ),
}
NOTHING = (
    "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$"
)


async def plant(house: House, statement: str) -> None:
    await force(house, *([NOTHING] if house.db.postgres else []), statement)


@pytest.mark.parametrize("way", [0, 1])
async def test_an_entry_that_the_database_swallows_takes_its_deed_with_it(
    world: World, way: int
) -> None:
    await world.text("hej")
    talk = await world.taken()
    before = await audit_head(world.house)
    kind = "postgresql" if world.house.db.postgres else "sqlite"
    await plant(world.house, SWALLOWS[kind][way])
    with pytest.raises(NotWritten):
        await set_gate(world.house, world.counsellor, talk, Gate.OPEN)
    async with world.house.db.read() as tx:
        gates = (await tx.conn.execute(select(tables.contacts.c.gate))).scalars().all()
    assert gates == [Gate.UNKNOWN]
    assert await audit_head(world.house) == before


async def test_the_doctor_finds_what_was_planted_and_what_was_switched_off(world: World) -> None:
    (fine,) = await examine_planted(world.house)
    assert not fine.failed
    kind = "postgresql" if world.house.db.postgres else "sqlite"
    await plant(world.house, SWALLOWS[kind][0])
    async with world.house.db.write() as tx:
        await tx.conn.execute(text("CREATE VIEW glimpse AS SELECT 1 AS one"))
    strange, gone = await examine_planted(world.house)
    assert strange.failed
    assert gone.failed
    assert "glimpse, quiet" in strange.text
    assert "audit_" in gone.text
