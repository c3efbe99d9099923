"""What somebody has to hear goes on where it cannot go: by another way, or to somebody else."""

import pytest
from sqlalchemy import update

from domain.member import Role
from handlers.escalate import escalate
from handlers.invite import revoke
from handlers.order_ways import remove_way
from handlers.send_pages import page
from handlers.tell_gaps import tell_gaps
from senders.sender import Refused
from storage import ways
from storage.page_tables import ways as table
from tests.team import known_of
from tests.test_on_call import goes_by_a_rota
from tests.test_own_ways import own
from tests.test_paging import happened
from tests.test_receive_danger import WORDS
from tests.tower import Tower
from tests.world import World

ALVAS, BOS = "+46701740650", "+46701740651"
CIAS, OTHER, DANS = "+46701740653", "+46701740654", "+46701740655"


@pytest.fixture
async def tower(world: World) -> Tower:
    """Cia coordinates; nobody is on call in seven hours."""
    made = Tower(world)
    world.counsellor = await World.hired(world.house, "Cia", Role.COORDINATOR)
    await made.paged("Cia", CIAS)
    await goes_by_a_rota(world, (-100, 30), (40, 300))
    world.clock.advance(hours=7)
    return made


async def gap_told(tower: Tower) -> list[str]:
    await tell_gaps(tower.world.house)
    return await tower.tick()


async def removes_first(tower: Tower) -> None:
    first = (await own(tower.world))[0].way.id
    house, whose = tower.world.house, tower.world.counsellor
    await remove_way(house, whose, first, await known_of(house, whose))


async def test_a_notice_on_a_way_that_is_removed_goes_by_the_next_one(tower: Tower) -> None:
    await tower.paged("Cia", OTHER)
    await tell_gaps(tower.world.house)
    await removes_first(tower)
    assert await tower.tick() == [OTHER, OTHER]
    assert ["dygn" in body for _, body in tower.heard[-2:]] == [True, False]
    assert await gap_told(tower) == []


async def test_on_the_last_way_that_is_removed_it_goes_to_another_coordinator(
    tower: Tower,
) -> None:
    await tell_gaps(tower.world.house)
    await World.hired(tower.world.house, "Dan", Role.COORDINATOR)
    await tower.paged("Dan", DANS)
    await removes_first(tower)
    assert await tower.tick() == [DANS]


async def test_whoever_cannot_be_reached_passes_it_on_and_never_to_and_fro(tower: Tower) -> None:
    await tell_gaps(tower.world.house)
    await World.hired(tower.world.house, "Dan", Role.COORDINATOR)
    await tower.paged("Dan", DANS)
    tower.answers[CIAS] = tower.answers[DANS] = Refused(30003)
    assert await tower.tick() == []
    del tower.answers[CIAS], tower.answers[DANS]
    assert await gap_told(tower) == []
    assert await tower.tick(minutes=5) == []


async def test_each_coordinator_who_had_it_is_not_told_by_a_colleague_who_had_not(
    tower: Tower,
) -> None:
    await World.hired(tower.world.house, "Dan", Role.COORDINATOR)
    await tower.paged("Dan", DANS)
    tower.answers[CIAS] = Refused(30003)
    assert await gap_told(tower) == [DANS]


async def test_a_revoked_coordinators_notice_goes_to_another_one(tower: Tower) -> None:
    await tell_gaps(tower.world.house)
    await World.hired(tower.world.house, "Dan", Role.COORDINATOR)
    await tower.paged("Dan", DANS)
    await revoke(tower.world.house, "Cia")
    assert await tower.tick() == [DANS]


async def _breaks_seal(tower: Tower) -> None:
    async with tower.world.house.db.write() as tx:
        first = (await ways.of_members(tx, [tower.world.counsellor.id]))[tower.world.counsellor.id][
            0
        ]
        broken = update(table).where(table.c.id == first.id)
        await tx.conn.execute(broken.values(address_sealed=b"nothing that can be opened"))


@pytest.mark.parametrize("gone", [True, False])
async def test_a_way_that_broke_meanwhile_passes_it_on(tower: Tower, *, gone: bool) -> None:
    world = tower.world
    await tower.paged("Cia", OTHER)
    await tell_gaps(world.house)
    if gone:
        first = (await own(world))[0].way.id
        async with world.house.db.write() as tx:
            await ways.note_gone(tx, first, world.clock.now())
    else:
        await _breaks_seal(tower)
    assert await tower.tick() == [OTHER]


async def test_a_page_on_a_way_whose_seal_broke_goes_by_the_next_one(world: World) -> None:
    tower = Tower(world)
    await tower.paged("Alva", ALVAS)
    await tower.paged("Alva", OTHER)
    await world.text(WORDS)
    await escalate(world.house)
    await _breaks_seal(tower)
    assert await tower.tick() == [OTHER]
    assert await happened(world) == ["paged", "page_failed", "paged"]


async def test_on_the_last_way_that_is_removed_a_page_is_seen_as_not_delivered(
    world: World,
) -> None:
    tower = Tower(world)
    await tower.paged("Alva", ALVAS)
    await world.text(WORDS)
    await escalate(world.house)
    await removes_first(tower)
    assert await tower.tick() == []
    assert await happened(world) == ["paged", "page_failed"]


async def test_what_a_revoked_counsellor_was_paged_about_rings_for_whoever_is_there(
    world: World,
) -> None:
    """A P2 pages the primary once: whoever is gone must not have been the one."""
    tower = Tower(world)
    await tower.paged("Alva", ALVAS)
    for answer in ("hej", "1", "2"):
        await world.text(answer)
    assert await tower.tick() == [ALVAS]
    await World.hired(world.house, "Bo")
    await tower.paged("Bo", BOS)
    await revoke(world.house, "Alva")
    assert await tower.tick() == [BOS]


async def test_where_telegram_is_off_the_next_way_is_rung_at_once_and_the_reason_seen(
    world: World,
) -> None:
    tower = Tower(world)
    async with world.house.db.write() as tx:
        await ways.add(
            tx, world.counsellor.id, ways.TELEGRAM, "7000000009", world.clock.now(), verified=True
        )
    await tower.paged("Alva", ALVAS)
    await world.text(WORDS)
    assert await escalate(world.house)
    while await page(world.house, {ways.SMS: tower}):  # type: ignore[dict-item] # pages are sent, nothing else
        pass
    assert [number for number, _ in tower.heard] == [ALVAS]
    assert await happened(world) == ["paged", "page_failed", "paged"]
    (failed,) = [
        it for it in (await world.see()).thread if getattr(it, "kind", "") == "page_failed"
    ]
    assert failed.detail == "telegram"  # type: ignore[union-attr] # it happened
    assert await tower.tick(minutes=2) == [ALVAS]
