"""Does what has stood for its term go, and do providers keep what they have?"""

from datetime import timedelta

from handlers.house import House
from handlers.see_retention import forged_terms, retention_now
from utvag.finding import Finding, Verdict, check

LATE = timedelta(days=2)
"""A night that is due for so long was looked at by no running line."""


async def examine_retention(house: House) -> list[Finding]:
    """Numbers alone."""
    found = await retention_now(house)
    terms = ", ".join(f"{kept} {days}" for kept, days in found.terms.items())
    due = f"{found.due_at:%Y-%m-%d %H:%M} UTC"
    late = f"retention: the night of {due} has not come to its end; does `utvag serve` run?"
    return [
        Finding(Verdict.OK, f"retention: days of {terms}"),
        check(house.now() - found.due_at < LATE, f"retention: next night {due}", late),
        *_forged(await forged_terms(house)),
        _copies(kept=found.keeps_copies),
    ]


def _forged(count: int) -> list[Finding]:
    if not count:
        return []
    told = f"retention: {count} in the database that no coordinator wrote; somebody writes into it"
    return [Finding(Verdict.FAIL, told)]


def _copies(*, kept: bool) -> Finding:
    if not kept:
        return Finding(Verdict.OK, "provider copies: deleted")
    told = "provider copies: kept (UTVAG_PROVIDER_COPIES); whoever asks to be deleted is told so"
    return Finding(Verdict.NOTE, told)
