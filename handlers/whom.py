"""Who is woken when a ladder calls for somebody, and by which of their ways?"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.access import Act
from domain.escalation import ORDER, Call, LastResort, Ways, Whom
from handlers.house import House
from storage import answering, given_roles, ways
from storage.database import Tx
from storage.ways import Way


@dataclass(frozen=True)
class There:
    """Everybody who can be called, and how they are reached."""

    on_call: Mapping[Whom, list[UUID]]
    coordinators: list[UUID]
    """On call or not."""
    ways: Mapping[UUID, list[Way]]

    def without(self, away: Collection[UUID]) -> "There":
        """Less those who must stay away from what they would be woken for."""
        return There(
            {whom: [m for m in some if m not in away] for whom, some in self.on_call.items()},
            [m for m in self.coordinators if m not in away],
            {m: theirs for m, theirs in self.ways.items() if m not in away},
        )

    def reached(self, people: Iterable[UUID], by: Ways, called: Whom) -> list["Woken"]:
        """Of these people, those who can be paged."""
        found = ((person, ways_by(self.ways.get(person, []), by)) for person in people)
        return [Woken(way, called) for _, theirs in found for way in theirs]


@dataclass(frozen=True)
class Woken:
    """Somebody is paged by one of their ways."""

    way: Way
    called: Whom
    """As what they were found."""


async def there(
    house: House, tx: Tx, rota_id: UUID | None, now: datetime, also: Iterable[UUID | None] = ()
) -> There:
    """On a line without a rota everybody who reads is the primary. `also`: who may be called
    without being on call."""
    on_call = await _on_call(house, tx, rota_id, now)
    coordinators = await _coordinators(tx)
    everybody = {m for some in on_call.values() for m in some} | set(coordinators)
    everybody |= {member for member in also if member is not None}
    return There(on_call, coordinators, await ways.of_members(tx, everybody))


async def _coordinators(tx: Tx) -> list[UUID]:
    there = (e for e in await given_roles.staff(tx) if e.joined_at and e.revoked_at is None)
    return [entry.id for entry in there if entry.member.may(Act.COORDINATE)]


async def _on_call(
    house: House, tx: Tx, rota_id: UUID | None, now: datetime
) -> Mapping[Whom, list[UUID]]:
    if rota_id is None:
        return {Whom.PRIMARY: [entry.id for entry in await answering.on_call(tx, now)]}
    found: dict[Whom, list[UUID]] = {}
    for span in await house.rotas.spans(tx, rota_id, house.zone, now):
        if span.holds(now):
            found.setdefault(Whom(span.role.value), []).append(span.member)
    return found


def woken(known: There, call: Call, last: LastResort | None, owner_id: UUID | None) -> list[Woken]:
    """Where nobody who can be reached is on call as what the step says, the next role in the order
    is paged instead, or one before it once more, and at last the last resort.
    """
    if call.whom is Whom.OWNER and owner_id is not None:
        found = known.reached([owner_id], call.ways, Whom.OWNER)
        if found:
            return found
    if call.whom is not Whom.LAST:
        place = ORDER.index(call.whom) if call.whom in ORDER else 0
        for role in (*ORDER[place:], *reversed(ORDER[:place])):
            found = known.reached(known.on_call.get(role, []), call.ways, role)
            if found:
                return found
    return [] if last is None else _last(known, call, last)


def _last(known: There, call: Call, last: LastResort) -> list[Woken]:
    """The coordinators, too, where the function's account cannot be reached any more."""
    fixed = [last.member] if last.member is not None else []
    found = known.reached(fixed, call.ways, Whom.LAST)
    return found or known.reached(known.coordinators, call.ways, Whom.LAST)


def ways_by(theirs: Iterable[Way], by: Ways) -> list[Way]:
    """Of somebody's ways, those by which they are paged; none where none may be tried."""
    verified = [way for way in theirs if way.may_be_tried]
    if by is Ways.EVERY:
        return verified
    wanted = [way for way in verified if way.kind == by.value] or verified
    best = best_way(wanted)
    return [best] if best else []


def best_way(theirs: Iterable[Way], tried: Iterable[UUID] = ()) -> Way | None:
    """The first that may be tried; those that failed last time come after those that did not."""
    left = [way for way in theirs if way.may_be_tried and way.id not in set(tried)]
    return min(left, key=lambda way: (way.failed_at is not None, way.place), default=None)


async def coordinators(tx: Tx) -> list[tuple[UUID, UUID]]:
    """Each who can be paged, on call or not, by the way that works best: (member, way)."""
    there = await _coordinators(tx)
    theirs = await ways.of_members(tx, there)
    best = [(member, best_way(theirs.get(member, []))) for member in there]
    return [(member, way.id) for member, way in best if way is not None]
