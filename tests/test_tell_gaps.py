"""Coordinators hear of a gap a day ahead and four hours ahead, once each, by whatever way works."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.gap_notice import DAY, SOON, Told, plan
from domain.member import Role
from domain.rota import ALWAYS, Gap, ShiftRole
from handlers.house import House
from handlers.send_pages import lease_pages
from handlers.tell_gaps import tell_gaps
from senders.sender import Refused
from storage import lines, rotas
from tests.test_on_call import goes_by_a_rota
from tests.tower import Tower
from tests.world import World

CIAS, OTHER, DANS = "+46701740653", "+46701740654", "+46701740655"
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PRIMARY, BACKUP = ShiftRole.PRIMARY, ShiftRole.BACKUP


@pytest.fixture
async def tower(world: World) -> Tower:
    """Cia coordinates; the primary is there for thirty hours, and then from the fortieth on."""
    made = Tower(world)
    await World.hired(world.house, "Cia", Role.COORDINATOR)
    await made.paged("Cia", CIAS)
    await goes_by_a_rota(world, (-100, 30), (40, 300))
    return made


async def told(tower: Tower, *houses: House, hours: float = 0) -> list[str]:
    """Who hears it, and how soon it is said to be."""
    tower.world.clock.advance(hours=hours)
    before = len(tower.heard)
    for house in houses or (tower.world.house,):
        await tell_gaps(house)
    await tower.tick()
    return [
        f"{number} {'day' if 'dygn' in body else 'soon'}" for number, body in tower.heard[before:]
    ]


async def test_it_is_told_a_day_ahead_and_four_hours_ahead_and_not_between(tower: Tower) -> None:
    heard = [await told(tower, hours=n and 1) for n in range(45)]
    assert {n: some for n, some in enumerate(heard) if some} == {
        6: [f"{CIAS} day"], 26: [f"{CIAS} soon"],
    }  # fmt: skip


async def test_a_page_of_it_says_no_more_than_that_and_where_to_look(tower: Tower) -> None:
    await told(tower, hours=27)
    assert tower.heard[-1][1].startswith("Utväg: inom fyra timmar saknas någon i jouren.")
    assert "/rota" in tower.heard[-1][1]
    assert "Alva" not in tower.heard[-1][1]


async def test_however_many_processes_look_it_is_told_once(tower: Tower, twin: House) -> None:
    tower.world.clock.advance(hours=7)
    house = tower.world.house
    await asyncio.gather(*(tell_gaps(one) for one in (house, twin, house, twin)))
    await tower.tick()
    assert [number for number, _ in tower.heard] == [CIAS]


async def test_found_only_shortly_before_it_is_told_once_and_not_twice(tower: Tower) -> None:
    assert await told(tower, hours=27) == [f"{CIAS} soon"]
    assert await told(tower, hours=1) == []


async def test_a_gap_that_goes_on_for_weeks_is_told_once(world: World) -> None:
    tower = Tower(world)
    await World.hired(world.house, "Cia", Role.COORDINATOR)
    await tower.paged("Cia", CIAS)
    await goes_by_a_rota(world, (-300, -200))
    assert await told(tower) == [f"{CIAS} soon"]
    assert [one for n in range(80) for one in await told(tower, hours=7)] == []


async def test_a_gap_that_was_filled_and_opens_again_is_another_one(tower: Tower) -> None:
    assert await told(tower, hours=7) == [f"{CIAS} day"]
    await goes_by_a_rota(tower.world, (22, 34))
    assert await told(tower) == []
    async with tower.world.house.db.write() as tx:
        (line,) = await lines.every(tx)
        assert line.rota_id is not None
        await rotas.begin_change(tx, line.rota_id)
        written = (await rotas.whole(tx, line.rota_id)).shifts
        await rotas.remove_shifts(tx, line.rota_id, [max(written, key=lambda s: s.id).id])
    assert await told(tower) == [f"{CIAS} day"]


async def test_where_nobody_can_be_told_it_is_told_once_somebody_can(world: World) -> None:
    tower = Tower(world)
    await World.hired(world.house, "Cia", Role.COORDINATOR)
    await goes_by_a_rota(world, (-1, 3))
    assert await told(tower) == []
    await tower.paged("Cia", CIAS)
    assert await told(tower) == [f"{CIAS} soon"]


async def test_every_coordinator_hears_it_by_the_next_way_where_one_fails(tower: Tower) -> None:
    await tower.paged("Cia", OTHER)
    await World.hired(tower.world.house, "Dan", Role.COORDINATOR)
    await tower.paged("Dan", DANS)
    tower.answers[CIAS] = Refused(30003)
    assert sorted(await told(tower, hours=7)) == [f"{OTHER} day", f"{DANS} day"]


async def test_killed_before_it_left_it_is_sent_all_the_same_and_after_an_outage_too(
    tower: Tower,
) -> None:
    tower.world.clock.advance(hours=7)
    await tell_gaps(tower.world.house)
    assert len(await lease_pages(tower.world.house)) == 1  # and here the process dies
    assert await told(tower, hours=1) == [f"{CIAS} day"]


async def test_nothing_is_told_of_a_rota_that_no_line_goes_by(tower: Tower) -> None:
    async with tower.world.house.db.write() as tx:
        (line,) = await lines.every(tx)
        await rotas.give(tx, line.id, None)
    assert await told(tower, hours=27) == []


async def test_each_role_that_is_needed_has_gaps_of_its_own(tower: Tower) -> None:
    async with tower.world.house.db.write() as tx:
        (line,) = await lines.every(tx)
        assert line.rota_id is not None
        await rotas.begin_change(tx, line.rota_id)
        await rotas.need(tx, line.rota_id, {PRIMARY: ALWAYS, BACKUP: ALWAYS})
    assert await told(tower) == [f"{CIAS} soon"]
    assert await told(tower, hours=7) == [f"{CIAS} day"]


moments = st.integers(-48, 200).map(lambda n: NOW + n * timedelta(hours=1))


@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60)), max_size=6),
    st.lists(st.integers(0, 30), min_size=1, max_size=12),
)
def test_of_gaps_that_stay_as_they_are_each_is_told_at_most_once_by_each_lead(
    stretches: list[tuple[int, int]], looks: list[int]
) -> None:
    """Whenever it is looked, and however the window cuts them."""
    hour, at = timedelta(hours=1), NOW - 20 * timedelta(hours=1)
    real = []
    for free, lasts in stretches:
        real.append(Gap(PRIMARY, at + free * hour, at + (free + lasts) * hour))
        at = real[-1].end
    told_, now, count = list[Told](), NOW, dict[tuple[datetime, timedelta], int]()
    for look in looks:
        now += look * hour
        window = now - 24 * hour, now + 192 * hour
        seen = [
            Gap(PRIMARY, max(g.start, window[0]), min(g.end, window[1]))
            for g in real
            if g.start < window[1] and g.end > window[0]
        ]
        found = plan(seen, told_, now)
        told_ = [one for one in told_ if one not in found.over]
        longer = {one.id: end for one, end in found.longer}
        told_ = [Told(t.id, t.role, t.ahead, t.start, longer.get(t.id, t.end)) for t in told_]
        for gap, ahead in found.fresh:
            told_.append(Told(uuid4(), PRIMARY, ahead, gap.start, gap.end))
            origin = next(g.start for g in real if g.start <= gap.start < g.end)
            count[origin, ahead] = count.get((origin, ahead), 0) + 1
        for gap in real:
            for ahead in (DAY, SOON):
                if gap.end > now and gap.start - now <= ahead:
                    assert count.get((gap.start, ahead)) == 1
    assert set(count.values()) <= {1}
