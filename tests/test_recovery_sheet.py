"""A recovery sheet opens once, says what was mistyped, and is told to everybody."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from domain.member import Role
from domain.sheet_code import written
from handlers.errors import BadInput, NotAdmitted, NotAllowed, NotFound, SheetMistyped, SheetSpent
from handlers.house import House
from handlers.invite import revoke
from handlers.read_by import read_by
from handlers.recovery_sheet import NewSheet, asked_back, confirm_sheet, make_sheet, use_sheet
from handlers.see_team import see_team
from handlers.see_team_line import see_team_line
from storage import sheets, team
from storage.pairs import new_pair
from storage.team_tables import roster
from storage.team_tables import sheets as table
from tests.team import Colleague, first, hired, let_in, proves
from tests.world import World


def asked(sheet: NewSheet) -> str:
    return " ".join(sheet.groups[place - 1] for place in sheet.asked_back)


def typed(sheet: NewSheet) -> str:
    return " ".join(sheet.groups)


async def made(reader: Colleague, *, confirmed: bool = True) -> NewSheet:
    sheet = await make_sheet(await reader.reads(), reader.member, await proves(reader))
    if confirmed:
        await confirm_sheet(await reader.reads(), reader.member, sheet.id, asked(sheet))
    return sheet


async def uses(who: Colleague, sheet: NewSheet | str) -> None:
    said = sheet if isinstance(sheet, str) else typed(sheet)
    await use_sheet(await who.reads(), who.member, said)


async def line(who: Colleague) -> str:
    return (await see_team_line(await who.reads(), who.member)).sheet


async def generations(who: Colleague) -> set[int]:
    async with who.house.db.read() as tx:
        return set(await team.opened_by(tx, who.key))


async def test_a_sheet_counts_once_two_of_its_groups_were_typed_back(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    assert await line(alva) == "missing"
    sheet = await made(alva, confirmed=False)
    assert await line(alva) == "missing"
    assert await asked_back(await alva.reads(), alva.member, sheet.id) == sheet.asked_back
    one, other = (sheet.groups[place - 1] for place in sheet.asked_back)
    for wrong in ("", one, f"{other} {one}", f"{one} {one}", f"{one} {other} {one}"):
        with pytest.raises(SheetMistyped):
            await confirm_sheet(await alva.reads(), alva.member, sheet.id, wrong)
    await confirm_sheet(await alva.reads(), alva.member, sheet.id, asked(sheet).lower())
    assert await line(alva) == ""
    page = await see_team(await alva.reads(), alva.member)
    assert page.sheet_holds
    with pytest.raises(NotFound):
        await confirm_sheet(await alva.reads(), alva.member, sheet.id, asked(sheet))


async def test_nothing_of_a_sheet_lies_in_the_database(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    sheet = await made(alva)
    async with world.house.db.read() as tx:
        (row,) = (await tx.conn.execute(select(table))).mappings()
    stored = b"".join(value for value in row.values() if isinstance(value, bytes))
    assert all(group.encode() not in stored for group in sheet.groups)
    assert row["check_sealed"] is None
    assert all(group not in repr(sheet) for group in sheet.groups)


async def test_a_sheet_gives_everything_back_to_a_member_who_waits(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    bea = await hired(world.house, "Bea")
    await let_in(alva, bea)
    sheet = await made(alva)
    elis = await hired(world.house, "Elis")
    await uses(elis, sheet)
    assert await generations(elis) == {1, 2}
    assert await generations(bea) == {1, 2}
    assert await line(elis) == "used"
    told = await see_team_line(await bea.reads(), bea.member)
    assert [(one.kind, one.name) for one in told.news][-2:] == [
        ("sheet_used", "Elis"),
        ("sheet_made", "Alva"),
    ]
    page = await see_team(await elis.reads(), elis.member)
    assert page.sheet is not None
    assert (page.sheet.used_by, page.sheet_holds) == ("Elis", False)


async def test_a_sheet_helps_when_everybody_is_gone(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    sheet = await made(alva)
    await revoke(world.house, "Alva")
    elis = await hired(world.house, "Elis")
    assert (await see_team(await elis.reads(), elis.member)).lost
    await uses(elis, sheet)
    assert await generations(elis) == {1, 2}
    page = await see_team(await elis.reads(), elis.member)
    assert [one.name for one in page.readers] == ["Elis"]
    assert page.due_since is None


async def test_a_sheet_used_twice_is_refused_and_says_when_it_was_used(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    sheet = await made(alva)
    elis, bea = await hired(world.house, "Elis"), await hired(world.house, "Bea")
    at = world.clock.now()
    await uses(elis, sheet)
    async with world.house.db.read() as tx:
        assert (await tx.conn.execute(select(table.c.sealed))).scalars().all() == [None]
    world.clock.advance(seconds=3600)
    with pytest.raises(SheetSpent) as refused:
        await uses(bea, sheet)
    assert refused.value.used
    assert abs(refused.value.at - at) < timedelta(seconds=1)
    assert await generations(bea) == set()


async def test_of_two_who_use_a_sheet_at_once_one_does(world: World, twin: House) -> None:
    alva = await first(world.house, world.counsellor)
    sheet = await made(alva)
    elis, bea = await hired(world.house, "Elis"), await hired(world.house, "Bea")
    other = replace(bea, house=twin)
    done = await asyncio.gather(uses(elis, sheet), uses(other, sheet), return_exceptions=True)
    assert sorted(map(str, map(type, done))) == sorted(map(str, (type(None), SheetSpent)))
    assert sorted([len(await generations(elis)), len(await generations(bea))]) == [0, 2]


async def test_a_newer_sheet_replaces_the_one_before_only_once_it_is_confirmed(
    world: World,
) -> None:
    alva = await first(world.house, world.counsellor)
    elis, bea = await hired(world.house, "Elis"), await hired(world.house, "Bea")
    old = await made(alva)
    forgotten = await made(alva, confirmed=False)
    new = await made(alva, confirmed=False)
    with pytest.raises(SheetSpent):
        await uses(elis, forgotten)
    await confirm_sheet(await alva.reads(), alva.member, new.id, asked(new))
    with pytest.raises(SheetSpent) as refused:
        await uses(elis, old)
    assert not refused.value.used
    await uses(bea, new)
    assert await generations(elis) == set()


async def test_a_sheet_goes_on_holding_when_the_teams_pair_is_replaced(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    sheet = await made(alva)
    await uses(await hired(world.house, "Elis"), sheet)
    second = await made(alva)
    assert await generations(alva) == {1, 2}
    async with world.house.db.read() as tx:
        found = await sheets.of_public(tx, (await sheets.every(tx))[0].public)
        assert found is not None
        assert found.generation == 2
    await uses(await hired(world.house, "Bea"), second)
    assert await generations(alva) == {1, 2, 3}


async def test_what_is_no_sheet_or_mistyped_changes_nothing(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    sheet = await made(alva)
    elis = await hired(world.house, "Elis")
    groups = list(sheet.groups)
    groups[4] = ("1" if groups[4][0] != "1" else "2") + groups[4][1:]
    with pytest.raises(SheetMistyped) as refused:
        await uses(elis, " ".join(groups))
    assert refused.value.groups == (5,)
    with pytest.raises(SheetMistyped):
        await uses(elis, "not a sheet")
    with pytest.raises(BadInput):
        await uses(elis, " ".join(written(new_pair().private)))
    assert await generations(elis) == set()
    await uses(elis, sheet)


async def test_only_who_reads_makes_one_and_only_a_role_that_reads_uses_one(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    sheet = await made(alva)
    elis = await hired(world.house, "Elis")
    with pytest.raises(NotAdmitted):
        await make_sheet(await elis.reads(), elis.member, await proves(elis))
    noor = await hired(world.house, "Noor", Role.ADMIN)
    with pytest.raises(NotAllowed):
        await uses(noor, sheet)
    with pytest.raises(NotAdmitted):
        await use_sheet(world.house, elis.member, typed(sheet))
    assert await generations(noor) == set()


@pytest.mark.parametrize("field", ["public", "tag_sealed"])
async def test_a_sheet_that_was_written_over_before_it_is_confirmed_takes_no_other_s_place(
    world: World, field: str
) -> None:
    alva = await first(world.house, world.counsellor)
    before = await made(alva)
    sheet = await made(alva, confirmed=False)
    async with world.house.db.write() as tx:
        theirs = update(table).where(table.c.id == sheet.id)
        await tx.conn.execute(theirs.values({field: new_pair().public}))
    with pytest.raises(NotFound):
        await confirm_sheet(await alva.reads(), alva.member, sheet.id, asked(sheet))
    elis = await hired(world.house, "Elis")
    await uses(elis, before)
    assert await generations(elis) == {1, 2}


async def test_a_sheet_that_somebody_wrote_into_the_database_is_sealed_nothing(
    world: World,
) -> None:
    alva = await first(world.house, world.counsellor)
    sheet = await made(alva)
    false = new_pair()
    async with world.house.db.write() as tx:
        await tx.conn.execute(update(table).values(public=false.public))
    await uses_nothing(alva, sheet)
    elis = await hired(world.house, "Elis")
    await let_in(alva, elis)
    await revoke(world.house, "Elis")
    await read_by(world.house, alva.member, alva.key)
    assert await generations(alva) == {1, 2}
    async with world.house.db.read() as tx:
        (found,) = await sheets.every(tx)
        assert found.generation == 1


async def uses_nothing(alva: Colleague, sheet: NewSheet) -> None:
    with pytest.raises(BadInput):
        await uses(alva, sheet)


async def test_a_sheet_lets_nobody_in_whose_key_was_swapped(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    sheet = await made(alva)
    async with world.house.db.write() as tx:
        await tx.conn.execute(delete(roster))
    stranger = replace(alva, key=replace(alva.key, pair=new_pair()))
    with pytest.raises(NotAdmitted):
        await uses(stranger, sheet)
    await uses(alva, sheet)
    assert await generations(alva) == {1, 2}
