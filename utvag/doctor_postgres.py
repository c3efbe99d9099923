"""Does somebody's old transaction keep what is gone in PostgreSQL's files?"""

from datetime import timedelta

from handlers.house import House
from storage.long_transactions import longer_than
from utvag.finding import Finding, Verdict

LONG = timedelta(minutes=10)
"""Longer than anything of the line's own."""

TOO_LONG = timedelta(hours=24)
"""No back-up takes so long."""


async def examine_postgres(house: House) -> list[Finding]:
    """Nothing of what they asked for."""
    async with house.db.read() as tx:
        found = await longer_than(tx, LONG)
    return [
        Finding(
            Verdict.FAIL if one.lasts is not None and one.lasts >= TOO_LONG else Verdict.NOTE,
            f"database: an old transaction, {one}; until it ends, what was deleted or exchanged "
            "stays in the files, and keys that were replaced are not destroyed",
        )
        for one in found
    ]
