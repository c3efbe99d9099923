"""What runs by itself: triage steps, the outbox, settling, catching up.

APScheduler ticks in every process and keeps no jobs of its own; a nudge after a commit comes
before the tick. Due times are columns, so a missed tick or a dead process loses nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from utvag.log import where
from utvag.metrics import Metrics

TICK = 1.0
MINUTE = 60.0
HOUR = 3600.0
FAILED_PAUSE = 1.0
GIVES_WAY = 0.25
LOOKS_AGAIN = 0.01

log = structlog.get_logger()


class Loop:
    """Works when it is nudged, until there is nothing left to do."""

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[int]],
        metrics: Metrics,
        pause: float = 0.0,
        busy: Callable[[], bool] = lambda: False,
    ) -> None:
        """`work` says how much it did; `pause`: seconds between rounds, to gather more.

        `busy`: whether others should go first; they do for `GIVES_WAY` seconds at the longest.
        """
        self.name = name
        self._busy = busy
        self.work = work
        """One look; how much it did."""
        self._metrics, self._pause = metrics, pause
        self._due = asyncio.Event()
        self.working = False
        """In the middle of work that has not come to its end."""

    def nudge(self) -> None:
        """There may be something to do."""
        self._due.set()

    async def tick(self) -> None:
        """A nudge by the clock. A coroutine, so that the scheduler takes no thread for it."""
        self.nudge()

    async def run(self) -> None:
        """Until it is cancelled. A round that fails is counted, logged and tried again."""
        while True:
            await self._due.wait()
            self._due.clear()
            try:
                await self._round()
            except Exception as error:  # noqa: BLE001 - the outermost loop
                self.working = False
                self._metrics.failures.labels(self.name).inc()
                log.error(
                    "loop_failed", loop=self.name, error=type(error).__name__, where=where(error)
                )
                await asyncio.sleep(FAILED_PAUSE)

    async def _round(self) -> None:
        done = 1
        while done:
            await self._give_way()
            done = await self.work()
            self.working = bool(done)
            await asyncio.sleep(self._pause)

    async def _give_way(self) -> None:
        for _ in range(int(GIVES_WAY / LOOKS_AGAIN)):
            if not self._busy():
                return
            await asyncio.sleep(LOOKS_AGAIN)


class Loops:
    """All loops of one process; it is the `Wake` that use cases are handed."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Nothing runs yet."""
        self._now = now
        self._loops: dict[str, tuple[Loop, float]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._scheduler = AsyncIOScheduler(timezone="UTC")

    def add(self, loop: Loop, every: float) -> None:
        """Run this loop, at the latest every so many seconds."""
        self._loops[loop.name] = (loop, every)

    def every(self, seconds: float) -> list[Loop]:
        """Those that run so often."""
        return [loop for loop, often in self._loops.values() if often == seconds]

    def start(self) -> None:
        """Begin, each with a round at once."""
        for loop, every in self._loops.values():
            self._tasks.append(asyncio.create_task(loop.run(), name=loop.name))
            self._scheduler.add_job(
                loop.tick, "interval", seconds=every, coalesce=True, misfire_grace_time=None
            )
            loop.nudge()
        self._scheduler.start()

    async def stop(self) -> None:
        """End every loop; what is half done is found again by its due time or its lease."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def nudge(self, name: str) -> None:
        """There may be something to do for the loop of this name, where there is one."""
        if name in self._loops:
            self._loops[name][0].nudge()

    def triage(self, at: datetime) -> None:
        """A triage step is due at `at`."""
        delay = max(0.0, (at - self._now()).total_seconds())
        asyncio.get_running_loop().call_later(delay, self.nudge, "triage")

    def outbox(self) -> None:
        """A row was committed to the outbox."""
        self.nudge("outbox")

    def pages(self) -> None:
        """Somebody is to be paged, or a page was committed."""
        self.nudge("escalate")
        self.nudge("pages")
