"""A device is enrolled, paged and pressed in a real browser; only the push service's own connection
is stood in for, which no headless browser has."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.async_api import CDPSession, Page, Worker, expect

from handlers.escalate import escalate
from handlers.press_notification import press_notification
from handlers.see_ways import see_ways
from handlers.send_pages import page as send_due
from senders.push import PushSender
from staff.visit import SESSION_COOKIE
from tests.browser.conftest import one_loop
from tests.browser.desk import Desk, watched
from tests.browser.serving import serving, session_of
from tests.push_ground import Device, device
from tests.test_paging import happened
from tests.test_push_alive import moved
from tests.test_receive_danger import WORDS
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

STAND_IN = """(subscription) => {
  const told = JSON.parse(subscription);
  PushManager.prototype.getSubscription = async () => null;
  PushManager.prototype.subscribe = async function (wish) {
    if (!wish.userVisibleOnly) throw new TypeError("userVisibleOnly");
    window.askedWith = wish.applicationServerKey;
    return { ...told, toJSON: () => told };
  };
}"""

CLICK = """async ([action]) => {
  const [shown] = await self.registration.getNotifications();
  const event = new NotificationEvent("notificationclick", { notification: shown, action });
  let work = null;
  event.waitUntil = (promise) => { work = promise; };
  self.dispatchEvent(event);
  await work;
}"""

PATIENCE = 20_000
"""Milliseconds; two cores may be busy with other tests."""

SHOWN = "async () => (await self.registration.getNotifications()).map((one) => one.body)"


@pytest.fixture
def gadget() -> Iterator[Device]:
    with device() as made:
        yield made


@one_loop
async def push(world: World) -> AsyncIterator[PushSender]:
    def now() -> datetime:
        return datetime.now(UTC)

    made = PushSender(world.house.db.keys.push, "http://localhost", now, at_home=True)
    world.house = replace(world.house, push=made)
    yield made
    await made.close()


class Handset:
    """The browser on which somebody is paged."""

    def __init__(self, page: Page, base: str, worker: Worker, cdp: CDPSession) -> None:
        self.page, self.base, self.worker, self._cdp = page, base, worker, cdp
        self._registration = ""
        cdp.on("ServiceWorker.workerRegistrationUpdated", self._learn)

    def _learn(self, told: dict[str, Any]) -> None:
        for one in told["registrations"]:
            self._registration = one["registrationId"]

    async def deliver(self, gadget: Device) -> None:
        """As the push service would: what it was handed last, once the browser has read it."""
        await self._cdp.send(
            "ServiceWorker.deliverPushMessage",
            {
                "origin": self.base,
                "registrationId": self._registration,
                "data": json.dumps(gadget.pushed[-1].told),
            },
        )

    async def shown(self) -> list[str]:
        found: list[str] = await self.worker.evaluate(SHOWN)
        return found

    async def press(self, action: str = "") -> None:
        await self.worker.evaluate(CLICK, [action])


async def ring(world: World, push: PushSender) -> None:
    while await escalate(world.house):
        pass
    while await send_due(world.house, {"push": push}):
        pass


async def until_shown(handset: Handset, body: str) -> None:
    for _ in range(PATIENCE // 50):
        if body in await handset.shown():
            return
        await handset.page.wait_for_timeout(50)
    raise AssertionError(await handset.shown())


async def delivered(handset: Handset, gadget: Device, body: str) -> None:
    """Handed to the browser until it shows it: one that was handed over by hand was lost once, on
    a busy machine and without a word."""
    for _ in range(PATIENCE // 4_000):
        await handset.deliver(gadget)
        for _ in range(80):
            if body in await handset.shown():
                return
            await handset.page.wait_for_timeout(50)
    raise AssertionError(await handset.shown())


async def until_delivered(world: World, page: Page) -> None:
    for _ in range(PATIENCE // 50):
        if "page_delivered" in await happened(world):
            return
        await page.wait_for_timeout(50)
    raise AssertionError(await happened(world))


async def test_a_device_is_enrolled_paged_and_pressed(
    world: World, push: PushSender, gadget: Device, browser: Any
) -> None:
    async with serving(world.house, "http://localhost") as here:
        base = here.replace("127.0.0.1", "localhost")
        context = await browser.new_context(locale="en-GB")
        await context.grant_permissions(["notifications"], origin=base)
        token = await session_of(world.house, world.counsellor)
        await context.add_cookies(
            [{"name": SESSION_COOKIE, "value": token, "url": base, "httpOnly": True}]
        )
        page = await watched(context)
        cdp = await context.new_cdp_session(page)
        async with context.expect_event("serviceworker") as started:
            await page.goto(f"{base}/ways")
        handset = Handset(page, base, await started.value, cdp)
        await cdp.send("ServiceWorker.enable")
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await page.evaluate(STAND_IN, gadget.subscription)
        await page.get_by_role("button", name="Page me on this device").click()
        await expect(page.get_by_text("you are not paged here yet")).to_be_visible()
        await ring(world, push)
        await delivered(handset, gadget, "Tryck här, så larmas du på den här enheten.")
        await handset.press()
        await expect(page.locator(".way-state")).to_have_text("Works")

        await world.text(WORDS)
        await ring(world, push)
        assert await happened(world) == ["paged"]
        await delivered(handset, gadget, "P1 väntar på någon.")
        await until_delivered(world, page)
        await context.clear_cookies()  # at night the session is long over
        await handset.press("read")
        assert await happened(world) == ["paged", "page_delivered", "page_read"]
        await until_shown(handset, "Tack, vi vet att du har läst.")
        assert page.problems == []  # type: ignore[attr-defined] # kept by `watched`
        await context.close()


RENEW = """async (fresh) => {
  const told = fresh && JSON.parse(fresh);
  PushManager.prototype.subscribe = async () => {
    if (!told) throw new DOMException("no more", "NotAllowedError");
    return { ...told, toJSON: () => told };
  };
  const event = new ExtendableEvent("pushsubscriptionchange");
  let work = null;
  event.waitUntil = (promise) => { work = promise; };
  self.dispatchEvent(event);
  await work;
}"""


async def test_a_subscription_that_the_browser_renews_is_followed_without_a_session(
    world: World, push: PushSender, gadget: Device, browser: Any
) -> None:
    async with serving(world.house, "http://localhost") as here:
        base = here.replace("127.0.0.1", "localhost")
        context = await browser.new_context(locale="en-GB")
        await context.grant_permissions(["notifications"], origin=base)
        token = await session_of(world.house, world.counsellor)
        await context.add_cookies(
            [{"name": SESSION_COOKIE, "value": token, "url": base, "httpOnly": True}]
        )
        page = await watched(context)
        async with context.expect_event("serviceworker") as started:
            await page.goto(f"{base}/ways")
        worker = await started.value
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await page.evaluate(STAND_IN, gadget.subscription)
        await page.get_by_role("button", name="Page me on this device").click()
        await expect(page.get_by_text("you are not paged here yet")).to_be_visible()
        await ring(world, push)
        await press_notification(world.house, gadget.pushed[-1].told["mark"])
        await context.clear_cookies()
        new = moved(gadget)
        await worker.evaluate(RENEW, new)
        (shown,) = (await see_ways(world.house, world.counsellor)).ways
        assert (json.loads(shown.way.address), shown.way.works) == (json.loads(new), True)
        await worker.evaluate(RENEW, "")
        (shown,) = (await see_ways(world.house, world.counsellor)).ways
        assert shown.way.gone_at is not None
        await context.close()


async def test_what_cannot_be_read_is_shown_all_the_same_and_no_link_leads_elsewhere(
    world: World, push: PushSender, browser: Any
) -> None:
    async with serving(world.house, "http://localhost") as here:
        base = here.replace("127.0.0.1", "localhost")
        context = await browser.new_context(locale="en-GB")
        await context.grant_permissions(["notifications"], origin=base)
        page = await watched(context)
        token = await session_of(world.house, world.counsellor)
        await context.add_cookies(
            [{"name": SESSION_COOKIE, "value": token, "url": base, "httpOnly": True}]
        )
        async with context.expect_event("serviceworker") as started:
            await page.goto(f"{base}/ways")
        worker = await started.value
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await worker.evaluate(
            "() => self.dispatchEvent(new PushEvent('push', { data: 'no JSON' }))"
        )
        handset = Handset(page, base, worker, await context.new_cdp_session(page))
        await until_shown(handset, "The line needs you.")
        await context.close()


async def test_whoever_allows_no_notifications_is_told(desk: Desk, push: PushSender) -> None:
    desk.world.house = replace(desk.world.house, push=push)
    async with serving(desk.world.house, "http://localhost") as base:
        desk.base = base
        async with desk.window() as page:
            await page.goto(f"{base}/ways")
            await page.evaluate("Notification.requestPermission = async () => 'denied'")
            await page.get_by_role("button", name="Page me on this device").click()
            await expect(page.get_by_role("alert")).to_contain_text("allows no notifications")
            assert (await page.evaluate("document.forms['push-form'].subscription.value")) == ""
