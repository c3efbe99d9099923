"""Passkeys in a real browser with an authenticator of its own, with PRF and without."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from nacl.pwhash import argon2id
from playwright.async_api import Browser, CDPSession, Page, expect

from domain.member import Role
from handlers.invite import invite
from handlers.join import join
from handlers.pagers import add_pager
from tests.browser.conftest import one_loop
from tests.browser.desk import DESKTOP, PHONE, watched
from tests.browser.everything import fits, is_clean
from tests.browser.serving import serving
from tests.ports import free_port
from tests.team import hired
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PHRASE = "three calm evenings"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(argon2id, "OPSLIMIT_INTERACTIVE", argon2id.OPSLIMIT_MIN)
    monkeypatch.setattr(argon2id, "MEMLIMIT_INTERACTIVE", argon2id.MEMLIMIT_MIN)


@one_loop
async def base(world: World) -> AsyncIterator[str]:
    """The desk at localhost: WebAuthn refuses an address of numbers."""
    port = free_port()
    await join(world.house, await invite(world.house, "Björk", Role.COUNSELLOR), PHRASE, PHRASE)
    async with serving(world.house, f"http://localhost:{port}", port):
        yield f"http://localhost:{port}"


@asynccontextmanager
async def window(browser: Browser, **options: object) -> AsyncIterator[tuple[Page, CDPSession]]:
    context = await browser.new_context(**({"locale": "en-GB"} | DESKTOP | options))
    page = await watched(context)
    devices = await context.new_cdp_session(page)
    await devices.send("WebAuthn.enable")
    yield page, devices
    assert page.problems == []  # type: ignore[attr-defined] # kept by `watched`
    await context.close()


async def plugged_in(devices: CDPSession, *, prf: bool) -> str:
    options = {
        "protocol": "ctap2",
        "ctap2Version": "ctap2_1",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
        "hasPrf": prf,
    }
    made = await devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return str(made["authenticatorId"])


async def pulled_out(devices: CDPSession, device: str) -> None:
    await devices.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": device})


async def by_passphrase(page: Page, base: str) -> None:
    await page.goto(f"{base}/login")
    await page.get_by_label("Name", exact=True).fill("Björk")
    await page.get_by_label("Passphrase", exact=True).fill(PHRASE)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page).to_have_url(f"{base}/queue")


async def added(page: Page, base: str, name: str) -> None:
    await page.goto(f"{base}/account")
    await page.get_by_label("Name of the passkey").fill(name)
    await page.get_by_label("Your passphrase, so that nobody adds one for you").fill(PHRASE)
    await page.get_by_role("button", name="Add a passkey").click()
    await expect(page.get_by_role("link", name=f"Remove {name}")).to_be_visible()


async def removed(page: Page, base: str, name: str, phrase: str = "") -> None:
    """Two presses and a proof: by the passphrase, or by the passkey that is plugged in."""
    await page.goto(f"{base}/account")
    await page.get_by_role("link", name=f"Remove {name}").click()
    await expect(page.get_by_role("heading", name=f"Remove {name}")).to_be_visible()
    await page.wait_for_load_state("load")  # with the script that asks for a passkey
    instead = page.get_by_role("button", name="Use a passkey instead")
    if phrase:
        await page.get_by_label("Present passphrase").fill(phrase)
        await page.get_by_role("button", name="Remove", exact=True).click()
    elif await instead.count():
        await instead.click()
    else:
        await page.get_by_role("button", name="Remove", exact=True).click()
    await expect(page).to_have_url(f"{base}/account?removed=1")
    await expect(page.get_by_role("link", name=f"Remove {name}")).to_have_count(0)


async def signed_out(page: Page, base: str) -> None:
    await page.goto(f"{base}/logout")
    await page.get_by_role("button", name="Sign out").click()
    await expect(page).to_have_url(f"{base}/login")


async def test_one_is_added_signs_in_a_second_is_added_and_the_first_is_removed(
    base: str, browser: Browser
) -> None:
    async with window(browser) as (page, devices):
        phone = await plugged_in(devices, prf=True)
        await by_passphrase(page, base)
        await added(page, base, "Phone")
        await expect(page.get_by_text("opens by itself")).to_be_visible()
        await signed_out(page, base)
        await page.get_by_role("button", name="Sign in with a passkey").click()
        await expect(page).to_have_url(f"{base}/queue")
        kept = await devices.send("WebAuthn.getCredentials", {"authenticatorId": phone})
        await pulled_out(devices, phone)
        laptop = await plugged_in(devices, prf=True)
        await added(page, base, "Laptop")
        await removed(page, base, "Phone", PHRASE)
        await signed_out(page, base)
        await page.get_by_role("button", name="Sign in with a passkey").click()
        await expect(page).to_have_url(f"{base}/queue")
        await signed_out(page, base)
        await pulled_out(devices, laptop)
        again = await plugged_in(devices, prf=True)
        for credential in kept["credentials"]:
            told = {"authenticatorId": again, "credential": credential}
            await devices.send("WebAuthn.addCredential", told)
        await page.get_by_role("button", name="Sign in with a passkey").click()
        await expect(page.get_by_text("No account here has that passkey.")).to_be_visible()
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports the 422


async def test_one_without_prf_asks_for_the_passphrase_as_well(base: str, browser: Browser) -> None:
    async with window(browser) as (page, devices):
        await plugged_in(devices, prf=False)
        await by_passphrase(page, base)
        await added(page, base, "Old key")
        await expect(page.get_by_text("asks for the passphrase, too")).to_be_visible()
        await expect(page.get_by_text("but cannot open what you read")).to_be_visible()
        await expect(page.get_by_text("once two of your passkeys open")).to_be_visible()
        await signed_out(page, base)
        await page.get_by_role("button", name="Sign in with a passkey").click()
        await expect(page.get_by_text("Write your passphrase, too")).to_be_visible()
        await expect(page.get_by_label("Name", exact=True)).to_have_value("Björk")
        await page.get_by_label("Passphrase", exact=True).fill(PHRASE)
        await page.get_by_role("button", name="Sign in", exact=True).click()
        await expect(page).to_have_url(f"{base}/queue")
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports the 422


async def test_who_has_two_goes_without_a_passphrase_adds_a_third_and_sets_one_again(
    base: str, browser: Browser
) -> None:
    async with window(browser) as (page, devices):
        phone = await plugged_in(devices, prf=True)
        await by_passphrase(page, base)
        await added(page, base, "Phone")
        remove = page.get_by_role("link", name="Remove the passphrase")
        await expect(page.get_by_text("once two of your passkeys open")).to_be_visible()
        await expect(remove).to_have_count(0)
        await pulled_out(devices, phone)
        laptop = await plugged_in(devices, prf=True)
        await added(page, base, "Laptop")
        await expect(page.get_by_text("It signs you in by itself.")).to_be_visible()
        await removed(page, base, "the passphrase")
        await expect(page.get_by_text("You have none")).to_be_visible()
        await expect(remove).to_have_count(0)
        await is_clean(page)
        await fits(page)
        await by_passkey_alone(page, base)
        await removed(page, base, "Phone")
        await page.get_by_role("link", name="Remove Laptop").click()
        await expect(page.get_by_text("so it stays")).to_be_visible()
        await is_clean(page)
        await page.get_by_role("link", name="Back to your account").click()
        await page.get_by_label("New passphrase").fill(PHRASE)
        await page.get_by_label("Repeat passphrase").fill(PHRASE)
        await page.wait_for_load_state("load")  # with the script that asks for a passkey
        await page.get_by_role("button", name="Set a passphrase").click()
        await expect(page.get_by_text("Your passphrase is changed.")).to_be_visible()
        await signed_out(page, base)
        await by_passphrase(page, base)
        await pulled_out(devices, laptop)
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports each 422


async def test_who_lost_a_telephone_and_forgot_the_passphrase_removes_it_by_the_keyboard(
    base: str, browser: Browser
) -> None:
    async with window(browser, **PHONE) as (page, devices):
        phone = await plugged_in(devices, prf=True)
        await by_passphrase(page, base)
        await added(page, base, "Phone")
        await pulled_out(devices, phone)
        await plugged_in(devices, prf=True)
        await added(page, base, "Laptop")
        await page.get_by_role("link", name="Remove Phone").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Remove Phone")).to_be_visible()
        await page.get_by_label("Present passphrase").fill("not it")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("That is not your present passphrase.")).to_be_visible()
        await is_clean(page)
        await fits(page)
        await expect(page.get_by_role("button", name="Use a passkey instead")).to_be_visible()
        await page.get_by_label("Present passphrase").focus()
        for _ in range(2):
            await page.keyboard.press("Tab")
        await expect(page.get_by_role("button", name="Use a passkey instead")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(f"{base}/account?removed=1")
        await expect(page.get_by_role("link", name="Remove Phone")).to_have_count(0)
        await page.get_by_label("New passphrase").fill("four calm evenings")
        await page.get_by_label("Repeat passphrase").fill("four calm evenings")
        await page.wait_for_load_state("load")
        change = page.locator('form[action="/account/passphrase"]')
        await change.get_by_role("button", name="Use a passkey instead").click()
        await expect(page.get_by_text("Your passphrase is changed.")).to_be_visible()
        page.problems.clear()  # type: ignore[attr-defined] # the browser reports the 422


async def test_without_a_script_a_passkey_is_removed_by_the_passphrase(
    base: str, browser: Browser
) -> None:
    async with window(browser) as (page, devices):
        await plugged_in(devices, prf=True)
        await by_passphrase(page, base)
        await added(page, base, "Phone")
    context = await browser.new_context(locale="en-GB", java_script_enabled=False, **PHONE)
    page = await watched(context)
    await by_passphrase(page, base)
    await page.goto(f"{base}/account")
    await page.get_by_role("link", name="Remove Phone").click()
    await expect(page.get_by_role("button", name="Use a passkey instead")).to_be_hidden()
    await page.get_by_label("Present passphrase").fill(PHRASE)
    await page.get_by_role("button", name="Remove", exact=True).click()
    await expect(page.get_by_text("It is removed.")).to_be_visible()
    await expect(page.get_by_role("link", name="Remove Phone")).to_have_count(0)


async def by_passkey_alone(page: Page, base: str) -> None:
    await signed_out(page, base)
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await expect(page).to_have_url(f"{base}/queue")
    await page.goto(f"{base}/account")


async def test_without_a_script_the_passphrase_signs_in_and_no_button_does_nothing(
    base: str, browser: Browser
) -> None:
    context = await browser.new_context(locale="en-GB", java_script_enabled=False)
    page = await watched(context)
    await page.goto(f"{base}/login")
    await expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    await by_passphrase(page, base)
    await page.goto(f"{base}/account")
    await expect(page.get_by_role("button", name="Add a passkey")).to_be_hidden()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_account_and_sign_in_are_clean_with_a_passkey_and_without(
    base: str, browser: Browser, size: dict[str, object]
) -> None:
    async with window(browser, **size) as (page, devices):
        await plugged_in(devices, prf=True)
        await by_passphrase(page, base)
        await added(page, base, "Phone")
        removal = await page.get_by_role("link", name="Remove Phone").get_attribute("href")
        for path in ("/account", "/account?changed=1", "/account?removed=1", removal, "/login"):
            await page.goto(f"{base}{path}")
            await is_clean(page)
            await fits(page)
        await page.context.clear_cookies()
        await page.goto(f"{base}/login")
        await expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_visible()
        await is_clean(page)
        await fits(page)


async def test_who_has_passkeys_alone_lets_a_colleague_in_and_removes_a_way_by_the_keyboard(
    base: str, browser: Browser, world: World
) -> None:
    for ending in (50, 51):
        await add_pager(world.house, "Björk", f"+467017406{ending}", verified=True)
    async with window(browser, **PHONE) as (page, devices):
        for name in ("Phone", "Laptop"):
            device = await plugged_in(devices, prf=True)
            await (by_passphrase(page, base) if name == "Phone" else page.goto(f"{base}/account"))
            await added(page, base, name)
            if name == "Phone":
                await pulled_out(devices, device)
        await hired(world.house, "Elis")
        await page.goto(f"{base}/team")
        instead = page.locator("form[action$='/admit']").get_by_role("button", name="Use a passkey")
        await expect(instead).to_be_visible()
        await is_clean(page)
        await fits(page)
        await removed(page, base, "the passphrase")
        await page.goto(f"{base}/team")
        await expect(instead).to_have_count(0)
        await is_clean(page)
        await fits(page)
        await page.get_by_role("button", name="The words are the same, let in").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Björk let Elis in.")).to_be_visible()
        await page.goto(f"{base}/ways")
        await page.get_by_role("link", name="Remove").last.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Your browser asks for a passkey instead")).to_be_visible()
        await page.wait_for_load_state("load")  # with the script that does
        await is_clean(page)
        await page.get_by_role("button", name="Remove", exact=True).focus()
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(f"{base}/ways")
        await expect(page.locator(".ways li")).to_have_count(1)


async def test_without_a_script_the_passphrase_lets_a_colleague_in(
    base: str, browser: Browser, world: World
) -> None:
    context = await browser.new_context(locale="en-GB", java_script_enabled=False, **PHONE)
    page = await watched(context)
    await by_passphrase(page, base)
    await hired(world.house, "Elis")
    await page.goto(f"{base}/team")
    await page.get_by_label("Your passphrase, so that nobody lets them in").fill(PHRASE)
    await page.get_by_role("button", name="The words are the same, let in").click()
    await expect(page.get_by_text("Björk let Elis in.")).to_be_visible()
