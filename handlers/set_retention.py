"""A coordinator decides how long what is kept, and has been told what goes because of it."""

from domain.access import Act
from domain.member import Member
from domain.retention import Kept, Terms, faults, first_night
from handlers.desk import must, still_here
from handlers.errors import BadInput
from handlers.house import House
from handlers.see_retention import Counted, goes
from storage import audit, nights, retention
from storage.retention import Written

CHANGED = "changed"
"""Somebody else has decided meanwhile."""

MORE = "more"
"""More would go by now than was shown."""


async def set_retention(
    house: House, member: Member, wanted: Terms, *, seen: int, shown: Counted
) -> None:
    """From the next night on; the same again changes nothing. `seen`: the edition that the page
    showed; `shown`: what it said would go.

    Raises BadInput (term: a fault of domain.retention, or retention: changed or more),
    OnlyCoordinators or NotAllowed.
    """
    must(member, Act.RETENTION)
    for fault in faults(wanted).values():
        raise BadInput("term", fault)
    now = house.now()
    async with house.db.write() as tx:
        await still_here(tx, member)
        terms, edition = await retention.terms(tx), await retention.newest(tx)
        if wanted == terms:
            return
        if edition != seen:
            raise BadInput("retention", CHANGED)
        night = await nights.seen(tx)
        due_at = night.due_at if night else first_night(now, house.zone)
        found = await goes(tx, wanted, now, due_at)
        if any(found[kept] > shown.get(kept, 0) for kept in Kept):
            raise BadInput("retention", MORE)
        changed = {kept: found[kept] for kept in Kept if wanted[kept] != terms[kept]}
        if not await retention.write(
            tx, Written(edition + 1, wanted, member.id, now, goes=changed)
        ):
            raise BadInput("retention", CHANGED)
        for kept, number in changed.items():
            detail = f"{kept}:{terms[kept]}>{wanted[kept]}:{number}"
            audit.note(tx, "retention_set", now, member.id, detail=detail)
