"""Signed texts through the whole line, against a bare route that only checks the signature.

    .venv/bin/python -m benchmarks.ingest [--messages 8000] [--connections 32] [--rounds 3]

Each text comes from a contact of its own, so that each makes a contact, a conversation, a triage
step and an outbox row, encrypted and committed with synchronous=FULL on SQLite. Three speeds of
the line: texts acknowledged; texts whose question was committed to the outbox (the machine waits
1.5 s before it asks, which is part of the time); texts whose question the provider accepted, which
takes a request to it and two signed delivery states back for each. Line, provider, bare route and
load generator are processes of their own; numbers are from series set aside for fiction.
"""

import argparse
import asyncio
import contextlib
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path

from benchmarks.load import Outcome, post, request
from benchmarks.processes import free_port, running

LINE = "+46701740605"
ACCOUNT, TOKEN = "AC" + "1" * 32, "a token for the benchmark"
PATH = "/webhooks/twilio/message"
LIMITLESS = ["line", "set", LINE, "--segments", "1000000"]
AREAS = range(201, 290)
"""North American area codes; 555-0100 to 555-0199 are set aside for fiction in each."""


@dataclass(frozen=True)
class Round:
    """One run of both."""

    bare: Outcome
    line: Outcome
    stored: float
    """Seconds until every greeting was committed to the outbox."""
    whole: float
    """Seconds until the provider had every greeting."""


def texts(public: str, many: int) -> list[bytes]:
    """Signed first texts from as many contacts."""
    numbers = islice(product(AREAS, range(100)), many)
    return [
        request(
            public,
            PATH,
            TOKEN,
            {
                "MessageSid": f"SM{index:032x}",
                "AccountSid": ACCOUNT,
                "From": f"+1{area}55501{last:02d}",
                "To": LINE,
                "Body": "hej",
                "NumMedia": "0",
            },
        )
        for index, (area, last) in enumerate(numbers)
    ]


def bare(prepared: list[bytes], port: int, public: str, connections: int) -> Outcome:
    """The bare route's own throughput."""
    command = ["benchmarks.bare", str(port), public, TOKEN]
    with running(command, f"http://127.0.0.1:{port}/"):
        asyncio.run(post(port, prepared[: len(prepared) // 10], connections))
        return asyncio.run(post(port, prepared, connections))


def line(
    prepared: list[bytes], port: int, public: str, connections: int
) -> tuple[Outcome, float, float]:
    """The whole line's."""
    provider = free_port()
    simulator = ["simulator", "--port", str(provider), "--line", LINE, "--webhook", public + PATH]
    simulator += ["--account-sid", ACCOUNT, "--auth-token", TOKEN]
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "UTVAG_DATA_DIR": folder,
            "UTVAG_PUBLIC_URL": public,
            "UTVAG_SECRET_KEY": "a secret of forty characters, for tests.",
            "UTVAG_TWILIO_ACCOUNT_SID": ACCOUNT,
            "UTVAG_TWILIO_AUTH_TOKEN": TOKEN,
            "UTVAG_TWILIO_API_URL": f"http://127.0.0.1:{provider}",
        }
        for words in (["migrate"], ["line", "add", LINE, "--name", "Benchmark"], LIMITLESS):
            utvag(environment, *words)
        with (
            running(simulator, f"http://127.0.0.1:{provider}/control/stats"),
            running(
                ["utvag", "serve", "--port", str(port)],
                f"http://127.0.0.1:{port}/readyz",
                environment,
            ),
        ):
            began = time.perf_counter()
            outcome = asyncio.run(post(port, prepared, connections))
            _written(Path(folder) / "utvag.sqlite3", len(prepared))
            stored = time.perf_counter() - began
            _greeted(provider, len(prepared))
            return outcome, stored, time.perf_counter() - began


def utvag(environment: dict[str, str], *words: str) -> None:
    """One command of the command line."""
    subprocess.run(
        [sys.executable, "-m", "utvag", *words],
        env=os.environ | environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _written(database: Path, many: int) -> None:
    for _ in range(3000):
        with contextlib.closing(sqlite3.connect(database, timeout=5)) as connection:
            if connection.execute("SELECT count(*) FROM outbox").fetchone()[0] >= many:
                return
        time.sleep(0.05)
    raise SystemExit("the greetings were not all written")


def _greeted(provider: int, many: int) -> None:
    address = f"http://127.0.0.1:{provider}/control/stats"
    for _ in range(3000):
        with urllib.request.urlopen(address, timeout=5) as answer:
            if json.load(answer).get("accepted", 0) >= many:
                return
        time.sleep(0.1)
    raise SystemExit("the greetings did not all leave")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--messages", type=int, default=8000)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    told = parser.parse_args()
    port = free_port()
    public = f"http://localhost:{port}"
    prepared = texts(public, told.messages)
    rounds = []
    for _ in range(told.rounds):
        plain = bare(prepared, port, public, told.connections)
        rounds.append(Round(plain, *line(prepared, port, public, told.connections)))
    show(rounds, told.messages)


def show(rounds: list[Round], messages: int) -> None:
    """A row a round, then the medians of the ratios."""
    print(
        "| round | bare /s | acknowledged /s | ratio | question in the outbox /s | ratio "
        "| at the provider /s | ratio | p50 ms | p99 ms | refused |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for number, one in enumerate(rounds, 1):
        bare_speed = one.bare.per_second
        cells = [f"{number}", f"{bare_speed:.0f}"]
        for speed in speeds(one, messages):
            cells += [f"{speed:.0f}", f"{speed / bare_speed:.2f}"]
        cells += [f"{one.line.percentile(share):.0f}" for share in (0.5, 0.99)]
        print("| " + " | ".join([*cells, str(messages - one.line.statuses[200])]) + " |")
    medians = (
        statistics.median(speeds(one, messages)[at] / one.bare.per_second for one in rounds)
        for at in range(3)
    )
    print("\nMedian ratios: " + ", ".join(f"{median:.2f}" for median in medians))


def speeds(one: Round, messages: int) -> tuple[float, float, float]:
    """Texts a second: acknowledged, with their question in the outbox, with it sent."""
    return one.line.per_second, messages / one.stored, messages / one.whole


if __name__ == "__main__":
    main()
