"""Caseload: two conversations each, a P1 alone, and whose a contact is that comes back."""

import asyncio
from uuid import UUID

import pytest

from domain.caseload import Full
from domain.conversation import Outcome
from domain.member import Member, Role
from domain.priority import Tier
from handlers.close import close
from handlers.errors import (
    AlreadyTaken,
    BadInput,
    CaseloadFull,
    NotFound,
    OfferedFirst,
    OnlyCoordinators,
)
from handlers.house import House
from handlers.invite import revoke
from handlers.reassign import reassign
from handlers.release import release
from handlers.set_most_each import see_most_each, set_most_each
from handlers.step_in import take_over
from handlers.take import take
from handlers.transfer import transfer
from storage import queue, worked
from tests.branches import branches
from tests.browser.scene import Scene
from tests.world import World

PHONES = [f"+467017406{last}" for last in range(20, 30)]


async def wait(world: World, *texts: str, first: int = 0) -> list[UUID]:
    """One more contact for each text; their conversations, in this order."""
    found = []
    for phone, text in zip(PHONES[first:], texts, strict=False):
        before = {row.id for row in await open_rows(world)}
        await world.text(text, phone)
        found += [row.id for row in await open_rows(world) if row.id not in before]
    return found


async def open_rows(world: World):  # type: ignore[no-untyped-def] # rows
    seen = await world.queue()
    return (*seen.waiting, *seen.mine, *seen.others)


async def holds(house: House, member: Member) -> int:
    async with house.db.read() as tx:
        return len((await queue.held(tx)).get(member.id, []))


async def at_work(house: House, member: Member) -> bool:
    async with house.db.read() as tx:
        return member.id in await worked.there(tx, house.now())


async def test_a_third_is_refused_and_stays_in_the_queue(world: World) -> None:
    talks = await wait(world, "hej", "hej", "hej")
    for talk in talks[:2]:
        await take(world.house, world.counsellor, talk)
    with pytest.raises(CaseloadFull) as told:
        await take(world.house, world.counsellor, talks[2])
    assert (told.value.why, told.value.held, told.value.most) == (Full.FULL, 2, 2)
    assert [row.id for row in (await world.queue()).waiting] == [talks[2]]
    await close(world.house, world.counsellor, talks[0], Outcome.OTHER)
    await take(world.house, world.counsellor, talks[2])
    await take(world.house, world.counsellor, talks[2])
    assert await holds(world.house, world.counsellor) == 2


async def test_a_coordinator_or_an_administrator_sets_how_many_at_most_three(world: World) -> None:
    bo = await world.hired(world.house, "Bo", Role.COORDINATOR)
    noor = await world.hired(world.house, "Noor", Role.ADMIN)
    (line,) = await see_most_each(world.house, bo)
    assert line.most_each == 2
    for setter, most in ((bo, 3), (noor, 1)):
        await set_most_each(world.house, setter, line.id, most)
        assert (await see_most_each(world.house, setter))[0].most_each == most
    for wrong in (0, 4):
        with pytest.raises(BadInput):
            await set_most_each(world.house, bo, line.id, wrong)
    with pytest.raises(OnlyCoordinators):
        await set_most_each(world.house, world.counsellor, line.id, 3)
    with pytest.raises(NotFound):
        await set_most_each(world.house, bo, bo.id, 3)
    one, two = await wait(world, "hej", "hej")
    await take(world.house, world.counsellor, one)
    with pytest.raises(CaseloadFull) as told:
        await take(world.house, world.counsellor, two)
    assert told.value.most == 1


async def test_of_two_that_one_takes_at_once_in_two_processes_with_room_for_one_one_is_taken(
    world: World, database_url: str
) -> None:
    talks = await wait(world, "hej", "hej", "hej", "hej", "hej")
    await take(world.house, world.counsellor, talks[0])
    async with branches(world.house, database_url, 2) as houses:
        tries = (take(houses[n % 2], world.counsellor, talk) for n, talk in enumerate(talks[1:]))
        results = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["CaseloadFull"] * 3 + [
        "NoneType"
    ]
    assert await holds(world.house, world.counsellor) == 2


