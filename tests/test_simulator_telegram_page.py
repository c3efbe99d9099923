"""The Telegram phone's page, with and without JavaScript, alone and inside another page."""

import re
import shutil
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from simulator.telegram_faults import KINDS
from simulator.telegram_others import CONTENT
from simulator.telegram_words import TELEGRAM_WORDS
from tests.telegram_ground import ANNA, BO, Ground, simulator

expect.set_options(timeout=20_000)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def ground() -> Iterator[Ground]:
    with simulator(desk="http://localhost:8000/queue") as made:
        yield made


@pytest.fixture(scope="module")
def _chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: install Debian's package chromium")
    switches = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=switches)
        yield started
        started.close()


@pytest.fixture
def browser(_chromium: Browser) -> Iterator[Browser]:
    """Without a window that another test opened."""
    yield _chromium
    for left in _chromium.contexts:
        left.close()


def ask(ground: Ground, text: str = "Är det säkert att skriva nu?", chat: int = ANNA) -> None:
    rows = [[{"text": "Ja", "callback_data": "1"}, {"text": "Nej", "callback_data": "2"}]]
    told: dict[str, Any] = {
        "chat_id": chat,
        "text": text,
        "reply_markup": {"inline_keyboard": rows},
    }
    ground.call("sendMessage", protect_content=True, **told).raise_for_status()


def take(ground: Ground) -> None:
    """As a bot does: fetch all updates and confirm them."""
    found = ground.call("getUpdates").json()["result"]
    if found:
        ground.call("getUpdates", offset=found[-1]["update_id"] + 1)


def watched(page: Page) -> list[str]:
    problems: list[str] = []
    page.on("console", lambda told: problems.append(told.text))
    page.on("pageerror", lambda told: problems.append(str(told)))
    return problems


@pytest.mark.browser
def test_one_starts_presses_and_reads_without_a_reload(ground: Ground, browser: Browser) -> None:
    page = browser.new_page(locale="en-GB")
    problems = watched(page)
    page.goto(f"{ground.base}/telegram?chat={ANNA}")
    page.locator(".first").get_by_label("Code on the card").fill("CARD26")
    page.locator(".first").get_by_role("button", name="Start").click()
    expect(page.get_by_text("/start CARD26", exact=True)).to_be_visible()
    expect(page.get_by_text("on its way")).to_be_visible()
    page.evaluate("window.same = true")
    take(ground)
    expect(page.get_by_text("received")).to_be_visible()
    ask(ground)
    yes = page.get_by_role("button", name="Ja", exact=True)
    yes.click()
    expect(yes).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Nej", exact=True)).not_to_have_attribute(
        "aria-pressed", "true"
    )
    page.get_by_role("textbox", name="Message").fill("jag är hemma")
    page.get_by_role("textbox", name="Message").press("Enter")
    expect(page.get_by_text("jag är hemma", exact=True)).to_be_in_viewport()
    page.get_by_text("Attach").click()
    page.get_by_role("button", name="Voice message").click()
    expect(page.locator("#thread").get_by_text("Voice message")).to_be_visible()
    assert page.evaluate("window.same") is True
    kinds = [list(each)[1] for each in ground.call("getUpdates").json()["result"]]
    assert kinds == ["callback_query", "message", "message"]
    assert problems == []


