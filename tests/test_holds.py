"""A coordinator keeps a conversation from every deletion, on a ground of the list, for a while."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from domain.conversation import Outcome
from domain.deletion import Stage
from domain.hold import LONGEST, Ground
from domain.member import Member, Role
from domain.retention import USUAL, Kept
from domain.wall import on_the_wall
from handlers.close import close
from handlers.confirm_deletion import confirm_deletion
from handlers.errors import BadInput, OnlyCoordinators, StillHeld
from handlers.hold import lift_hold, put_hold, see_holding, see_standing
from handlers.house import House
from handlers.redact import redact
from handlers.see_deletion import see_deletion
from handlers.see_retention import retention_now
from handlers.seen import Said
from storage.audit_tables import audit as log
from tests.aging import a_night, after, foreseen, was_here
from tests.deleting import run, stage, to_the_end
from tests.post import Post
from tests.states import owned
from tests.test_duties import happened
from tests.world import World


@pytest.fixture
async def cia(world: World) -> Member:
    return await World.hired(world.house, "Cia", Role.COORDINATOR)


def in_days(world: World, days: int) -> date:
    return on_the_wall(world.clock.now() + timedelta(days=days), world.house.zone).date()


async def test_no_night_touches_it_and_it_ends_by_itself(world: World, cia: Member) -> None:
    talk = await was_here(world, note="ring")
    await after(world, USUAL[Kept.CONVERSATIONS] - 10)
    await put_hold(world.house, cia, talk, Ground.DUTY, in_days(world, 30))
    (held,) = (await retention_now(world.house)).holds
    assert (held.conversation_id, held.ground) == (talk, Ground.DUTY)
    await after(world, 20)
    assert (await foreseen(world.house))[Kept.CONVERSATIONS] == 0
    assert Kept.CONVERSATIONS not in await a_night(world)
    await after(world, 12)
    assert (await retention_now(world.house)).holds == ()
    assert await see_standing(world.house, cia, talk) is None
    went = await a_night(world)
    assert went[Kept.CONVERSATIONS] == went[Kept.NOTES] == went[Kept.ADDRESSES] == 1


async def test_it_is_put_for_six_months_at_most_and_only_by_who_coordinates(
    world: World, cia: Member
) -> None:
    talk = await was_here(world)
    for days, why in ((-1, "past"), (LONGEST.days + 1, "too_far")):
        with pytest.raises(BadInput) as refused:
            await put_hold(world.house, cia, talk, Ground.COURT, in_days(world, days))
        assert (refused.value.field, refused.value.problem) == ("last", why)
    with pytest.raises(OnlyCoordinators):
        await put_hold(world.house, world.counsellor, talk, Ground.COURT, in_days(world, 1))
    assert (await see_holding(world.house, cia, talk)).hold is None
    for ground in (Ground.COURT, Ground.DUTY):
        await put_hold(world.house, cia, talk, ground, in_days(world, LONGEST.days))
    found = (await see_holding(world.house, cia, talk)).hold
    assert found is not None
    assert (found.ground, found.by) == (Ground.DUTY, "Cia")
    for _ in range(2):
        await lift_hold(world.house, cia, talk)
    assert (await see_holding(world.house, cia, talk)).hold is None
    kinds = [kind for kind in await happened(world, talk) if kind.startswith("hold")]
    assert kinds == ["hold_put", "hold_put", "hold_lifted"]
    async with world.house.db.read() as tx:
        rows = await tx.conn.execute(select(log.c.act, log.c.detail).order_by(log.c.number))
        noted = [tuple(row) for row in rows if row.act.startswith("hold")]
    assert noted == [("hold_put", "court"), ("hold_put", "duty"), ("hold_lifted", "")]


async def asks(world: World) -> None:
    await world.text("RADERA")
    await world.text("RADERA JA")
    await run(world.house)


async def test_a_contact_who_asks_meanwhile_is_heard_and_a_person_decides(
    world: World, cia: Member, post: Post
) -> None:
    await owned(world)
    house, alva, talk = world.house, world.counsellor, await world.only()
    await close(house, alva, talk, Outcome.OTHER)
    await put_hold(house, cia, talk, Ground.COURT, in_days(world, 2))
    await asks(world)
    assert await stage(world) is None
    assert [row.id for row in (await world.queue()).requests] == [talk]
    (shown,) = (await see_deletion(house, alva, talk)).holds
    assert shown.ground is Ground.COURT
    with pytest.raises(StillHeld):
        await confirm_deletion(house, alva, talk, keeps_notes=False, sure=True)
    await after(world, 3)
    await confirm_deletion(house, alva, talk, keeps_notes=False, sure=True)
    await to_the_end(world, post)
    assert await stage(world) is Stage.DONE


async def test_their_later_word_ends_their_earlier_wish_once_a_person_is_sure(
    world: World, cia: Member, post: Post
) -> None:
    await owned(world)
    house, alva, talk = world.house, world.counsellor, await world.only()
    await close(house, alva, talk, Outcome.OTHER)
    await put_hold(house, cia, talk, Ground.WISH, in_days(world, 90))
    await asks(world)
    assert await stage(world) is None
    await confirm_deletion(house, alva, talk, keeps_notes=False, sure=True)
    assert await see_standing(house, alva, talk) is None
    with pytest.raises(BadInput) as late:
        await put_hold(house, cia, talk, Ground.DUTY, in_days(world, 1))
    assert late.value.problem == "too_late"
    await to_the_end(world, post)
    assert await stage(world) is Stage.DONE


async def test_put_twice_the_later_one_stands(world: World, twin: House, cia: Member) -> None:
    talk = await was_here(world)
    for house, ground in ((world.house, Ground.DUTY), (twin, Ground.WISH)):
        await put_hold(house, cia, talk, ground, in_days(world, 5))
    assert await world.count("holds") == 2
    assert len((await retention_now(world.house)).holds) == 1


async def test_nothing_is_redacted_that_a_court_wants_kept_but_what_the_contact_wants_kept_is(
    world: World, cia: Member
) -> None:
    await owned(world)
    talk = await world.only()
    message = next(it for it in (await world.see()).thread if isinstance(it, Said)).id
    await put_hold(world.house, cia, talk, Ground.COURT, in_days(world, 30))
    with pytest.raises(BadInput) as refused:
        await redact(world.house, world.counsellor, talk, message)
    assert (refused.value.field, refused.value.problem) == ("redact", "held")
    await put_hold(world.house, cia, talk, Ground.WISH, in_days(world, 30))
    await redact(world.house, world.counsellor, talk, message)
