"""Who must stay away from a contact is neither woken for them nor told of them, on any page."""

from datetime import timedelta
from typing import TypeVar
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain.access import Role
from domain.conversation import Outcome
from domain.member import Member
from handlers.acknowledge import acknowledge
from handlers.close import close
from handlers.escalate import escalate
from handlers.live import Live
from handlers.open_page import Beat, Here, News, OpenPage
from handlers.presence import Doing, Sign
from handlers.see_conversation import see_conversation
from handlers.see_presence import see_presence
from handlers.seen import Queue, Said
from handlers.send_pages import lease_pages
from handlers.stay_away import keep_away, let_back
from handlers.take import take
from storage import audit, pages, ways
from storage.page_tables import pages as table
from tests.browser.scene import Scene
from tests.browser.serving import Visitor
from tests.world import World


@pytest.fixture
async def elis(world: World) -> Member:
    return await World.hired(world.house, "Elis")


@pytest.fixture
async def boss(world: World) -> Member:
    return await World.hired(world.house, "Bo", Role.COORDINATOR)


@pytest.fixture
async def talk(world: World) -> UUID:
    """It waits."""
    await world.text("hej hemlig")
    return await world.only()


def ids(queue: Queue) -> set[UUID]:
    rows = (*queue.waiting, *queue.mine, *queue.others, *queue.help, *queue.requests)
    return {
        *(row.id for row in rows),
        *(task.conversation_id for task in queue.tasks),
        *(one.conversation_id for one in queue.follow_ups),
        *queue.paged,
        *(one.id for one in queue.shift.taken_over),
    }


async def test_nobody_is_woken_for_what_they_must_stay_away_from(
    world: World, elis: Member, boss: Member
) -> None:
    house, alva = world.house, world.counsellor
    async with house.db.write() as tx:
        for place, member in enumerate((alva, elis)):
            number = f"+4670174065{place}"
            await ways.add(tx, member.id, ways.SMS, number, world.clock.now(), verified=True)
    await world.text("jag tänker döda mig")
    talk = await world.only()
    await escalate(house)
    assert await woken(world, talk) == {alva.id, elis.id}
    await keep_away(house, boss, talk, elis.id)
    leaving = [one.page.member_id for one in await lease_pages(house)]
    assert leaving == [alva.id]
    assert ids(await world.queue(elis)) == set()
    await acknowledge(house, elis, [talk])
    before = await woken(world, talk, later=True)
    world.clock.advance(minutes=3)
    await escalate(house)
    assert (await woken(world, talk, later=True)) - before <= {alva.id}
    async with house.db.read() as tx:
        every = await pages.asking(tx, elis.id)
    assert [page.acknowledged_at for page in every] == [None] * len(every)


async def woken(world: World, talk: UUID, *, later: bool = False) -> set[UUID]:
    async with world.house.db.read() as tx:
        query = select(table.c.member_id).where(table.c.conversation_id == talk)
        if later:
            query = query.where(table.c.made_at > world.clock.now() - timedelta(minutes=2))
        return set((await tx.conn.execute(query)).scalars())


async def test_what_comes_back_is_not_offered_to_who_must_stay_away(
    world: World, talk: UUID, elis: Member, boss: Member
) -> None:
    house = world.house
    await take(house, elis, talk)
    await close(house, elis, talk, Outcome.OTHER)
    await keep_away(house, boss, talk, elis.id)
    await world.text("hej igen")
    row = next(row for row in (await world.queue()).waiting if row.id == talk)
    assert row.offered_until is None
    await take(house, world.counsellor, talk)