@pytest.mark.browser
def test_the_page_works_without_javascript(ground: Ground, browser: Browser) -> None:
    page = browser.new_context(java_script_enabled=False, locale="sv-SE").new_page()
    page.goto(f"{ground.base}/telegram?chat={BO}")
    page.locator(".first").get_by_role("button", name="Starta").click()
    page.get_by_role("textbox", name="Meddelande").fill("hej <b>du</b>")
    page.get_by_role("button", name="Skicka").click()
    expect(page.get_by_text("hej <b>du</b>", exact=True)).to_be_visible()
    page.get_by_role("link", name="Ändra").click()
    box = page.get_by_role("textbox", name="Meddelande")
    expect(box).to_have_value("hej <b>du</b>")
    box.fill("hej")
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_text("ändrat")).to_be_visible()
    ask(ground, chat=BO)
    page.get_by_role("link", name="Uppdatera").click()
    page.get_by_role("button", name="Nej", exact=True).click()
    pressed = page.get_by_role("button", name="Nej", exact=True)
    expect(pressed).to_have_attribute("aria-pressed", "true")
    page.get_by_text("Meny").click()
    page.get_by_role("button", name="Blockera boten").click()
    expect(page.get_by_text("Du har blockerat boten")).to_be_visible()
    assert ground.call("sendMessage", chat_id=BO, text="hej").status_code == 403
    page.locator(".bar").get_by_role("button", name="Avblockera boten").click()
    expect(page.get_by_role("textbox", name="Meddelande")).to_be_visible()
    kinds = [list(each)[1] for each in ground.call("getUpdates").json()["result"]]
    told = ["message", "message", "edited_message", "callback_query", "my_chat_member"]
    assert kinds == [*told, "my_chat_member"]


@pytest.mark.browser
def test_a_message_that_could_not_be_sent_stays_in_the_box(browser: Browser) -> None:
    page = browser.new_page(locale="sv-SE")
    with simulator() as ground:
        ground.text("hej")
        page.goto(f"{ground.base}/telegram?chat={ANNA}")
    page.get_by_role("textbox", name="Meddelande").fill("Hjälp")
    page.get_by_role("button", name="Skicka").click()
    expect(page.get_by_role("status")).to_contain_text("Inte skickat")
    expect(page.get_by_role("textbox", name="Meddelande")).to_have_value("Hjälp")


@pytest.mark.browser
def test_the_phone_follows_what_happens_elsewhere(ground: Ground, browser: Browser) -> None:
    page = browser.new_page(locale="en-GB")
    page.goto(f"{ground.base}/telegram?chat={ANNA}")
    expect(page.locator(".first").get_by_role("button", name="Start")).to_be_visible()
    ground.text("hej")
    expect(page.get_by_role("textbox", name="Message")).to_be_visible()
    ask(ground, "Gone soon")
    expect(page.get_by_text("Gone soon")).to_be_visible()
    [sent] = ground.messages(direction="outbound")
    ground.call("deleteMessage", chat_id=ANNA, message_id=sent["message_id"])
    expect(page.get_by_text("Gone soon")).to_have_count(0)


