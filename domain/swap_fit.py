"""Could this member take what a swap asks for, as the rota stands? If not, why?"""

from dataclasses import replace
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.on_call import expand
from domain.rota import Fault, Kind, Rota, Shift, faults_of_shift
from domain.swap import Swap
from domain.wall import moment


class Hindrance(StrEnum):
    """Why somebody could not take it. Staff pages say each in words."""

    NOT_ASKED = "not_asked"
    """Somebody else is asked."""
    ON_LEAVE = "on_leave"
    """One of the two would be on call while on leave."""
    BUSY = "busy"
    """One of the two would be on call in two roles at once."""


def hindrance(rota: Rota, zone: ZoneInfo, swap: Swap, member: UUID) -> Hindrance | None:
    """`rota`: from before the swap begins on."""
    if swap.wanted is not None and swap.wanted.member != member:
        return Hindrance.NOT_ASKED
    if any(Fault.ON_LEAVE in faults_of_shift(shift, rota) for shift in _taken(swap, member)):
        return Hindrance.ON_LEAVE
    return Hindrance.BUSY if would_be_twice(rota, zone, swap, member) else None


def would_be_twice(rota: Rota, zone: ZoneInfo, swap: Swap, member: UUID) -> bool:
    """Whether somebody would have two roles at once; what each gives away does not count."""
    taken = _taken(swap, member)
    then = replace(rota, shifts=(*rota.shifts, *taken))
    for shift in taken:
        begins, ends = moment(shift.start, zone), moment(shift.end, zone)
        theirs = [s for s in expand(then, zone, begins, ends) if s.member == shift.member]
        if any(span.role is not swap.role for span in theirs):
            return True
    return False


def _taken(swap: Swap, member: UUID) -> tuple[Shift, ...]:
    """What each of the two would have afterwards."""
    given = Shift(swap.id, swap.role, member, swap.start, swap.end, Kind.OVERRIDE)
    if swap.wanted is None:
        return (given,)
    back = swap.wanted
    return given, replace(given, member=swap.asker, start=back.start, end=back.end)
