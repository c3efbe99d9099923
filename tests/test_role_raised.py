"""What counts is the role that somebody was given, whatever stands in their row."""

from itertools import permutations
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select, text, update

from domain.access import Act, Role
from domain.noted import Noted
from domain.six_words import six_words
from handlers.errors import BadInput, NotFound
from handlers.give_role import give_role
from handlers.house import House
from handlers.invite import invite
from handlers.read_by import read_by
from handlers.see_team import see_team
from handlers.sign_in import whose_session
from storage import audit, given_roles, tables, team
from storage.database import Tx
from tests.browser.scene import Scene
from tests.browser.serving import Visitor
from tests.clock import Clock
from tests.sessions import lasting, member_of
from tests.team import admits, first, hired, let_in, signed_in
from tests.world import World
from utvag.doctor_team import examine_team

LOG = audit.T.c


async def written(house: House, whose: UUID, role: Role) -> None:
    """By somebody who writes into the database."""
    async with house.db.write() as tx:
        theirs = update(tables.members).where(tables.members.c.id == whose)
        await tx.conn.execute(theirs.values(role=role))


async def without_triggers(tx: Tx, table: str = "audit") -> None:
    if tx.postgres:
        await tx.conn.execute(text(f"alter table {table} disable trigger user"))
        return
    found = await tx.conn.execute(
        text("select name from sqlite_master where type='trigger' and tbl_name=:at"), {"at": table}
    )
    for name in found.scalars().all():
        await tx.conn.execute(text(f'drop trigger "{name}"'))


async def forgotten(house: House, whose: UUID) -> None:
    """What the log says of their role is taken out of it."""
    async with house.db.write() as tx:
        await without_triggers(tx)
        await tx.conn.execute(
            delete(audit.T).where(LOG.object_id == whose, LOG.act.in_(given_roles.GIVE))
        )


@pytest.mark.parametrize(("given", "then"), list(permutations(Role, 2)))
async def test_the_role_that_was_given_counts_at_once_and_at_the_next_sign_in(
    world: World, given: Role, then: Role
) -> None:
    robin = await World.hired(world.house, "Robin", given)
    before = await lasting(world.house, robin)
    await written(world.house, robin.id, then)
    for token in (before, await lasting(world.house, robin)):
        held = await whose_session(world.house, token)
        assert held is not None
        assert held.member.role is given
        assert held.is_forged
    await written(world.house, robin.id, given)
    held = await whose_session(world.house, before)
    assert held is not None
    assert not held.is_forged


async def test_an_entry_that_somebody_wrote_into_the_log_gives_nobody_a_role(world: World) -> None:
    robin = await World.hired(world.house, "Robin", Role.COUNSELLOR)
    boss = await World.hired(world.house, "Cia", Role.COORDINATOR)
    token = await lasting(world.house, robin)
    await written(world.house, robin.id, Role.COORDINATOR)
    async with world.house.db.write() as tx:
        await without_triggers(tx)
        (hers,) = (
            await tx.conn.execute(
                select(audit.T).where(LOG.object_id == boss.id, LOG.act == Noted.INVITED)
            )
        ).mappings()
        await tx.conn.execute(
            insert(audit.T).values(dict(hers) | {"number": 900, "object_id": robin.id})
        )
    member = await member_of(world.house, token)
    assert member is not None
    assert member.role is Role.COUNSELLOR
    async with world.house.db.write() as tx:
        own = update(audit.T).where(LOG.object_id == robin.id, LOG.number < 900)
        await tx.conn.execute(own.values(detail=Role.COORDINATOR))
    member = await member_of(world.house, token)
    assert member is not None
    assert member.role is Role.REPORTER


async def test_who_takes_their_entry_out_of_the_log_has_the_role_that_a_reader_admitted_or_none(
    world: World,
) -> None:
    alva = await first(world.house, world.counsellor)
    bo, robin = await hired(world.house, "Bo"), await World.hired(world.house, "Robin", Role.ADMIN)
    await let_in(alva, bo)
    for one in (bo.member, robin):
        await forgotten(world.house, one.id)
        await written(world.house, one.id, Role.COORDINATOR)
    counts = {}
    for token in (await signed_in(bo), await lasting(world.house, robin)):
        member = await member_of(world.house, token)
        assert member is not None
        counts[member.name] = member.role
    assert counts == {"Bo": Role.COUNSELLOR, "Robin": Role.REPORTER}


