"""`utvag demo` as somebody who opens it cold: it tells where to look, works, and goes on later."""

import asyncio
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from domain.member import Role
from handlers.add_line import add_line
from handlers.invite import all_members
from storage import tables
from storage.schema import migrate
from tests.browser.serving import Visitor
from tests.demo import Demo, demo
from tests.patience import PATIENCE
from tests.process import environment, get
from tests.test_rota_pages import plain
from tests.world import SECRET
from utvag.demo import wait_until_it_listens
from utvag.demo_people import COORDINATOR, LINE, people
from utvag.line import NobodyToWake, open_house
from utvag.settings import load

pytestmark = pytest.mark.timeout(900)  # a demo takes minutes to begin on a busy machine


def end(demo: Demo) -> str:
    """As Ctrl-C does; everything that was said after the introduction."""
    demo.popen.send_signal(signal.SIGINT)
    rest, _ = demo.popen.communicate(timeout=PATIENCE)
    assert demo.popen.returncode == 0  # of itself: whoever is cut off at 4.5 s ends with 1
    return rest


async def queue(demo: Demo) -> str:
    """The queue that a counsellor sees who signs in as the introduction says."""
    return (await signed_in(demo, demo.found("Name").split(" or ")[0], "/queue"))[0]


async def signed_in(demo: Demo, name: str, *paths: str) -> list[str]:
    """These pages, for somebody of this name."""
    headers = {"accept-language": "en"}
    async with httpx.AsyncClient(base_url=demo.desk, headers=headers) as http:
        visitor = Visitor(http)
        await visitor.get("/login")
        await visitor.post("/login", name=name, passphrase=demo.found("Passphrase"))
        found = [await visitor.get(path) for path in paths]
        there = [await visitor.get(one.headers.get("location", one.url)) for one in found]
        return [one.text for one in there]


def scene_on(demo: Demo) -> str:
    """Start a first contact on the stage; the phone that it is played on."""
    stage = demo.found("All on one page").removesuffix("/stage")
    answer = httpx.post(
        f"{stage}/stage/scene", data={"scene": "night"}, headers={"x-from": "script"}
    )
    return str(answer.json()["frames"]["sms"])


async def until_waiting(demo: Demo, phone: str) -> None:
    """What was written there has reached the line: it has answered."""
    address = demo.found("A contact's phone") + phone.removeprefix("/")
    until = time.monotonic() + PATIENCE
    while "112" not in plain(get(address)[1]):  # its markup has ids and ports
        assert time.monotonic() < until
        await asyncio.sleep(0.1)


async def test_it_works_as_it_says_ends_cleanly_and_goes_on_with_the_same_data(
    tmp_path: Path,
) -> None:
    with demo(tmp_path / "data") as first:
        assert get(first.found("A contact's phone"))[0] == 200
        assert first.found("Passphrase") in get(first.found("All on one page"))[1]
        phone = scene_on(first)
        await until_waiting(first, phone)
        before = await queue(first)
        assert all(f">{tier}<" in before for tier in ("P1", "P2", "P3", "P4"))
        assert len(first.found("Name").split(" or ")) == 2
        coordinator = first.found("Coordinator").split()[0]
        board, rota, paging = await signed_in(first, coordinator, "/board", "/rota", "/paging")
        assert f"<h3>{coordinator}</h3>" in board
        assert 'href="/board"' not in before
        assert "/patterns" in rota
        assert "Who is paged" in paging
        rest = end(first)
        assert rest.endswith("\nThe demo has ended; its data stays in data\n")
        assert "Traceback" not in rest
    with demo(tmp_path / "data") as second:
        after = await queue(second)
        rows = re.compile(r'id="row-([0-9a-f-]{36})"')
        assert sorted(rows.findall(after)) == sorted(rows.findall(before))
        assert scene_on(second) != phone
        end(second)


def test_a_port_that_is_in_use_is_told_with_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        other = subprocess.run(
            [sys.executable, "-m", "utvag", "demo", "--port", str(port)],
            env=environment(data_dir=str(tmp_path / "other")),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert other.returncode == 1
    assert other.stderr == f"Port {port} is in use. Choose another one: make demo PORT=8010\n"


def test_a_port_that_somebody_only_has_is_no_simulator_that_listens() -> None:
    """Else the demo would open its doors, and its phones would be nowhere."""
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        port = somebody.getsockname()[1]
        never = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.5)"])
        with pytest.raises(SystemExit):
            wait_until_it_listens(never, port)
        assert never.poll() == 0


async def test_a_demo_that_knows_no_coordinator_yet_has_one_after_its_next_start(
    sqlite_url: str,
) -> None:
    given = {"UTVAG_DATABASE_URL": sqlite_url, "UTVAG_SECRET_KEY": SECRET}
    settings = load(given | {"UTVAG_PUBLIC_URL": "http://localhost:8000"})
    await migrate(settings.database)
    async with open_house(settings, NobodyToWake()) as house:
        await add_line(house, LINE, "Demo", ("sv", "en"), "exit")
    for _ in range(2):
        await people(settings)
    async with open_house(settings, NobodyToWake()) as house:
        assert [(one.name, one.member.role) for one in await all_members(house)] == [
            (COORDINATOR, Role.COORDINATOR)
        ]


async def test_of_a_made_up_telegram_message_nobody_says_that_it_was_delivered(
    sqlite_url: str,
) -> None:
    given = {"UTVAG_DATABASE_URL": sqlite_url, "UTVAG_SECRET_KEY": SECRET}
    settings = load(given | {"UTVAG_PUBLIC_URL": "http://localhost:8000"})
    await people(settings)
    async with open_house(settings, NobodyToWake()) as house, house.db.read() as tx:
        o = tables.outbox.c
        rows = await tx.conn.execute(select(o.channel, o.state))
        found = {(row.channel, row.state) for row in rows if row.state != "undelivered"}
    assert found == {("telegram", "sent"), ("sms", "delivered")}
