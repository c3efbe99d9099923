"""How long does it usually take before a person answers? Read once a minute."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from domain.priority import Tier
from storage import waits
from storage.database import Tx

KEPT = timedelta(minutes=1)

Lately = Mapping[Tier, Sequence[timedelta]]
"""The waits of the last weeks, by tier."""


class UsualWaits:
    """Of one process."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._known: dict[UUID, tuple[datetime, Lately]] = {}

    async def of(self, tx: Tx, line_id: UUID, now: datetime) -> Lately:
        """Of this line, at most a minute old."""
        known = self._known.get(line_id)
        if known is None or not -KEPT < now - known[0] < KEPT:
            known = self._known[line_id] = now, await waits.lately(tx, line_id, now)
        return known[1]
