"""What a file of shifts means beyond its own is said, and what it cannot change any more."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.rota import Shift, ShiftRole
from handlers.import_shifts import meeting
from tests.calendar_files import shift
from tests.test_import_shifts import NOON, on_call, read
from tests.test_import_shifts import desk as desk  # noqa: PLC0414 - a fixture of both files
from tests.world import World


async def test_what_a_file_takes_from_others_is_said_before_and_after(desk: World) -> None:
    tomorrow = shift("Bo", "20260303T0800", "20260303T2000")
    for preview in (True, False):
        plan = await read(desk, tomorrow, role=ShiftRole.BACKUP, preview=preview)
        assert plan.warnings == ("first_rota", "no_primary")
    more = shift("Bo", "20260304T0800", "20260304T2000")
    plan = await read(desk, tomorrow, more, role=ShiftRole.BACKUP)
    assert plan.warnings == ("no_primary",)
    assert (await read(desk, tomorrow, more, role=ShiftRole.BACKUP)).warnings == ()  # as it was
    assert (await read(desk, shift("Alva", "20260303T0800", "20260303T2000"))).warnings == ()
    last = shift("Bo", "20260305T0800", "20260305T2000")
    assert (await read(desk, tomorrow, more, last, role=ShiftRole.BACKUP)).warnings == ()


async def test_a_first_file_of_primaries_alone_says_that_others_are_off_call(desk: World) -> None:
    plan = await read(desk, shift("Alva", "20260303T0800", "20260303T2000"), preview=True)
    assert plan.warnings == ("first_rota",)
    plan = await read(desk, shift("Alva", "20260301T0800", "20260301T2000"), preview=True)
    assert plan.warnings == ("first_rota", "no_primary")  # of shifts that are over nobody is left


async def test_what_the_file_says_anew_of_a_shift_that_has_begun_is_named_and_not_done(
    desk: World,
) -> None:
    """The tests' clock stands at 13:00 on the wall."""
    await read(
        desk,
        shift("Alva", "20260302T0800", "20260302T2000", uid="a"),
        shift("Alva", "20260301T0800", "20260301T2000", uid="b"),
    )
    longer = shift("Alva", "20260302T0800", "20260302T2200", uid="a")
    another = shift("Bo", "20260301T0800", "20260301T2000", uid="b")
    for preview in (True, False):
        plan = await read(desk, longer, another, preview=preview)
        assert [(p.name, p.end.hour) for p in plan.begun] == [("Bo", 20), ("Alva", 22)]
        assert (plan.added, plan.struck, plan.kept) == ((), (), 0)
    assert await on_call(desk, NOON + timedelta(hours=8)) == []


async def test_the_same_shifts_under_other_ids_are_as_before(desk: World) -> None:
    await read(desk, shift("Alva", "20260302T0800", "20260302T2000", uid="a"))
    plan = await read(desk, shift(" ALVA", "20260302T0800", "20260302T2000", uid="b"))
    assert (plan.begun, plan.added, plan.struck, plan.kept) == ((), (), (), 1)


STRETCHES = st.tuples(st.integers(0, 40), st.integers(1, 12))


def of_stretch(begins: int, lasts: int) -> Shift:
    start = NOON.replace(tzinfo=None) + timedelta(hours=begins)
    return Shift(UUID(int=1), ShiftRole.PRIMARY, UUID(int=2), start, start + timedelta(hours=lasts))


@given(st.lists(STRETCHES, max_size=8), STRETCHES)
def test_what_meets_is_what_meets_one_by_one(some: list[tuple[int, int]], one: Any) -> None:
    shifts, asked = [of_stretch(*each) for each in some], of_stretch(*one)
    meets = any(asked.start < each.end and each.start < asked.end for each in shifts)
    assert meeting(shifts)(asked.start, asked.end) is meets


class Compared(datetime):
    """Counts how often one is looked at."""

    looks = 0

    def __lt__(self, other: Any) -> bool:
        Compared.looks += 1
        return super().__lt__(other)


def test_thousands_are_compared_with_thousands_in_a_moment() -> None:
    shifts = [of_stretch(2 * n, 1) for n in range(2_000)]
    starts = [Compared.fromisoformat(shift.start.isoformat()) for shift in shifts]
    meets = meeting([replace(s, start=at) for s, at in zip(shifts, starts, strict=True)])
    Compared.looks = 0
    hour = timedelta(hours=1)
    assert not any(meets(shift.end, shift.end + hour) for shift in shifts)
    assert 0 < Compared.looks < 15 * len(shifts)
