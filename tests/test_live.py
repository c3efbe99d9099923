"""Open pages over real HTTP: what they hear, and when they end."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest

from domain.member import Role
from handlers import live as hub
from handlers.invite import invite, revoke
from handlers.live import PAGES_OF_A_SESSION, Live
from handlers.open_page import Beat, News, OpenPage
from handlers.receive import receive
from handlers.see_queue import newest_event
from handlers.sign_in import sign_out
from handlers.take import take
from staff import live_pages
from storage import events
from storage.events import Event
from tests.browser.scene import Scene
from tests.browser.serving import Visitor, session_of
from tests.ear import Ear, listening
from tests.world import World


async def happened(scene: Scene, times: int) -> None:
    """So many commits with an event each."""
    now = scene.world.clock.now()
    for _ in range(times):
        async with scene.world.house.db.write() as tx:
            await events.add(tx, [Event(scene.talk, "noted", now)])


def up_to(number: int) -> Callable[[Ear], bool]:
    return lambda ear: ear.number >= number


async def test_a_page_hears_of_a_commit_with_its_number_and_conversation_and_nothing_else(
    scene: Scene,
) -> None:
    since = await newest_event(scene.world.house)
    async with listening(scene.alva, since) as ear:
        await ear.until(up_to(since))
        assert ear.words[0] == ("news", {"to": since, "talks": []})
        await scene.world.text("en hemlig text till")
        number = await newest_event(scene.world.house)
        await ear.until(up_to(number))
        assert ear.knows(scene.talk)
        assert ear.last.partition(".")[0] == str(number)
        assert {key for _, word in ear.words for key in word} == {"to", "talks"}


async def test_the_stream_is_kept_by_nobody_on_the_way(scene: Scene) -> None:
    async with listening(scene.alva) as ear:
        headers = ear.answer.headers
    assert headers["content-type"].startswith("text/event-stream")
    assert headers["cache-control"] == "no-store"
    assert headers["x-accel-buffering"] == "no"
    assert "content-length" not in headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cross-origin-opener-policy"] == "same-origin"


async def test_a_page_catches_up_with_a_hundred_events_from_the_last_number_it_saw(
    scene: Scene,
) -> None:
    """By the header that a browser sends after a reconnect, which counts before the address."""
    async with listening(scene.alva) as ear:
        await ear.until(lambda e: bool(e.last))
    await scene.world.text("hej", "+46701740620")
    await happened(scene, 100)
    newest = await newest_event(scene.world.house)
    assert newest - int(ear.last.partition(".")[0]) > 100
    async with listening(scene.alva, since=0, last=ear.last) as again:
        await again.until(up_to(newest))
        assert again.knows(scene.talk)
        (kind, word), *_ = again.words
        assert (kind, len(word["talks"])) == ("news", 2)


@pytest.mark.parametrize("since", ["", "nonsense", "-1", "9" * 30, "99999999", "1 2"])
async def test_a_number_that_says_nothing_means_look_at_everything(
    scene: Scene, since: str
) -> None:
    newest = await newest_event(scene.world.house)
    async with listening(scene.alva, last=since) as ear:
        await ear.until(up_to(newest))
        afresh = {"afresh": True} if since else {}
        assert ear.words[0] == ("news", {"to": newest, "talks": None} | afresh)


async def test_a_longer_silence_than_can_be_named_means_look_at_everything(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "READ_AT_ONCE", 5)
    since = await newest_event(scene.world.house)
    await happened(scene, 6)
    newest = await newest_event(scene.world.house)
    async with listening(scene.alva, since) as ear:
        await ear.until(up_to(newest))
        assert ear.words[0] == ("news", {"to": newest, "talks": None})


async def test_a_role_that_does_not_read_hears_numbers_alone(scene: Scene) -> None:
    async with listening(scene.admin, talk=scene.talk) as ear:
        await scene.world.text("hej igen")
        await take(scene.world.house, scene.world.counsellor, scene.talk)
        await ear.until(up_to(await newest_event(scene.world.house)))
        assert all(word["talks"] == [] for _, word in ear.words)
    answer = await scene.admin.get("/live/here")
    assert (answer.status_code, answer.json()) == (200, {})


async def test_a_stranger_hears_nothing(scene: Scene) -> None:
    for path in ("/live", f"/live?open={scene.talk}&since=0", "/live/here"):
        answer = await scene.stranger.get(path)
        assert (answer.status_code, answer.text) == (401, "")
    answer = await scene.stranger.post("/live/sign", doing="reading")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


async def test_a_page_ends_when_its_session_is_signed_out(scene: Scene) -> None:
    async with listening(scene.alva) as ear, listening(scene.elis) as other:
        await sign_out(scene.world.house, scene.alva.cookies["__Host-utvag_session"])
        await ear.until(lambda e: e.ended)
        assert ear.words[-1] == ("over", {})
        assert not other.ended
        assert "over" not in other.kinds()


async def test_a_page_ends_when_its_member_is_revoked(scene: Scene) -> None:
    async with listening(scene.elis, talk=scene.talk) as ear:
        await revoke(scene.world.house, "Elis")
        await ear.until(lambda e: e.ended)
        assert ear.words[-1] == ("over", {})
    assert (await scene.elis.get("/live")).status_code == 401


async def test_a_page_ends_when_its_session_runs_out(scene: Scene) -> None:
    async with listening(scene.alva) as ear:
        scene.world.clock.advance(hours=12, minutes=1)
        await ear.until(lambda e: e.ended)
        assert ear.words[-1] == ("over", {})


async def test_who_is_on_call_has_no_number_and_is_told_of_anyway(scene: Scene) -> None:
    """As `utvag staff invite` and `utvag line add` do in a process of their own."""
    async with listening(scene.alva) as ear:
        await ear.until(lambda e: e.number >= 0)
        await invite(scene.world.house, "Björk", Role.COUNSELLOR)
        await ear.until(lambda e: any(word.get("afresh") for _, word in e.words))


async def test_a_page_that_comes_back_says_what_it_was_told_of_that_has_no_number(
    scene: Scene,
) -> None:
    async def heard(last: str) -> tuple[bool, str]:
        async with listening(scene.alva, last=last) as ear:
            await ear.until(lambda e: bool(e.last))
            return "afresh" in ear.words[0][1], ear.last

    async with listening(scene.elis) as elis:
        await elis.until(lambda e: bool(e.last))
        _, last = await heard("")
        assert await heard(last) == (False, last)
        await invite(scene.world.house, "Björk", Role.COUNSELLOR)
        await elis.until(lambda e: any(word.get("afresh") for _, word in e.words))
        afresh, now = await heard(last)
        assert afresh
        assert now != last
        assert await heard(now) == (False, now)


async def test_what_changes_before_the_first_look_is_told_too(world: World) -> None:
    """A page can be open before its process first looks who works here."""
    live, token = Live(world.house), await session_of(world.house, world.counsellor)
    page = OpenPage(world.counsellor, token, uuid4())
    with live.open(page):
        await live.catch_up(page, None)
        assert isinstance(await page.next(1), News)
        await invite(world.house, "Björk", Role.COUNSELLOR)
        await live.watch()
        assert await page.next(1) == News(0, frozenset(), afresh=True)
        await live.watch()
        assert await page.next(0.01) == Beat()


async def test_what_has_no_number_and_changed_while_a_page_was_on_its_way_is_told_as_it_listens(
    world: World,
) -> None:
    """Looked at before it listens or after, and once more where its contact was lost meanwhile."""
    live, token = Live(world.house), await session_of(world.house, world.counsellor)
    assert live.house_mark == ""
    await live.watch()
    drawn = live.house_mark
    await invite(world.house, "Björk", Role.COUNSELLOR)
    page = OpenPage(world.counsellor, token, uuid4())
    with live.open(page):
        await live.catch_up(page, 0, drawn)
        await page.next(1)
        await live.watch()
        assert await page.next(1) == News(0, frozenset(), afresh=True)
    for mark, afresh in ((drawn, True), ("", True), (live.house_mark, False), (None, False)):
        page = OpenPage(world.counsellor, token, uuid4())
        with live.open(page):
            await live.catch_up(page, 0, mark)
            assert await page.next(1) == News(0, frozenset(), afresh), mark


async def test_a_silent_stream_says_that_it_is_alive(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 15 <= live_pages.BEAT <= 20
    monkeypatch.setattr(live_pages, "BEAT", 0.2)
    async with listening(scene.alva) as ear:
        await ear.until(lambda e: e.comments >= 4 and "beat" in e.kinds())


async def test_a_session_has_so_many_pages_and_gets_them_back(scene: Scene) -> None:
    async with AsyncExitStack() as opened:
        for _ in range(PAGES_OF_A_SESSION):
            ear = await opened.enter_async_context(listening(scene.alva))
            await ear.until(lambda e: e.number >= 0)
        refused = await scene.alva.get("/live")
        assert (refused.status_code, int(refused.headers["retry-after"]) > 0) == (429, True)
        async with listening(scene.elis) as other:
            await other.until(lambda e: e.number >= 0)
    assert await has_room(scene.alva)


async def has_room(visitor: Visitor) -> bool:
    """The line notices a moment later that a page went."""
    for _ in range(400):
        async with listening(visitor) as ear:
            if ear.answer.status_code == 200:
                return True
        await asyncio.sleep(0.05)
    return False


async def test_forty_eight_pages_and_sixty_commits_and_nobody_misses_one(scene: Scene) -> None:
    """A page looks at whatever it is told of; told of it all is what counts, not how often."""
    world, since = scene.world, await newest_event(scene.world.house)
    visitors = [scene.alva, scene.elis]
    async with AsyncExitStack() as opened:
        for name in ("Sol", "Kim"):
            visitor = await Visitor.of(
                world.house, scene.base, await World.hired(world.house, name)
            )
            visitors.append(visitor)
            opened.push_async_callback(visitor.http.aclose)
        ears = [
            await opened.enter_async_context(listening(visitors[n % 4], since)) for n in range(48)
        ]
        for number in range(60):
            await receive(world.house, [world.message("hej", f"+467017406{number % 30 + 20}")])
        newest = await newest_event(world.house)
        talks = [row.id for row in (await world.queue()).waiting if row.id != scene.talk]
        assert len(talks) == 30
        for ear in ears:
            await ear.until(up_to(newest))
            assert all(ear.knows(talk) for talk in talks)
