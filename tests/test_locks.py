"""Whoever changes the team holds up nobody who writes down what they did."""

import asyncio

import pytest

from handlers.house import House
from storage import audit, team


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_team_that_is_being_replaced_holds_no_deed_up(house: House, twin: House) -> None:
    """Else each waits for the other: a rotation wants the contacts that a deed has locked, and the
    deed wants to be written down before it lets go of them."""
    async with house.db.write() as tx:
        await team.hold(tx)
        async with asyncio.timeout(15), twin.db.write() as other:
            audit.note(other, "tried", house.now())
    async with house.db.read() as tx:
        assert [one.act async for one in audit.entries(tx)][-1] == "tried"
