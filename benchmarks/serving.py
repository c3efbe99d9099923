"""A line that serves on SQLite, its provider beside it, and what contacts write to it."""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path

from benchmarks.load import request
from benchmarks.processes import free_port, running

LINE = "+46701740605"
ACCOUNT, TOKEN = "AC" + "1" * 32, "a token for the benchmark"
PATH = "/webhooks/twilio/message"
SECRET = "a secret of forty characters, for tests."
BEGUN = (["migrate"], ["line", "add", LINE, "--name", "Benchmark"])
"""How a line begins."""
LIMITLESS = ["line", "set", LINE, "--segments", "1000000"]
AREAS = range(201, 290)
"""North American area codes; 555-0100 to 555-0199 are set aside for fiction in each."""


def texts(public: str, many: int, body: str = "hej", series: str = "SM") -> list[bytes]:
    """A signed text from each of as many contacts. `series`: how their ids begin."""
    numbers = islice(product(AREAS, range(100)), many)
    return [
        request(
            public,
            PATH,
            TOKEN,
            {
                "MessageSid": f"{series}{index:032x}",
                "AccountSid": ACCOUNT,
                "From": f"+1{area}55501{last:02d}",
                "To": LINE,
                "Body": body,
                "NumMedia": "0",
            },
        )
        for index, (area, last) in enumerate(numbers)
    ]


@dataclass(frozen=True)
class Serving:
    """A line that serves."""

    port: int
    public: str
    database: Path
    provider: int
    """Its provider's port."""
    process: int
    """Its own number."""


@contextlib.contextmanager
def line_open(
    port: int, public: str, prepare: Callable[[Path], None] | None = None
) -> Iterator[Serving]:
    """`prepare` is handed the database before it serves."""
    provider = free_port()
    with tempfile.TemporaryDirectory() as folder:
        environment = environment_of(folder, public, provider)
        for words in (*BEGUN, LIMITLESS):
            utvag(environment, *words)
        database = Path(folder) / "utvag.sqlite3"
        if prepare is not None:
            prepare(database)
        serving = ["utvag", "serve", "--port", str(port)]
        with (
            provided(provider, public),
            running(serving, f"http://127.0.0.1:{port}/readyz", environment) as process,
        ):
            yield Serving(port, public, database, provider, process.pid)


def environment_of(folder: str, public: str, provider: int) -> dict[str, str]:
    """Of a line with its data in this folder, and with Twilio at this port."""
    return {
        "UTVAG_DATA_DIR": folder,
        "UTVAG_PUBLIC_URL": public,
        "UTVAG_SECRET_KEY": SECRET,
        "UTVAG_TWILIO_ACCOUNT_SID": ACCOUNT,
        "UTVAG_TWILIO_AUTH_TOKEN": TOKEN,
        "UTVAG_TWILIO_API_URL": f"http://127.0.0.1:{provider}",
    }


def provided(port: int, public: str) -> AbstractContextManager[subprocess.Popen[bytes]]:
    """A made-up Twilio for this line, until the end of the block."""
    command = ["simulator", "--port", str(port), "--line", LINE, "--webhook", public + PATH]
    command += ["--account-sid", ACCOUNT, "--auth-token", TOKEN]
    return running(command, f"http://127.0.0.1:{port}/control/stats")


def utvag(environment: dict[str, str], *words: str) -> None:
    """One command of the command line."""
    subprocess.run(
        [sys.executable, "-m", "utvag", *words],
        env=os.environ | environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def written(database: Path, many: int) -> None:
    """Wait until so many questions are in the outbox."""
    for _ in range(3000):
        with contextlib.closing(sqlite3.connect(database, timeout=5)) as connection:
            if connection.execute("SELECT count(*) FROM outbox").fetchone()[0] >= many:
                return
        time.sleep(0.05)
    raise SystemExit("the questions were not all written")


def delivered(database: Path, many: int) -> None:
    """Wait until so many texts have been written, and all have reached their telephones."""
    written(database, many)
    for _ in range(3000):
        with contextlib.closing(sqlite3.connect(database, timeout=5)) as connection:
            query = "SELECT count(*) FROM outbox WHERE state != 'delivered'"
            if not connection.execute(query).fetchone()[0]:
                return
        time.sleep(0.05)
    raise SystemExit("not all were delivered")


def slow(provider: int, seconds: float) -> None:
    """From now on each text waits so long at the provider's door; 0: none does."""
    faults = {"slow": {"times": 1_000_000, "seconds": seconds}} if seconds else {}
    asked = urllib.request.Request(
        f"http://127.0.0.1:{provider}/control/faults",
        json.dumps(faults).encode(),
        {"Content-Type": "application/json"},
        method="PUT",
    )
    with urllib.request.urlopen(asked, timeout=5):
        return


def greeted(provider: int, many: int) -> None:
    """Wait until the provider has so many."""
    address = f"http://127.0.0.1:{provider}/control/stats"
    for _ in range(3000):
        with urllib.request.urlopen(address, timeout=5) as answer:
            if json.load(answer).get("accepted", 0) >= many:
                return
        time.sleep(0.1)
    raise SystemExit("the questions did not all leave")
