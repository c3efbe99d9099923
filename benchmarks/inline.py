"""A statement run where it is awaited, against the same one sent to a thread and back.

    .venv/bin/python -m benchmarks.inline [--statements 5000]

An insert of a message's size in an open transaction on SQLite, by the connection that the line uses
and by aiosqlite's own, in turn (docs/decisions/0003).
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import aiosqlite

from storage import inline

TURNS = 5


async def seconds(connect: Callable[..., aiosqlite.Connection], file: Path, many: int) -> float:
    """For so many inserts in one transaction."""
    connection = await connect(str(file))
    await connection.execute("PRAGMA journal_mode = WAL")
    await connection.execute("CREATE TABLE IF NOT EXISTS t (a BLOB, b TEXT)")
    await connection.commit()
    await connection.execute("BEGIN IMMEDIATE")
    began = time.perf_counter()
    for _ in range(many):
        cursor = await connection.execute("INSERT INTO t VALUES (?, ?)", (b"x" * 120, "contact"))
        await cursor.close()
    took = time.perf_counter() - began
    await connection.rollback()
    await connection.close()
    return took


async def compare(many: int) -> None:
    """Print microseconds a statement, and the ratio, pair by pair."""
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(TURNS):
            here = await seconds(inline.connect, Path(folder) / f"here{turn}", many)
            there = await seconds(aiosqlite.connect, Path(folder) / f"there{turn}", many)
            ratios.append(there / here)
            print(f"inline {here / many * 1e6:6.1f} us   thread {there / many * 1e6:6.1f} us")
    print(f"Median ratio: {statistics.median(ratios):.1f}")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--statements", type=int, default=5000)
    asyncio.run(compare(parser.parse_args().statements))


if __name__ == "__main__":
    main()
