"""Is there anything in the database that acts by itself?"""

from handlers.house import House
from handlers.see_planted import see_planted
from utvag.finding import Finding, Verdict


async def examine_planted(house: House) -> list[Finding]:
    """Names alone."""
    strange, gone = await see_planted(house)
    if not strange and not gone:
        return [
            Finding(Verdict.OK, "database: nothing in it acts by itself but what refuses changes")
        ]
    found = []
    if strange:
        told = "acts by itself and is not the line's; somebody writes into the database"
        found.append(Finding(Verdict.FAIL, f"database: {', '.join(strange)} {told}"))
    if gone:
        told = "gone or switched off; the log and the register can be changed: utvag audit verify"
        found.append(Finding(Verdict.FAIL, f"database: {', '.join(gone)} {told}"))
    return found
