"""A colleague reads once a reader has let them in, and counts as on call from then on."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from domain.member import Role
from handlers.admit import admit
from handlers.begin_anew import begin_anew
from handlers.errors import KeyChanged, NotAdmitted, NotAllowed, NotFound
from handlers.house import House
from handlers.invite import invite, revoke
from handlers.note_team_news import note_team_news
from handlers.on_call import left_alone, see_on_call
from handlers.own_place import Place
from handlers.read_by import read_by
from handlers.see_rota import gaps_between
from handlers.see_team import see_team
from handlers.see_team_line import see_team_line
from handlers.whom import there
from storage import lines, members, tables, team
from storage.key_tables import member_keys
from storage.pairs import new_pair
from tests.team import Colleague, admits, first, hired, let_in, proves, with_pair
from tests.test_on_call import goes_by_a_rota
from tests.test_receive_danger import WORDS
from tests.world import World


async def words_for(reader: Colleague, whom: Colleague) -> str:
    """As the reader's page shows them."""
    page = await see_team(await reader.reads(), reader.member)
    (found,) = [one.words for one in page.waiting if one.id == whom.member.id]
    return " ".join(found)


async def reads(who: Colleague) -> bool:
    return bool((await see_team(await who.reads(), who.member)).reads)


async def test_the_first_who_comes_and_reads_makes_the_team(world: World) -> None:
    alva = await hired(world.house, "Bea")
    house = await read_by(world.house, alva.member, alva.key)
    page = await see_team(house, alva.member)
    assert [(one.name, one.valid, one.mine) for one in page.readers] == [("Bea", True, True)]
    assert page.reads
    async with house.db.read() as tx:
        assert tx.reader is not None
        assert set(tx.reader.team) == {1}


async def test_of_two_who_come_first_at_once_one_reads_and_one_waits(
    world: World, twin: House
) -> None:
    bea, elis = await hired(world.house, "Bea"), await hired(world.house, "Elis")
    houses = await asyncio.gather(
        read_by(world.house, bea.member, bea.key), read_by(twin, elis.member, elis.key)
    )
    pages = [
        await see_team(house, who.member) for house, who in zip(houses, (bea, elis), strict=True)
    ]
    assert sorted(page.own.place for page in pages) == [Place.READS, Place.WAITS]


@pytest.mark.parametrize("role", [Role.ADMIN, Role.REPORTER])
async def test_who_never_reads_makes_no_team_and_sees_no_page(world: World, role: Role) -> None:
    sam = await hired(world.house, "Sam", role)
    house = await read_by(world.house, sam.member, sam.key)
    async with house.db.read() as tx:
        assert await team.public_key(tx) is None
    with pytest.raises(NotAllowed):
        await see_team(house, sam.member)


