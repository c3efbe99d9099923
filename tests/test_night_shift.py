"""The demo's night shift: a page that nobody answers, the escalation, the takeover."""

import asyncio
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulator.app import create_app
from simulator.colleague import Colleague, NothingToTake
from simulator.config import Config
from simulator.night import Night
from simulator.serving import running
from tests.browser.serving import Visitor
from tests.demo import Demo, demo
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.process import environment

pytestmark = pytest.mark.timeout(900)  # a demo takes minutes to begin on a busy machine

ALVAS, ELIS = "+46701740690", "+46701740691"
FAST = "10"
"""Whoever takes a P1 has four minutes to write; at sixty times as fast that is four seconds, which
a busy machine takes for a page."""
ENGLISH = {"accept-language": "en"}


def stage(shown: Demo, path: str) -> str:
    return shown.found("All on one page").removesuffix("/stage") + path


def ask(address: str) -> Any:
    return httpx.get(address, headers=ENGLISH).json()


def start(shown: Demo) -> str:
    """The phone on which it is played."""
    told = {"data": {"scene": "shift"}, "headers": ENGLISH | {"x-from": "script"}}
    answer = httpx.post(stage(shown, "/stage/scene"), **told).json()  # type: ignore[arg-type] # by name
    assert answer["night"]
    return "+" + str(re.findall(r"phone=(\d+)", answer["frames"]["sms"])[0])


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


def hours(shown: Demo) -> list[dict[str, str]]:
    return ask(stage(shown, "/stage/night"))  # type: ignore[no-any-return] # JSON


def received(shown: Demo, phone: str) -> list[str]:
    found = ask(stage(shown, f"/control/messages?direction=outbound&phone={phone[1:]}"))
    return [message["body"] for message in found["messages"] if message["to"] == phone]


async def signed_in(http: httpx.AsyncClient, shown: Demo) -> Visitor:
    visitor = Visitor(http)
    await visitor.get("/login")
    await visitor.post("/login", name="Alva", passphrase=shown.found("Passphrase"))
    return visitor


def test_the_page_nobody_answers_climbs_to_the_backup_who_takes_over(tmp_path: Path) -> None:
    with demo(tmp_path / "data", clock_speed=FAST) as shown:
        assert received(shown, ALVAS) == []  # who waits since before the demo wakes nobody
        contact = start(shown)
        until(lambda: any("Elis writes" in hour["says"] for hour in hours(shown)))
        assert [hour["says"].split(".")[0] for hour in hours(shown)] == [
            "Somebody writes",
            "The contact is in danger: P1",
            "Alva is on call and is paged",
            "Nobody has taken it: Elis, backup, is woken",
            "Elis answers the page with its four digits",
            "Elis takes the conversation",
            "Elis writes to the contact",
        ]
        times = [hour["time"] for hour in hours(shown)]
        assert times[0] == "02:10"
        assert times == sorted(times)
        until(lambda: any("I am Elis" in body for body in received(shown, contact)))
        assert all(re.search(r" P1 väntar .* Svara \d{4}$", p) for p in received(shown, ALVAS))
        assert any("vi vet att du har läst" in page for page in received(shown, ELIS))
        asyncio.run(at_the_desk(shown))


async def at_the_desk(shown: Demo) -> None:
    """The timeline tells it, too; and another colleague finds nothing left to take."""
    async with httpx.AsyncClient(base_url=shown.desk, headers=ENGLISH) as http:
        alva = await signed_in(http, shown)
        queue = (await alva.get("/queue")).text
        taken = max(re.findall(r'<li id="row-([0-9a-f-]{36})"[^>]* data-tier="1"', queue))
        await alva.post(f"/conversations/{taken}/why", why="colleague")
        thread = (await alva.get(f"/conversations/{taken}")).text
    words = ("Alva was paged", "Elis was paged")
    assert all(said in thread for said in words), thread
    passphrase = shown.found("Passphrase")
    async with Colleague.at(f"{shown.desk}/queue", "Elis", passphrase) as elis:
        assert await elis.take_newest() != taken
        with pytest.raises(NothingToTake):
            await elis.take_newest()


def test_the_night_begins_with_what_is_told_first_on_a_busy_machine_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    night, now = Night(speed=60), time.monotonic()
    for key, seconds in (("wrote", 3), ("danger", 4.5)):
        monkeypatch.setattr("simulator.night.monotonic", lambda at=now + seconds: at)
        night.tell(key)
    assert [hour.time for hour in night.hours] == ["02:10", "02:11"]


def test_where_nobody_can_be_paged_there_is_no_night_shift_to_start() -> None:
    config = Config("AC" + "0" * 32, "token", "http://127.0.0.1:9/in", ("+46701740605",))
    with running(create_app(config)) as base:
        answer = httpx.post(f"{base}/stage/scene", data={"scene": "shift"})
        assert answer.status_code == 400
        assert "shift" not in httpx.get(f"{base}/stage").text
        assert ask(f"{base}/stage/night") == []


def test_a_speed_that_is_none_ends_the_demo_with_a_word_about_it(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "utvag", "demo", "--port", str(free_port())],
        env=environment(data_dir=str(tmp_path / "data"), clock_speed="fast"),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert told.returncode == 1
    assert told.stderr == "UTVAG_CLOCK_SPEED must be a number above 0, at most 3600\n"
