"""What the machine may say in an hour: none is refused, answers stay, danger gets through."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.access import Role
from domain.ceiling import TOTAL, USUAL, Limits, cost, held_back, total
from domain.contact_rules import Refusal
from domain.delivery import Delivery
from domain.message import Channel
from domain.priority import Tier
from handlers.errors import BadInput, NotFound, OnlyCoordinators
from handlers.receive import receive
from handlers.send import Sent as Done
from handlers.send import lease, record
from handlers.set_limits import every_limit, see_limits, set_limits, set_limits_of
from handlers.step_triage import step_triage
from senders.sender import Accepted, TryLater
from storage import ceilings, lines, tables
from tests.world import LINE, World, sid

HERE = UUID(int=1)
THERE = UUID(int=2)


def phone(number: int) -> str:
    return f"+467017406{number:02d}"


async def limited(world: World, segments: int, each: int = 30) -> None:
    await set_limits_of(world.house, LINE, segments, each)


async def arrives(world: World, body: str, number: int = 10) -> None:
    """The contact writes, the machine answers, and what may leave has left."""
    await receive(world.house, [world.message(body, phone(number))])
    world.clock.advance(seconds=2)
    while await step_triage(world.house):
        pass
    while leased := await lease(world.house):
        await record(world.house, [Done(one.row, Accepted(sid())) for one in leased])
    world.clock.advance(seconds=1)


async def states(world: World) -> list[tuple[str, str | None]]:
    """Of all that was to leave: the state and why it stayed, the oldest first."""
    async with world.house.db.read() as tx:
        query = select(tables.outbox.c.state, tables.outbox.c.refusal).order_by(tables.outbox.c.id)
        return [(row[0], row[1]) for row in await tx.conn.execute(query)]


async def spent(world: World) -> int:
    return sum(line.spent for line in await every_limit(world.house))


async def test_beyond_the_lines_limit_texts_are_kept_and_answers_stay(world: World) -> None:
    await limited(world, 20)
    for number in range(10, 50):
        await arrives(world, "hej", number)
    told = await states(world)
    left = [one for one in told if one[0] == Delivery.SENT]
    stayed = [one for one in told if one == (Delivery.WITHHELD, Refusal.CEILING)]
    assert 0 < len(left) < 40
    assert len(left) + len(stayed) == len(told) == 40
    assert await spent(world) <= 20
    assert len((await world.queue()).waiting) == 40
    assert await world.count("messages") == 80


async def test_what_leaves_in_one_step_counts_together(world: World) -> None:
    await limited(world, 20)
    await receive(world.house, [world.message("hej", phone(n)) for n in range(10, 40)])
    world.clock.advance(seconds=2)
    while await step_triage(world.house):
        pass
    assert 0 < len(await lease(world.house)) <= 20
    assert await spent(world) <= 20


async def test_why_an_answer_stayed_stands_in_the_thread(world: World) -> None:
    await limited(world, 20)
    for number in range(10, 40):
        await arrives(world, "hej", number)
    talks = [row.id for row in (await world.queue()).waiting]
    said = [await world.said(talk) for talk in talks]
    assert [s for s in said if s[0].startswith("(")] != []
    assert [s for s in said if not s[0].startswith("(")] != []
    assert (await world.queue()).tasks == ()


async def test_somebody_in_danger_and_a_counsellor_get_through(world: World) -> None:
    await limited(world, 20)
    for number in range(10, 40):
        await arrives(world, "hej", number)
    before = await spent(world)
    await arrives(world, "de kommer att döda mig nu", 60)
    assert (await states(world))[-1] == (Delivery.SENT, None)
    urgent = (await world.queue()).waiting[0]
    assert urgent.tier is Tier.P1
    from handlers.take import take

    await take(world.house, world.counsellor, urgent.id)
    await world.reply(urgent.id, "Jag är här.", asked=True)
    while leased := await lease(world.house):
        await record(world.house, [Done(one.row, Accepted(sid())) for one in leased])
    assert (await states(world))[-1] == (Delivery.SENT, None)
    assert await spent(world) > before


async def test_after_an_hour_the_machine_answers_again(world: World) -> None:
    await limited(world, 20)
    for number in range(10, 40):
        await arrives(world, "hej", number)
    assert (await states(world))[-1][0] == Delivery.WITHHELD
    world.clock.advance(hours=1, minutes=6)
    await arrives(world, "hej", 60)
    assert (await states(world))[-1] == (Delivery.SENT, None)


async def test_one_sender_is_answered_so_often_and_heard_always(world: World) -> None:
    await limited(world, 1000, each=12)
    for _ in range(20):
        await arrives(world, "HELP")
    told = await states(world)
    assert sum(state == Delivery.SENT for state, _ in told) == 12
    assert {why for state, why in told if state == Delivery.WITHHELD} == {Refusal.TOO_MANY}
    await arrives(world, "hej", 11)
    assert (await states(world))[-1] == (Delivery.SENT, None)
    await arrives(world, "de kommer att döda mig nu")
    assert (await states(world))[-1] == (Delivery.SENT, None)


async def test_what_is_tried_again_counts_once(world: World) -> None:
    await receive(world.house, [world.message("hej")])
    world.clock.advance(seconds=2)
    await step_triage(world.house)
    leased = await lease(world.house)
    assert len(leased) == 1
    once = await spent(world)
    assert once == cost(Channel.SMS, leased[0].letter.body) > 0
    await record(world.house, [Done(leased[0].row, TryLater(None))])
    world.clock.advance(minutes=1)
    assert len(await lease(world.house)) == 1
    assert await spent(world) == once


async def test_two_who_lease_at_once_count_together(world: World) -> None:
    for number in range(10, 40):
        await receive(world.house, [world.message("hej", phone(number))])
    world.clock.advance(seconds=2)
    while await step_triage(world.house):
        pass
    rounds = await asyncio.gather(*(lease(world.house, 5) for _ in range(6)))
    leased = [one for each in rounds for one in each]
    assert len({one.row.id for one in leased}) == len(leased)
    assert await spent(world) == sum(cost(Channel.SMS, one.letter.body) for one in leased)


async def test_coordinators_set_the_limits_and_others_do_not(world: World) -> None:
    boss = await world.hired(world.house, "Cia", Role.COORDINATOR)
    (line,) = await see_limits(world.house, boss)
    assert (line.limits, line.spent, line.reached) == (USUAL, 0, False)
    await set_limits(world.house, boss, line.id, Limits(100, 20))
    assert (await see_limits(world.house, boss))[0].limits == Limits(100, 20)
    with pytest.raises(OnlyCoordinators):
        await set_limits(world.house, world.counsellor, line.id, Limits(50, 20))
    with pytest.raises(OnlyCoordinators):
        await see_limits(world.house, world.counsellor)
    with pytest.raises(NotFound):
        await set_limits(world.house, boss, UUID(int=9), Limits(50, 20))
    for bad in (Limits(0, 20), Limits(50, 0), Limits(10_000_000, 20), Limits(50, 1000)):
        with pytest.raises(BadInput):
            await set_limits(world.house, boss, line.id, bad)
    assert (await see_limits(world.house, boss))[0].limits == Limits(100, 20)


async def test_what_is_old_is_forgotten(world: World) -> None:
    async with world.house.db.write() as tx:
        (line,) = await lines.every(tx)
        await ceilings.spend(tx, {line.id: 7}, world.clock.now())
        await ceilings.spend(tx, {line.id: 4}, world.clock.now() + timedelta(minutes=6))
    assert await world.count("spending") == 2
    world.clock.advance(hours=3)
    await limited(world, 100)
    assert await world.count("spending") == 0


def test_whoever_is_p1_passes_the_limits_of_cost_and_not_that_of_a_sender() -> None:
    limits, full = Limits(20, 12), {HERE: 20}
    for text_id in ("wait", "greet"):
        assert held_back(HERE, Tier.P1, text_id, 1, limits, 20, full, 0) is None
        assert held_back(HERE, Tier.P2, text_id, 1, limits, 20, full, 0) is Refusal.CEILING
        assert held_back(HERE, Tier.P1, text_id, 1, limits, 20, {}, 12) is Refusal.TOO_MANY
    assert held_back(HERE, Tier.P3, "p1", 1, limits, 20, full, 12) is None


def test_all_lines_together_have_a_limit_too() -> None:
    def why(takes: int, spent: dict[UUID, int], text: str = "greet") -> Refusal | None:
        return held_back(HERE, Tier.P3, text, takes, Limits(600), TOTAL, spent, 0)

    assert why(1, {THERE: TOTAL - 1}) is None
    assert why(2, {THERE: TOTAL - 1}) is Refusal.CEILING
    assert why(2, {THERE: TOTAL}, "p1") is None
    assert why(0, {THERE: TOTAL}) is None
    assert total([Limits(50)]) == TOTAL
    assert total([Limits(TOTAL * 2), Limits(1)]) == TOTAL * 2


def test_a_text_costs_what_its_channel_charges() -> None:
    assert cost(Channel.SMS, "a" * 161) == 2
    assert cost(Channel.WHATSAPP, "a" * 500) == 1
    assert cost(Channel.TELEGRAM, "a" * 500) == 0
