"""A counsellor's browser: enrolled by a first notification, paged, acknowledged by a press."""

import asyncio
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from handlers.errors import BadInput, NotAllowed, NotFound
from handlers.escalate import escalate
from handlers.house import House
from handlers.invite import revoke
from handlers.order_ways import move_way
from handlers.page_words import short
from handlers.pagers import add_push, ask_again, try_way
from handlers.press_notification import press_notification
from handlers.see_ways import OwnWay, see_ways
from handlers.send_pages import page
from senders.push import PushSender
from senders.sender import Accepted, Letter, Refused, TryLater, Unsure
from storage.opening import open_database
from storage.pages import GAPS, Kind
from tests.push_ground import Device, device
from tests.team import known_of
from tests.test_paging import happened
from tests.test_receive_danger import WORDS
from tests.tower import Tower
from tests.world import PHONE, SECRET, World

ALVAS = "+46701740650"
KEY = b"\x07" * 32


def real_now() -> datetime:
    return datetime.now(UTC)


def subscription(endpoint: str, **keys: object) -> str:
    return json.dumps({"endpoint": endpoint, "keys": Device().keys | keys})


@pytest.fixture
def browser() -> Iterator[Device]:
    with device() as made:
        yield made


@pytest.fixture
async def push(world: World) -> AsyncIterator[PushSender]:
    made = PushSender(world.house.db.keys.push, "https://line.example.org", real_now, at_home=True)
    world.house = replace(world.house, push=made)
    yield made
    await made.close()


@pytest.fixture
def tower(world: World, push: PushSender) -> Tower:
    return Tower(world)


async def ring(tower: Tower, push: PushSender, minutes: float = 0) -> list[str]:
    """All that is due leaves, notifications among it; which telephones it reached."""
    tower.world.clock.advance(minutes=minutes)
    before = len(tower.heard)
    while await escalate(tower.world.house):
        pass
    while await page(tower.world.house, {**tower.senders, "push": push}):
        pass
    return [number for number, _ in tower.heard[before:]]


async def own(world: World) -> list[OwnWay]:
    return list((await see_ways(world.house, world.counsellor)).ways)


async def enrolled(tower: Tower, push: PushSender, browser: Device) -> None:
    house = tower.world.house
    await add_push(house, tower.world.counsellor, browser.subscription)
    await ring(tower, push)
    await press_notification(house, browser.pushed[-1].told["mark"])
    await ring(tower, push)


async def test_a_browser_is_used_once_its_first_notification_was_pressed(
    tower: Tower, push: PushSender, browser: Device
) -> None:
    world = tower.world
    for _ in range(2):
        await add_push(world.house, world.counsellor, browser.subscription)
    await ring(tower, push)
    (first,) = browser.pushed
    assert first.told["path"] == "/ways"
    await world.text(WORDS)
    await ring(tower, push)
    assert len(browser.pushed) == 1
    for _ in range(2):
        said = await press_notification(world.house, first.told["mark"])
        assert said == "Utväg larmar dig här när linjen behöver dig."
    await ring(tower, push, minutes=2)
    assert [one.told["body"] for one in browser.pushed[1:]] == ["P1 väntar på någon."]


async def test_what_is_sent_says_how_urgently_and_nothing_of_anybody(
    tower: Tower, push: PushSender, browser: Device
) -> None:
    await enrolled(tower, push, browser)
    await tower.world.text(WORDS)
    await ring(tower, push)
    sent = browser.pushed[-1]
    row = (await tower.world.queue()).waiting[0]
    assert set(sent.told) == {"title", "body", "read", "mark", "path", "topic", "shown"}
    for secret in (PHONE, WORDS, row.alias, str(row.id), row.id.hex):
        assert secret not in json.dumps(sent.told)
        assert secret.encode() not in sent.sealed
    assert "Alva" not in str([sent.told[name] for name in ("title", "body", "read", "path")])
    assert sent.signed
    assert sent.headers["authorization"].endswith(f"k={push.key}")
    assert (sent.headers["urgency"], sent.headers["content-encoding"]) == ("high", "aes128gcm")
    assert 0 < int(sent.headers["ttl"]) <= 600
    assert sent.headers["topic"] == sent.told["topic"]
    assert len(sent.headers["topic"]) <= 32


async def test_a_press_acknowledges_without_a_session_however_often(
    tower: Tower, push: PushSender, browser: Device, twin: House
) -> None:
    await enrolled(tower, push, browser)
    await tower.world.text(WORDS)
    await ring(tower, push)
    mark = browser.pushed[-1].told["mark"]
    house = tower.world.house
    await asyncio.gather(*(press_notification(each, mark) for each in (house, twin, house)))
    assert await happened(tower.world) == ["paged", "page_read"]
    talk = await tower.world.taken()
    assert await press_notification(house, mark) == "Tack. Någon har redan tagit samtalet."
    assert await happened(tower.world, talk) == ["paged", "page_read"]


