"""Whom a line pages is a coordinator's to write; a climb that is under way goes on by it."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from domain.escalation import LADDERS, Ladder, LastResort, Step, Ways
from domain.member import Member, Role
from domain.policy import Fault, faults, numbered
from domain.priority import Tier
from domain.rota import ShiftRole
from handlers.errors import BadInput, NotAllowed, NotFound, OnlyCoordinators
from handlers.house import House
from handlers.invite import revoke
from handlers.see_policy import see_policy
from handlers.see_rota import line_called
from handlers.write_policy import write_policy
from storage.policies import from_json, to_json
from tests.test_on_call import goes_by_a_rota
from tests.test_paging import ALVAS, BOS, OTHER, happened
from tests.test_receive_danger import WORDS
from tests.tower import Tower
from tests.world import World

PRIMARY, BACKUP, COORDINATOR, DUTY = ShiftRole
CIAS = "+46701740653"


def ladder(
    *steps: tuple[float, ShiftRole], again: float | None = 2, last: LastResort | None = None,
    numbers: tuple[int, ...] = (), ways: Ways = Ways.THEIR_ORDER,
) -> Ladder:  # fmt: skip
    given = numbers or tuple(range(1, len(steps) + 1))
    return Ladder(
        tuple(
            Step(n, timedelta(minutes=after), whom, ways)
            for n, (after, whom) in zip(given, steps, strict=True)
        ),
        None if again is None else timedelta(minutes=again),
        last or LastResort(),
    )


@pytest.fixture
async def cia(world: World) -> Member:
    return await World.hired(world.house, "Cia", Role.COORDINATOR)


@pytest.fixture
async def line(world: World) -> UUID:
    return (await line_called(world.house, "Card 2026")).id


@pytest.fixture
async def tower(world: World, cia: Member) -> Tower:
    """Alva is the primary, Bo the backup, Cia coordinates and has the coordinator's shift."""
    made = Tower(world)
    bo = await World.hired(world.house, "Bo")
    for name, number in (("Alva", ALVAS), ("Bo", BOS), ("Cia", CIAS)):
        await made.paged(name, number)
    await goes_by_a_rota(world, (-1, 200))
    for member, role in ((bo, BACKUP), (cia, COORDINATOR)):
        await goes_by_a_rota(World(world.house, world.clock, member), (-1, 200), role=role)
    return made


async def write(world: World, by: Member, tier: Tier, new: Ladder, *, seen: int = 0) -> None:
    line = (await line_called(world.house, "Card 2026")).id
    await write_policy(world.house, by, line, tier, new, seen=seen)


async def edition(world: World, by: Member, tier: Tier) -> int:
    line = (await line_called(world.house, "Card 2026")).id
    return (await see_policy(world.house, by, line)).editions[tier]


async def test_before_anybody_writes_it_is_the_fields_own(
    world: World, cia: Member, line: UUID
) -> None:
    page = await see_policy(world.house, cia, line)
    assert {tier: seen.ladder for tier, seen in page.ladders.items()} == LADDERS
    assert page.changes == ()


async def test_what_is_written_holds_at_once_for_whoever_writes_next(
    tower: Tower, cia: Member
) -> None:
    await write(tower.world, cia, Tier.P3, ladder((0, BACKUP), (2, PRIMARY), again=None))
    await tower.world.text("hej")
    assert await tower.tick() == [BOS]
    assert await tower.tick(minutes=2) == [ALVAS]
    assert await tower.tick(minutes=60) == []


async def test_a_step_that_was_climbed_is_not_repeated_wherever_it_is_moved_to(
    tower: Tower, cia: Member
) -> None:
    await tower.world.text(WORDS)
    assert [await tower.tick(minutes=n and 1) for n in range(2)] == [[ALVAS], [BOS]]
    moved = ladder((0, PRIMARY), (8, BACKUP), (3, COORDINATOR), again=30)
    await write(tower.world, cia, Tier.P1, moved)
    assert await tower.tick() == []
    assert await tower.tick(minutes=2) == [CIAS]
    assert await tower.tick(minutes=10) == []


