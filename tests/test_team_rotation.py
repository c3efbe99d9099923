"""The team's pair is replaced once when a member or a device is lost; nothing else is lost."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from domain.member import Role
from domain.rota import ShiftRole
from handlers.calendar_feed import Words, read_feed, renew_feed
from handlers.errors import BadInput, NotAdmitted, NotFound
from handlers.house import House
from handlers.invite import invite, revoke
from handlers.join import join
from handlers.lose_device import lose_device
from handlers.read_by import read_by
from handlers.see_team import see_team
from handlers.sign_in import sign_in, whose_session
from storage import admitted, team, team_due, team_news
from storage.pairs import open_with, seal_to
from storage.team_tables import roster, teams
from tests.team import Colleague, admits, first, hired, let_in
from tests.test_team_admission import words_for
from tests.world import World

WORDS = Words(dict.fromkeys(ShiftRole, "On call"), "Soon")
PASSPHRASE = "en lugn kväll vid sjön"


async def generations(who: Colleague) -> list[int]:
    async with who.house.db.read() as tx:
        return list(await team.opened_by(tx, who.key))


async def comes(who: Colleague, house: House | None = None) -> House:
    """Their next request."""
    return await read_by(house or who.house, who.member, who.key)


async def test_whoever_reads_next_replaces_what_a_revoked_member_knew(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    elis, bea = await hired(world.house, "Elis"), await hired(world.house, "Bea")
    await let_in(alva, elis)
    await let_in(alva, bea)
    async with world.house.db.read() as tx:
        theirs = (await team.opened_by(tx, elis.key))[1]
        sealed = seal_to(theirs.public, b"written before")
    await revoke(world.house, "Elis")
    assert (await see_team(await bea.reads(), bea.member)).due_since == world.clock.now()
    await comes(bea)
    assert await generations(bea) == [2, 1]
    assert await generations(alva) == [2, 1]
    assert await generations(elis) == []
    assert (await see_team(await bea.reads(), bea.member)).due_since is None
    async with world.house.db.read() as tx:
        there = await team.public_key(tx)
        assert there is not None
        assert there[1] != theirs.public
        opened = await team.opened_by(tx, alva.key)
        assert open_with(opened[1], sealed) == b"written before"
        rows = await tx.conn.execute(select(roster.c.generation, roster.c.member_id))
        assert {tuple(row) for row in rows} == {(2, alva.member.id), (2, bea.member.id)}
    page = await see_team(await alva.reads(), alva.member)
    assert [one.kind for one in page.news] == ["rotated"]


async def test_nothing_is_replaced_while_nobody_who_reads_comes(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    elis, bea = await hired(world.house, "Elis"), await hired(world.house, "Bea")
    await let_in(alva, elis)
    await revoke(world.house, "Elis")
    await comes(bea)
    assert await generations(alva) == [1]


async def test_of_two_rotations_at_once_one_is_done(world: World, twin: House) -> None:
    alva = await first(world.house, world.counsellor)
    elis, bea = await hired(world.house, "Elis"), await hired(world.house, "Bea")
    await let_in(alva, elis)
    await let_in(alva, bea)
    await revoke(world.house, "Elis")
    await asyncio.gather(comes(alva), comes(bea, twin), comes(alva, twin), comes(bea))
    assert await generations(alva) == [2, 1]
    assert await generations(bea) == [2, 1]


async def test_an_admission_during_a_rotation_is_not_lost(world: World, twin: House) -> None:
    alva = await first(world.house, world.counsellor)
    elis, bea, cleo = [await hired(world.house, name) for name in ("Elis", "Bea", "Cleo")]
    await let_in(alva, elis)
    await let_in(alva, bea)
    words = await words_for(alva, cleo)
    await revoke(world.house, "Elis")
    other = replace(bea, house=twin)
    done = await asyncio.gather(
        admits(alva, cleo, words),
        comes(other),
        return_exceptions=True,
    )
    # The words were those of the old pair: refused where the new one was faster.
    expected = [] if done[0] else [2, 1]
    assert await generations(cleo) == expected
    assert await generations(alva) == [2, 1]


async def test_a_rotation_that_is_broken_off_changes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    alva = await first(world.house, world.counsellor)
    elis = await hired(world.house, "Elis")
    await let_in(alva, elis)
    await revoke(world.house, "Elis")

    class Killed(Exception):
        """The process ends here."""

    async def killed(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(team_news, "tell", killed)
    with pytest.raises(Killed):
        await comes(alva)
    monkeypatch.undo()
    assert await generations(alva) == [1]
    async with world.house.db.read() as tx:
        assert (await tx.conn.execute(select(func.count()).select_from(teams))).scalar_one() == 1
        assert len(await admitted.entries(tx, 1)) == 2
    await comes(alva)
    assert await generations(alva) == [2, 1]


async def test_a_false_member_is_not_carried_over(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    elis, mallory = await hired(world.house, "Elis"), await hired(world.house, "Mallory")
    await let_in(alva, elis)
    async with world.house.db.write() as tx:
        known = await admitted.known(tx, mallory.member.id)
        assert known is not None
        false = admitted.Key(1, mallory.key.pair)
        await admitted.admit(tx, false, known, alva.member.id, world.clock.now())
    page = await see_team(await alva.reads(), alva.member)
    assert {one.name: one.valid for one in page.readers} == {
        "Alva": True,
        "Elis": True,
        "Mallory": False,
    }
    await revoke(world.house, "Elis")
    await comes(alva)
    async with world.house.db.read() as tx:
        assert [e.member.member_id for e in await admitted.entries(tx, 2)] == [alva.member.id]
    assert await generations(mallory) == []


async def test_what_was_sealed_meanwhile_is_looked_at_once_more_and_then_done(
    world: World,
) -> None:
    alva = await first(world.house, world.counsellor)
    elis = await hired(world.house, "Elis")
    await let_in(alva, elis)
    await revoke(world.house, "Elis")
    await comes(alva)
    async with world.house.db.read() as tx:
        due = await team_due.due(tx)
        assert due.late_from == world.clock.now() + team_due.LATE
        assert not due.asks(world.clock.now())
    world.clock.advance(seconds=61)
    await comes(alva)
    async with world.house.db.read() as tx:
        assert await team_due.due(tx) == team_due.Due(None, None)
    assert await generations(alva) == [2, 1]


# A device


async def joined(world: World, name: str) -> tuple[Colleague, str]:
    """With a passphrase and a session."""
    token = await join(
        world.house, await invite(world.house, name, Role.COUNSELLOR), PASSPHRASE, PASSPHRASE
    )
    held = await whose_session(world.house, token)
    assert held is not None
    assert held.key is not None
    return Colleague(world.house, held.member, held.key), token


async def test_a_lost_device_costs_its_finder_the_team_and_every_session(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    bea, session = await joined(world, "Bea")
    await let_in(alva, bea)
    lost = await sign_in(world.house, "Bea", PASSPHRASE, source="lost")
    calendar = await renew_feed(world.house, bea.member, PASSPHRASE)
    assert await read_feed(world.house, calendar, WORDS)
    new = await lose_device(await bea.reads(), bea.member, PASSPHRASE)
    with pytest.raises(NotFound):
        await read_feed(world.house, calendar, WORDS)
    assert await whose_session(world.house, session) is None
    assert await whose_session(world.house, lost) is None
    held = await whose_session(world.house, new)
    assert held is not None
    assert held.key is not None
    assert held.key.generation == 2
    now = replace(bea, key=held.key)
    assert await generations(bea) == []
    assert await generations(now) == [2, 1]
    assert await generations(alva) == [2, 1]
    again = await whose_session(
        world.house, await sign_in(world.house, "Bea", PASSPHRASE, source="new")
    )
    assert again is not None
    assert again.key == held.key
    page = await see_team(await alva.reads(), alva.member)
    assert {one.kind for one in page.news} == {"device_lost", "rotated"}
    assert all(one.valid for one in page.readers)


async def test_a_wrong_passphrase_replaces_nothing(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    bea, session = await joined(world, "Bea")
    await let_in(alva, bea)
    with pytest.raises(BadInput):
        await lose_device(await bea.reads(), bea.member, "not the passphrase")
    assert await whose_session(world.house, session) is not None
    assert await generations(bea) == [1]
    with pytest.raises(BadInput):
        await lose_device(await alva.reads(), alva.member, PASSPHRASE)  # has none


async def test_who_was_not_admitted_replaces_nothing(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    bea, session = await joined(world, "Bea")
    with pytest.raises(NotAdmitted):
        await lose_device(await bea.reads(), bea.member, PASSPHRASE)
    assert await whose_session(world.house, session) is not None
    assert await generations(alva) == [1]
