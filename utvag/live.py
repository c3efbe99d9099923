"""Pages that are alive: what wakes them, in this process and from others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from handlers.house import House
from handlers.live import Live
from storage.wire import Wire
from utvag.loops import Loop, Loops
from utvag.metrics import Metrics

LOOKS = 2.0
"""Seconds after which everything is looked at anyway: another process may have written on SQLite,
a notification may be lost, a session may have ended."""

log = structlog.get_logger()


@asynccontextmanager
async def live_pages(house: House, metrics: Metrics) -> AsyncIterator[Live]:
    """Open pages are told until the end of the block."""
    live, loops = Live(house), Loops(house.now)
    looking = Loop("live", live.look, metrics)
    loops.add(looking, LOOKS)
    loops.add(Loop("watch", live.watch, metrics), LOOKS)
    loops.start()
    deaf = house.db.when_events(looking.nudge)
    listening = _listening(live, house, looking, metrics)
    try:
        yield live
    finally:
        live.end()
        deaf()
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
        await loops.stop()


def _listening(
    live: Live, house: House, looking: Loop, metrics: Metrics
) -> list[asyncio.Task[None]]:
    """On PostgreSQL other processes are heard and told; on SQLite there are none."""
    if not house.db.postgres:
        return []

    def lost(why: str) -> None:
        metrics.failures.labels("listen").inc()
        log.warning("listening_lost", error=why)

    wire = Wire(house.db, looking.nudge, live.hear)
    live.say = wire.say
    return [asyncio.create_task(wire.keep_listening(lost), name="listen")]
