"""Carries what is leased to its provider, many at a time, and has the results written down."""

from functools import partial

import structlog

from handlers.house import House
from handlers.send import Leased, deliver, lease, record
from handlers.together import Together
from handlers.under_way import UnderWay
from senders.sender import Senders
from utvag.log import where
from utvag.metrics import Metrics

AT_ONCE = 64

log = structlog.get_logger()


class Postman:
    """One a process. A letter that is lost with the process is found by its lease."""

    def __init__(self, house: House, senders: Senders, metrics: Metrics) -> None:
        """Sends nothing yet."""
        self._house, self._senders, self._metrics = house, senders, metrics
        self._recorder = Together(partial(record, house))
        self._under_way = UnderWay()

    async def round(self) -> int:
        """Lease what is due and set it on its way; how many."""
        free = AT_ONCE - len(self._under_way)
        if free <= 0:
            return 0
        leased = await lease(self._house, free, self._senders)
        for one in leased:
            self._under_way.begin(self._carry(one))
        return len(leased)

    async def _carry(self, leased: Leased) -> None:
        try:
            sent = await deliver(self._house, self._senders, leased)
            self._metrics.sent.labels(type(sent.result).__name__).inc()
            await self._recorder.add(sent)
        except Exception as error:  # noqa: BLE001 - the outermost line of a letter's way
            self._metrics.failures.labels("letter").inc()
            log.error(
                "letter_failed",
                row=str(leased.row.id),
                error=type(error).__name__,
                where=where(error),
            )

    async def finish(self, seconds: float) -> None:
        """Let letters that are under way arrive; what does not is settled by its lease."""
        await self._under_way.end(seconds)