async def test_of_two_who_take_the_last_room_and_hand_to_it_at_once_one_is_refused(
    world: World, database_url: str
) -> None:
    elis = await world.hired(world.house, "Elis")
    kept, mine, waiting = await wait(world, "hej", "hej", "hej")
    await take(world.house, elis, kept)
    await take(world.house, world.counsellor, mine)
    async with branches(world.house, database_url, 2) as (one, two):
        results = await asyncio.gather(
            take(one, elis, waiting),
            transfer(two, world.counsellor, mine, elis.id),
            return_exceptions=True,
        )
    assert [type(result) for result in results].count(CaseloadFull) == 1
    assert await holds(world.house, elis) == 2


async def test_nobody_is_handed_more_than_they_can_hold(world: World) -> None:
    elis = await world.hired(world.house, "Elis")
    talks = await wait(world, "hej", "hej", "hej")
    for talk in talks[:2]:
        await take(world.house, elis, talk)
    await take(world.house, world.counsellor, talks[2])
    with pytest.raises(CaseloadFull) as told:
        await transfer(world.house, world.counsellor, talks[2], elis.id)
    assert told.value.name == "Elis"
    assert await holds(world.house, world.counsellor) == 1


async def test_of_two_coordinators_who_fill_the_last_room_at_once_one_is_refused(
    world: World, database_url: str
) -> None:
    bo, cia = [await world.hired(world.house, name, Role.COORDINATOR) for name in ("Bo", "Cia")]
    elis = await world.hired(world.house, "Elis")
    kept, first, second = await wait(world, "hej", "hej", "hej")
    await take(world.house, elis, kept)
    for talk in (first, second):
        await take(world.house, world.counsellor, talk)
    async with branches(world.house, database_url, 2) as (one, two):
        results = await asyncio.gather(
            reassign(one, bo, first, world.counsellor.id, elis.id),
            reassign(two, cia, second, world.counsellor.id, elis.id),
            return_exceptions=True,
        )
    assert sorted(type(result).__name__ for result in results) == ["CaseloadFull", "NoneType"]
    assert await holds(world.house, elis) == 2


async def test_two_coordinators_who_reassign_to_each_other_both_succeed(
    world: World, database_url: str
) -> None:
    bo, cia = [await world.hired(world.house, name, Role.COORDINATOR) for name in ("Bo", "Cia")]
    first, second = await wait(world, "hej", "hej")
    for talk in (first, second):
        await take(world.house, world.counsellor, talk)
    async with branches(world.house, database_url, 2) as (one, two):
        for _ in range(5):
            await asyncio.gather(
                reassign(one, bo, first, world.counsellor.id, cia.id),
                reassign(two, cia, second, world.counsellor.id, bo.id),
            )
            await take_over(one, bo, first, cia.id)
            await take_over(two, cia, second, bo.id)
            elis = world.counsellor.id
            await reassign(one, bo, second, cia.id, elis)
            await reassign(two, cia, first, bo.id, elis)


async def urgent(world: World, first: int) -> UUID:
    (talk,) = await wait(world, "de ska döda mig", first=first)
    assert next(r for r in await open_rows(world) if r.id == talk).tier is Tier.P1
    return talk


async def test_whoever_has_a_p1_takes_nothing_else_until_it_is_released(world: World) -> None:
    talk = await urgent(world, 0)
    (other,) = await wait(world, "hej", first=1)
    await take(world.house, world.counsellor, talk)
    with pytest.raises(CaseloadFull) as told:
        await take(world.house, world.counsellor, other)
    assert told.value.why is Full.EXCLUSIVE
    await release(world.house, world.counsellor, talk)
    await take(world.house, world.counsellor, other)


async def test_what_becomes_a_p1_makes_its_owner_exclusive(world: World) -> None:
    one, two = await wait(world, "hej", "hej")
    await take(world.house, world.counsellor, one)
    await world.text("de ska döda mig", PHONES[0])
    with pytest.raises(CaseloadFull) as told:
        await take(world.house, world.counsellor, two)
    assert told.value.why is Full.EXCLUSIVE


async def test_a_second_p1_is_taken_by_whoever_has_one_when_nobody_else_has_room(
    world: World,
) -> None:
    elis = await world.hired(world.house, "Elis")
    first, second, third = [await urgent(world, n) for n in range(3)]
    await take(world.house, world.counsellor, first)
    await take(world.house, world.counsellor, second)
    async with world.house.db.write() as tx:
        await worked.begin(tx, elis.id, world.clock.now())
    with pytest.raises(CaseloadFull):
        await take(world.house, world.counsellor, third)
    await take(world.house, elis, third)
    assert await holds(world.house, world.counsellor) == 2