async def test_a_step_that_is_moved_before_now_is_not_skipped(tower: Tower, cia: Member) -> None:
    await tower.world.text(WORDS)
    await tower.tick()
    await tower.tick(minutes=1)
    await write(tower.world, cia, Tier.P1, ladder((0, PRIMARY), (1, COORDINATOR), again=30))
    assert await tower.tick() == [CIAS]


async def test_a_step_that_is_added_to_a_ladder_at_its_end_is_climbed(
    tower: Tower, cia: Member
) -> None:
    await tower.world.text("hej")
    assert await tower.tick(minutes=30) == [CIAS]
    assert await tower.tick(minutes=30) == []
    longer = ladder((30, COORDINATOR), (45, PRIMARY), (90, BACKUP), again=None)
    await write(tower.world, cia, Tier.P3, longer)
    assert await tower.tick() == [ALVAS]
    assert await tower.tick(minutes=30) == [BOS]


async def test_a_step_for_another_role_is_another_step_whatever_number_it_is_sent_with(
    tower: Tower, cia: Member
) -> None:
    await tower.world.text(WORDS)
    await tower.tick()
    await write(tower.world, cia, Tier.P1, ladder((0, BACKUP), again=30))
    assert await tower.tick() == [BOS]


async def test_all_ways_at_once_share_a_code(tower: Tower, cia: Member) -> None:
    await tower.paged("Alva", OTHER)
    await write(tower.world, cia, Tier.P1, ladder((0, PRIMARY), ways=Ways.EVERY))
    await tower.world.text(WORDS)
    assert sorted(await tower.tick()) == sorted([ALVAS, OTHER])
    assert len({body[-4:] for _, body in tower.heard}) == 1
    assert (await happened(tower.world)) == ["paged"]
    await tower.answer(OTHER, tower.code())
    assert (await happened(tower.world)) == ["paged", "page_read"]


async def test_the_last_resort_is_a_fixed_function_and_comes_when_its_time_has(
    tower: Tower, cia: Member, line: UUID
) -> None:
    world = tower.world
    duty = await World.hired(world.house, "Socialjour", Role.ADMIN)
    await tower.paged("Socialjour", OTHER)
    last = LastResort(duty.id, timedelta(minutes=4))
    await write(world, cia, Tier.P1, ladder((0, PRIMARY), again=30, last=last))
    await world.text(WORDS)
    assert await tower.tick() == [ALVAS]
    assert await tower.tick(minutes=4) == [OTHER]
    page = await see_policy(world.house, cia, line)
    assert page.ladders[Tier.P1].now == {1: ("Alva",), -1: ("Socialjour",)}


async def test_a_fixed_function_that_is_gone_is_replaced_by_all_coordinators(
    tower: Tower, cia: Member
) -> None:
    world = tower.world
    duty = await World.hired(world.house, "Socialjour", Role.ADMIN)
    await tower.paged("Socialjour", OTHER)
    await write(
        world, cia, Tier.P1,
        ladder((0, PRIMARY), again=30, last=LastResort(duty.id, timedelta(minutes=4))),
    )  # fmt: skip
    await revoke(world.house, "Socialjour")
    await world.text(WORDS)
    assert await tower.tick() == [ALVAS]
    assert await tower.tick(minutes=4) == [CIAS]


