"""Shifts out of a calendar file: shown first, written down once, and refused as a whole."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from domain.member import Role
from domain.rota import ShiftRole
from handlers import calendar_apart
from handlers.calendar_reading import MOST
from handlers.errors import NotAllowed, NotFound, OnlyCoordinators
from handlers.house import House
from handlers.import_shifts import Plan, import_shifts
from handlers.invite import revoke
from handlers.see_rota import line_called, who
from storage.ids import new_id
from tests.calendar_files import calendar, entry, shift, stockholm
from tests.patience import PATIENCE
from tests.world import LINE, World

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""When the tests' clock begins: a Monday, one o'clock on the wall."""


NEVER, DAILY = ["RRULE:FREQ=NEVER"], "RRULE:FREQ=DAILY"

TOO_OFTEN = (
    ["RRULE:FREQ=MINUTELY"],
    ["RRULE:FREQ=SECONDLY;COUNT=1000000000"],
    ["RRULE:FREQ=DAILY;INTERVAL=0"],
    ["RRULE:FREQ=DAILY;BYHOUR=8,9"],
    [DAILY, "EXRULE:FREQ=WEEKLY"],
)


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """How quick a core is decides nothing, but where a file is read for ever."""
    monkeypatch.setattr(calendar_apart, "AT_WORK", int(PATIENCE))
    monkeypatch.setattr(calendar_apart, "PATIENCE", PATIENCE)


@pytest.fixture
async def desk(world: World) -> World:
    """With Bo."""
    await World.hired(world.house, "Bo")
    assert world.clock.now() == NOON
    return world


async def read(
    desk: World, *entries: str, role: ShiftRole = ShiftRole.PRIMARY, preview: bool = False
) -> Plan:
    line = await line_called(desk.house, LINE)
    file = calendar(*entries)
    return await import_shifts(desk.house, None, line.id, role, file, preview=preview)


async def on_call(desk: World, at: datetime) -> list[str]:
    return [one.name for one in await who(desk.house, await line_called(desk.house, LINE), at)]


def codes(plan: Plan) -> list[tuple[str, str]]:
    return [(problem.code, problem.name) for problem in plan.problems]


async def test_what_is_shown_is_what_is_written_and_showing_changes_nothing(desk: World) -> None:
    entries = (
        shift("Alva", "20260302T0800", "20260302T2000"),
        shift(" BO ", "20260302T2000", "20260303T0800"),
    )
    shown = await read(desk, *entries, preview=True)
    assert await on_call(desk, NOON) == ["Alva", "Bo"]  # everybody: there is no rota yet
    assert await read(desk, *entries) == shown
    assert [planned.name for planned in shown.added] == ["Alva", "Bo"]
    assert await on_call(desk, NOON) == ["Alva"]
    assert await on_call(desk, NOON + timedelta(hours=9)) == ["Bo"]


async def test_the_same_file_again_changes_nothing(desk: World) -> None:
    entries = (
        shift("Alva", "20260302T0800", "20260302T2000"),
        shift("Bo", "20260303T0800", "20260303T2000"),
    )
    await read(desk, *entries)
    plan = await read(desk, *entries)
    assert (plan.added, plan.struck, plan.kept) == ((), (), 2)


async def test_what_the_file_no_longer_says_is_struck_out_but_not_what_has_begun(
    desk: World,
) -> None:
    await read(
        desk,
        shift("Alva", "20260302T0800", "20260302T2000"),
        shift("Bo", "20260303T0800", "20260303T2000"),
    )
    plan = await read(desk, shift("Alva", "20260304T0800", "20260304T2000"))
    assert [planned.name for planned in plan.struck] == ["Bo"]
    assert await on_call(desk, NOON) == ["Alva"]
    assert await on_call(desk, NOON + timedelta(days=1)) == []
    assert await on_call(desk, NOON + timedelta(days=2)) == ["Alva"]


async def test_a_shift_that_moved_is_moved_and_one_given_to_another_is_given(desk: World) -> None:
    await read(desk, shift("Alva", "20260303T0800", "20260303T2000", uid="a"))
    await read(desk, shift("Alva", "20260303T1000", "20260303T2000", uid="a"))
    assert await on_call(desk, NOON + timedelta(hours=20)) == []
    await read(desk, shift("Bo", "20260303T1000", "20260303T2000", uid="a"))
    assert await on_call(desk, NOON + timedelta(days=1)) == ["Bo"]


