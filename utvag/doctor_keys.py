"""How old are the server's keys, and does anything still lie under older ones?"""

from datetime import timedelta

from handlers.house import House
from handlers.see_generations import Generations, Seen, Stage, see_generations
from utvag.finding import Finding, Verdict

OLD = timedelta(days=365)
"""After that new ones are due."""


async def examine_keys(house: House) -> list[Finding]:
    """For a person to read; nothing here keeps the line from running."""
    found = await see_generations(house)
    text = next(one for one in found.there if (one.purpose, one.stage) == ("text", Stage.SEALS))
    age = house.now() - text.made_at
    told = f"keys: generation {text.number}, {age.days} days old"
    if age > OLD:
        return [Finding(Verdict.NOTE, f"{told}; run utvag keys rotate"), *_before(found)]
    return [Finding(Verdict.OK, told), *_before(found)]


def _before(found: Generations) -> list[Finding]:
    coming = [one for one in found.there if one.stage is Stage.COMING]
    old = [one for one in found.there if one.stage is Stage.OLD and not one.kept]
    told = []
    if coming:
        told.append(f"keys: generation {coming[0].number} seals soon")
    if found.doing is not None and not coming:
        left = sum(need.rows for one in old for need in one.under)
        told.append(f"keys: {left} values lie under older ones; utvag serve exchanges them")
    elif old and not coming:
        told.append(f"keys: {', '.join(map(_named, old))} not destroyed yet; utvag keys list")
    return [Finding(Verdict.NOTE, one) for one in told]


def _named(one: Seen) -> str:
    waits = f" (waits for {', '.join(one.members)} to sign in)" if one.members else ""
    return f"{one.purpose} {one.number}{waits}"
