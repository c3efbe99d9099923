"""A call that comes while no process answers stands in the queue once the line is up again."""

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from storage import channel_tables, tables
from storage.opening import open_database
from tests.patience import PATIENCE
from tests.process import METER, Machines, Process, get, machines
from tests.world import LINE, PHONE, SECRET

OTHER = "+46701740611"


def call(provider: Process, sender: str = PHONE) -> dict[str, Any]:
    """Somebody calls the line; how the call ended."""
    told = {"from": sender, "to": LINE, "wait": True}
    answer = httpx.post(f"{provider.address}/control/call", json=told, timeout=PATIENCE)
    answer.raise_for_status()
    ended: dict[str, Any] = answer.json()
    return ended


def found_again(line: Process) -> int:
    """How many calls this process has found by listing."""
    _, told = line.get("/metrics", Authorization=f"Bearer {METER}")
    name = "utvag_calls_found_again_total "
    return sum(int(float(t.removeprefix(name))) for t in told.splitlines() if t.startswith(name))


async def stored(url: str) -> tuple[list[Any], list[Any], int]:
    """Conversations, the entries of their calls, and how much is on its way out."""
    db = await open_database(url, SECRET, datetime.now(UTC))
    talk, event = tables.conversations.c, tables.events.c
    try:
        async with db.read() as tx:
            talks = await tx.conn.execute(select(talk.state, talk.reasons, talk.waiting_since))
            calls = await tx.conn.execute(select(event.at).where(event.kind == "called"))
            rows = await tx.conn.execute(select(tables.outbox.c.id))
            return list(talks), list(calls.scalars()), len(list(rows))
    finally:
        await db.close()


async def listed(made: Machines, url: str, since: datetime) -> None:
    """Wait until a listing of calls that began after this moment is complete."""
    db, mark = await open_database(url, SECRET, datetime.now(UTC)), channel_tables.listings.c
    query = select(mark.complete_from).where(mark.channel == "calls")
    until = time.monotonic() + PATIENCE
    try:
        while True:
            async with db.read() as tx:
                at = (await tx.conn.execute(query)).scalar_one_or_none()
            if at is not None and at > since:
                return
            assert time.monotonic() < until, made.written()
            await asyncio.sleep(0.1)
    finally:
        await db.close()


@pytest.mark.timeout(600)
async def test_a_call_while_the_line_is_down_stands_in_the_queue_once_when_it_is_up_again(
    tmp_path: Path, database_url: str
) -> None:
    with machines(tmp_path, database_url) as made:
        provider = made.provider()
        first = call(provider)
        assert (first["status"], first["said"]) == ("failed", [])
        began = datetime.fromtimestamp(first["began_at"], UTC).replace(microsecond=0)
        listed_calls = json.loads(get(f"{provider.address}/control/calls")[1])["calls"]
        assert [one["status"] for one in listed_calls] == ["failed"]

        up = datetime.now(UTC)
        line = made.serve()
        await listed(made, database_url, up)
        until = time.monotonic() + PATIENCE
        while not found_again(line):
            assert time.monotonic() < until, made.written()
            await asyncio.sleep(0.1)
        talks, calls, leaving = await stored(database_url)
        assert [(t.state, t.waiting_since) for t in talks] == [("waiting", began)]
        assert (calls, leaving, found_again(line)) == ([began], 0, 1)

        heard = call(provider, OTHER)
        assert heard["status"] == "completed" and heard["said"]
        line.kill()
        up = datetime.now(UTC)
        line = made.serve()
        await listed(made, database_url, up)
        talks, calls, leaving = await stored(database_url)
        assert (len(talks), len(calls), leaving, found_again(line)) == (2, 2, 0, 0)
        assert min(calls) == began < max(calls) < up + timedelta(seconds=1)
        assert "calls_found_again" in made.written() and PHONE not in made.written()
