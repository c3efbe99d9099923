"""The stage: two phones beside the desk, and scenes that play by themselves."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest
from starlette.applications import Starlette

from simulator.app import create_app
from simulator.config import Config
from simulator.listening import Listener
from simulator.scenes import BY_KEY, SCENES
from simulator.serving import running
from simulator.stage_words import STAGE_WORDS, STEPS
from tests.patience import PATIENCE

SID, TOKEN, BOT = "AC" + "0" * 32, "made-up-token", "123456:made-up"
LINE = "+46701740605"


@dataclass
class Ground:
    base: str
    app: Starlette
    http: httpx.Client

    def start(self, key: str, **headers: str) -> httpx.Response:
        return self.http.post(
            f"{self.base}/stage/scene", data={"scene": key}, headers=headers, follow_redirects=False
        )

    def answer(self, to: str, body: str) -> None:
        path = f"{self.base}/2010-04-01/Accounts/{SID}/Messages.json"
        form = {"To": to, "From": LINE, "Body": body}
        self.http.post(path, data=form, auth=(SID, TOKEN)).raise_for_status()

    def texts(self, **query: str) -> list[str]:
        found = self.http.get(f"{self.base}/control/messages", params=query).json()["messages"]
        return [one["body"] for one in found]


def soon(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.fixture
def ground() -> Iterator[Ground]:
    with running(Listener(TOKEN).app()) as line, httpx.Client() as http:
        config = Config(
            *(SID, TOKEN, f"{line}/in", (LINE,)),
            desk="http://localhost:8000/queue",
            passphrase="a quiet evening",
            sent_after=0.02,
            delivered_after=0.05,
            telegram_token=BOT,
        )
        app = create_app(config)
        with running(app) as base:
            yield Ground(base, app, http)


def test_whoever_opens_it_cold_reads_there_how_to_sign_in(ground: Ground) -> None:
    for language, words in (("sv", "lösenfrasen ”a quiet evening”"), ("en", "“a quiet evening”")):
        page = ground.http.get(f"{ground.base}/stage", headers={"accept-language": language})
        assert words in page.text


def test_the_page_shows_both_phones_and_the_desk_and_lets_nobody_else_frame_it(
    ground: Ground,
) -> None:
    page = ground.http.get(f"{ground.base}/stage", headers={"accept-language": "en"})
    assert 'src="/?phone=46701740611&amp;frame=1"' in page.text
    assert 'src="/telegram?chat=7000000001&amp;frame=1"' in page.text
    assert 'src="http://localhost:8000/queue"' in page.text
    policy = page.headers["content-security-policy"]
    assert "frame-src 'self' http://localhost:8000" in policy
    assert "frame-ancestors 'none'" in policy


def test_a_framed_phone_is_the_phone_alone(ground: Ground) -> None:
    page = ground.http.get(f"{ground.base}/?phone=46701740611&frame=1")
    assert 'class="framed"' in page.text
    assert 'id="provider"' not in page.text
    assert "frame-ancestors 'self'" in page.headers["content-security-policy"]


def test_a_scene_writes_at_once_and_again_after_each_answer(ground: Ground) -> None:
    assert ground.start("night").status_code == 303
    soon(lambda: len(ground.texts(direction="inbound")) == 1)
    ground.answer("+46701740611", "Is it safe? 1 Yes 2 No")
    soon(lambda: len(ground.texts(direction="inbound")) == 2)
    ground.answer("+46701740611", "Danger?")
    soon(lambda: len(ground.texts(direction="inbound")) == 3)
    english = [line.en for line in BY_KEY["night"].lines]
    swedish = [line.sv for line in BY_KEY["night"].lines]
    assert ground.texts(direction="inbound") in (english, swedish)


def test_each_first_contact_is_a_phone_that_has_not_written_yet(ground: Ground) -> None:
    ground.start("first")
    ground.start("first")
    soon(lambda: len(ground.texts(direction="inbound")) == 2)
    found = ground.http.get(f"{ground.base}/control/messages").json()["messages"]
    assert len({one["from"] for one in found}) == 2


def test_a_returning_contact_is_always_the_same_phone(ground: Ground) -> None:
    answer = ground.start("returning", **{"x-from": "script"})
    assert answer.json()["frames"]["sms"] == "/?phone=46701740625&frame=1"


def test_an_outage_begins_with_its_scene_and_ends_by_itself(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = ground.app.state.provider.faults
    monkeypatch.setattr("simulator.playing.LOOKS_AGAIN", 0.01)
    short = BY_KEY | {"outage": BY_KEY["outage"].__class__("outage", "sms", (), outage=2)}
    monkeypatch.setattr("simulator.stage.BY_KEY", short)
    ground.start("outage")
    soon(lambda: bool(faults.active()))
    soon(lambda: not faults.active())


def test_a_telegram_scene_writes_to_the_bot(ground: Ground) -> None:
    ground.start("relative")
    messages = f"{ground.base}/control/telegram/messages"
    soon(lambda: len(ground.http.get(messages).json()["messages"]) == 1)


def test_a_scene_that_does_not_exist_is_refused_and_so_is_another_sites_form(
    ground: Ground,
) -> None:
    assert ground.start("nonsense").status_code == 400
    assert ground.start("first", origin="http://evil.example").status_code == 403
    assert ground.texts() == []


def test_every_scene_and_step_has_words_in_both_languages() -> None:
    wanted = {*STEPS, *(s.key for s in SCENES), *(f"{s.key}_about" for s in SCENES)}
    assert all(wanted <= words.keys() for words in STAGE_WORDS.values())
    assert STAGE_WORDS["sv"].keys() == STAGE_WORDS["en"].keys()