@pytest.mark.browser
@pytest.mark.parametrize("width", [375, 900, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_and_is_accessible(
    ground: Ground, browser: Browser, width: int, scheme: Any
) -> None:
    ground.text("/start CARD26")
    ask(ground)
    [asked] = ground.messages(direction="outbound")
    ground.act("press", chat=ANNA, message_id=asked["message_id"], label="Nej")
    ground.act("other", chat=ANNA, kind="photo")
    ground.text("hej", chat=BO)
    ground.act("block", chat=BO)
    ground.faults(slow={"seconds": 0}, blocked=[BO])
    page = browser.new_page(viewport={"width": width, "height": 812}, color_scheme=scheme)
    for query in (
        f"chat={ANNA}&provider=1",
        f"chat={ANNA}&frame=1",
        f"chat={ANNA}&edit=1",
        f"chat={BO}",
        "chat=7000000003",
    ):
        page.goto(f"{ground.base}/telegram?{query}")
        for fold in page.locator(".fold summary").all():
            fold.click()
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
        across = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(across) == 0


@pytest.mark.browser
def test_inside_another_page_there_is_the_phone_alone(ground: Ground, browser: Browser) -> None:
    page = browser.new_context(java_script_enabled=False, locale="en-GB").new_page()
    page.goto(f"{ground.base}/telegram?chat={ANNA}&frame=1")
    expect(page.get_by_role("heading", name="The line")).to_be_visible()
    page.locator(".first").get_by_role("button", name="Start").click()
    page.get_by_role("textbox", name="Message").fill("hej")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("hej", exact=True)).to_be_visible()
    page.get_by_role("link", name="Edit").click()
    page.get_by_role("link", name="Cancel").click()
    ask(ground)
    page.get_by_role("link", name="Refresh").click()
    page.get_by_role("button", name="Ja", exact=True).click()
    assert "frame=1" in page.url
    expect(page.get_by_role("link", name="The counsellors' queue")).to_have_count(0)
    expect(page.locator("#provider")).to_have_count(0)


def test_the_page_speaks_swedish_and_english_and_runs_nothing_of_others(ground: Ground) -> None:
    ground.text('<img src="x" onerror="alert(1)">')
    address = f"{ground.base}/telegram?chat={ANNA}"
    swedish = httpx.get(address, headers={"Accept-Language": "sv-SE,sv;q=0.9,en;q=0.5"})
    english = httpx.get(address, headers=ENGLISH)
    assert 'lang="sv"' in swedish.text and "Telefon 1" in swedish.text
    assert 'lang="en"' in english.text and "Phone 1" in english.text
    assert "&lt;img src=" in english.text and "<img" not in english.text
    policy = english.headers["content-security-policy"]
    assert "unsafe" not in policy and "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert not re.search(r"style=|<style|onclick|https?://(?!localhost)", english.text)


def test_every_word_exists_in_both_languages() -> None:
    assert set(TELEGRAM_WORDS["sv"]) == set(TELEGRAM_WORDS["en"])
    assert set(KINDS) | set(CONTENT) <= set(TELEGRAM_WORDS["sv"])


def test_the_thread_is_fetched_only_when_something_changed(ground: Ground) -> None:
    ground.text("hej")
    query = {"chat": str(ANNA), "since": "0"}
    block = httpx.get(f"{ground.base}/telegram/thread", params=query)
    assert "hej" in block.text and block.headers["X-Stage"] == "write"
    query["since"] = block.headers["X-Revision"]
    assert httpx.get(f"{ground.base}/telegram/thread", params=query).status_code == 204


def test_another_site_cannot_use_the_forms(ground: Ground) -> None:
    headers = {"Origin": "https://evil.example"}
    form = {"chat": str(ANNA), "text": "hej", "kind": "down"}
    for what in ("send", "start", "press", "other", "block", "fault"):
        address = f"{ground.base}/telegram/{what}"
        assert httpx.post(address, data=form, headers=headers).status_code == 403
    assert ground.messages() == []
    assert httpx.get(f"{ground.base}/control/telegram/faults").json() == {"blocked": []}


@pytest.mark.parametrize(
    ("what", "form", "status"),
    [
        ("press", {"message_id": "1", "data": "1"}, 404),
        ("press", {"message_id": "x", "data": "1"}, 400),
        ("start", {"code": "not a code"}, 400),
        ("other", {"kind": "hologram"}, 404),
        ("dance", {}, 404),
        ("fault", {"kind": "no such"}, 400),
        ("fault", {"kind": "slow", "seconds": "x"}, 400),
    ],
)
def test_a_form_that_makes_no_sense_changes_nothing(
    ground: Ground, what: str, form: dict[str, str], status: int
) -> None:
    told = {"chat": str(ANNA)} | form
    assert httpx.post(f"{ground.base}/telegram/{what}", data=told).status_code == status
    assert ground.messages() == []


@pytest.mark.parametrize("chat", ["", "x", "-1", "9" * 40, "٣", "0"])
def test_a_chat_that_cannot_be_is_the_first_phone(ground: Ground, chat: str) -> None:
    page = httpx.get(f"{ground.base}/telegram", params={"chat": chat}, headers=ENGLISH)
    assert page.status_code == 200 and "A contact&#39;s Telegram: Phone 1" in page.text


def test_faults_are_switched_on_the_page(ground: Ground) -> None:
    def press(**form: str) -> Any:
        told = {"chat": str(ANNA)} | form
        answer = httpx.post(f"{ground.base}/telegram/fault", data=told)
        assert answer.status_code == 303
        return httpx.get(f"{ground.base}/control/telegram/faults").json()

    on = press(kind="429", times="2", seconds="5", only="1", on="sendMessage")["429"]
    assert (on["times"], on["seconds"], on["chat"]) == (2, 5.0, ANNA)
    assert press(kind="down")["down"]["on"] == "all"
    assert "429" not in press(off="429")
