"""Calls that could not be stored are tried again until they are, as long as this process lives."""

import asyncio

import structlog

from domain.call import Call, Spoken
from handlers.called import called
from handlers.errors import CannotStore, DatabaseAway
from handlers.house import House
from utvag.metrics import Metrics

MOST = 1000
"""Kept at the longest; a flood of calls must not take the machine's memory."""

log = structlog.get_logger()


class MissedCalls:
    """One a process. Twilio asks about such a call again too, once the caller has heard it."""

    def __init__(self, house: House, metrics: Metrics) -> None:
        """None is missed yet."""
        self._house, self._metrics = house, metrics
        self._calls: dict[str, Call] = {}

    async def take(self, call: Call) -> tuple[Spoken, ...]:
        """Store the call; what the caller is to hear.

        Raises CannotStore; then, and where it took too long, the call is kept and tried again.
        """
        try:
            spoken = await called(self._house, call)
        except (CannotStore, asyncio.CancelledError):
            self._metrics.calls.labels("no").inc()
            log.error("call_not_stored", call=call.provider_id)
            if len(self._calls) < MOST:
                self._calls[call.provider_id] = call
            raise
        self._metrics.calls.labels("yes").inc()
        return spoken

    async def again(self) -> int:
        """Try those that are left; how many are stored now."""
        stored = 0
        for call in list(self._calls.values()):
            try:
                await called(self._house, call)
            except DatabaseAway:
                return stored
            except CannotStore:
                continue  # one that cannot be stored keeps no other caller waiting
            self._calls.pop(call.provider_id, None)
            stored += 1
        return stored
