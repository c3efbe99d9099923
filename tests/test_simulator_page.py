"""The phone's page, with and without JavaScript, and the simulator as a program."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect, sync_playwright

from simulator.app import create_app
from simulator.config import Config
from simulator.listening import Listener
from simulator.serving import running
from tests.patience import PATIENCE
from tests.ports import free_port

SID, TOKEN = "AC" + "0" * 32, "made-up-token"
LINE, PHONE = "+46701740605", "+46701740611"
ROOT = Path(__file__).parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
expect.set_options(timeout=20_000)  # a machine that is busy decides no test


@dataclass
class Ground:
    base: str
    listener: Listener
    http: httpx.Client

    def text(self, body: str) -> None:
        told = {"from": PHONE, "to": LINE, "body": body, "wait": True}
        self.http.post(f"{self.base}/control/text", json=told).raise_for_status()

    def answer(self, body: str) -> None:
        path = f"{self.base}/2010-04-01/Accounts/{SID}/Messages.json"
        form = {"To": PHONE, "From": LINE, "Body": body}
        self.http.post(path, data=form, auth=(SID, TOKEN)).raise_for_status()

    def delivered(self) -> None:
        """All that was sent is on its telephone."""
        until = time.monotonic() + PATIENCE
        while self.http.get(f"{self.base}/control/stats").json()["pending"]:
            assert time.monotonic() < until
            time.sleep(0.01)


@pytest.fixture
def ground() -> Iterator[Ground]:
    listener = Listener(TOKEN)
    with running(listener.app()) as line, httpx.Client() as http:
        config = Config(
            *(SID, TOKEN, f"{line}/in", (LINE,)),
            desk="http://localhost:8000/queue",
            sent_after=0.02,
            delivered_after=0.05,
        )
        with running(create_app(config)) as base:
            yield Ground(base, listener, http)


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


@pytest.mark.browser
def test_one_texts_and_reads_the_answer_without_a_reload(ground: Ground, browser: Browser) -> None:
    page = browser.new_page(locale="en-GB")
    problems: list[str] = []
    page.on("console", lambda told: problems.append(told.text))
    page.on("pageerror", lambda told: problems.append(str(told)))
    page.goto(ground.base)
    page.evaluate("window.same = true")
    page.get_by_role("textbox", name="Text message").fill("Hej")
    page.get_by_role("button", name="Send").click()
    thread = page.locator("#thread")
    expect(thread.get_by_text("Hej", exact=True)).to_be_visible()
    expect(thread.get_by_text("Delivered", exact=True)).to_be_visible()
    ground.answer("Hi, good that you wrote.")
    expect(thread.get_by_text("Hi, good that you wrote.")).to_be_in_viewport()
    assert page.evaluate("window.same") is True
    assert problems == []


@pytest.mark.browser
def test_the_screen_stays_where_one_reads_when_a_text_comes(
    ground: Ground, browser: Browser
) -> None:
    for number in range(20):
        ground.text(f"text {number}")
    page = browser.new_page(viewport={"width": 375, "height": 812})
    page.goto(ground.base)
    expect(page.get_by_text("text 19", exact=True)).to_be_in_viewport()
    page.evaluate("document.getElementById('screen').scrollTop = 0")
    ground.text("one more")
    expect(page.get_by_text("one more")).to_be_attached()
    assert page.evaluate("document.getElementById('screen').scrollTop") == 0


@pytest.mark.browser
def test_a_text_that_could_not_be_sent_stays_in_the_box(browser: Browser) -> None:
    config = Config(SID, TOKEN, "http://127.0.0.1:9/in", (LINE,))
    page = browser.new_page(locale="sv-SE")
    with running(create_app(config)) as base:
        page.goto(base)
    page.get_by_role("textbox", name="Sms").fill("Hjälp")
    page.get_by_role("button", name="Skicka").click()
    expect(page.get_by_role("status")).to_contain_text("Inte skickat")
    expect(page.get_by_role("textbox", name="Sms")).to_have_value("Hjälp")


@pytest.mark.browser
def test_the_page_works_without_javascript(ground: Ground, browser: Browser) -> None:
    page = browser.new_context(java_script_enabled=False, locale="en-GB").new_page()
    page.goto(ground.base)
    page.get_by_role("textbox", name="Text message").fill("Hej")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Hej", exact=True)).to_be_visible()
    ground.answer("Hi, good that you wrote.")
    ground.delivered()
    page.get_by_role("link", name="Refresh").click()
    expect(page.get_by_text("Hi, good that you wrote.")).to_be_visible()
    ground.answer("Still there?")
    ground.delivered()
    page.get_by_role("link", name="Refresh").click()
    expect(page.get_by_text("Still there?")).to_be_in_viewport()


@pytest.mark.browser
@pytest.mark.parametrize("width", [375, 900, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_and_is_accessible(
    ground: Ground, browser: Browser, width: int, scheme: Any
) -> None:
    ground.text("Hej, finns det någon där som kan svara mig i kväll?")
    ground.answer("Hi, good that you wrote. This reply is automatic.")
    ground.delivered()
    page = browser.new_page(viewport={"width": width, "height": 812}, color_scheme=scheme)
    page.goto(f"{ground.base}/?provider=1")
    assert page.evaluate("[document.documentElement.scrollWidth, scrollY]") == [width, 0]
    expect(page.get_by_role("button", name="Send")).to_be_in_viewport()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_without_javascript_a_text_is_sent_and_shown_by_forms_alone(ground: Ground) -> None:
    form = {"phone": PHONE, "line": LINE, "body": "Hej <b>du</b>"}
    sent = ground.http.post(f"{ground.base}/phone/send", data=form)
    assert sent.status_code == 303
    ground.listener.wait_for(1)
    page = ground.http.get(
        f"{ground.base}{sent.headers['location']}", headers={"Accept-Language": "en"}
    )
    assert "Hej &lt;b&gt;du&lt;/b&gt;" in page.text
    assert "GSM-7" not in page.text  # no phone tells: it stands in /control/messages
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy and "default-src 'none'" in policy
    assert not re.search(r"style=|<style|onclick|https?://(?!localhost)", page.text)


def test_the_page_speaks_swedish_and_english(ground: Ground) -> None:
    swedish = ground.http.get(ground.base, headers={"Accept-Language": "sv-SE,sv;q=0.9,en;q=0.5"})
    english = ground.http.get(ground.base, headers={"Accept-Language": "en-GB"})
    assert 'lang="sv"' in swedish.text and "Skicka" in swedish.text
    assert 'lang="en"' in english.text and "Send" in english.text


def test_the_thread_is_fetched_only_when_something_changed(ground: Ground) -> None:
    ground.text("Hej")
    query = {"phone": PHONE[1:], "line": LINE[1:], "since": "0"}
    block = ground.http.get(f"{ground.base}/phone/thread", params=query)
    assert "Hej" in block.text
    query["since"] = block.headers["X-Revision"]
    assert ground.http.get(f"{ground.base}/phone/thread", params=query).status_code == 204


def test_another_site_cannot_use_the_forms(ground: Ground) -> None:
    headers = {"Origin": "https://evil.example"}
    form = {"phone": PHONE, "line": LINE, "body": "Hej", "kind": "down"}
    for path in ("/phone/send", "/phone/fault"):
        answer = ground.http.post(f"{ground.base}{path}", data=form, headers=headers)
        assert answer.status_code == 403
    assert ground.http.get(f"{ground.base}/control/messages").json()["messages"] == []
    assert "down" not in ground.http.get(f"{ground.base}/control/faults").json()


@pytest.mark.browser
@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_inside_another_page_there_is_the_phone_alone(
    ground: Ground, browser: Browser, channel: str
) -> None:
    page = browser.new_page(locale="en-GB", viewport={"width": 400, "height": 700})
    page.goto(f"{ground.base}/?frame=1&channel={channel}")
    assert Axe().run(page).violations_count == 0
    page.get_by_role("textbox").fill("Hej")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Hej", exact=True)).to_be_visible()
    for link in page.locator(".channel a").all():
        assert "frame=1" in (link.get_attribute("href") or "")
    expect(page.get_by_role("link", name="The counsellors' queue")).to_have_count(0)
    expect(page.locator("#provider")).to_have_count(0)


def test_a_framed_phone_stays_framed_when_a_form_was_sent(ground: Ground) -> None:
    form = {"phone": PHONE, "line": LINE, "body": "Hej", "frame": "1"}
    sent = ground.http.post(f"{ground.base}/phone/send", data=form)
    assert "frame=1" in sent.headers["location"]
    policy = ground.http.get(ground.base).headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy


def test_faults_are_switched_on_the_page(ground: Ground) -> None:
    def press(**form: str) -> Any:
        told = {"phone": PHONE, "line": LINE} | form
        answer = ground.http.post(f"{ground.base}/phone/fault", data=told)
        assert answer.status_code == 303
        return ground.http.get(f"{ground.base}/control/faults").json()

    assert press(kind="slow", times="2", seconds="0.5")["slow"]["times"] == 2
    assert press(kind="down", times="", seconds="3")["down"]["on"] == "all"
    assert "slow" not in press(off="slow")
    assert press(**{"opt-out": "1"})["opted_out"] == [PHONE]
    assert press(**{"opt-in": "1"})["opted_out"] == []


def test_it_starts_as_a_program_and_stops_while_a_request_is_open() -> None:
    port = free_port()
    arguments = ["--port", str(port), "--account-sid", SID, "--auth-token", TOKEN]
    arguments += ["--webhook", "http://127.0.0.1:9/in", "--line", LINE]
    process = subprocess.Popen(
        [sys.executable, "-m", "simulator", *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    try:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/control/stats").raise_for_status()
                break
            except httpx.ConnectError:
                assert time.monotonic() < until and process.poll() is None
                time.sleep(0.05)
        slow = {"slow": {"seconds": 600, "on": "all"}}
        httpx.put(f"http://127.0.0.1:{port}/control/faults", json=slow).raise_for_status()
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(
                f"http://127.0.0.1:{port}/2010-04-01/Accounts/{SID}/Messages.json",
                auth=(SID, TOKEN),
                timeout=0.2,
            )
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait()
