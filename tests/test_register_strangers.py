"""What is asked about somebody whom the line does not know is written down, sealed to the team."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain.disclosure import Authority, Ground, Refusal, Scope, State
from domain.member import Member, Role
from domain.wall import on_the_wall
from handlers.ask_disclosure import OF_STRANGERS, Asked, ask_of_stranger
from handlers.decide_disclosure import agree, give, refuse
from handlers.errors import BadInput
from handlers.house import House
from handlers.invite import revoke
from handlers.read_by import read_by
from handlers.reseal import reseal
from handlers.see_register import see_entry, see_register
from storage import resealing, roster, team
from storage.audit_tables import audit as log
from storage.register_tables import disclosures, stranger_words
from storage.register_words import Part
from storage.team_due import LATE
from tests.sealed import Sealed
from tests.team import first, hired, let_in
from tests.world import World

ASKED = Asked(Authority.POLICE, Ground.GRAVE_CRIME, OF_STRANGERS, "K 1-26", "", silent=False)
WHOM = "en som heter Kvist, +46701740699"


async def asked(house: House, member: Member, whom: str = WHOM) -> UUID:
    await ask_of_stranger(house, member, ASKED, whom, form_key=uuid4())
    return (await see_register(house, member)).unsettled[-1].entry.id


async def bodies(world: World) -> list[bytes]:
    async with world.house.db.read() as tx:
        return list((await tx.conn.execute(select(stranger_words.c.body_sealed))).scalars())


async def people(house: House) -> tuple[Member, Member]:
    return await World.hired(house, "Cia", Role.COORDINATOR), await World.hired(house, "Elis")


async def test_two_others_agree_before_it_is_said_that_nobody_is_known(world: World) -> None:
    house, alva = world.house, world.counsellor
    cia, elis = await people(house)
    entry = await asked(house, alva)
    with pytest.raises(BadInput) as own:
        await agree(house, alva, entry)
    assert own.value.problem == "own"
    await agree(house, elis, entry)
    world.clock.advance(minutes=5)
    await agree(house, cia, entry)
    world.clock.advance(minutes=5)
    at = on_the_wall(world.clock.now(), house.zone).replace(second=0, microsecond=0)
    with pytest.raises(BadInput) as beyond:
        await give(house, cia, entry, (Scope.TIMES,), at, "")
    assert beyond.value.problem == "beyond"
    await give(house, cia, entry, (Scope.EXISTS,), at, "i telefon")
    seen = await see_entry(house, elis, entry)
    assert (seen.alias, seen.entry.state, seen.entry.given) == (None, State.GIVEN, (Scope.EXISTS,))
    assert [it.name for it in seen.agreed] == ["Elis", "Cia"]
    said = {part: words.body for part, words in seen.words.items()}
    assert said == {Part.WHOM: WHOM, Part.REFERENCE: ASKED.reference, Part.GIVEN: "i telefon"}
    assert await world.count("conversations") == await world.count("contacts") == 0


async def test_that_nothing_was_given_is_written_down_by_one(world: World) -> None:
    house, alva = world.house, world.counsellor
    entry = await asked(house, alva)
    await refuse(house, alva, entry, Refusal.NOT_HERE, "sökte på numret")
    seen = await see_entry(house, alva, entry)
    assert (seen.entry.state, seen.entry.refusal) == (State.REFUSED, Refusal.NOT_HERE)
    assert seen.words[Part.REFUSED].body == "sökte på numret"
    assert not (await see_register(house, alva)).unsettled


async def test_it_is_not_written_down_half_and_the_same_form_twice_is_one(
    world: World, twin: House
) -> None:
    house, alva = world.house, world.counsellor
    for given, whom, wrong in (
        (ASKED, " ", ("whom", "empty")),
        (ASKED, "x" * 5001, ("whom", "too_long")),
        (replace(ASKED, reference=""), WHOM, ("reference", "empty")),
        (replace(ASKED, ground=Ground.OTHER), WHOM, ("ground", "no_words")),
    ):
        with pytest.raises(BadInput) as refused:
            await ask_of_stranger(house, alva, given, whom, form_key=uuid4())
        assert (refused.value.field, refused.value.problem) == wrong
    key = uuid4()
    for each in (house, twin, house):
        await ask_of_stranger(each, alva, ASKED, WHOM, form_key=key)
    assert await world.count("disclosures") == 1
    assert await world.count("stranger_words") == 2


async def test_who_reads_it_is_written_down(world: World) -> None:
    house, alva = world.house, world.counsellor
    entry = await asked(house, alva)
    await see_entry(house, alva, entry)
    async with house.db.read() as tx:
        rows = await tx.conn.execute(select(log.c.act, log.c.member_id).order_by(log.c.number))
        assert [tuple(row) for row in rows][-2:] == [
            ("disclosure_asked", alva.id), ("disclosure_read", alva.id),
        ]  # fmt: skip


async def test_open_pages_hear_of_each_step(world: World) -> None:
    house, alva = world.house, world.counsellor
    _, elis = await people(house)
    marks = []

    async def look() -> None:
        async with house.db.read() as tx:
            marks.append(await roster.mark(tx))

    await look()
    entry = await asked(house, alva)
    await look()
    await agree(house, elis, entry)
    await look()
    await refuse(house, elis, entry, Refusal.UNCLEAR, "")
    await look()
    assert len(set(marks)) == 4


# Sealed to the team


async def test_its_words_open_only_for_whoever_was_admitted(sealed: Sealed) -> None:
    entry = await asked(sealed.desk, sealed.counsellor)
    assert {one[0] for one in await bodies(sealed)} == {2}
    assert not any(b"Kvist" in one for one in await bodies(sealed))
    mine = await see_entry(sealed.desk, sealed.counsellor, entry)
    assert mine.words[Part.WHOM].body == WHOM
    house, bodil = await sealed.stranger()
    theirs = await see_entry(house, bodil, entry)
    assert {(words.body, words.sealed) for words in theirs.words.values()} == {(None, True)}
    none = await see_entry(sealed.house, sealed.counsellor, entry)
    assert {words.body for words in none.words.values()} == {None}


async def test_swapped_with_another_they_are_refused(sealed: Sealed) -> None:
    one = await asked(sealed.desk, sealed.counsellor, "den ena")
    two = await asked(sealed.desk, sealed.counsellor, "den andra")
    t = stranger_words.c
    async with sealed.house.db.write() as tx:
        query = select(t.id, t.body_sealed).where(t.entry_id == one, t.part == Part.WHOM)
        theirs = (await tx.conn.execute(query)).one()
        where = (t.entry_id == two) & (t.part == Part.WHOM)
        changed = stranger_words.update().where(where).values(body_sealed=theirs.body_sealed)
        await tx.conn.execute(changed)
    seen = await see_entry(sealed.desk, sealed.counsellor, two)
    assert seen.words[Part.WHOM].unreadable
    assert seen.words[Part.REFERENCE].body == ASKED.reference


async def test_when_the_teams_pair_is_replaced_they_are_sealed_to_the_new_one(
    sealed: Sealed,
) -> None:
    elis = await hired(sealed.house, "Elis")
    await let_in(sealed.alva, elis)
    entry = await asked(sealed.desk, sealed.counsellor)
    assert {one[3:5] for one in await bodies(sealed)} == {b"\0\1"}
    await revoke(sealed.house, "Elis")
    desk = await read_by(sealed.house, sealed.alva.member, sealed.alva.key)
    assert {one[3:5] for one in await bodies(sealed)} == {b"\0\2"}
    assert (await see_entry(desk, sealed.counsellor, entry)).words[Part.WHOM].body == WHOM
    async with (await elis.reads()).db.read() as tx:
        assert not await team.opened_by(tx, elis.key)


async def test_what_was_sealed_to_the_old_pair_after_all_is_carried_over_later(
    sealed: Sealed,
) -> None:
    """Written down while the pair was being replaced."""
    elis = await hired(sealed.house, "Elis")
    await let_in(sealed.alva, elis)
    entry = await asked(sealed.desk, sealed.counsellor)
    t = stranger_words.c
    async with sealed.house.db.read() as tx:
        late = (await tx.conn.execute(select(t.id, t.body_sealed))).all()
    await revoke(sealed.house, "Elis")
    await read_by(sealed.house, sealed.alva.member, sealed.alva.key)
    async with sealed.house.db.write() as tx:
        for row in late:
            back = stranger_words.update().where(t.id == row.id)
            await tx.conn.execute(back.values(body_sealed=row.body_sealed))
    sealed.clock.advance(seconds=LATE.total_seconds())
    desk = await read_by(sealed.house, sealed.alva.member, sealed.alva.key)
    assert {one[3:5] for one in await bodies(sealed)} == {b"\0\2"}
    assert (await see_entry(desk, sealed.counsellor, entry)).words[Part.WHOM].body == WHOM


async def test_written_before_there_was_a_team_they_are_sealed_to_it(world: World) -> None:
    entry = await asked(world.house, world.counsellor)
    assert {one[0] for one in await bodies(world)} == {1}
    alva = await first(world.house, world.counsellor)
    for _ in range(60):
        world.clock.advance(minutes=1)
        await reseal(world.house, UUID(int=1))
    async with world.house.db.read() as tx:
        assert (await resealing.left(tx))["stranger_words"] == 0
    assert {one[0] for one in await bodies(world)} == {2}
    desk = await alva.reads()
    assert (await see_entry(desk, world.counsellor, entry)).words[Part.WHOM].body == WHOM
    async with world.house.db.read() as tx:
        assert (await tx.conn.execute(select(disclosures.c.conversation_id))).scalar_one() is None
