"""What a coordinator writes down by mistake is refused, and it is said why."""

from datetime import date, datetime
from uuid import UUID

import pytest

from domain.rota import (
    ALWAYS,
    Fault,
    Leave,
    Pattern,
    Rota,
    Shift,
    Turn,
    faults_of_leave,
    faults_of_pattern,
    faults_of_shift,
)
from tests.test_rota import ALVA, BACKUP, BO, DAY, MONDAY, PRIMARY, hours, on, pattern, shift


@pytest.mark.parametrize(
    ("start", "end", "fault"),
    [
        (on(MONDAY, 9), on(MONDAY, 9), Fault.EMPTY),
        (on(MONDAY, 9), on(MONDAY, 8), Fault.EMPTY),
        (on(MONDAY, 20) - 20 * DAY, on(MONDAY, 9) - DAY, Fault.TOO_LONG),
        (on(MONDAY, 9), on(MONDAY, 11), Fault.OVERLAP),
        (on(MONDAY, 11), on(MONDAY, 21), Fault.OVERLAP),
        (on(MONDAY, 19), on(MONDAY, 21), None),
        (on(MONDAY, 5), on(MONDAY, 10), None),
        (on(MONDAY + DAY, 9), on(MONDAY + DAY, 11), Fault.ON_LEAVE),
    ],
)  # fmt: skip
def test_a_shift_that_cannot_be_is_refused_with_its_fault(
    start: datetime, end: datetime, fault: Fault | None
) -> None:
    there = Shift(UUID(int=5), PRIMARY, BO, on(MONDAY, 10), on(MONDAY, 19))
    leave = Leave(UUID(int=6), ALVA, on(MONDAY + DAY, 0), on(MONDAY + 2 * DAY, 0))
    found = faults_of_shift(shift(ALVA, start, end), Rota(shifts=(there,), leaves=(leave,)))
    assert found == ({fault} if fault else set())


def test_a_shift_may_overlap_itself_another_role_and_one_it_stands_beside() -> None:
    there = shift(BO, on(MONDAY, 10), on(MONDAY, 19))
    other = Shift(UUID(int=8), BACKUP, ALVA, on(MONDAY, 10), on(MONDAY, 19))
    beside = Shift(UUID(int=9), PRIMARY, ALVA, on(MONDAY, 10), on(MONDAY, 19), beside=True)
    rota = Rota(shifts=(there,))
    assert not faults_of_shift(there, rota) | faults_of_shift(other, rota)
    assert not faults_of_shift(beside, rota)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (pattern(), Fault.EMPTY),
        (pattern(Turn(0, ALWAYS[0], ALVA), ends=MONDAY), Fault.EMPTY),
        (pattern(Turn(0, ALWAYS[0], ALVA), begins=MONDAY + DAY), Fault.NOT_A_MONDAY),
        (pattern(Turn(1, ALWAYS[0], ALVA)), Fault.WEEKS),
        (pattern(Turn(0, ALWAYS[0], ALVA), weeks=0), Fault.WEEKS),
        (pattern(Turn(0, ALWAYS[0], ALVA), weeks=54), Fault.WEEKS),
        (pattern(Turn(0, ALWAYS[0], ALVA), Turn(0, hours(0, 12, 13), BO)), Fault.OVERLAP),
        (pattern(Turn(0, hours(6, 22, 6), ALVA), Turn(0, hours(0, 5, 9), BO)), Fault.OVERLAP),
        (pattern(Turn(0, hours(6, 22, 5), ALVA), Turn(0, hours(0, 5, 9), BO)), None),
    ],
)  # fmt: skip
def test_a_pattern_that_cannot_be_is_refused_with_its_fault(
    given: Pattern, fault: Fault | None
) -> None:
    assert faults_of_pattern(given) == ({fault} if fault else set())


def test_leave_may_be_long_but_not_empty() -> None:
    long = Leave(UUID(int=1), ALVA, on(MONDAY, 0), on(date(2027, 1, 1), 0))
    empty = Leave(UUID(int=1), ALVA, on(MONDAY, 1), on(MONDAY, 1))
    assert not faults_of_leave(long)
    assert faults_of_leave(empty) == {Fault.EMPTY}
