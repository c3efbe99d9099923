"""`utvag serve` with open pages: it hears other processes, and ends as if there were none."""

import asyncio
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from handlers.house import House
from handlers.scripts import Scripts
from staff.visit import SESSION_COOKIE
from storage.opening import open_database
from tests.browser.serving import session_of
from tests.process import Machines, machines
from tests.world import SECRET, Bell, World


@pytest.fixture
def made(tmp_path: Path, database_url: str) -> Iterator[Machines]:
    with machines(tmp_path, database_url) as found:
        yield found


async def signed_in(url: str) -> str:
    """The session of a counsellor of this database."""

    def now() -> datetime:
        return datetime.now(UTC)

    db = await open_database(url, SECRET, now())
    try:
        house = House(db, now, ZoneInfo("Europe/Stockholm"), Scripts(), Bell())
        return await session_of(house, await World.hired(house, "Alva"))
    finally:
        await db.close()


def opened(made: Machines, token: str) -> socket.socket:
    """An open page that has heard where things stand."""
    page = socket.create_connection(("127.0.0.1", made.line_port), timeout=60)
    head = f"GET /live HTTP/1.1\r\nHost: localhost\r\nCookie: {SESSION_COOKIE}={token}\r\n\r\n"
    page.sendall(head.encode())
    until(page, b"event: news")
    return page


def until(page: socket.socket, words: bytes) -> None:
    heard = b""
    while words not in heard:
        part = page.recv(4096)
        assert part, heard
        heard += part


def test_it_ends_in_time_and_in_silence_with_pages_open(made: Machines, database_url: str) -> None:
    token = asyncio.run(signed_in(database_url))
    made.provider()
    line = made.serve()
    pages = [opened(made, token) for _ in range(5)]
    line.stop()
    assert line.popen.returncode == 0  # of itself: whoever is cut off at 4.5 s ends with 1
    assert made.written().strip() == ""
    for page in pages:
        page.close()


def test_what_a_command_changes_is_seen_by_open_pages(made: Machines, database_url: str) -> None:
    token = asyncio.run(signed_in(database_url))
    made.serve()
    with opened(made, token) as page:
        made.utvag("staff", "invite", "Björk")
        until(page, b'"afresh":true')
        made.utvag("line", "add", "+46701740606", "--name", "Another")
        until(page, b'"afresh":true')
        made.utvag("staff", "revoke", "Alva")
        until(page, b"event: over")
