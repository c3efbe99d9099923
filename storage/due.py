"""What is due? One reading answers for all that a line looks at every second.

A look costs the processor most where it begins and ends a transaction, and so all of them share one
(benchmarks/idle.py).
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Select, select

from domain.message import Channel
from storage import deletions, outbox, pages, plans, provider_copies, triages, waits
from storage.database import Tx


class Due(StrEnum):
    """Something of this kind is to be done now."""

    TRIAGE = "triage"
    SILENCE = "silence"
    OUTBOX = "outbox"
    WAITING = "waiting"
    FORGET = "forget"
    COPIES = "copies"
    PLANNED = "planned"
    PAGES = "pages"
    SETTLE = "settle"


async def due(tx: Tx, now: datetime, channels: Collection[Channel]) -> set[Due]:
    """All that somebody should see to. `channels`: those by which texts can leave."""
    asked = {"now": now, "beyond": pages.beyond(now)}
    row = (await tx.conn.execute(_all(frozenset(channels)), asked)).one()
    return {kind for kind, found in zip(Due, row, strict=True) if found}


@cache
def _all(channels: frozenset[Channel]) -> Select[*tuple[Any, ...]]:
    """Built once: it is asked every second."""
    asks: Mapping[Due, Select[Any]] = {
        Due.TRIAGE: triages.ANY_DUE[False],
        Due.SILENCE: triages.ANY_DUE[True],
        Due.OUTBOX: outbox.asks_sendable(channels),
        Due.WAITING: waits.ANY_DUE,
        Due.FORGET: deletions.ANY_DUE,
        Due.COPIES: provider_copies.ANY_DUE,
        Due.PLANNED: plans.ANY_DUE,
        Due.PAGES: pages.ANY_DUE,
        Due.SETTLE: outbox.ANY_UNSETTLED,
    }
    return select(*(asks[kind].exists().label(kind.value) for kind in Due))
