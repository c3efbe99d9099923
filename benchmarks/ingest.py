"""Signed texts through the whole line, against a bare route that only checks the signature.

    .venv/bin/python -m benchmarks.ingest [--messages 8000] [--connections 32] [--rounds 3]
    .venv/bin/python -m benchmarks.ingest --sealing    (benchmarks.known)

Each text comes from a contact of its own, so that each makes a contact, a conversation, a triage
step and an outbox row, encrypted and committed with synchronous=FULL on SQLite. Three speeds of
the line: texts acknowledged; texts whose question was committed to the outbox (the machine waits
1.5 s before it asks, which is part of the time); texts whose question the provider accepted, which
takes a request to it and two signed delivery states back for each. Line, provider, bare route and
load generator are processes of their own; numbers are from series set aside for fiction.
"""

import argparse
import asyncio
import statistics
import time
from dataclasses import dataclass

from benchmarks import known
from benchmarks.load import Outcome, post
from benchmarks.processes import free_port, running
from benchmarks.serving import TOKEN, greeted, line_open, texts, written


@dataclass(frozen=True)
class Round:
    """One run of both."""

    bare: Outcome
    line: Outcome
    stored: float
    """Seconds until every greeting was committed to the outbox."""
    whole: float
    """Seconds until the provider had every greeting."""


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
    with line_open(port, public) as serving:
        began = time.perf_counter()
        outcome = asyncio.run(post(port, prepared, connections))
        written(serving.database, len(prepared))
        stored = time.perf_counter() - began
        greeted(serving.provider, len(prepared))
        return outcome, stored, time.perf_counter() - began


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--messages", type=int)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sealing", action="store_true", help="texts of known contacts instead")
    told = parser.parse_args()
    told.messages = told.messages or (2000 if told.sealing else 8000)
    if told.sealing:
        known.compare(told)
        return
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