async def test_a_test_page_is_seen_as_pressed(
    tower: Tower, push: PushSender, browser: Device
) -> None:
    await enrolled(tower, push, browser)
    (shown,) = await own(tower.world)
    await try_way(tower.world.house, tower.world.counsellor, shown.way.id)
    await ring(tower, push)
    said = await press_notification(tower.world.house, browser.pushed[-1].told["mark"])
    assert said == "Tack, provet har kommit fram."
    (shown,) = await own(tower.world)
    assert shown.tested is not None
    assert shown.tested.how_far == "read"


@pytest.mark.parametrize("status", [404, 410, 403])
async def test_a_browser_that_is_gone_goes_by_the_next_way_at_once_and_is_seen(
    tower: Tower, push: PushSender, browser: Device, status: int
) -> None:
    world = tower.world
    await tower.paged("Alva", ALVAS)
    await enrolled(tower, push, browser)
    known = await known_of(world.house, world.counsellor)
    await move_way(world.house, world.counsellor, (await own(world))[1].way.id, 0, known)
    browser.status = status
    await world.text(WORDS)
    assert await ring(tower, push) == [ALVAS]
    assert await happened(world) == ["paged", "page_failed", "paged"]
    gone, _ = await own(world)
    assert not gone.way.works
    assert (gone.way.gone_at is not None) is (status != 403)
    browser.status = 201
    assert await ring(tower, push, minutes=2) == [ALVAS]


async def test_once_it_is_gone_nobody_is_ever_paged_there(
    tower: Tower, push: PushSender, browser: Device
) -> None:
    world = tower.world
    await enrolled(tower, push, browser)
    browser.status = 410
    await world.text(WORDS)
    await ring(tower, push)
    browser.status = 201
    heard = len(browser.pushed)
    await ring(tower, push, minutes=2)
    assert len(browser.pushed) == heard
    assert "paged_nobody" in await happened(world)
    await enrolled(tower, push, browser)
    await ring(tower, push, minutes=2)
    assert browser.pushed[-1].told["body"] == "P1 väntar på någon."


async def test_a_first_notification_that_is_pressed_too_late_verifies_nothing(
    tower: Tower, push: PushSender, browser: Device
) -> None:
    world = tower.world
    await add_push(world.house, world.counsellor, browser.subscription)
    await ring(tower, push)
    world.clock.advance(minutes=31)
    late = browser.pushed[-1].told["mark"]
    assert "för lång tid" in await press_notification(world.house, late)
    (shown,) = await own(world)
    assert shown.way.verified_at is None
    await ask_again(world.house, world.counsellor, shown.way.id)
    await ring(tower, push)
    await press_notification(world.house, browser.pushed[-1].told["mark"])
    assert (await own(world))[0].way.works


async def test_a_revoked_counsellors_browser_is_silent_and_its_marks_are_nothing(
    tower: Tower, push: PushSender, browser: Device
) -> None:
    world = tower.world
    await enrolled(tower, push, browser)
    await world.text(WORDS)
    await ring(tower, push)
    heard, mark = len(browser.pushed), browser.pushed[-1].told["mark"]
    await revoke(world.house, "Alva")
    await ring(tower, push, minutes=2)
    assert len(browser.pushed) == heard
    with pytest.raises(NotFound):
        await press_notification(world.house, mark)
    with pytest.raises(NotAllowed):
        await add_push(world.house, world.counsellor, browser.subscription)


@pytest.mark.parametrize("mark", ["", "x", "å", "A" * 44, "A" * 42 + "==", "a" * 9999])
async def test_a_mark_that_somebody_made_up_is_none(world: World, mark: str) -> None:
    with pytest.raises(NotFound):
        await press_notification(world.house, mark)


async def test_a_stranger_who_makes_up_marks_keeps_nobody_from_writing(world: World) -> None:
    async with world.house.db.write():
        with pytest.raises(NotFound):
            await asyncio.wait_for(press_notification(world.house, "AAAA" * 11), 15)


async def test_a_mark_is_none_after_a_day_and_for_another_page(
    tower: Tower, push: PushSender, browser: Device
) -> None:
    await enrolled(tower, push, browser)
    await tower.world.text(WORDS)
    await ring(tower, push)
    first, last = (one.told["mark"] for one in (browser.pushed[0], browser.pushed[-1]))
    mixed = urlsafe_b64encode(urlsafe_b64decode(last)[:16] + urlsafe_b64decode(first)[16:]).decode()
    with pytest.raises(NotFound):
        await press_notification(tower.world.house, mixed)
    tower.world.clock.advance(hours=25)
    with pytest.raises(NotFound):
        await press_notification(tower.world.house, last)


