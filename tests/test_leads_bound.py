"""Whether one of two who agreed coordinated is what the log says, whatever stands in the row."""

from uuid import UUID

import pytest
from sqlalchemy import update

from domain.disclosure import Scope, State
from domain.member import Role
from handlers.decide_disclosure import agree, give
from handlers.errors import BadInput
from handlers.give_role import give_role
from handlers.house import House
from handlers.see_register import see_register
from storage.register_tables import agreements
from tests.test_register import Staff
from tests.test_register import staff as staff  # noqa: PLC0414 - a fixture
from tests.test_role_raised import without_triggers, written
from tests.world import World


async def put(house: House, whose: UUID, *, leads: bool) -> None:
    """By somebody who writes into the database."""
    async with house.db.write() as tx:
        await without_triggers(tx, "agreements")
        theirs = update(agreements).where(agreements.c.member_id == whose)
        await tx.conn.execute(theirs.values(leads=leads))


async def is_forged(staff: Staff, entry: UUID) -> None:
    house = staff.world.house
    seen = await staff.see(entry)
    assert (seen.forged, seen.may_agree, seen.may_give) == (True, False, False)
    (listed,) = (await see_register(house, staff.alva)).unsettled
    assert listed.forged
    for deed in (
        agree(house, staff.dan, entry),
        give(house, staff.cia, entry, (Scope.TIMES,), staff.now(), ""),
    ):
        with pytest.raises(BadInput) as refused:
            await deed
        assert (refused.value.field, refused.value.problem) == ("agree", "forged")


async def test_two_counsellors_are_not_two_of_whom_one_leads(staff: Staff) -> None:
    house, entry = staff.world.house, await staff.asked()
    bo = await World.hired(house, "Bo")
    await agree(house, staff.elis, entry)
    await put(house, staff.elis.id, leads=True)
    with pytest.raises(BadInput, match="forged"):
        await agree(house, bo, entry)
    await is_forged(staff, entry)
    await put(house, staff.elis.id, leads=False)
    with pytest.raises(BadInput, match="leads"):
        await agree(house, bo, entry)
    await agree(house, staff.dan, entry)
    await give(house, staff.cia, entry, (Scope.TIMES,), staff.now(), "")
    assert (await staff.see(entry)).entry.state is State.GIVEN


async def test_it_is_not_taken_from_who_led(staff: Staff) -> None:
    house, entry = staff.world.house, await staff.asked()
    await agree(house, staff.cia, entry)
    await put(house, staff.cia.id, leads=False)
    await is_forged(staff, entry)


async def test_a_role_in_the_row_makes_nobody_lead(staff: Staff) -> None:
    house, entry = staff.world.house, await staff.asked()
    await written(house, staff.elis.id, Role.COORDINATOR)
    await agree(house, staff.elis, entry)
    seen = await staff.see(entry)
    assert [(it.name, it.leads) for it in seen.agreed] == [("Elis", False)]
    await put(house, staff.elis.id, leads=True)
    await is_forged(staff, entry)


@pytest.mark.parametrize(
    ("before", "after"),
    [(Role.COORDINATOR, Role.COUNSELLOR), (Role.COUNSELLOR, Role.COORDINATOR)],
)
async def test_who_is_given_another_role_later_agreed_as_what_they_were(
    staff: Staff, before: Role, after: Role
) -> None:
    house, entry = staff.world.house, await staff.asked()
    bo = await World.hired(house, "Bo", before)
    await agree(house, bo, entry)
    await give_role(house, "Bo", after)
    seen = await staff.see(entry)
    assert not seen.forged
    assert [it.leads for it in seen.agreed] == [before is Role.COORDINATOR]
    await agree(house, staff.dan, entry)
    await give(house, staff.cia, entry, (Scope.TIMES,), staff.now(), "")


async def test_who_was_given_another_role_a_moment_ago_agrees_as_what_they_are(
    staff: Staff,
) -> None:
    """Their page is of before."""
    house, entry = staff.world.house, await staff.asked()
    await give_role(house, "Dan", Role.COUNSELLOR)
    await agree(house, staff.dan, entry)
    seen = await staff.see(entry)
    assert [it.leads for it in seen.agreed] == [False]
    assert not seen.forged
