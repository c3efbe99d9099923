"""Coordinators are told that somebody's request waits for a decision: once, in working time.

Nobody is woken for it, and what they are told says nothing. That it was told and its pages are one
transaction, and the first to write it down tells it: any number of processes, killed at any line,
tell it once. Where none of those who may decide can be reached nothing is told, and the next look
tries again.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from domain.disclosure import State
from domain.working_time import is_working
from handlers.forged_agreement import forged
from handlers.house import House
from handlers.whom import coordinators
from storage import conflicts, disclosures, pages
from storage.database import Tx
from storage.disclosures import Disclosure
from storage.pages import Kind, Wanted

AT_ONCE = 16


async def tell_undecided(house: House) -> int:
    """How many were told of; several at once are one page."""
    now = house.now()
    if not is_working(now, house.zone):
        return 0
    async with house.db.read_for_work() as tx:
        waiting = await disclosures.to_tell(tx, now, AT_ONCE)
    if not waiting:
        return 0
    async with house.db.write() as tx:
        told = await _tell(tx, waiting, now)
    if told:
        house.wake.pages()
    return told


async def _tell(tx: Tx, waiting: list[Disclosure], now: datetime) -> int:
    reached, kept = dict(await coordinators(tx)), await conflicts.by_member(tx)
    wanted: dict[UUID, UUID] = {}
    told, false = 0, await forged(tx, waiting)
    for entry in waiting:
        theirs = _who(entry, reached, kept)
        over = entry.state is State.APPROVED and entry.id not in false
        if (over or theirs) and await disclosures.told(tx, entry.id, now):
            wanted |= {} if over else theirs
            told += not over
    await pages.add(tx, [Wanted(Kind.DECIDE, member, way) for member, way in wanted.items()], now)
    return told


def _who(
    entry: Disclosure, reached: Mapping[UUID, UUID], kept: Mapping[UUID, frozenset[UUID]]
) -> dict[UUID, UUID]:
    """Of those who can be reached, who may agree: by member, by which way."""
    not_they = {entry.asked_by, *(one.member_id for one in entry.agreed)}
    return {
        member: way
        for member, way in reached.items()
        if member not in not_they and entry.conversation_id not in kept.get(member, ())
    }
