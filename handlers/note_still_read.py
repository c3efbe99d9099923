"""Somebody's old transaction keeps what is gone in PostgreSQL's files: the log says whose, once."""

from collections.abc import Collection

import structlog

from handlers.house import House
from storage.long_transactions import Long

MOST = 100
"""Remembered at a time."""

log = structlog.get_logger()


def note_still_read(house: House, work: str, those: Collection[Long]) -> None:
    """`work`: what waits for it. Each transaction is told of once by each process."""
    if len(house.told_long) > MOST:
        house.told_long.clear()
    for one in those:
        if (one.pid, one.began_at) in house.told_long:
            continue
        house.told_long.add((one.pid, one.began_at))
        log.warning(
            "waits_for_transaction",
            work=work,
            pid=one.pid,
            application=one.application,
            seconds=None if one.lasts is None else int(one.lasts.total_seconds()),
        )
