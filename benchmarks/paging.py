"""How soon is somebody woken? From the commit of a P1 to the page at the provider's door.

    .venv/bin/python -m benchmarks.paging [--waiting 1000] [--texts 60] [--rate 4]

Twice a line on SQLite in a process of its own, with a made-up provider in another: once with nobody
in the queue, once with so many conversations that wait. Contacts write of danger one after the
other, at a steady rate; the webhook's answer is the moment of the commit, and the provider notes
when it accepts the page. Beside the milliseconds stands the ratio of the medians to the
acknowledgement of the same texts, which is a request and a commit; a page takes two commits (the
step with its page, the lease) and a request. Numbers are from the series set aside for fiction.
"""

import argparse
import asyncio
import json
import secrets
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.idle import prepared
from benchmarks.load import request
from benchmarks.open_page import percentile
from benchmarks.processes import running
from benchmarks.serving import ACCOUNT, LINE, PATH, TOKEN

PAGER = "+46701740650"
DANGER = "de dödar mig nu"
BEFORE = 5
"""Texts that are not counted: the first use of anything costs more."""

WAITS = 20.0
"""Seconds for a page."""


@dataclass(frozen=True)
class Result:
    """Milliseconds, one a text."""

    stored: list[float]
    """Until it was acknowledged."""
    paged: list[float]
    """From then until the page was at the provider."""


def written(public: str, number: int) -> bytes:
    """A signed first text of danger."""
    own = {"MessageSid": f"SM{secrets.token_hex(16)}", "AccountSid": ACCOUNT}
    contact = f"+1{300 + number // 100}55501{number % 100:02d}"
    told = own | {"From": contact, "To": LINE, "Body": DANGER, "NumMedia": "0"}
    return request(public, PATH, TOKEN, told)


def pages(provider: str, after: int) -> list[tuple[int, float]]:
    """The order and the moment (UTC) of each page that was accepted since."""
    query = f"phone={PAGER[1:]}&direction=outbound&after={after}&wait=1"
    with urllib.request.urlopen(f"{provider}/control/messages?{query}", timeout=30) as answer:
        found = json.load(answer)["messages"]
    return [(one["seq"], one["accepted_at"]) for one in found if " P1 " in one["body"]]


async def write(port: int, public: str, provider: str, texts: int, rate: float) -> Result:
    """One text after the other, each followed by its page."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    stored, paged, last = list[float](), list[float](), 0
    for number in range(texts + BEFORE):
        prepared_text = written(public, number)
        began = time.perf_counter()
        writer.write(prepared_text)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        answered, committed = time.perf_counter(), time.time()
        length = head[head.index(b"content-length:") + 15 :].split(b"\r\n")[0]
        await reader.readexactly(int(length))
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise SystemExit("a text was refused")
        last, arrived = await the_next(provider, last)
        if number >= BEFORE:
            stored.append((answered - began) * 1000)
            paged.append((arrived - committed) * 1000)
        await asyncio.sleep(max(0.0, 1 / rate - (time.perf_counter() - began)))
    writer.close()
    return Result(stored, paged)


async def the_next(provider: str, after: int) -> tuple[int, float]:
    """The page after this one."""
    until = time.perf_counter() + WAITS
    while time.perf_counter() < until:
        found = await asyncio.to_thread(pages, provider, after)
        if len(found) > 1:
            raise SystemExit("somebody was paged twice about one text")
        if found:
            return found[0]
    raise SystemExit("a page did not come")


def measured(environment: Mapping[str, str], texts: int, rate: float) -> Result:
    """On a line of its own."""
    public, provider = environment["UTVAG_PUBLIC_URL"], environment["UTVAG_TWILIO_API_URL"]
    port = int(public.rsplit(":", 1)[1])
    serve = ["utvag", "serve", "--port", str(port)]
    with running(serve, f"{public}/readyz", dict(environment)):
        return asyncio.run(write(port, public, provider, texts, rate))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--waiting", type=int, default=1000)
    parser.add_argument("--texts", type=int, default=60)
    parser.add_argument("--rate", type=float, default=4)
    asked = parser.parse_args()
    if asked.texts / asked.rate > 50:
        raise SystemExit("longer than a minute, and the first are paged again")
    found = []
    for waiting in (0, asked.waiting):
        with prepared(waiting) as environment:
            found.append((waiting, measured(environment, asked.texts, asked.rate)))
    print("| waiting | acknowledged p50 ms | p99 ms | page at the door p50 ms | p99 ms | ratio |")
    print("|---|---|---|---|---|---|")
    for waiting, one in found:
        cells = [f"{percentile(v, s):.1f}" for v in (one.stored, one.paged) for s in (0.5, 0.99)]
        ratio = percentile(one.paged, 0.5) / percentile(one.stored, 0.5)
        print(f"| {waiting} | {' | '.join(cells)} | {ratio:.1f} |")


if __name__ == "__main__":
    main()
