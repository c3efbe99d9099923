"""What others ask for is given once two have agreed, and every step of it stays written down."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from domain.conversation import Outcome
from domain.deletion import Stage
from domain.disclosure import Authority, Ground, Refusal, Scope, State
from domain.member import Member, Role
from domain.wall import on_the_wall
from handlers.ask_disclosure import Asked, ask_disclosure
from handlers.close import close
from handlers.confirm_deletion import confirm_deletion
from handlers.decide_disclosure import agree, give, refuse
from handlers.errors import AlreadyDecided, BadInput, OnlyCoordinators
from handlers.house import House
from handlers.see_deletion import see_deletion
from handlers.see_register import SeenEntry, see_entry, see_register
from storage import audit
from storage.audit_tables import audit as log
from storage.register_tables import agreements, disclosures
from storage.register_words import Part
from tests.deleting import run, stage, to_the_end
from tests.post import Post
from tests.sealed import Sealed
from tests.states import owned
from tests.world import World

ASKED = Asked(
    Authority.POLICE,
    Ground.GRAVE_CRIME,
    (Scope.TIMES, Scope.NUMBER),
    "K 1234-26, en utredare",
    "brådskande <script>alert(1)</script>",
    silent=False,
)


class Staff:
    """Alva counsels; Cia and Dan coordinate; Elis counsels, too."""

    def __init__(self, world: World, cia: Member, dan: Member, elis: Member) -> None:
        self.world, self.alva = world, world.counsellor
        self.cia, self.dan, self.elis = cia, dan, elis

    async def asked(self, asked: Asked = ASKED) -> UUID:
        house, talk = self.world.house, await self.world.only()
        await ask_disclosure(house, self.alva, talk, asked, form_key=uuid4())
        return (await see_register(house, self.alva)).unsettled[-1].entry.id

    async def see(self, entry: UUID) -> SeenEntry:
        return await see_entry(self.world.house, self.alva, entry)

    def now(self, minutes: int = 0) -> datetime:
        at = self.world.clock.now() + timedelta(minutes=minutes)
        return on_the_wall(at, self.world.house.zone).replace(second=0, microsecond=0)

    async def acts(self) -> list[tuple[str, str]]:
        async with self.world.house.db.read() as tx:
            rows = await tx.conn.execute(select(log.c.act, log.c.detail).order_by(log.c.number))
            return [(r.act, r.detail) for r in rows if r.act.startswith("disclosure")]


@pytest.fixture
async def staff(world: World) -> Staff:
    await owned(world)
    house, lead = world.house, Role.COORDINATOR
    cia, dan = await World.hired(house, "Cia", lead), await World.hired(house, "Dan", lead)
    return Staff(world, cia, dan, await World.hired(house, "Elis"))


async def test_asked_agreed_by_two_and_given(staff: Staff) -> None:
    house, entry = staff.world.house, await staff.asked()
    assert (await staff.see(entry)).entry.state is State.ASKED
    await agree(house, staff.elis, entry)
    assert (await staff.see(entry)).entry.state is State.HALF
    with pytest.raises(AlreadyDecided):
        await give(house, staff.cia, entry, (Scope.TIMES,), staff.now(), "")
    staff.world.clock.advance(minutes=1)
    await agree(house, staff.cia, entry)
    with pytest.raises(OnlyCoordinators):
        await give(house, staff.alva, entry, (Scope.TIMES,), staff.now(), "")
    staff.world.clock.advance(minutes=10)
    await give(house, staff.cia, entry, (Scope.TIMES,), staff.now(), "till utredaren")
    seen = await staff.see(entry)
    assert (seen.entry.state, seen.entry.given) == (State.GIVEN, (Scope.TIMES,))
    assert [(it.name, it.leads) for it in seen.agreed] == [("Elis", False), ("Cia", True)]
    assert (seen.asked_by, seen.given_by) == ("Alva", "Cia")
    assert not seen.before_agreed
    assert {part: words.body for part, words in seen.words.items()} == {
        Part.REFERENCE: ASKED.reference, Part.ASKED: ASKED.words, Part.GIVEN: "till utredaren",
    }  # fmt: skip
    assert [one.entry.id for one in (await see_register(house, staff.alva)).settled] == [entry]
    assert await staff.acts() == [
        ("disclosure_asked", "grave_crime"), ("disclosure_agreed", "first"),
        ("disclosure_agreed", "second"), ("disclosure_given", ""),
    ]  # fmt: skip
    async with house.db.read() as tx:
        assert isinstance(await audit.verify(tx), audit.Head)


async def test_one_person_is_never_both_and_one_of_the_two_coordinates(staff: Staff) -> None:
    house, entry = staff.world.house, await staff.asked()
    fia = await World.hired(house, "Fia")
    await agree(house, staff.elis, entry)
    for again, why in ((staff.elis, "twice"), (fia, "leads"), (staff.alva, "own")):
        with pytest.raises(BadInput) as refused:
            await agree(house, again, entry)
        assert refused.value.problem == why
    assert (await staff.see(entry)).entry.state is State.HALF
    await agree(house, staff.dan, entry)
    assert (await staff.see(entry)).entry.state is State.APPROVED
    other = await staff.asked()
    await agree(house, staff.cia, other)
    await agree(house, staff.elis, other)
    assert (await staff.see(other)).entry.state is State.APPROVED


async def test_an_agreement_that_was_written_into_the_database_is_none(staff: Staff) -> None:
    """By somebody who wants a number out of us, and whom nobody has agreed with."""
    house, entry = staff.world.house, await staff.asked()
    forged = {"disclosure_id": entry, "leads": True, "at": staff.world.clock.now()}
    async with house.db.write() as tx:
        await tx.conn.execute(insert(agreements).values(forged | {"member_id": staff.cia.id}))
    for member in (staff.elis, staff.dan):
        with pytest.raises(BadInput) as refused:
            await agree(house, member, entry)
        assert (refused.value.field, refused.value.problem) == ("agree", "forged")
    async with house.db.write() as tx:
        await tx.conn.execute(insert(agreements).values(forged | {"member_id": staff.dan.id}))
    with pytest.raises(BadInput) as refused:
        await give(house, staff.cia, entry, (Scope.NUMBER,), staff.now(), "")
    assert (refused.value.field, refused.value.problem) == ("agree", "forged")
    seen = await see_entry(house, staff.cia, entry)
    assert (seen.forged, seen.may_agree, seen.may_give, seen.may_refuse) == (
        True, False, False, True,
    )  # fmt: skip
    (listed,) = (await see_register(house, staff.cia)).unsettled
    assert listed.forged
    await refuse(house, staff.cia, entry, Refusal.NO_GROUND, "")
    assert (await staff.see(entry)).entry.state is State.REFUSED


async def test_two_presses_at_once_count_once(staff: Staff, twin: House) -> None:
    entry = await staff.asked()
    presses = [agree(house, staff.cia, entry) for house in (staff.world.house, twin) * 3]
    done = await asyncio.gather(*presses, return_exceptions=True)
    assert [one for one in done if one is None] == [None]
    assert all(isinstance(one, BadInput) for one in done if one is not None)
    assert (await staff.see(entry)).entry.state is State.HALF


async def test_of_two_who_agree_second_at_once_one_counts(staff: Staff, twin: House) -> None:
    house, entry = staff.world.house, await staff.asked()
    await agree(house, staff.cia, entry)
    done = await asyncio.gather(
        agree(house, staff.dan, entry), agree(twin, staff.elis, entry), return_exceptions=True
    )
    assert [type(one) for one in done if one is not None] == [AlreadyDecided]
    seen = await staff.see(entry)
    assert len(seen.entry.counted) == 2
    assert [act for act, _ in await staff.acts()].count("disclosure_agreed") == 2


async def test_agreed_and_refused_at_once_it_is_one_of_the_two(staff: Staff, twin: House) -> None:
    house, entry = staff.world.house, await staff.asked()
    await agree(house, staff.cia, entry)
    await agree(house, staff.dan, entry)
    done = await asyncio.gather(
        give(house, staff.cia, entry, (Scope.TIMES,), staff.now(), ""),
        refuse(twin, staff.elis, entry, Refusal.TOO_MUCH, "för mycket"),
        return_exceptions=True,
    )
    assert [type(one) for one in done if one is not None] == [AlreadyDecided]
    assert (await staff.see(entry)).entry.state in {State.GIVEN, State.REFUSED}


async def test_a_refusal_stands_with_its_reason(staff: Staff) -> None:
    house, entry = staff.world.house, await staff.asked()
    await refuse(house, staff.elis, entry, Refusal.NO_GROUND, "ingen åklagare")
    seen = await staff.see(entry)
    assert (seen.entry.state, seen.entry.refusal) == (State.REFUSED, Refusal.NO_GROUND)
    assert seen.words[Part.REFUSED].body == "ingen åklagare"
    for late in (
        agree(house, staff.cia, entry),
        refuse(house, staff.cia, entry, Refusal.UNCLEAR, ""),
        give(house, staff.cia, entry, (Scope.TIMES,), staff.now(), ""),
    ):
        with pytest.raises(AlreadyDecided) as told:
            await late
        assert told.value.by in {"Elis", None}


async def test_what_was_given_in_an_emergency_is_said_to_have_been_given_before(
    staff: Staff,
) -> None:
    house, entry = staff.world.house, await staff.asked()
    at = staff.now()
    staff.world.clock.advance(minutes=30)
    await agree(house, staff.cia, entry)
    await agree(house, staff.dan, entry)
    await give(house, staff.cia, entry, (Scope.NUMBER,), at, "")
    assert (await staff.see(entry)).before_agreed
    assert (await staff.acts())[-1] == ("disclosure_given", "before_agreed")


async def test_nothing_is_written_down_half(staff: Staff) -> None:
    house, talk = staff.world.house, await staff.world.only()
    for asked, wrong in (
        (replace(ASKED, scope=()), ("scope", "empty")),
        (replace(ASKED, reference=" "), ("reference", "empty")),
        (replace(ASKED, words="x" * 5001), ("more", "too_long")),
        (replace(ASKED, ground=Ground.OTHER, words=""), ("ground", "no_words")),
    ):
        with pytest.raises(BadInput) as refused:
            await ask_disclosure(house, staff.alva, talk, asked, form_key=uuid4())
        assert (refused.value.field, refused.value.problem) == wrong
    entry = await staff.asked()
    await agree(house, staff.cia, entry)
    await agree(house, staff.dan, entry)
    for scope, at, wrong in (
        ((), staff.now(), ("scope", "empty")),
        ((Scope.TEXTS,), staff.now(), ("scope", "beyond")),
        ((Scope.TIMES,), staff.now(minutes=5), ("at", "ahead")),
        ((Scope.TIMES,), staff.now(minutes=-60 * 24 * 40), ("at", "long_ago")),
    ):
        with pytest.raises(BadInput) as refused:
            await give(house, staff.cia, entry, scope, at, "")
        assert (refused.value.field, refused.value.problem) == wrong
    assert (await staff.see(entry)).entry.state is State.APPROVED


async def test_the_same_form_twice_is_one_entry(staff: Staff, twin: House) -> None:
    key, talk = uuid4(), await staff.world.only()
    await asyncio.gather(
        *(
            ask_disclosure(house, staff.alva, talk, ASKED, form_key=key)
            for house in (staff.world.house, twin) * 2
        )
    )
    assert await staff.world.count("disclosures") == 1
    assert await staff.world.count("register_words") == 2


async def test_the_database_removes_and_rewrites_no_entry(staff: Staff) -> None:
    house, entry = staff.world.house, await staff.asked()
    await agree(house, staff.cia, entry)
    refused = [
        delete(disclosures),
        delete(agreements),
        update(agreements).values(member_id=staff.dan.id),
    ]
    for statement in refused:
        with pytest.raises(DBAPIError):
            async with house.db.write() as tx:
                await tx.conn.execute(statement)
    await refuse(house, staff.dan, entry, Refusal.UNCLEAR, "")
    with pytest.raises(DBAPIError):
        async with house.db.write() as tx:
            await tx.conn.execute(update(disclosures).values(refused_at=None, refusal=None))
    assert (await staff.see(entry)).entry.state is State.REFUSED


async def test_deleted_with_its_contact_the_entry_stays_and_names_nobody(
    staff: Staff, post: Post
) -> None:
    house, entry = staff.world.house, await staff.asked()
    await refuse(house, staff.cia, entry, Refusal.NO_GROUND, "ord")
    talk = await staff.world.only()
    await staff.world.text("RADERA")
    await staff.world.text("RADERA JA")
    await confirm_deletion(house, staff.alva, talk, keeps_notes=False, sure=True)
    await to_the_end(staff.world, post)
    seen = await staff.see(entry)
    assert (seen.alias, seen.words) == ("?", {})
    assert (seen.entry.state, seen.entry.authority) == (State.REFUSED, Authority.POLICE)
    assert await staff.world.count("disclosures") == 1


async def test_while_nobody_has_decided_a_person_decides_about_the_deletion(
    staff: Staff, post: Post
) -> None:
    house, entry = staff.world.house, await staff.asked()
    talk = await staff.world.only()
    await close(house, staff.alva, talk, Outcome.OTHER)
    await staff.world.text("RADERA")
    await staff.world.text("RADERA JA")
    await run(house)
    assert await stage(staff.world) is None
    assert (await see_deletion(house, staff.alva, talk)).asked_for
    await refuse(house, staff.cia, entry, Refusal.NOT_HERE, "")
    assert not (await see_deletion(house, staff.alva, talk)).asked_for
    await confirm_deletion(house, staff.alva, talk, keeps_notes=False, sure=True)
    await to_the_end(staff.world, post)
    assert await stage(staff.world) is Stage.DONE


async def test_its_words_open_only_for_whoever_was_admitted(sealed: Sealed) -> None:
    await sealed.text("hej")
    talk = await sealed.only()
    await ask_disclosure(sealed.desk, sealed.counsellor, talk, ASKED, form_key=uuid4())
    assert set(await sealed.versions("register_words")) == {2}
    (one,) = (await see_register(sealed.desk, sealed.counsellor)).unsettled
    mine = await see_entry(sealed.desk, sealed.counsellor, one.entry.id)
    assert mine.words[Part.REFERENCE].body == ASKED.reference
    house, bodil = await sealed.stranger()
    theirs = await see_entry(house, bodil, one.entry.id)
    assert {words.sealed for words in theirs.words.values()} == {True}