async def test_a_p1_that_waits_beyond_its_target_is_anybodys(world: World) -> None:
    elis = await world.hired(world.house, "Elis")
    async with world.house.db.write() as tx:
        await worked.begin(tx, elis.id, world.clock.now())
    first = await urgent(world, 0)
    await take(world.house, world.counsellor, first)
    second = await urgent(world, 1)
    with pytest.raises(CaseloadFull):
        await take(world.house, world.counsellor, second)
    world.clock.advance(minutes=2)
    await take(world.house, world.counsellor, second)


async def came_back(world: World, text: str = "hej igen") -> UUID:
    """Somebody whom Alva had an hour ago writes again."""
    (talk,) = await wait(world, "hej")
    await take(world.house, world.counsellor, talk)
    await close(world.house, world.counsellor, talk, Outcome.OTHER)
    world.clock.advance(hours=1)
    await world.text(text, PHONES[0])
    return talk


async def test_a_contact_who_comes_back_is_for_their_counsellor_for_two_minutes(
    world: World,
) -> None:
    elis = await world.hired(world.house, "Elis")
    talk = await came_back(world)
    (row,) = (await world.queue(elis)).waiting
    assert row.offered_until is not None
    assert row.earlier_counsellor == "Alva"
    with pytest.raises(OfferedFirst) as told:
        await take(world.house, elis, talk)
    assert (told.value.name, told.value.until) == ("Alva", row.offered_until)
    world.clock.advance(minutes=2)
    assert (await world.queue(elis)).waiting[0].offered_until is None
    await take(world.house, elis, talk)


async def test_their_counsellor_takes_them_at_once_and_what_is_given_back_is_everybodys(
    world: World,
) -> None:
    elis = await world.hired(world.house, "Elis")
    talk = await came_back(world)
    await take(world.house, world.counsellor, talk)
    await release(world.house, world.counsellor, talk)
    assert (await world.queue(elis)).waiting[0].offered_until is None
    await take(world.house, elis, talk)


async def test_a_p1_that_comes_back_is_everybodys_at_once(world: World) -> None:
    elis = await world.hired(world.house, "Elis")
    talk = await came_back(world, "de ska döda mig")
    assert (await world.queue(elis)).waiting[0].offered_until is None
    await take(world.house, elis, talk)


async def test_nobody_waits_for_a_counsellor_who_is_gone_or_has_no_room(world: World) -> None:
    elis = await world.hired(world.house, "Elis")
    talk = await came_back(world)
    for other in await wait(world, "hej", "hej", first=1):
        await take(world.house, world.counsellor, other)
    assert all(row.offered_until is None for row in (await world.queue(elis)).waiting)
    await take(world.house, elis, talk)
    await close(world.house, elis, talk, Outcome.OTHER)
    world.clock.advance(minutes=10)
    await world.text("hej igen", PHONES[0])
    assert await at_work(world.house, elis)
    await revoke(world.house, "Elis")
    assert not await at_work(world.house, elis)
    caro = await world.hired(world.house, "Caro")
    await take(world.house, caro, talk)


async def test_somebody_who_was_faster_is_named_also_to_whoever_is_full(world: World) -> None:
    elis = await world.hired(world.house, "Elis")
    talks = await wait(world, "hej", "hej", "hej")
    for talk in talks[:2]:
        await take(world.house, world.counsellor, talk)
    await take(world.house, elis, talks[2])
    with pytest.raises(AlreadyTaken) as told:
        await take(world.house, world.counsellor, talks[2])
    assert told.value.owner == "Elis"


async def test_the_page_says_kindly_what_to_do(scene: Scene) -> None:
    world = scene.world
    bo = await world.hired(world.house, "Bo", Role.COORDINATOR)
    (line,) = await see_most_each(world.house, bo)
    answer = await scene.admin.post(f"/lines/{line.id}/most", most="1")
    assert answer.headers["location"] == "/lines"
    assert 'value="1" selected' in (await scene.admin.get("/lines")).text
    assert (await scene.admin.post(f"/lines/{line.id}/most", most="9")).status_code == 422
    assert (await scene.alva.post(f"/lines/{line.id}/most", most="3")).status_code == 403
    for path in ("/lines", f"/lines/{line.id}/most"):
        assert (await scene.stranger.get(path)).headers["location"] == "/login"
    await scene.taken()
    (other,) = await wait(world, "hej")
    answer = await scene.alva.post(f"/conversations/{other}/take")
    assert answer.status_code == 409
    assert "You have 1 of the 1 that you can have at once" in answer.text
