"""A database that is full, ends or only reads is away: all waits, and nothing is given up."""

import pytest
from sqlalchemy import text

from handlers.errors import CannotStore, DatabaseAway
from handlers.receive import receive
from tests.test_telegram_edits import message
from tests.world import World

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

AWAY = {
    "25006": "it only reads: a standby that has taken over",
    "53100": "its disk is full",
    "53200": "it has no memory left",
    "53300": "it has no connections left",
    "57P01": "it is being stopped",
    "57P03": "it is starting",
    "58030": "its disk fails",
}


async def refuse(world: World, code: str) -> None:
    """From now on every message is refused with this code."""
    async with world.house.db.write() as tx:
        for statement in (
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{code}'; END $$",
            "CREATE TRIGGER refusing BEFORE INSERT ON messages "
            "FOR EACH ROW EXECUTE FUNCTION refuse()",
        ):
            await tx.conn.execute(text(statement))


@pytest.mark.parametrize("code", AWAY, ids=AWAY.values())
async def test_the_database_itself_fails(world: World, code: str) -> None:
    await refuse(world, code)
    with pytest.raises(DatabaseAway):
        await receive(world.house, [message(world, "hej", 1)])


async def test_what_alone_cannot_be_stored_is_told_apart(world: World) -> None:
    await refuse(world, "22021")
    with pytest.raises(CannotStore) as told:
        await receive(world.house, [message(world, "hej", 1)])
    assert not isinstance(told.value, DatabaseAway)
