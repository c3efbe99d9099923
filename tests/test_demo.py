"""`utvag demo` as somebody who opens it cold: it tells where to look, works, and goes on later."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.browser.serving import Visitor
from tests.process import environment, free_port, get

ENDS = 8.0
"""Seconds; the line takes five at the most, and the simulator ends after it."""


@dataclass
class Demo:
    popen: subprocess.Popen[str]
    told: str

    def found(self, label: str) -> str:
        """What stands behind a label of the introduction."""
        match = re.search(rf"{label}\s+(\S.*)", self.told)
        assert match, self.told
        return match[1].strip()

    @property
    def desk(self) -> str:
        return self.found("The counsellors' desk").removesuffix("/queue")


@contextmanager
def demo(folder: Path) -> Iterator[Demo]:
    port = free_port()
    popen = subprocess.Popen(
        [sys.executable, "-m", "utvag", "demo", "--port", str(port)],
        env=environment(data_dir=str(folder)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        assert popen.stdout
        told = ""
        while "Ctrl-C" not in told:
            line = popen.stdout.readline()
            assert line, told
            told += line
        found = Demo(popen, told)
        until = time.monotonic() + 20
        while get(found.desk + "/readyz")[0] != 200:
            assert time.monotonic() < until, told
            time.sleep(0.05)
        yield found
    finally:
        with suppress(ProcessLookupError):
            os.killpg(popen.pid, signal.SIGKILL)  # its simulator too
        popen.communicate()


def end(demo: Demo) -> str:
    """As Ctrl-C does; everything that was said after the introduction."""
    began = time.monotonic()
    demo.popen.send_signal(signal.SIGINT)
    rest, _ = demo.popen.communicate(timeout=ENDS + 10)
    assert time.monotonic() - began < ENDS
    assert demo.popen.returncode == 0
    return rest


async def queue(demo: Demo) -> str:
    """The page that somebody sees who signs in as the introduction says."""
    headers = {"accept-language": "en"}
    async with httpx.AsyncClient(base_url=demo.desk, headers=headers) as http:
        visitor = Visitor(http)
        await visitor.get("/login")
        name = demo.found("Name").split(" or ")[0]
        await visitor.post("/login", name=name, passphrase=demo.found("Passphrase"))
        return (await visitor.get("/queue")).text


async def test_it_works_as_it_says_ends_cleanly_and_goes_on_with_the_same_data(
    tmp_path: Path,
) -> None:
    with demo(tmp_path / "data") as first:
        assert get(first.found("A contact's phone"))[0] == 200
        before = await queue(first)
        assert all(f">{tier}<" in before for tier in ("P1", "P2", "P3", "P4"))
        assert end(first) == "\nThe demo has ended; its data stays in data\n"
    with demo(tmp_path / "data") as second:
        after = await queue(second)
        rows = re.compile(r'id="row-([0-9a-f-]{36})"')
        assert sorted(rows.findall(after)) == sorted(rows.findall(before))
        end(second)


def test_a_port_that_is_in_use_is_told_with_what_to_do(tmp_path: Path) -> None:
    with demo(tmp_path / "data") as first:
        port = first.desk.rpartition(":")[2]
        other = subprocess.run(
            [sys.executable, "-m", "utvag", "demo", "--port", port],
            env=environment(data_dir=str(tmp_path / "other")),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        end(first)
    assert other.returncode == 1
    assert other.stderr == f"Port {port} is in use. Choose another one: make demo PORT=8010\n"
