"""What is left of earlier overrides when a new one is laid over them."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.rota import Kind, Rota, Shift


@dataclass(frozen=True)
class Covered:
    """An override that meets the new one, and the stretches of it that stay."""

    shift: Shift
    left: tuple[tuple[datetime, datetime], ...]


def covered(shift: Shift, rota: Rota) -> list[Covered]:
    """Of the same role, on the wall clock: who gives a night away for the second time need not
    strike out the first. What stands beside others stays as it is.
    """
    return [
        Covered(old, _left(old, shift))
        for old in rota.shifts
        if (old.role, old.kind) == (shift.role, Kind.OVERRIDE)
        and not old.beside
        and old.id != shift.id
        and old.start < shift.end
        and shift.start < old.end
    ]


def without(rota: Rota, found: list[Covered]) -> Rota:
    """The rota once they are out of it."""
    gone = {each.shift.id for each in found}
    return replace(rota, shifts=tuple(s for s in rota.shifts if s.id not in gone))


def _left(old: Shift, new: Shift) -> tuple[tuple[datetime, datetime], ...]:
    pieces = (old.start, min(old.end, new.start)), (max(old.start, new.end), old.end)
    return tuple((start, end) for start, end in pieces if start < end)
