"""Posts prepared requests over a number of kept connections, as cheaply as Python can."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator


@dataclass
class Outcome:
    """What came of a load."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Answers of any status."""
        return sum(self.statuses.values()) / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def request(public: str, path: str, token: str, form: dict[str, str]) -> bytes:
    """One signed webhook, ready to be written to a socket."""
    signature = RequestValidator(token).compute_signature(public + path, form)
    body = urlencode(form).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {public.split('://')[1]}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"X-Twilio-Signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def post(port: int, requests: Sequence[bytes], connections: int) -> Outcome:
    """Post all of them, each connection one at a time."""
    outcome, waiting = Outcome(), iter(requests)
    began = time.perf_counter()
    await asyncio.gather(*(_connection(port, waiting, outcome) for _ in range(connections)))
    outcome.seconds = time.perf_counter() - began
    return outcome


async def _connection(port: int, waiting: Iterator[bytes], outcome: Outcome) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for prepared in waiting:
        began = time.perf_counter()
        writer.write(prepared)
        head = await reader.readuntil(b"\r\n\r\n")
        lower = head.lower()
        at = lower.find(b"content-length:")
        if at >= 0:
            await reader.readexactly(int(lower[at + 15 : lower.index(b"\r\n", at)]))
        outcome.statuses[int(head[9:12])] += 1
        outcome.latencies.append(time.perf_counter() - began)
    writer.close()
