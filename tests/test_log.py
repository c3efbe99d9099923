"""What a process writes down: where and what kind, never who or what."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.patience import PATIENCE

CANARY = "+46701740699 canary text"

SETUP = f"""
import asyncio, logging, sys, threading, warnings
import structlog
from utvag import log
log.configure()
CANARY = {CANARY!r}
"""

DEEDS = {
    "our own line": "structlog.get_logger().warning('webhook_refused', why='signature')",
    "a library's formatted line": "logging.getLogger('lib').warning(f'no such number {CANARY}')",
    "a library's template": "logging.getLogger('lib').error('bad row %s', CANARY)",
    "a library's exception": """
try:
    raise ValueError(CANARY)
except ValueError as error:
    logging.getLogger('lib').exception(error)
""",
    "a warning": "warnings.warn(CANARY)",
    "a task that nobody awaited": """
async def fails():
    raise ValueError(CANARY)
async def main():
    asyncio.get_running_loop().create_task(fails(), name=CANARY)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
asyncio.run(main())
""",
    "a thread": """
def fails():
    raise ValueError(CANARY)
thread = threading.Thread(target=fails)
thread.start()
thread.join()
""",
    "a destructor": """
class Broken:
    def __del__(self):
        raise ValueError(CANARY)
Broken()
""",
    "the end of the program": "raise ValueError(CANARY)",
    "a chain of errors": """
try:
    raise KeyError(CANARY)
except KeyError as error:
    raise ValueError(CANARY) from error
""",
}


def written(code: str) -> tuple[str, list[dict[str, Any]]]:
    told = subprocess.run(
        [sys.executable, "-c", SETUP + code],
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert told.stdout == ""
    return told.stderr, [json.loads(line) for line in told.stderr.splitlines()]


@pytest.mark.parametrize("deed", DEEDS)
def test_every_line_is_json_that_says_where_and_never_whom(deed: str) -> None:
    text, lines = written(DEEDS[deed])
    assert "canary" not in text
    assert "4670174" not in text
    (line,) = lines
    assert {"event", "level", "timestamp"} <= line.keys()
    assert deed == "our own line" or ":" in line["where"]


def test_what_libraries_only_tell_is_left_out() -> None:
    text, _ = written("logging.getLogger('lib').info(CANARY)")
    assert text == ""
