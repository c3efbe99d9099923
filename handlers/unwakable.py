"""Whom can nothing wake though they are on call? And which channels are off?

On a line without a rota everybody counts as on call and nobody is expected to be woken.
"""

from collections.abc import Iterable
from uuid import UUID

from domain.member import Member
from handlers.house import House
from handlers.seen import OnCall
from handlers.seen_ways import Unwakable
from storage import ways
from storage.database import Tx
from storage.ways import Way


def off(house: House) -> frozenset[str]:
    """The kinds of ways by which nothing leaves: the line has no such channel."""
    telegram = () if house.bot is not None else (ways.TELEGRAM,)
    push = () if house.push is not None else (ways.PUSH,)
    return frozenset({*telegram, *push})


async def unwakable(
    house: House, tx: Tx, on_call: Iterable[OnCall], known: dict[UUID, str]
) -> tuple[Unwakable, ...]:
    """Of those who have a shift now. `known`: what the members are called."""
    there = {one.name for one in on_call if one.begins is None and one.rota_id is not None}
    ids = [member for member, name in known.items() if name in there]
    if not ids:
        return ()
    theirs = await ways.of_members(tx, ids)
    found = ((known[one], _why(theirs.get(one, []), off(house))) for one in ids)
    return tuple(sorted((Unwakable(name, why) for name, why in found if why), key=_name))


async def why_not(house: House, tx: Tx, member: Member, on_call: Iterable[OnCall]) -> str:
    """Of one who reads it: none or broken; empty where something wakes them, or nothing has to."""
    found = await unwakable(house, tx, on_call, {member.id: member.name}) if member.reads else ()
    return next((one.why for one in found), "")


def _name(one: Unwakable) -> str:
    return one.name


def _why(theirs: list[Way], without: frozenset[str]) -> str:
    tried = [way for way in theirs if way.may_be_tried and way.kind not in without]
    if not tried:
        return "none"
    return "" if any(way.works for way in tried) else "broken"
