"""What goes on beside its caller, until it is done or time is up."""

import asyncio
from collections.abc import Coroutine


class UnderWay:
    """Its holder knows how much there is, and ends it."""

    def __init__(self) -> None:
        """Nothing is under way."""
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """How much is not done yet."""
        return len(self._tasks)

    def begin(self, doing: Coroutine[None, None, None]) -> None:
        """It sees to its own errors."""
        task = asyncio.create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def end(self, seconds: float) -> None:
        """Wait for so long; what is not done then is let go."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        late = list(self._tasks)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
