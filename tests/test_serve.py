"""`utvag serve` as a real process: what it refuses, whom it does not wait for, how it ends."""

import asyncio
import signal
import socket
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from staff import csrf
from tests.browser.serving import Visitor
from tests.edge import MESSAGE, serving
from tests.patience import PATIENCE
from tests.process import Machines, Process, machines, utvag
from tests.world import World
from utvag import slow_clients


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Machines]:
    with machines(tmp_path) as found:
        yield found


def slow_post(line: Process, port: int) -> socket.socket:
    """A request whose body never ends."""
    client = socket.create_connection(("127.0.0.1", port))
    client.sendall(
        f"POST {MESSAGE} HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nBody=".encode()
    )
    time.sleep(0.2)
    assert line.popen.poll() is None
    return client


def test_it_ends_within_five_seconds_of_sigterm_with_a_request_open(made: Machines) -> None:
    line = made.serve()
    with slow_post(line, made.line_port), socket.create_connection(("127.0.0.1", made.line_port)):
        line.stop()
    assert line.popen.returncode == 0  # of itself: whoever is cut off at 4.5 s ends with 1
    assert "Traceback" not in made.written()


def test_a_serving_process_leaves_no_picture_of_its_memory(made: Machines) -> None:
    line = made.serve()
    limits = Path(f"/proc/{line.popen.pid}/limits").read_text("utf-8")
    (core,) = [row for row in limits.splitlines() if row.startswith("Max core file size")]
    assert core.split()[4:6] == ["0", "0"]


def test_it_ends_in_time_though_the_database_is_locked_and_loses_nothing(made: Machines) -> None:
    made.provider()
    line = made.serve()
    other = sqlite3.connect(made.folder / "data" / "utvag.sqlite3")
    other.execute("BEGIN IMMEDIATE")
    time.sleep(1.5)
    status = line.stop()
    other.rollback()
    other.close()
    assert status == 1  # by its own clock: of itself it would wait for the database
    assert '"after": 4.5' in made.written()
    assert "Traceback" not in made.written()


def test_it_ends_cleanly_on_ctrl_c_and_starts_again(made: Machines) -> None:
    made.provider()
    for _ in range(2):
        line = made.serve()
        line.popen.send_signal(signal.SIGINT)
        assert line.popen.wait(PATIENCE) == 0
    assert made.written().strip() == ""


def test_a_serving_process_names_no_program_and_hangs_up_on_a_head_without_end(
    made: Machines,
) -> None:
    """As it is served for real: what other tests serve is put together by them."""
    made.serve()
    assert "server" not in httpx.get(f"{made.public}/healthz").headers
    with socket.create_connection(
        ("127.0.0.1", made.line_port), timeout=10
    ) as client:  # fewer than the fifteen
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        with suppress(ConnectionError):
            for _ in range(6):
                client.sendall(b"X: " + b"y" * 8000 + b"\r\n")
                time.sleep(0.05)
            assert client.recv(1) == b""


