"""Whoever is given another role sees and hears no more at open pages than it lets them."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from domain.member import Role
from handlers.calendar_feed import read_feed
from handlers.errors import NotFound
from handlers.give_role import give_role
from handlers.live import Live
from handlers.open_page import Anew, OpenPage
from handlers.see_queue import newest_event
from handlers.sign_in import whose_session
from tests.browser.scene import Scene
from tests.browser.serving import Visitor, session_of
from tests.ear import listening
from tests.team import renewed
from tests.test_calendar_feed import SAID
from tests.test_role_raised import written
from tests.world import World

WITHIN = timedelta(seconds=60)


@pytest.mark.parametrize(
    ("then", "same"), [(Role.COORDINATOR, True), (Role.REPORTER, False), (Role.ADMIN, False)]
)
async def test_an_open_stream_ends_within_a_minute_and_the_next_has_the_new_role(
    scene: Scene, then: Role, same: bool
) -> None:
    world = scene.world
    nina = await World.hired(world.house, "Nina", Role.COUNSELLOR)
    visitor = await Visitor.of(world.house, scene.base, nina)
    async with listening(visitor, talk=scene.talk) as ear, listening(scene.alva) as other:
        await ear.until(lambda e: e.number >= 0)
        await give_role(world.house, "Nina", then)
        world.clock.advance(seconds=WITHIN.total_seconds())
        await ear.until(lambda e: e.ended)
        assert ear.words[-1] == ("anew", {"same": same})
        assert not other.ended
    async with listening(visitor, talk=scene.talk) as again:
        await world.text("hej igen")
        newest = await newest_event(world.house)
        await again.until(lambda e: e.number >= newest)
        assert any(word["talks"] != [] for _, word in again.words if "talks" in word) is same


def drawn_for(page: str) -> str:
    """What the address of a page's stream says."""
    found = re.search(r'hx-sse:connect="/live\?[^"]*drawn=(\w*)', page)
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("then", "same"), [(Role.COORDINATOR, True), (Role.REPORTER, False), (Role.ADMIN, False)]
)
async def test_a_page_that_did_not_listen_when_the_role_changed_hears_it_once_it_does(
    scene: Scene, then: Role, same: bool
) -> None:
    nina = await World.hired(scene.world.house, "Nina", Role.COUNSELLOR)
    visitor = await Visitor.of(scene.world.house, scene.base, nina)
    before = drawn_for((await visitor.get("/queue")).text)
    async with listening(visitor, drawn=before) as ear:
        await ear.until(lambda e: e.number >= 0)
        assert ear.kinds() == {"news"}
    await give_role(scene.world.house, "Nina", then)
    async with listening(visitor, drawn=before) as ear:
        await ear.until(lambda e: e.ended)
        assert ear.words == [("anew", {"same": same})]
    now = drawn_for((await visitor.get("/queue")).text)
    async with listening(visitor, drawn=now) as ear:
        await ear.until(lambda e: e.number >= 0)
        assert ear.kinds() == {"news"}


@pytest.mark.parametrize("drawn", ["", "queen", "counsellor%00", "Counsellor", "0"])
async def test_whatever_else_a_page_says_of_its_role_is_no_news(scene: Scene, drawn: str) -> None:
    async with listening(scene.alva, drawn=drawn) as ear:
        await ear.until(lambda e: e.number >= 0)
        assert ear.kinds() == {"news"}


async def test_a_role_that_is_only_written_into_a_row_ends_nothing_and_gives_nothing(
    scene: Scene,
) -> None:
    world = scene.world
    await written(world.house, world.counsellor.id, Role.COORDINATOR)
    async with listening(scene.alva) as ear:
        await ear.until(lambda e: e.number >= 0)
        world.clock.advance(seconds=WITHIN.total_seconds())
        await world.text("hej igen")
        newest = await newest_event(world.house)
        await ear.until(lambda e: e.number >= newest)
        assert "anew" not in ear.kinds()


async def test_a_role_that_changed_while_the_page_was_on_its_way_is_found_too(
    world: World,
) -> None:
    """The visit was let in with the role of before; nothing has changed since the first look."""
    live, token = Live(world.house), await session_of(world.house, world.counsellor)
    held = await whose_session(world.house, token)
    assert held is not None
    await give_role(world.house, held.member.name, Role.COORDINATOR)
    page = OpenPage(held.member, token, uuid4())
    with live.open(page):
        await live.catch_up(page, None)
        await live.watch()
        assert await page.next(1) == Anew(same=True)
        assert await page.next(1) is None


async def test_a_page_that_comes_between_two_looks_waits_for_the_next(world: World) -> None:
    live, token = Live(world.house), await session_of(world.house, world.counsellor)
    held = await whose_session(world.house, token)
    assert held is not None
    with live.open(OpenPage(held.member, token, uuid4())):
        await live.watch()
        page = OpenPage(held.member, token, uuid4())
        await give_role(world.house, held.member.name, Role.REPORTER)
        with live.open(page):
            world.clock.advance(seconds=WITHIN.total_seconds())
            await live.watch()
            assert await page.next(1) == Anew(same=False)


async def test_the_calendar_of_whoever_sees_no_rota_any_more_is_read_by_nobody(
    world: World,
) -> None:
    nina = await World.hired(world.house, "Nina", Role.COUNSELLOR)
    token = await renewed(world.house, nina)
    assert b"VCALENDAR" in await read_feed(world.house, token, SAID)
    await give_role(world.house, "Nina", Role.REPORTER)
    with pytest.raises(NotFound):
        await read_feed(world.house, token, SAID)
    await written(world.house, nina.id, Role.COUNSELLOR)
    with pytest.raises(NotFound):
        await read_feed(world.house, token, SAID)
    await give_role(world.house, "Nina", Role.COUNSELLOR)
    assert b"VCALENDAR" in await read_feed(world.house, token, SAID)