@pytest.mark.parametrize(
    ("field", "fault", "new"),
    [
        ("steps", Fault.NONE, Ladder((), timedelta(minutes=2), LastResort())),
        ("steps", Fault.LATE, ladder((3, PRIMARY))),
        ("steps", Fault.TWICE, ladder((0, PRIMARY), (0, PRIMARY))),
        ("steps", Fault.TOO_MANY, ladder(*((n, PRIMARY) for n in range(11)))),
        ("steps", Fault.UNCLEAR, ladder((-1, PRIMARY))),
        ("again", Fault.ONCE, ladder((0, PRIMARY), again=None)),
        ("again", Fault.UNCLEAR, ladder((0, PRIMARY), again=0)),
        ("again", Fault.UNCLEAR, ladder((0, PRIMARY), again=61)),
        ("last", Fault.NO_LAST, Ladder(LADDERS[Tier.P1].steps, timedelta(minutes=2))),
        ("last", Fault.UNREACHABLE, ladder((0, PRIMARY), last=LastResort(uuid4()))),
        (
            "last_after", Fault.UNCLEAR,
            ladder((0, PRIMARY), last=LastResort(None, timedelta(minutes=-1))),
        ),
    ],
)  # fmt: skip
async def test_a_p1_that_would_page_nobody_is_refused_by_field(
    world: World, cia: Member, line: UUID, field: str, fault: Fault, new: Ladder
) -> None:
    with pytest.raises(BadInput) as refused:
        await write_policy(world.house, cia, line, Tier.P1, new, seen=0)
    assert (refused.value.field, refused.value.problem) == (field, fault)
    assert await edition(world, cia, Tier.P1) == 0


def test_another_tier_may_page_nobody_and_only_once() -> None:
    assert faults(Tier.P4, Ladder(())) == {}


async def test_two_coordinators_at_once_one_is_told_and_nothing_is_lost(
    world: World, twin: House, cia: Member, line: UUID
) -> None:
    dan = await World.hired(world.house, "Dan", Role.COORDINATOR)
    results = await asyncio.gather(
        write_policy(world.house, cia, line, Tier.P1, ladder((0, PRIMARY)), seen=0),
        write_policy(twin, dan, line, Tier.P1, ladder((0, BACKUP)), seen=0),
        return_exceptions=True,
    )
    (told,) = [one for one in results if one is not None]
    assert isinstance(told, BadInput)
    assert told.problem == Fault.CHANGED
    page = await see_policy(world.house, cia, line)
    assert len(page.changes) == 1
    await write_policy(world.house, cia, line, Tier.P4, Ladder(()), seen=0)  # another tier's


async def test_the_same_again_changes_nothing_and_the_history_says_who_changed_what(
    world: World, cia: Member, line: UUID
) -> None:
    for seen in (0, 0, 1):
        await write(world, cia, Tier.P1, ladder((0, PRIMARY)), seen=seen)
    await write(world, cia, Tier.P1, LADDERS[Tier.P1], seen=1)
    changes = (await see_policy(world.house, cia, line)).changes
    assert [(change.by, change.tier) for change in changes] == [("Cia", Tier.P1)] * 2
    assert changes[1].before == LADDERS[Tier.P1]
    assert changes[0].after == LADDERS[Tier.P1]
    assert changes[0].before == changes[1].after


async def test_nobody_but_a_coordinator_who_still_works_here_writes_or_sees_it(
    world: World, cia: Member, line: UUID
) -> None:
    for role, refused in ((Role.ADMIN, NotAllowed), (Role.COUNSELLOR, OnlyCoordinators)):
        member = await World.hired(world.house, role, role)
        with pytest.raises(refused):
            await write(world, member, Tier.P1, ladder((0, PRIMARY)))
        with pytest.raises(refused):
            await see_policy(world.house, member, line)
    with pytest.raises(NotFound):
        await write_policy(world.house, cia, uuid4(), Tier.P1, ladder((0, PRIMARY)), seen=0)
    await revoke(world.house, "Cia")
    with pytest.raises(NotAllowed):
        await write(world, cia, Tier.P1, ladder((0, PRIMARY)))


def test_a_number_never_means_two_steps() -> None:
    known = {1: PRIMARY, 2: BACKUP, 7: DUTY}
    new = ladder(
        (0, PRIMARY), (1, PRIMARY), (2, DUTY), (3, BACKUP), (4, BACKUP), numbers=(1, 1, 2, 2, 99)
    )
    assert [step.number for step in numbered(new, known).steps] == [1, 8, 9, 2, 10]


def test_what_is_kept_is_read_as_it_was() -> None:
    for kept in (*LADDERS.values(), ladder((0, DUTY), last=LastResort(uuid4(), timedelta(1)))):
        assert from_json(to_json(kept)) == kept
