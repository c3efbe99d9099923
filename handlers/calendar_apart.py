"""A calendar file is read in a process of its own: whatever somebody wrote into it, the line goes
on. Some rules are counted to the end of time before it is known that they never hold.
"""

import asyncio
import json
import resource
import sys
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from handlers.calendar_reading import LARGEST, Entry, Problem, Read, read_calendar

AT_WORK = 10
"""Seconds of a core that a file may take."""

MEMORY = 1024**3
"""Bytes."""

PATIENCE = 60
"""Seconds by the clock, on a machine that has much else to do."""


async def read_apart(content: bytes, zone: ZoneInfo, now: datetime) -> Read:
    """As `read_calendar`; a file that takes too long has the problem too_much, and one at which the
    reader stumbles is not_a_calendar.
    """
    if len(content) > LARGEST:
        return Read(problems=(Problem("too_large"),))
    asked = ("-I", "-m", __name__, str(AT_WORK), zone.key, now.astimezone(UTC).isoformat())
    pipe, nowhere = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        sys.executable, *asked, stdin=pipe, stdout=pipe, stderr=nowhere, env={}
    )
    try:
        async with asyncio.timeout(PATIENCE):
            told, _ = await process.communicate(content)
    except TimeoutError:
        return Read(problems=(Problem("too_much"),))
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if process.returncode:
        ended = process.returncode < 0
        return Read(problems=(Problem("too_much" if ended else "not_a_calendar"),))
    return _heard(told)


def _heard(told: bytes) -> Read:
    said = json.loads(told)
    entries = tuple(Entry(**_moments(each, "start", "end")) for each in said["entries"])
    return Read(entries, tuple(Problem(**_moments(each, "at")) for each in said["problems"]))


def _moments(said: dict[str, Any], *names: str) -> dict[str, Any]:
    """Its times on the wall, as they were before they were written."""
    read = {name: datetime.fromisoformat(said[name]) for name in names if said[name]}
    return {**said, **read}


def _read(seconds: str, zone: str, now: str) -> None:
    """What the process of its own does."""
    for what, most in ((resource.RLIMIT_CPU, int(seconds)), (resource.RLIMIT_AS, MEMORY)):
        with suppress(ValueError, OSError):  # not every system has both
            resource.setrlimit(what, (most, most))
    found = read_calendar(sys.stdin.buffer.read(), ZoneInfo(zone), datetime.fromisoformat(now))
    json.dump(asdict(found), sys.stdout, default=datetime.isoformat)


if __name__ == "__main__":
    _read(*sys.argv[1:])