async def test_another_role_is_another_file(desk: World) -> None:
    await read(desk, shift("Alva", "20260302T0800", "20260302T2000"))
    await read(desk, shift("Bo", "20260302T0800", "20260302T2000"), role=ShiftRole.BACKUP)
    assert await on_call(desk, NOON) == ["Alva", "Bo"]


async def test_what_repeats_is_written_out_with_its_exceptions_through_a_change_of_clock(
    desk: World,
) -> None:
    desk.clock.advance(days=18)
    rule = ["RRULE:FREQ=DAILY;COUNT=14", "EXDATE;TZID=Europe/Stockholm:20260328T220000"]
    moved = entry(
        "Bo", stockholm("20260330T230000"), stockholm("20260331T060000"), uid="n",
        more=["RECURRENCE-ID;TZID=Europe/Stockholm:20260330T220000"],
    )  # fmt: skip
    night = shift("Alva", "20260323T2200", "20260324T0600", uid="n", more=rule)
    plan = await read(desk, night, moved)
    assert len(plan.added) == 13
    for day, hour, there in (
        (28, 22, []),
        (29, 20, ["Alva"]),  # 22:00 in summer
        (29, 19, []),
        (30, 20, []),
        (30, 21, ["Bo"]),
    ):
        assert await on_call(desk, datetime(2026, 3, day, hour, 30, tzinfo=UTC)) == there, (
            day,
            hour,
        )


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (":20260302T080000", ":20260302T200000"),
        (":20260302T070000Z", ":20260302T190000Z"),
        (";TZID=America/New_York:20260302T020000", ";TZID=America/New_York:20260302T140000"),
        (";VALUE=DATE:20260302", ";VALUE=DATE:20260303"),
        (";VALUE=DATE:20260302", ""),
    ],
)
async def test_a_time_is_understood_however_it_is_written(
    desk: World, start: str, end: str
) -> None:
    await read(desk, entry("Alva", start, end))
    assert await on_call(desk, NOON) == ["Alva"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (shift("Elis", "20260303T0800", "20260303T2000"), ("nobody", "Elis")),
        (shift("", "20260303T0800", "20260303T2000"), ("nobody", "")),
        (shift("Rut", "20260303T0800", "20260303T2000"), ("cannot_read", "Rut")),
        (shift("Bo", "20260303T0800", "20260303T0800"), ("empty", "Bo")),
        (shift("Bo", "20260303T0800", "20260303T0700"), ("empty", "Bo")),
        (shift("Bo", "20260303T0800", "20260402T0700"), ("too_long", "Bo")),
        (shift("Bo", "20260302T1900", "20260302T2100"), ("overlap", "Bo")),
        (entry("Bo", ";TZID=Mars/Base:20260303T080000", ":20260303T200000"), ("zone", "Bo")),
        (entry("Bo", ":20260303T080000", ""), ("no_end", "Bo")),
        (entry("Bo", ":2026-03-03", ":20260303T200000"), ("broken", "Bo")),
        (shift("Bo", "20260303T0800", "20260303T1000", more=NEVER), ("broken", "Bo")),
        *(
            (shift("Bo", "20260303T0800", "20260303T1000", more=rule), ("rule", "Bo"))
            for rule in TOO_OFTEN
        ),
        (shift("Bo", "20260303T0800", "20260303T1000", more=[DAILY, DAILY]), ("broken", "Bo")),
        (shift("Bo", "20260303T0800", "20260303T1000", more=["DTEND:20260304T0800"]),
         ("broken", "Bo")),
        (shift("B" * 2_000, "20260303T0800", "20260303T1000"), ("broken", "B" * 1_000)),
        (entry("Bo", ":20260303T080000", "", more=["DURATION:-PT8H"]), ("empty", "Bo")),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)  # fmt: skip
async def test_one_wrong_entry_is_named_and_nothing_of_the_file_is_written(
    desk: World, wrong: str, code: tuple[str, str]
) -> None:
    await World.hired(desk.house, "Rut", Role.REPORTER)
    right = shift("Alva", "20260302T0800", "20260302T2000")
    assert code in codes(await read(desk, right, wrong))
    assert await on_call(desk, NOON) == ["Alva", "Bo"]  # still no rota at all


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"hej", b"BEGIN:VCALENDAR", b"BEGIN:VEVENT\r\nEND:VEVENT"]
)
async def test_what_is_no_calendar_is_refused(desk: World, content: bytes) -> None:
    line = await line_called(desk.house, LINE)
    plan = await import_shifts(desk.house, None, line.id, ShiftRole.PRIMARY, content, preview=False)
    assert codes(plan) == [("not_a_calendar", "")]


