"""What does a line cost on which nothing happens?

    .venv/bin/python -m benchmarks.idle [--waiting 1000] [--ticks 200] [--seconds 30]

A SQLite database in which so many conversations wait, none of them with anything due. First a tick:
everything that runs once a second, one after the other, in this process; by the clock, and of the
processor, which others on the machine do not lengthen. What has a due time is asked for by one look
(storage/due.py), and the loops that it would wake have nothing to do. Then `utvag serve` in a
process of its own with a made-up provider beside it: the processor time that it uses in so many
seconds, in which nobody writes and no page is open, as a share of one core. It is read from /proc,
and so on Linux.
Numbers are from the series set aside for fiction.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path

from benchmarks.open_page import percentile
from benchmarks.processes import free_port, running
from benchmarks.serving import BEGUN, environment_of, provided, utvag
from benchmarks.waiting import fill
from domain.message import Channel, InboundMessage
from handlers.house import House
from handlers.look import look
from handlers.receive import receive
from handlers.together import Together
from senders.twilio import TwilioAccount, TwilioSender
from utvag.clock import utc_now
from utvag.line import Line, open_house, prepare
from utvag.live import live_pages
from utvag.loops import TICK, Loop, Loops
from utvag.metrics import Metrics
from utvag.missed_calls import MissedCalls
from utvag.settings import Settings, load

SETTLES = 5.0
"""Seconds after its start in which a line lists at the provider what it may have missed."""


@contextmanager
def prepared(waiting: int) -> Iterator[dict[str, str]]:
    """The settings of a line on which so many wait; its provider listens."""
    port, provider = free_port(), free_port()
    public = f"http://localhost:{port}"
    with tempfile.TemporaryDirectory() as folder:
        environment = environment_of(folder, public, provider)
        for words in (
            *BEGUN,
            ["staff", "invite", "Alva"],
            ["staff", "pager", "Alva", "--sms", "+46701740650", "--verified"],
        ):
            utvag(environment, *words)
        asyncio.run(fill(load(environment), waiting))
        with provided(provider, public):
            yield environment


@asynccontextmanager
async def looking(settings: Settings) -> AsyncIterator[tuple[House, list[Loop]]]:
    """What runs once a second, without its clock."""
    loops, metrics = Loops(utc_now), Metrics()
    account = TwilioAccount(
        settings.twilio_account_sid,
        settings.twilio_auth_token.get_secret_value(),
        settings.twilio_api_url,
        settings.public_url,
    )
    sender = TwilioSender(account)
    async with open_house(settings, loops) as house, live_pages(house, metrics) as live:
        door = Together[InboundMessage](partial(receive, house))
        line = Line(house, metrics, door, MissedCalls(house, metrics), live)
        prepare(line, loops, {Channel.SMS: sender}, sender)
        yield house, loops.every(TICK)
        await sender.close()


async def ticks(settings: Settings, many: int) -> tuple[dict[str, list[float]], float]:
    """Milliseconds of each loop, and of all together, one a tick; the processor's for a tick."""
    async with looking(settings) as (house, loops):
        for loop in loops:
            while await loop.work():
                pass
        if due := await look(house, [Channel.SMS]):
            raise SystemExit(f"there is something to do: {due}")
        taken: dict[str, list[float]] = {
            name: [] for name in (*(loop.name for loop in loops), "all")
        }
        of_the_processor = time.process_time()
        for _ in range(many):
            began = time.perf_counter()
            for loop in loops:
                before = time.perf_counter()
                if await loop.work():
                    raise SystemExit(f"{loop.name} had something to do")
                taken[loop.name].append((time.perf_counter() - before) * 1000)
            taken["all"].append((time.perf_counter() - began) * 1000)
        return taken, (time.process_time() - of_the_processor) * 1000 / many


def share(environment: Mapping[str, str], seconds: float) -> float:
    """Of one core, in percent."""
    port = environment["UTVAG_PUBLIC_URL"].rsplit(":", 1)[1]
    serve = ["utvag", "serve", "--port", port]
    ready = f"{environment['UTVAG_PUBLIC_URL']}/readyz"
    with running(serve, ready, dict(environment)) as line:
        time.sleep(SETTLES)
        before, began = used(line.pid), time.perf_counter()
        time.sleep(seconds)
        return 100 * (used(line.pid) - before) / (time.perf_counter() - began)


def used(pid: int) -> float:
    """Seconds of processor time."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--waiting", type=int, default=1000)
    parser.add_argument("--ticks", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=30)
    asked = parser.parse_args()
    with prepared(asked.waiting) as environment:
        taken, of_the_processor = asyncio.run(ticks(load(environment), asked.ticks))
        of_a_core = share(environment, asked.seconds)
    print(f"{asked.waiting} conversations wait, {asked.ticks} ticks\n")
    print("| with nothing to do | p50 ms | p99 ms | share of the tick |")
    print("|---|---|---|---|")
    whole = percentile(taken["all"], 0.5)
    for name, values in taken.items():
        middle, last = (percentile(values, part) for part in (0.5, 0.99))
        print(f"| {name} | {middle:.2f} | {last:.2f} | {100 * middle / whole:.0f} % |")
    print(f"\nA tick takes {of_the_processor:.1f} ms of the processor.")
    print(f"The idle line uses {of_a_core:.2f} % of one core.")


if __name__ == "__main__":
    main()