async def test_both_see_the_same_six_words_and_who_can_admit(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    elis = await hired(world.house, "Elis")
    theirs = await see_team(await elis.reads(), elis.member)
    assert theirs.own.place is Place.WAITS
    assert theirs.own.readers == ("Alva",)
    assert len(theirs.own.words) == 6
    assert " ".join(theirs.own.words) == await words_for(alva, elis)
    assert theirs.waiting[0].words == ()


async def test_after_the_words_a_colleague_reads_and_everybody_is_told_once(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    bea, elis = await hired(world.house, "Bea"), await hired(world.house, "Elis")
    await let_in(alva, bea)
    await admits(alva, elis, await words_for(alva, elis))
    assert await reads(elis)
    for who, told in ((alva, 0), (bea, 1), (elis, 1)):
        line = await see_team_line(await who.reads(), who.member)
        assert [(one.kind, one.name, one.by) for one in line.news] == (
            [("admitted", "Elis", "Alva")] * told
        )
        if told:
            await note_team_news(who.house, who.member, line.news[0].id)
        assert (await see_team_line(await who.reads(), who.member)).news == ()
    assert (await see_team(await bea.reads(), bea.member)).news[0].kind == "admitted"


async def test_two_admissions_at_once_admit_once(world: World, twin: House) -> None:
    alva = await first(world.house, world.counsellor)
    bea, elis = await hired(world.house, "Bea"), await hired(world.house, "Elis")
    await let_in(alva, bea)
    words = await words_for(alva, elis)
    other = replace(bea, house=twin)
    await asyncio.gather(
        admits(alva, elis, words),
        admits(other, elis, words),
    )
    assert await reads(elis)
    page = await see_team(await alva.reads(), alva.member)
    assert [one.kind for one in page.news] == ["admitted"]
    assert [one.name for one in page.readers if one.valid] == ["Alva", "Bea", "Elis"]


async def test_who_was_not_admitted_admits_nobody(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    bea, elis = await hired(world.house, "Bea"), await hired(world.house, "Elis")
    words = await words_for(alva, elis)
    with pytest.raises(NotAdmitted):
        await admits(bea, elis, words)
    with pytest.raises(NotAdmitted):
        await admit(world.house, alva.member, elis.member.id, words, await proves(alva))
    assert not await reads(elis)


async def test_a_key_that_changed_after_the_words_is_sealed_nothing(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    elis = await hired(world.house, "Elis")
    words = await words_for(alva, elis)
    async with world.house.db.write() as tx:
        theirs = member_keys.c.member_id == elis.member.id
        await tx.conn.execute(update(member_keys).where(theirs).values(public=new_pair().public))
    with pytest.raises(KeyChanged):
        await admits(alva, elis, words)
    assert not await reads(elis)
    assert await words_for(alva, elis) != words


async def test_nobody_is_admitted_who_does_not_read_or_has_no_pair(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    rut = await hired(world.house, "Rut", Role.REPORTER)
    plain = await World.hired(world.house, "Plain")
    for whom in (rut.member.id, plain.id):
        with pytest.raises(NotFound):
            await admit(await alva.reads(), alva.member, whom, "no words", await proves(alva))


# On call


async def on_call(world: World) -> list[str]:
    async with world.house.db.read() as tx:
        served, now = await lines.every(tx), world.clock.now()
        names = await members.names(tx)
        return [one.name for one in await see_on_call(world.house, tx, served, names, now)]


async def alone(world: World) -> list[bool]:
    async with world.house.db.read() as tx:
        every = {line.id: line.rota_id for line in await lines.every(tx)}
        return list((await left_alone(world.house, tx, every, world.clock.now())).values())


async def called(world: World) -> set[object]:
    async with world.house.db.read() as tx:
        (line, *_) = await lines.every(tx)
        found = await there(world.house, tx, line.rota_id, world.clock.now())
        return {person for some in found.on_call.values() for person in some}


async def hours_alone(world: World) -> float:
    """Of the hour that comes, by the rota, which needs somebody at all times."""
    now = world.clock.now()
    async with world.house.db.read() as tx:
        (line, *_) = await lines.every(tx)
    found = await gaps_between(world.house, line, now, now + timedelta(hours=1))
    return sum(((gap.end - gap.start) / timedelta(hours=1) for gap in found), 0.0)


async def test_on_a_line_without_a_rota_only_the_admitted_are_on_call(world: World) -> None:
    elis = await hired(world.house, "Elis")
    await invite(world.house, "Bea", Role.COUNSELLOR)
    assert await on_call(world) == ["Alva", "Elis", "Bea"]
    alva = await first(world.house, world.counsellor)
    assert await on_call(world) == ["Alva"]
    assert await called(world) == {alva.member.id}
    await let_in(alva, elis)
    assert await on_call(world) == ["Alva", "Elis"]
    await revoke(world.house, "Alva")
    await revoke(world.house, "Elis")
    assert await on_call(world) == []
    assert await alone(world) == [True]


async def test_a_shift_counts_from_the_moment_its_counsellor_is_admitted(world: World) -> None:
    alva = await with_pair(world.house, world.counsellor)
    await goes_by_a_rota(world, (-1, 1))
    assert await on_call(world) == ["Alva"]
    bea = await hired(world.house, "Bea")
    await read_by(world.house, bea.member, bea.key)
    assert await on_call(world) == []
    assert await alone(world) == [True]
    assert await called(world) == set()
    assert await hours_alone(world) == 1
    await admits(bea, alva, await words_for(bea, alva))
    assert await on_call(world) == ["Alva"]
    assert await alone(world) == [False]
    assert await called(world) == {alva.member.id}
    assert await hours_alone(world) == 0


@pytest.mark.parametrize(("admitted", "said"), [(True, "p1"), (False, "p1_alone")])
async def test_no_person_is_promised_while_nobody_can_read(
    world: World, admitted: bool, said: str
) -> None:
    """A team exists, whose only reader works here no more."""
    await first(world.house, world.counsellor)
    await hired(world.house, "Elis")
    if not admitted:
        await revoke(world.house, "Alva")
    await world.text(WORDS)
    async with world.house.db.read() as tx:
        rows = await tx.conn.execute(
            select(tables.messages.c.text_id).order_by(tables.messages.c.id)
        )
        assert [text_id for text_id in rows.scalars() if text_id] == [said]


# Nobody is left


async def test_only_when_nobody_is_left_a_team_is_begun_anew(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    elis = await hired(world.house, "Elis")
    with pytest.raises(NotAdmitted):
        await begin_anew(await elis.reads(), elis.member)
    await revoke(world.house, "Alva")
    assert (await see_team(await elis.reads(), elis.member)).lost
    await begin_anew(await elis.reads(), elis.member)
    async with (await elis.reads()).db.read() as tx:
        assert tx.reader is not None
        assert set(tx.reader.team) == {2}
        assert await team.opened_by(tx, alva.key) == {}
    house = await read_by(world.house, elis.member, elis.key)
    page = await see_team(house, elis.member)
    assert page.due_since is None
    assert [one.name for one in page.readers] == ["Elis"]
    assert await on_call(world) == ["Elis"]