async def test_ten_thousand_entries_are_too_many_and_a_huge_file_is_not_read(desk: World) -> None:
    starts = [NOON + timedelta(minutes=5 * n) for n in range(10_000)]
    many = [
        entry("Alva", f":{at:%Y%m%dT%H%M}00Z", f":{at + timedelta(minutes=1):%Y%m%dT%H%M}00Z")
        for at in starts
    ]
    assert len(many) > MOST
    assert codes(await read(desk, *many)) == [("too_many", "")]
    assert codes(await read(desk, "X-A:" + "a" * 5_000_000)) == [("too_large", "")]


async def test_two_first_files_at_once_both_stay(desk: World, twin: House) -> None:
    line = await line_called(desk.house, LINE)
    file = calendar(shift("Alva", "20260302T0800", "20260302T2000"))
    await asyncio.gather(
        import_shifts(desk.house, None, line.id, ShiftRole.PRIMARY, file, preview=False),
        import_shifts(twin, None, line.id, ShiftRole.BACKUP, file, preview=False),
    )
    there = await who(desk.house, await line_called(desk.house, LINE), NOON)
    assert [one.role for one in there] == [ShiftRole.PRIMARY, ShiftRole.BACKUP]


async def test_a_file_without_a_shift_of_now_or_later_takes_nobody_off_call(desk: World) -> None:
    old = shift("Alva", "20240302T0800", "20240302T2000")
    assert (await read(desk, old)).problems == ()
    assert await on_call(desk, NOON) == ["Alva", "Bo"]


async def test_what_is_cancelled_is_no_shift(desk: World) -> None:
    await read(
        desk,
        shift("Alva", "20260302T0800", "20260302T2000"),
        shift("Bo", "20260303T0800", "20260303T2000", more=["STATUS:CANCELLED"]),
    )
    assert await on_call(desk, NOON + timedelta(days=1)) == []


async def test_a_file_without_entries_strikes_nothing_out(desk: World) -> None:
    await read(desk, shift("Alva", "20260303T0800", "20260303T2000"))
    assert codes(await read(desk)) == [("nothing", "")]
    assert await on_call(desk, NOON + timedelta(days=1)) == ["Alva"]


async def test_two_at_the_same_time_without_ids_are_two(desk: World) -> None:
    both = [
        entry(name, stockholm("20260303T080000"), stockholm("20260303T200000")).replace(
            "UID:", "X-ID:"
        )
        for name in ("Alva", "Bo")
    ]
    assert ("overlap", "Bo") in codes(await read(desk, *both))


async def test_a_file_that_would_be_read_for_ever_is_given_up_and_the_line_goes_on(
    desk: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendar_apart, "AT_WORK", 1)
    never = ["RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"]
    many = [
        shift("Alva", "20260303T0800", "20260303T1000", uid=str(n), more=never) for n in range(500)
    ]
    reading = asyncio.create_task(read(desk, *many))
    turns = 0
    while not reading.done():
        await asyncio.sleep(0.01)
        turns += 1
    assert codes(await reading) == [("too_much", "")]
    assert turns > 10


async def test_coordinators_alone_and_a_line_that_is_there(desk: World) -> None:
    line = await line_called(desk.house, LINE)
    with pytest.raises(OnlyCoordinators):
        await import_shifts(
            desk.house, desk.counsellor, line.id, ShiftRole.PRIMARY, calendar(), preview=True
        )
    file = calendar(shift("Alva", "20260303T0800", "20260303T2000"))
    for preview in (True, False):
        with pytest.raises(NotFound):
            await import_shifts(
                desk.house, None, new_id(NOON), ShiftRole.PRIMARY, file, preview=preview
            )


async def test_a_coordinator_who_is_revoked_meanwhile_writes_nothing(desk: World) -> None:
    rut = await World.hired(desk.house, "Rut", Role.COORDINATOR)
    await revoke(desk.house, "Rut")
    line = await line_called(desk.house, LINE)
    file = calendar(shift("Alva", "20260303T0800", "20260303T2000"))
    with pytest.raises(NotAllowed):
        await import_shifts(desk.house, rut, line.id, ShiftRole.PRIMARY, file, preview=False)


async def test_a_revoked_members_name_is_nobodys(desk: World) -> None:
    await revoke(desk.house, "Bo")
    assert codes(await read(desk, shift("Bo", "20260303T0800", "20260303T2000"))) == [
        ("nobody", "Bo")
    ]