def test_a_database_and_its_folder_are_for_us_alone(made: Machines) -> None:
    made.serve()
    folder = made.folder / "data"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = list(folder.iterdir())
    assert {file.name for file in files} >= {"utvag.sqlite3", "utvag.sqlite3-wal"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


async def test_wrong_passphrases_are_counted_by_where_a_proxy_says_they_come_from(
    made: Machines,
) -> None:
    """Else one stranger behind the proxy keeps every counsellor out."""
    made.utvag("staff", "invite", "Alva")
    made.serve()

    async def tried(source: str) -> int:
        async with httpx.AsyncClient(base_url=made.public) as http:
            visitor = Visitor(http)
            await visitor.get("/login")
            fields = {csrf.FIELD: visitor.form_token, "name": "Alva", "passphrase": "wrong"}
            named = {"X-Forwarded-For": source}
            return (await visitor.ask("POST", "/login", fields, named)).status_code

    assert [await tried("192.0.2.1") for _ in range(6)] == [422] * 5 + [429]
    assert await tried("192.0.2.2") == 422


def refused(settings: dict[str, str], *words: str) -> list[str]:
    done = utvag(settings, "serve", "--port", "0", *words)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()


def test_it_refuses_to_start_with_clear_words(made: Machines, tmp_path: Path) -> None:
    good = made.settings
    bare = refused({"data_dir": str(tmp_path / "d")})
    assert [line.split()[0] for line in bare] == ["UTVAG_PUBLIC_URL", "UTVAG_SECRET_KEY"]
    (half,) = refused({k: v for k, v in good.items() if k != "twilio_auth_token"})
    assert half.startswith("UTVAG_TWILIO_AUTH_TOKEN is missing")
    (unmigrated,) = refused(good | {"data_dir": str(tmp_path / "new")})
    assert "utvag migrate" in unmigrated
    (other_key,) = refused(good | {"secret_key": "another secret of forty characters, yes."})
    assert other_key.startswith("UTVAG_SECRET_KEY is not the one")
    away = "postgresql+asyncpg://u:canary@127.0.0.1:1/utvag"
    (gone,) = refused(good | {"database_url": away})
    assert "does not answer" in gone
    assert "canary" not in gone
    (nowhere,) = refused(good, "--host", "192.0.2.1")
    assert "192.0.2.1" in nowhere
    (unwritable,) = refused(good | {"database_url": "sqlite+aiosqlite:////dev/null/x.sqlite3"})
    assert "UTVAG_DATA_DIR" in unwritable


def test_a_port_that_is_taken_is_said_before_anything_else_begins(made: Machines) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = utvag(made.settings, "serve", "--port", port)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert port in line
    assert "--port" in line


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestSlowClients:
    async def _closed_after(self, world: World, *sent: bytes) -> float:
        async with serving(world.house) as edge:
            began = asyncio.get_running_loop().time()
            reader, writer = await asyncio.open_connection("127.0.0.1", edge.http.base_url.port)
            for part in sent:
                writer.write(part)
                await asyncio.sleep(0.1)
            await asyncio.wait_for(reader.read(), PATIENCE)
            writer.close()
            return asyncio.get_running_loop().time() - began

    @pytest.mark.parametrize(
        "sent",
        [
            (),
            (b"\r\n",),
            (b"GET /healthz HT",),
            (b"GET /healthz HTTP/1.1\r\nHost: x\r\n", b"X: y\r\n", b"X: y\r\n"),
            (b"POST /webhooks/twilio/message HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx",),
            (b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /hea"),
        ],
    )
    async def test_whoever_does_not_finish_a_request_is_hung_up_on(
        self, world: World, monkeypatch: pytest.MonkeyPatch, sent: tuple[bytes, ...]
    ) -> None:
        monkeypatch.setattr(slow_clients, "WHOLE_REQUEST", 0.6)
        assert await self._closed_after(world, *sent) > 0.5

    async def test_a_head_without_end_is_hung_up_on(self, world: World) -> None:
        line = b"X: " + b"y" * 8000 + b"\r\n"
        took = await self._closed_after(world, b"GET / HTTP/1.1\r\nHost: x\r\n", *[line] * 6)
        assert took < slow_clients.WHOLE_REQUEST

    @pytest.mark.parametrize("last", [b"0\r\n", b"1;", b"0\r\nX: "])
    async def test_what_is_no_body_without_end_behind_one_is_hung_up_on(
        self, world: World, last: bytes
    ) -> None:
        head = b"POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"
        more = b"X: " + b"y" * 8000 + b"\r\n" if last == b"0\r\n" else b"y" * 8000
        took = await self._closed_after(world, head + last, *[more] * 6)
        assert took < slow_clients.WHOLE_REQUEST

    async def test_a_body_that_is_longer_than_a_head_may_be_is_read(self, world: World) -> None:
        async with serving(world.house) as edge:
            reader, writer = await asyncio.open_connection("127.0.0.1", edge.http.base_url.port)
            head = b"POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in [b"x" * 20_000] * 3)
            writer.write(head + body + b"0\r\nX-Sum: 1\r\n\r\n")
            answer = await asyncio.wait_for(reader.readline(), PATIENCE)
            writer.close()
        assert b" 403 " in answer

    async def test_an_answer_may_take_longer_than_a_request(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(slow_clients, "WHOLE_REQUEST", 1.0)
        async with serving(world.house) as edge:
            async with world.house.db.write():
                waiting = asyncio.create_task(edge.text("hej"))
                await asyncio.sleep(1.5)
            assert (await waiting).status_code == 200
            await asyncio.sleep(1.2)
            assert (await edge.text("hej")).status_code == 200
