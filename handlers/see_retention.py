"""How long is what kept, what goes tonight, and what would if it were otherwise? Counted alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.access import Act
from domain.hold import Ground
from domain.member import Member
from domain.retention import TERMS, Fault, Kept, Term, Terms, ends, faults, first_night
from handlers.desk import must
from handlers.house import House
from storage import (
    audit,
    holds,
    members,
    nights,
    outlived,
    outlived_register,
    outlived_rows,
    retention,
)
from storage.database import Tx

Counted = Mapping[Kept, int]
"""How much of each class."""


@dataclass(frozen=True)
class Changed:
    """One class, as a coordinator changed it."""

    kept: Kept
    days: int
    goes: int
    """How much was to go because of it."""


@dataclass(frozen=True)
class Decision:
    """What a coordinator wrote."""

    by: str
    at: datetime
    changed: tuple[Changed, ...]


@dataclass(frozen=True)
class Held:
    """A conversation that is kept meanwhile."""

    conversation_id: UUID
    alias: str
    ground: Ground
    last: datetime
    """A moment of the last day."""


@dataclass(frozen=True)
class Retention:
    """The page of it."""

    terms: Terms
    goes: Counted
    """In the night to come, as it stands."""
    due_at: datetime
    """When that begins."""
    under_way: bool
    ended_at: datetime | None
    """The last night."""
    went: Counted
    """In it."""
    history: tuple[Decision, ...]
    edition: int
    keeps_copies: bool
    holds: tuple[Held, ...]
    """What no night touches, by a coordinator's decision; the one that ends first first."""


@dataclass(frozen=True)
class Preview:
    """What these terms would do."""

    terms: Terms
    goes: Counted
    """In the night to come, with them."""
    faults: Mapping[Kept, Fault]
    """Why they cannot hold; then nothing is counted."""
    changed: tuple[Kept, ...]


def limits(kept: Kept) -> Term:
    """Between which a term may be."""
    return TERMS[kept]


async def see_retention(house: House, member: Member) -> Retention:
    """Raises OnlyCoordinators or NotAllowed."""
    must(member, Act.RETENTION)
    return await retention_now(house)


async def retention_now(house: House) -> Retention:
    """The same, for the command line."""
    now = house.now()
    async with house.db.read() as tx:
        night = await nights.seen(tx)
        written = await retention.history(tx)
        terms = await retention.terms(tx)
        due_at = night.due_at if night else first_night(now, house.zone)
        names = await members.names(tx)
        return Retention(
            terms=terms,
            goes=await goes(tx, terms, now, due_at),
            due_at=due_at,
            under_way=night is not None and night.step is not None,
            ended_at=night.ended_at if night else None,
            went={kept: night.removed.get(kept, 0) if night else 0 for kept in Kept},
            history=tuple(
                Decision(
                    names.get(one.by, ""),
                    one.at,
                    tuple(Changed(kept, one.terms[kept], n) for kept, n in one.goes.items()),
                )
                for one in reversed(written)
            ),
            edition=await retention.newest(tx),
            keeps_copies=house.keeps_copies,
            holds=tuple(
                Held(
                    one.conversation_id,
                    str(alias or "?"),
                    one.ground,
                    one.until - timedelta(minutes=1),
                )
                for one, alias in await holds.every(tx, now)
            ),
        )


async def forged_terms(house: House) -> int:
    """How many stand in the database that the line did not write."""
    async with house.db.read() as tx:
        return await retention.forged(tx)


async def preview(house: House, member: Member, wanted: Terms) -> Preview:
    """Nothing is changed by it. Raises OnlyCoordinators or NotAllowed."""
    must(member, Act.RETENTION)
    now = house.now()
    async with house.db.read() as tx:
        terms, night = await retention.terms(tx), await nights.seen(tx)
        due_at = night.due_at if night else first_night(now, house.zone)
        wrong = faults(wanted)
        changed = tuple(kept for kept in Kept if wanted[kept] != terms[kept])
        return Preview(wanted, {} if wrong else await goes(tx, wanted, now, due_at), wrong, changed)


async def goes(tx: Tx, terms: Terms, now: datetime, due_at: datetime) -> Counted:
    """By class, what will have stood for its term when the next night begins, if nothing happens to
    it until then."""
    then = max(now, due_at)
    return {kept: await _goes(tx, kept, ends(terms, kept, then), then) for kept in Kept}


async def _goes(tx: Tx, kept: Kept, before: datetime, then: datetime) -> int:
    if kept is Kept.AUDIT:
        return await audit.count_until(tx, before)
    if kept is Kept.REGISTER:
        return await outlived_register.count(tx, before, then)
    found = await outlived.count(tx, kept, before, then)
    if kept is Kept.DELIVERIES:
        found += await outlived_rows.count_receipts(tx, before)
        found += await outlived_rows.count_pages(tx, before)
    return found