async def test_a_colleagues_device_is_not_taken_over(
    tower: Tower, push: PushSender, browser: Device
) -> None:
    bo = await World.hired(tower.world.house, "Bo")
    await enrolled(tower, push, browser)
    with pytest.raises(BadInput, match="taken"):
        await add_push(tower.world.house, bo, browser.subscription)


HOSTILE = (
    "http://push.example.org/x", "https://127.0.0.1/x", "https://localhost/x",
    "https://[::1]/x", "https://10.0.0.1/x", "https://169.254.169.254/x", "https://127.1/x",
    "https://push.example.org:8443/x", "https://a@push.example.org/x", "ftp://push.example.org/x",
    "https://push.internal/x", "https://0x7f000001/x", "https:///x", "//push.example.org/x", "x",
    "https://push.example.org\\@127.0.0.1/x", "https://[::ffff:127.0.0.1]/x", "https://push/x",
)  # fmt: skip


@pytest.mark.parametrize("endpoint", HOSTILE)
async def test_only_public_hosts_are_spoken_to(endpoint: str) -> None:
    sender = PushSender(KEY, "https://line.example.org", real_now, at_home=False)
    told = subscription(endpoint)
    assert sender.endpoint_of(told) is None
    assert await sender.send(Letter(told, "", "{}", "c")) == Refused(400)
    await sender.close()


async def test_at_home_this_machine_alone_is_spoken_to() -> None:
    home = PushSender(KEY, "http://localhost:8000", real_now, at_home=True)
    assert home.endpoint_of(subscription("https://push.example.org/x")) is None
    assert home.endpoint_of(subscription("http://127.0.0.1:9/x")) == "http://127.0.0.1:9/x"
    away = PushSender(KEY, "https://line.example.org", real_now, at_home=False)
    public = "https://push.example.org/x"
    assert away.endpoint_of(subscription(public)) == public


STRANGE: dict[str, str | dict[str, object]] = {
    "nothing": "", "null": "null", "list": "[]", "empty": "{}", "long": "x" * 5000,
    "number": '{"endpoint": 7, "keys": {}}', "deep": "[" * 2000,
    "short secret": {"auth": "AA"}, "no point": {"p256dh": "B" + "A" * 86},
    "no key": {"p256dh": None}, "no base64": {"p256dh": "å"},
}  # fmt: skip


@pytest.mark.parametrize("strange", STRANGE)
async def test_what_no_browser_says_is_refused(
    tower: Tower, push: PushSender, strange: str
) -> None:
    what = STRANGE[strange]
    told = what if isinstance(what, str) else subscription("http://127.0.0.1:9/x", **what)
    with pytest.raises(BadInput, match="unusable"):
        await add_push(tower.world.house, tower.world.counsellor, told)
    assert await own(tower.world) == []
    assert await push.send(Letter(told, "", "{}", "c")) == Refused(400)


@pytest.mark.parametrize(
    ("status", "headers", "result"),
    [
        (201, {}, Accepted("c")), (200, {}, Accepted("c")), (429, {}, TryLater(None)),
        (429, {"Retry-After": "7"}, TryLater(7.0)), (503, {}, TryLater(None)),
        (400, {}, Refused(400)), (413, {}, Refused(413)), (410, {}, Refused(410)),
        (307, {"Location": "https://127.0.0.1/x"}, Refused(307)),
    ],
)  # fmt: skip
async def test_each_answer_of_a_push_service_is_understood(
    browser: Device, status: int, headers: dict[str, str], result: object
) -> None:
    browser.status, browser.headers = status, headers
    sender = PushSender(KEY, "https://line.example.org", real_now, at_home=True)
    assert await sender.send(Letter(browser.subscription, "", "{}", "c")) == result
    await sender.close()


async def test_a_push_service_that_does_not_answer_is_tried_again() -> None:
    sender = PushSender(KEY, "https://line.example.org", real_now, at_home=True)
    told = subscription("http://127.0.0.1:9/x")
    assert isinstance(await sender.send(Letter(told, "", "{}", "c")), TryLater | Unsure)
    await sender.close()


async def test_the_key_is_made_once_and_lies_sealed(world: World, database_url: str) -> None:
    again = await open_database(database_url, SECRET, world.clock.now())
    try:
        assert again.keys.push == world.house.db.keys.push
    finally:
        await again.close()


@pytest.mark.parametrize("language", ["sv", "en"])
def test_what_a_locked_screen_shows_has_words_for_all_that_is_pushed(language: str) -> None:
    pushed = {Kind.NEEDED, Kind.VERIFY, Kind.TEST, Kind.WAY_LOST, Kind.WAYS_CHANGED, *GAPS}
    answers = {Kind.VERIFIED, Kind.EXPIRED, Kind.TESTED, Kind.ACKNOWLEDGED, Kind.TAKEN}
    said = short(language)
    assert {*pushed, *answers, "title", "read"} <= set(said)
    assert not any("{code}" in text or "{url}" in text for text in said.values())
