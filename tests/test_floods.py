"""Many new senders who write alike stand as one row; danger and known people stand alone."""

import itertools
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access import Role
from domain.conversation import Outcome
from domain.flood import FROM, WITHIN, Newcomer, floods, gist
from domain.priority import Tier
from handlers.close import close
from handlers.receive import receive
from handlers.step_triage import step_triage
from handlers.take import take
from tests.browser.serving import Visitor, serving
from tests.tower import Tower
from tests.world import World

T0 = datetime(2026, 11, 29, 2, 10, tzinfo=UTC)


def phone(number: int) -> str:
    return f"+467017406{number:02d}"


async def writes(world: World, number: int, body: str) -> None:
    await receive(world.house, [world.message(body, phone(number))])
    world.clock.advance(seconds=3)
    while await step_triage(world.house):
        pass


async def flood(world: World, many: int = FROM, start: int = 10) -> None:
    for number in range(start, start + many):
        await writes(world, number, f"Hej! {number}")


async def test_many_new_alike_stand_as_one_row(world: World) -> None:
    await flood(world, FROM - 1)
    assert (await world.queue()).floods == ()
    await writes(world, 50, "HEEEJ")
    queue = await world.queue()
    (one,) = queue.floods
    assert one.ids == {row.id for row in queue.waiting}
    assert len(queue.waiting) == FROM


async def test_a_sign_of_danger_and_other_words_stand_alone(world: World) -> None:
    await flood(world, FROM + 1)
    await writes(world, 50, "de kommer att döda mig nu")
    await writes(world, 51, "jag vill prata med någon")
    await writes(world, 10, "jag tänker döda mig")
    queue = await world.queue()
    (one,) = queue.floods
    alone = [row for row in queue.waiting if row.id not in one.ids]
    assert len(one.ids) == FROM
    assert sorted(row.tier for row in alone) == [Tier.P1, Tier.P1, Tier.P3]


async def test_whoever_wants_to_be_deleted_stands_alone(world: World) -> None:
    await flood(world, FROM + 1)
    await writes(world, 10, "RADERA")
    await writes(world, 10, "RADERA JA")
    queue = await world.queue()
    (one,) = queue.floods
    marked = [row.id for row in queue.waiting if "delete_requested" in row.marks]
    assert len(marked) == 1
    assert one.ids == {row.id for row in queue.waiting} - set(marked)


async def test_who_answers_stands_alone(world: World) -> None:
    await flood(world, FROM + 1)
    await world.accept()
    await writes(world, 10, "1")
    queue = await world.queue()
    (one,) = queue.floods
    assert len(queue.waiting) - len(one.ids) == 1


async def test_a_known_contact_who_returns_stands_alone(world: World) -> None:
    await writes(world, 60, "hej")
    talk = await world.only()
    await take(world.house, world.counsellor, talk)
    await close(world.house, world.counsellor, talk, Outcome.OTHER)
    await flood(world, FROM)
    await writes(world, 60, "hej")
    queue = await world.queue()
    (one,) = queue.floods
    assert talk not in one.ids
    assert talk in {row.id for row in queue.waiting}


async def test_over_a_long_time_they_are_people(world: World) -> None:
    for number in range(10, 10 + FROM + 3):
        await writes(world, number, "hej")
        world.clock.advance(minutes=16)
    assert (await world.queue()).floods == ()


async def test_the_page_shows_one_row_that_opens_into_all(world: World) -> None:
    since = world.clock.now()
    await flood(world)
    async with serving(world.house) as base:
        alva = await Visitor.of(world.house, base, world.counsellor)
        page = (await alva.get("/queue")).text
        assert page.count("<details") >= 1
        assert f"{FROM} new, alike, since " in page
        assert page.count('class="flood"') == 1
        assert page.count('<li id="row-') == FROM
        local = since.astimezone(world.house.zone)
        assert f"{local:%H:%M}" in page


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hej", "hej!!!"),
        ("heeeej 12", "HEJ 34"),
        ("?", ""),
        ("ok", "12345"),
        ("hej\u00a0du", "HEJ DU"),
    ],
)
def test_these_say_the_same(one: str, other: str) -> None:
    assert gist(one) == gist(other)


def test_these_do_not() -> None:
    assert len({gist(text) for text in ("hej", "hjälp mig", "jag vill ut", "")}) == 4


@given(st.text(max_size=500))
def test_a_gist_is_short_and_its_own_gist(text: str) -> None:
    assert len(gist(text)) <= 200
    assert gist(gist(text)) == gist(text)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 7200)), max_size=60))
def test_nobody_stands_in_two_and_each_is_one_run(given_: list[tuple[int, int]]) -> None:
    people = [
        Newcomer(UUID(int=number), (group,), T0 + timedelta(seconds=at))
        for number, (group, at) in enumerate(given_)
    ]
    found = floods(people)
    placed = [one.id for run in found for one in run]
    assert len(placed) == len(set(placed))
    for run in found:
        assert len(run) >= FROM
        assert len({one.group for one in run}) == 1
        for earlier, later in itertools.pairwise(run):
            assert timedelta() <= later.since - earlier.since <= WITHIN


CIAS = "+46701740650"


async def watched(world: World) -> Tower:
    """A coordinator is paged after half an hour."""
    await World.hired(world.house, "Cia", Role.COORDINATOR)
    tower = Tower(world)
    await tower.paged("Cia", CIAS)
    return tower


async def test_a_flood_wakes_once_a_step(world: World) -> None:
    tower = await watched(world)
    await flood(world, FROM + 5)
    assert await tower.tick(minutes=31) == [CIAS]
    assert await tower.tick(minutes=3) == []
    first = (await world.queue()).floods[0].first
    await take(world.house, world.counsellor, first)
    assert await tower.tick(minutes=2) == [CIAS], "the next of them is first"
    await writes(world, 60, "de kommer att döda mig nu")
    assert CIAS in await tower.tick(minutes=4), "danger stands alone"


async def test_where_it_is_no_flood_any_more_each_wakes(world: World) -> None:
    tower = await watched(world)
    await flood(world, FROM)
    assert await tower.tick(minutes=31) == [CIAS]
    await writes(world, 10, "jag vill ha hjälp härifrån")
    assert (await world.queue()).floods == ()
    assert len(await tower.tick(minutes=2)) >= FROM - 2