async def test_open_pages_hear_nothing_of_it(
    world: World, talk: UUID, elis: Member, boss: Member
) -> None:
    house, live = world.house, Live(world.house)
    page = OpenPage(elis, "x", uuid4())
    there = OpenPage(elis, "x", uuid4(), talk)
    with live.open(page), live.open(there):
        for one in (page, there):
            await live.catch_up(one, None)
        await live.look()
        await hears(page, News)
        live.signal(Sign(uuid4(), world.counsellor.id, talk, Doing.READING))
        assert (await hears(page, Here)).talks == frozenset({talk})
        assert talk in await see_presence(house, live, elis)
        await hears(there, News)
        await keep_away(house, boss, talk, elis.id)
        await live.look()
        told = await hears(page, News)
        assert (told.talks, told.afresh) == (frozenset(), True)
        assert (await hears(there, News)).talks == frozenset({talk})
        assert await see_presence(house, live, elis) == {}
        live.signal(Sign(uuid4(), boss.id, talk, Doing.READING))
        await world.text("mer")
        await live.look()
        assert (await hears(page, News)).talks == frozenset()
        assert await page.next(0.1) == Beat()
        await let_back(house, boss, talk, elis.id)
        await live.look()
        assert (await hears(page, News)).talks == frozenset({talk})


Told = TypeVar("Told", News, Here)


async def hears(page: OpenPage, kind: type[Told]) -> Told:
    """The next word of this kind."""
    while True:
        word = await page.next(5)
        assert word != Beat()
        if isinstance(word, kind):
            return word


async def test_whom_only_they_could_answer_is_promised_nobody(world: World) -> None:
    await world.text("hej")
    talk = await world.only()
    await keep_away(world.house, world.counsellor, talk, world.counsellor.id)
    await world.text("1")
    for answer in ("3", "3", "1", "3", "1"):
        await world.text(answer)
    elis = await World.hired(world.house, "Elis")
    said = [
        it.text_id
        for it in (await see_conversation(world.house, elis, talk)).thread
        if isinstance(it, Said) and it.author == "machine"
    ]
    assert "wait" not in said
    assert "wait_alone" in said


# Pages


@pytest.fixture
async def chief(scene: Scene) -> Visitor:
    member = await World.hired(scene.world.house, "Bo", Role.COORDINATOR)
    return await Visitor.of(scene.world.house, scene.base, member)


async def test_the_pages_of_who_must_stay_away(scene: Scene, chief: Visitor) -> None:
    alias = (await scene.world.queue()).waiting[0].alias
    page = (await scene.elis.get(f"{scene.path}/away")).text
    assert alias in page
    assert "hemlig" not in page
    kept = await scene.elis.post(f"{scene.path}/away", whom=str(scene.elis_member.id))
    assert kept.headers["location"] == f"{scene.path}/away"
    mine = (await scene.elis.get(f"{scene.path}/away")).text
    assert "You must stay away from this one" in mine
    assert alias not in mine
    for path in (scene.path, f"{scene.path}/thread", f"{scene.path}/why", f"{scene.path}/handover"):
        answer = await scene.elis.get(path)
        assert answer.status_code == 403, path
        assert "Closed to you" in answer.text
        assert alias not in answer.text
    part = await scene.elis.get(f"{scene.path}/thread", **{"hx-request": "true"})
    assert part.headers["hx-redirect"] == f"{scene.path}/away"
    queue = (await scene.elis.get("/queue")).text
    assert "1 waits from which you must stay away" in queue
    assert alias not in queue
    assert str(scene.talk) not in queue
    refused = await scene.elis.post(f"{scene.path}/away/lift", whom=str(scene.elis_member.id))
    assert refused.status_code == 403
    listed = (await chief.get(f"{scene.path}/away")).text
    assert "Elis" in listed
    log = (await chief.get("/audit")).text
    assert "said who must stay away from a conversation" in log
    lifted = await chief.post(f"{scene.path}/away/lift", whom=str(scene.elis_member.id))
    assert lifted.status_code == 303
    assert "hemlig" in (await scene.elis.get(scene.path)).text
    thread = (await scene.elis.get(scene.path)).text
    assert "Elis said that Elis must stay away" in thread
    wrong = await chief.post(f"{scene.path}/away", whom="")
    assert wrong.status_code == 422


async def test_a_refusal_stands_in_the_log(scene: Scene, chief: Visitor) -> None:
    await chief.post(f"{scene.path}/away", whom=str(scene.elis_member.id))
    await scene.elis.get(scene.path)
    async with scene.world.house.db.read() as tx:
        found = [e async for e in audit.entries(tx) if e.act == "refused"]
    assert [(e.member_id, e.object_id, e.detail) for e in found] == [
        (scene.elis_member.id, scene.talk, "kept_away")
    ]