async def test_who_was_here_before_the_log_is_believed_until_it_says_what_they_were_given(
    house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database of before: whoever comes later than its first entry is not."""
    monkeypatch.setattr("storage.ids._last", (0, 0))  # other tests' clocks were ahead
    await invite(house, "Robin", Role.ADMIN)
    async with house.db.write() as tx:
        await without_triggers(tx)
        await tx.conn.execute(delete(audit.T))
    clock.advance(minutes=1)
    await invite(house, "Elis", Role.REPORTER)

    async def counts() -> dict[str, tuple[Role, bool]]:
        async with house.db.read() as tx:
            found = await given_roles.every(tx)
        return {one.entry.name: (one.role, one.believed) for one in found}

    assert await counts() == {"Robin": (Role.ADMIN, True), "Elis": (Role.REPORTER, False)}
    (told,) = [one.text for one in await examine_team(house) if one.text.startswith("roles")]
    assert "1 member of before the log" in told
    await give_role(house, "Robin", Role.ADMIN)
    assert (await counts())["Robin"] == (Role.ADMIN, False)
    assert not [one for one in await examine_team(house) if one.text.startswith("roles")]


async def test_a_rightful_role_holds_in_the_same_session_at_once(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    bo = await hired(world.house, "Bo")
    await let_in(alva, bo)
    token = await signed_in(bo)
    assert await give_role(world.house, "Bo", Role.COORDINATOR)
    held = await whose_session(world.house, token)
    assert held is not None
    assert held.key is not None
    assert (held.member.role, held.is_forged) == (Role.COORDINATOR, False)
    assert held.member.may(Act.RETENTION)
    desk = await read_by(world.house, held.member, held.key)
    async with desk.db.read() as tx:  # bound to the role of before
        assert tx.reader is not None
        assert not tx.reader.is_admitted
    (waits,) = (await see_team(await alva.reads(), alva.member)).waiting
    await admits(alva, bo, " ".join(waits.words))
    async with (await bo.reads()).db.read() as tx:
        assert tx.reader is not None
        assert tx.reader.is_admitted
    with pytest.raises(NotFound):
        await give_role(world.house, "Nobody", Role.ADMIN)


async def test_nobody_who_knows_the_teams_key_and_not_the_last_of_them_is_given_another(
    world: World,
) -> None:
    alva = await first(world.house, world.counsellor)
    with pytest.raises(BadInput, match="last_reader"):
        await give_role(world.house, "Alva", Role.COORDINATOR)
    await let_in(alva, await hired(world.house, "Bo"))
    with pytest.raises(BadInput, match="knows_team"):
        await give_role(world.house, "Alva", Role.ADMIN)
    assert await give_role(world.house, "Alva", Role.COORDINATOR)
    assert not await give_role(world.house, "Bo", Role.COUNSELLOR)


async def test_roles_outlive_the_entries_that_gave_them(world: World) -> None:
    robin = await World.hired(world.house, "Robin", Role.REPORTER)
    token = await lasting(world.house, robin)
    async with world.house.db.write() as tx:
        number = (await audit.head(tx)).number
        roles = await given_roles.only_until(tx, number)
        assert await audit.cut(tx, number, world.clock.now()) == number
        given_roles.say_again(tx, roles, world.clock.now())
    await written(world.house, robin.id, Role.COORDINATOR)
    held = await whose_session(world.house, token)
    assert held is not None
    assert (held.member.role, held.is_forged) == (Role.REPORTER, True)
    async with world.house.db.read() as tx:
        found = await given_roles.every(tx)
    assert {one.entry.name: one.role for one in found if one.is_as_written} == {
        "Alva": Role.COUNSELLOR
    }


async def test_nobody_lets_in_who_wrote_themselves_a_role_that_reads(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    rut = await hired(world.house, "Rut", Role.REPORTER)
    await written(world.house, rut.member.id, Role.COUNSELLOR)
    (waits,) = (await see_team(await alva.reads(), alva.member)).waiting
    assert (waits.id, waits.forged, waits.words) == (rut.member.id, True, ())
    async with world.house.db.read() as tx:
        there = await team.public_key(tx)
    assert there is not None
    words = " ".join(six_words(there[1], rut.key.pair.public, there[0]))
    with pytest.raises(NotFound):
        await admits(alva, rut, words)


async def test_nobody_makes_the_first_team_in_a_role_that_they_wrote_themselves(
    world: World,
) -> None:
    bo = await hired(world.house, "Bo")
    await written(world.house, bo.member.id, Role.COORDINATOR)
    held = await whose_session(world.house, await signed_in(bo))
    assert held is not None
    await read_by(world.house, held.member, bo.key)
    async with world.house.db.read() as tx:
        assert await team.public_key(tx) is None
    await written(world.house, bo.member.id, Role.COUNSELLOR)
    await read_by(world.house, held.member, bo.key)
    async with world.house.db.read() as tx:
        assert await team.public_key(tx) is not None


async def test_coordinators_see_who_has_another_role_in_the_database_once_an_hour(
    scene: Scene,
) -> None:
    world, elis = scene.world, scene.elis_member
    boss = await Visitor.of(
        world.house, scene.base, await World.hired(world.house, "Cia", Role.COORDINATOR)
    )
    assert (await scene.elis.get("/retention")).status_code == 403
    await written(world.house, elis.id, Role.COORDINATOR)
    for _ in range(3):
        assert (await scene.elis.get("/retention")).status_code == 403
        assert (await scene.elis.get("/queue")).status_code == 200
    page = (await boss.get("/audit?what=refused")).text
    assert page.count("had another role in the database than the one given") == 1
    assert "Coordinator" in page
    assert "changing how long" in page or "how long" in page
    assert any(
        one.failed and one.text.startswith("roles: Elis") for one in await examine_team(world.house)
    )
    world.clock.advance(hours=2)
    assert (await scene.elis.get("/retention")).status_code == 403
    page = (await boss.get("/audit?what=refused")).text
    assert page.count("had another role in the database than the one given") == 2
