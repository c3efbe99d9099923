"""Who is on call now decides what a contact is promised; every process knows the newest rota."""

from datetime import timedelta

import pytest

from domain.rota import Kind, Shift, ShiftRole
from domain.wall import on_the_wall
from handlers.house import House
from handlers.invite import revoke
from handlers.rotas import AHEAD
from handlers.see_queue import see_queue
from storage import answering, lines, rotas
from storage.ids import new_id
from tests.test_receive_danger import WORDS
from tests.world import World


async def goes_by_a_rota(
    world: World, *shifts: tuple[float, float], role: ShiftRole = ShiftRole.PRIMARY,
    kind: Kind = Kind.SINGLE,
) -> None:  # fmt: skip
    """The counsellor is on call from and until so many hours from now."""
    async with world.house.db.write() as tx:
        now = world.clock.now()
        (line,) = await lines.every(tx)
        rota_id = line.rota_id or await rotas.make(tx, now)
        await rotas.give(tx, line.id, rota_id)
        await rotas.begin_change(tx, rota_id)
        at = on_the_wall(now, world.house.zone)
        found = [
            Shift(
                new_id(now), role, world.counsellor.id,
                at + timedelta(hours=start), at + timedelta(hours=end), kind,
            )
            for start, end in shifts
        ]  # fmt: skip
        await rotas.add_shifts(tx, rota_id, {s.id: (s, None) for s in found}, None, now)


@pytest.mark.parametrize(
    ("role", "said"),
    [
        (ShiftRole.PRIMARY, "p1"),
        (ShiftRole.BACKUP, "p1"),
        (ShiftRole.COORDINATOR, "p1"),
        (ShiftRole.DUTY, "p1_alone"),
    ],
)
async def test_a_counsellor_is_promised_only_while_one_is_on_call(
    world: World, role: ShiftRole, said: str
) -> None:
    await goes_by_a_rota(world, (-1, 1), role=role)
    await world.text(WORDS)
    assert await world.said() == [said]


@pytest.mark.parametrize("hours", [(-2, -1), (1, 2)])
async def test_before_and_after_a_shift_nobody_is_promised(
    world: World, hours: tuple[float, float]
) -> None:
    await goes_by_a_rota(world, hours)
    await world.text(WORDS)
    assert await world.said() == ["p1_alone"]


async def test_a_shift_that_ends_while_they_write_is_over_for_the_next_words(world: World) -> None:
    await goes_by_a_rota(world, (-1, 1))
    await world.text("hej")
    world.clock.advance(seconds=3600)
    await world.text("9")
    assert await world.said() == ["greet", "wait_alone"]


async def test_another_process_knows_at_once_what_was_written_here(
    world: World, twin: House
) -> None:
    await goes_by_a_rota(world, (1, 2))
    assert [one.begins is None for one in (await see_queue(twin, world.counsellor)).on_call] == [
        False
    ]
    await goes_by_a_rota(world, (-1, 0.5))
    there = (await see_queue(twin, world.counsellor)).on_call
    assert [one.begins is None for one in there] == [True, False]


async def test_a_revoked_counsellor_is_not_on_call_in_any_process(
    world: World, twin: House
) -> None:
    rut = await World.hired(world.house, "Rut")
    await goes_by_a_rota(world, (-1, 1))
    assert (await see_queue(twin, rut)).on_call != ()
    await revoke(world.house, "Alva")
    assert (await see_queue(twin, rut)).on_call == ()
    await world.text(WORDS)
    assert await world.said() == ["p1_alone"]


async def test_the_queue_names_who_is_on_call_until_when_and_who_comes_next(world: World) -> None:
    await goes_by_a_rota(world, (-1, 2), (5, 6))
    await goes_by_a_rota(world, (-1, 1), role=ShiftRole.BACKUP)
    now = world.clock.now()
    found = [(o.name, o.role, o.begins, o.until) for o in (await world.queue()).on_call]
    assert found == [
        ("Alva", ShiftRole.PRIMARY, None, now + timedelta(hours=2)),
        ("Alva", ShiftRole.BACKUP, None, now + timedelta(hours=1)),
        ("Alva", ShiftRole.PRIMARY, now + timedelta(hours=5), now + timedelta(hours=6)),
    ]


async def test_what_is_kept_in_memory_goes_on_for_weeks_and_through_a_clock_that_steps_back(
    world: World,
) -> None:
    hours = 24 * (AHEAD.days + 10)
    await goes_by_a_rota(world, (-1, 1), (hours - 1, hours + 1))
    assert len((await world.queue()).on_call) == 1
    world.clock.advance(seconds=hours * 3600)
    assert [one.begins for one in (await world.queue()).on_call] == [None]
    world.clock.advance(seconds=-hours * 3600)
    assert [one.begins for one in (await world.queue()).on_call] == [None]


async def test_a_clock_that_was_a_year_ahead_hides_nobody_once_it_is_right(world: World) -> None:
    await goes_by_a_rota(world, (-1, 1))
    world.clock.advance(days=365)
    assert (await world.queue()).on_call == ()
    world.clock.advance(days=-365)
    assert [one.begins for one in (await world.queue()).on_call] == [None]


async def test_a_line_without_a_rota_counts_everybody_who_reads(world: World) -> None:
    await World.hired(world.house, "Bo")
    found = [(one.name, one.role, one.until) for one in (await world.queue()).on_call]
    assert found == [("Alva", None, None), ("Bo", None, None)]
    async with world.house.db.read() as tx:
        assert await answering.anybody_on_call(tx, world.clock.now())
