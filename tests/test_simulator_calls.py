"""Calls at the fake Twilio: how the line is asked, and what the caller hears."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect, sync_playwright
from twilio.twiml.voice_response import Gather, VoiceResponse

from simulator.__main__ import configuration, parse
from simulator.app import create_app
from simulator.config import Config
from simulator.listening import Listener
from simulator.serving import running
from simulator.twiml import BadTwiml, hear
from tests.patience import PATIENCE

SID, TOKEN = "AC" + "0" * 32, "made-up-token"
LINE, PHONE = "+46701740605", "+46701740611"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
expect.set_options(timeout=20_000)  # a machine that is busy decides no test


@dataclass
class Ground:
    base: str
    listener: Listener
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=PATIENCE))

    def call(self, sender: str = PHONE, **more: Any) -> dict[str, Any]:
        told = {"from": sender, "to": LINE, "wait": True} | more
        answer = self.http.post(f"{self.base}/control/call", json=told)
        answer.raise_for_status()
        call: dict[str, Any] = answer.json()
        return call


@pytest.fixture(scope="module")
def servers() -> Iterator[Ground]:
    listener = Listener(TOKEN)
    with running(listener.app()) as line:
        config = Config(SID, TOKEN, f"{line}/webhooks/twilio/message#rc=2&rp=5xx", (LINE,))
        with running(create_app(config)) as base:
            ground = Ground(base, listener)
            yield ground
            ground.http.close()


@pytest.fixture
def ground(servers: Ground) -> Iterator[Ground]:
    servers.listener.document = spoken()
    yield servers
    servers.http.post(f"{servers.base}/control/reset").raise_for_status()
    servers.listener.heard.clear()
    servers.listener.statuses.clear()
    servers.listener.delay = 0


def spoken() -> str:
    answer = VoiceResponse()
    answer.say("Vi ser att du har ringt.", language="sv-SE", voice="Polly.Astrid")
    answer.pause(length=1)
    answer.say("You can text this number.")
    answer.hangup()
    answer.say("Nobody hears this.")
    return str(answer)


def test_a_call_asks_the_voice_webhook_beside_the_one_for_texts(ground: Ground) -> None:
    told = ground.call()
    (heard,) = ground.listener.heard
    assert heard.signed and heard.path == "/webhooks/twilio/voice"
    form = heard.form
    assert form["CallSid"] == told["call_sid"] and form["CallSid"].startswith("CA")
    assert (form["From"], form["Caller"]) == (PHONE, PHONE)
    assert (form["To"], form["Called"]) == (LINE, LINE)
    assert (form["CallStatus"], form["Direction"]) == ("ringing", "inbound")
    assert (form["AccountSid"], form["ApiVersion"]) == (SID, "2010-04-01")
    assert (form["FromCountry"], form["ToCountry"]) == ("SE", "SE")
    assert not {"MessageSid", "Body", "SmsSid"} & set(form)


def test_a_caller_hears_what_the_line_says_until_it_hangs_up(ground: Ground) -> None:
    told = ground.call()
    assert told["said"] == [
        {"text": "Vi ser att du har ringt.", "language": "sv-SE", "voice": "Polly.Astrid"},
        {"text": "You can text this number.", "language": "en-US", "voice": "man"},
    ]
    assert (told["hung_up"], told["status"], told["webhook_status"]) == (True, "completed", 200)
    assert told["twiml"] == spoken()


def test_a_call_without_waiting_is_listed_once_it_has_ended(ground: Ground) -> None:
    ground.listener.delay = 0.2
    begun = ground.call(wait=False)
    assert (begun["status"], begun["said"]) == ("ringing", [])
    until = time.monotonic() + PATIENCE
    while True:
        (listed,) = ground.http.get(f"{ground.base}/control/calls").json()["calls"]
        if listed["status"] == "completed":
            break
        assert time.monotonic() < until
        time.sleep(0.02)
    assert listed["call_sid"] == begun["call_sid"] and len(listed["said"]) == 2


@pytest.mark.parametrize("sender", ["anonymous", "+266696687"])
def test_a_withheld_number_tells_no_place(ground: Ground, sender: str) -> None:
    assert ground.call(sender)["from"] == sender
    form = ground.listener.heard[0].form
    assert (form["From"], form["Caller"], form["FromCountry"]) == (sender, sender, "")
    assert ground.listener.heard[0].signed


def test_the_same_call_may_be_told_several_times(ground: Ground) -> None:
    told = ground.call(repeat=3)
    assert [h.form["CallSid"] for h in ground.listener.heard] == [told["call_sid"]] * 3
    assert len(ground.http.get(f"{ground.base}/control/calls").json()["calls"]) == 1


def test_a_line_that_fails_is_asked_again_as_its_override_says(ground: Ground) -> None:
    ground.listener.statuses = [500, 503]
    assert ground.call()["status"] == "completed"
    assert len(ground.listener.heard) == 3


@pytest.mark.parametrize("statuses", [[403], [500, 500, 500], [0]])
def test_a_line_that_does_not_answer_lets_the_call_fail(
    ground: Ground, statuses: list[int]
) -> None:
    ground.listener.statuses = list(statuses)
    told = ground.call()
    assert (told["status"], told["said"]) == ("failed", [])
    assert told["failure"] and told["webhook_status"] == (statuses[-1] or None)


def test_an_answer_that_is_no_twiml_lets_the_call_fail(ground: Ground) -> None:
    ground.listener.document = "<html>Not found</html>"
    told = ground.call()
    assert (told["status"], told["webhook_status"]) == ("failed", 200)
    assert "Response" in told["failure"]


def test_an_empty_answer_says_nothing_and_does_not_hang_up(ground: Ground) -> None:
    ground.listener.document = "<Response/>"
    told = ground.call()
    assert (told["said"], told["hung_up"], told["status"]) == ([], False, "completed")


@pytest.mark.parametrize(
    "told", [{}, {"from": 7}, {"from": PHONE, "repeat": 0}, {"from": PHONE, "fields": 1}]
)
def test_a_call_that_cannot_be_understood_is_refused(ground: Ground, told: Any) -> None:
    assert ground.http.post(f"{ground.base}/control/call", json=told).status_code == 400
    assert ground.listener.heard == []


def test_without_an_address_for_calls_none_is_made() -> None:
    with running(create_app(Config(SID, TOKEN, "http://127.0.0.1:9/in", (LINE,)))) as base:
        answer = httpx.post(f"{base}/control/call", json={"from": PHONE})
        page = httpx.get(base, headers={"Accept-Language": "en"}).text
    assert answer.status_code == 400 and "--voice" in answer.json()["error"]
    assert "Call" not in page


def test_the_command_line_tells_of_calls_and_templates() -> None:
    usual = ["--account-sid", "AC1", "--auth-token", "t", "--line", LINE, "--webhook"]
    beside = configuration(parse([*usual, "http://localhost:8000/twilio/message#rc=5"]))
    assert beside.voice_webhook == "http://localhost:8000/twilio/voice#rc=5"
    template = "HX" + "b" * 32
    told = [*usual, "http://localhost/in", "--voice", "http://localhost/v"]
    config = configuration(parse([*told, "--template", f"{template}=Hej {{{{1}}}}="]))
    assert config.voice_webhook == "http://localhost/v"
    assert config.templates == {template: "Hej {{1}}="}
    assert configuration(parse([*usual, "http://localhost/in"])).voice_webhook is None
    for wrong in (["--voice", "here"], ["--template", "Hej"]):
        with pytest.raises(SystemExit):
            parse([*usual, "http://localhost/in", *wrong])


def test_words_within_other_verbs_and_markup_are_heard() -> None:
    answer = VoiceResponse()
    gather = Gather(num_digits=1)
    gather.say("Press  one.\n")
    answer.append(gather)
    answer.say("Hej").emphasis("du")
    heard = hear(str(answer))
    assert [said.text for said in heard.said] == ["Press one.", "Hejdu"]
    assert heard.verbs == ("Gather", "Say") and not heard.hung_up


def test_a_refused_call_hears_nothing(ground: Ground) -> None:
    answer = VoiceResponse()
    answer.reject(reason="busy")
    ground.listener.document = str(answer)
    told = ground.call()
    assert (told["status"], told["said"], told["hung_up"]) == ("busy", [], True)


@pytest.mark.parametrize(
    "document",
    [
        "",
        "Hej",
        "<Response>",
        "<Say>Hej</Say>",
        '<!DOCTYPE r [<!ENTITY a "b">]><Response><Say>&a;</Say></Response>',
        f"<Response><Say>{'a' * 70_000}</Say></Response>",
    ],
)
def test_what_is_no_twiml_is_not_spoken(document: str) -> None:
    with pytest.raises(BadTwiml):
        hear(document)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: install Debian's package chromium")
    switches = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=switches)
        yield started
        started.close()


@pytest.mark.browser
@pytest.mark.parametrize("script", [True, False])
def test_one_calls_and_reads_what_was_said(ground: Ground, browser: Browser, script: bool) -> None:
    page = browser.new_context(java_script_enabled=script, locale="en-GB").new_page()
    problems: list[str] = []
    page.on("console", lambda told: problems.append(told.text))
    page.on("pageerror", lambda told: problems.append(str(told)))
    page.goto(f"{ground.base}/?phone={PHONE[1:]}")
    page.get_by_role("button", name="Call", exact=True).click()
    said = page.get_by_text("Vi ser att du har ringt.")
    expect(said).to_be_visible()
    assert said.get_attribute("lang") == "sv-SE"
    expect(page.get_by_text("A voice, Swedish")).to_be_visible()
    expect(page.get_by_text("Nobody hears this.")).to_have_count(0)
    page.get_by_role("link", name="Back to the messages").click()
    expect(page.get_by_role("textbox", name="Text message")).to_be_visible()
    page.get_by_role("button", name="Call with the number withheld").click()
    expect(page.get_by_text("The number was withheld.")).to_be_visible()
    assert [heard.form["From"] for heard in ground.listener.heard] == [PHONE, "anonymous"]
    assert problems == []
    page.context.close()


@pytest.mark.browser
def test_one_chooses_how_the_phone_writes(ground: Ground, browser: Browser) -> None:
    page = browser.new_context(locale="en-GB").new_page()
    page.goto(f"{ground.base}/?phone={PHONE[1:]}")
    page.get_by_role("link", name="WhatsApp").click()
    page.get_by_role("textbox", name="Message").fill("Hej")
    page.get_by_role("button", name="Send").click()
    bubble = page.locator("#thread").get_by_text("Hej", exact=True)
    expect(bubble).to_be_visible()
    expect(page.locator("#thread")).not_to_contain_text("segment")
    ground.listener.wait_for(1)
    form = ground.listener.heard[0].form
    assert (form["From"], form["To"]) == (f"whatsapp:{PHONE}", f"whatsapp:{LINE}")
    page.get_by_role("link", name="SMS").click()
    expect(page.get_by_role("textbox", name="Text message")).to_be_visible()
    expect(bubble).to_have_count(0)
    page.context.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", [375, 900, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_call_and_whatsapp_fit_and_are_accessible(
    ground: Ground, browser: Browser, width: int, scheme: Any
) -> None:
    sid = ground.call("anonymous")["call_sid"]
    page = browser.new_page(viewport={"width": width, "height": 812}, color_scheme=scheme)
    for address in (f"/?call={sid}", "/?channel=whatsapp&provider=1"):
        page.goto(ground.base + address)
        assert page.evaluate("[document.documentElement.scrollWidth, scrollY]") == [width, 0]
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
    page.close()


def test_another_site_cannot_let_a_phone_call(ground: Ground) -> None:
    headers = {"Origin": "https://evil.example"}
    form = {"phone": PHONE, "line": LINE}
    answer = ground.http.post(f"{ground.base}/phone/call", data=form, headers=headers)
    assert answer.status_code == 403 and ground.listener.heard == []


def test_a_call_that_is_forgotten_shows_the_messages(ground: Ground) -> None:
    page = ground.http.get(f"{ground.base}/?call=CA1", headers={"Accept-Language": "en"})
    assert page.status_code == 200 and "Write to the number on the card." in page.text


def test_a_whatsapp_text_is_sent_by_forms_alone_and_its_window_closed(ground: Ground) -> None:
    form = {"phone": PHONE, "line": LINE, "channel": "whatsapp"}
    sent = ground.http.post(f"{ground.base}/phone/send", data=form | {"body": "Hej"})
    assert sent.headers["location"].startswith("/?phone=46701740611&line=46701740605&channel=what")
    ground.http.post(f"{ground.base}/phone/fault", data=form | {"window": "1"})
    told = {"From": f"whatsapp:{LINE}", "To": f"whatsapp:{PHONE}", "Body": "Hej"}
    path = f"{ground.base}/2010-04-01/Accounts/{SID}/Messages"
    sid = ground.http.post(f"{path}.json", data=told, auth=(SID, TOKEN)).json()["sid"]
    until = time.monotonic() + PATIENCE
    while ground.http.get(f"{path}/{sid}.json", auth=(SID, TOKEN)).json()["error_code"] != 63016:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_phone_that_wrote_by_whatsapp_alone_can_be_chosen(ground: Ground) -> None:
    told = {"from": "whatsapp:+46701740640", "body": "Hej", "wait": True}
    ground.http.post(f"{ground.base}/control/text", json=told).raise_for_status()
    page = ground.http.get(ground.base).text
    assert page.count("070-174 06 40") == 1
    for number in range(20, 25):
        assert f"070-174 06 {number}" in page
