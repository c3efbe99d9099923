"""What somebody wrote and must now stay away from does not leave: it waits for whoever is next."""

import asyncio
from uuid import UUID

import pytest

from domain.access import Role
from domain.contact_rules import Refusal
from domain.conversation import Outcome
from domain.delivery import Delivery
from domain.member import Member
from handlers.close import close
from handlers.find import ask, find
from handlers.house import House
from handlers.planned import send_planned
from handlers.resend import resend
from handlers.seen import Said
from handlers.stay_away import keep_away, let_back
from handlers.take import take
from tests.test_planned import kinds, passes
from tests.test_planned_texts import in_talk, last, plan
from tests.world import World


@pytest.fixture
async def boss(world: World) -> Member:
    return await World.hired(world.house, "Bo", Role.COORDINATOR)


@pytest.fixture
async def elis(world: World) -> Member:
    return await World.hired(world.house, "Elis")


async def as_elis(world: World, elis: Member, talk: UUID) -> list[Said]:
    await take(world.house, elis, talk)
    seen = await World(world.house, world.clock, elis).see(talk)
    return [one for one in seen.thread if isinstance(one, Said)]


async def test_what_was_planned_is_held_back_at_once_and_shown_with_its_reason(
    world: World, boss: Member, elis: Member, twin: House
) -> None:
    talk = await in_talk(world)
    await plan(world, talk, 48)
    await keep_away(world.house, boss, talk, world.counsellor.id)
    await asyncio.gather(send_planned(world.house), send_planned(twin))
    assert talk in {task.conversation_id for task in (await world.queue(elis)).tasks}
    assert talk not in {task.conversation_id for task in (await world.queue()).tasks}
    said = (await as_elis(world, elis, talk))[-1]
    assert (said.body, said.delivery, said.refusal) == (
        "Hur gick det?", Delivery.WITHHELD, Refusal.STAYS_AWAY
    )  # fmt: skip
    assert (await World(world.house, world.clock, elis).see(talk)).planned == ()
    await passes(world, 72 * 60)
    assert [one.body for one in await _said(world, elis, talk)].count("Hur gick det?") == 1


async def _said(world: World, member: Member, talk: UUID) -> list[Said]:
    seen = await World(world.house, world.clock, member).see(talk)
    return [one for one in seen.thread if isinstance(one, Said)]


async def test_of_a_closed_one_too_and_what_was_due_at_that_moment(
    world: World, boss: Member
) -> None:
    talk = await in_talk(world)
    await plan(world, talk, 1)
    await close(world.house, world.counsellor, talk, Outcome.OTHER)
    world.clock.advance(hours=1)
    await keep_away(world.house, boss, talk, world.counsellor.id)
    await send_planned(world.house)
    await let_back(world.house, boss, talk, world.counsellor.id)
    assert await last(world, talk) == ("Hur gick det?", Delivery.WITHHELD, Refusal.STAYS_AWAY)
    assert (await kinds(world, talk))[-1] == "plan_refused"


async def test_a_reply_that_waits_to_leave_is_held_back_and_may_be_sent_by_the_next(
    world: World, boss: Member, elis: Member
) -> None:
    talk = await in_talk(world)
    await world.reply(talk, "Jag ringer.")
    await keep_away(world.house, boss, talk, world.counsellor.id)
    said = (await as_elis(world, elis, talk))[-1]
    assert (said.body, said.delivery, said.refusal) == (
        "Jag ringer.", Delivery.WITHHELD, Refusal.STAYS_AWAY
    )  # fmt: skip
    await resend(world.house, elis, talk, said.id, form_key=talk, asked=True)
    again = next(one for one in await _said(world, elis, talk) if one.body == "Jag ringer.")
    assert again.delivery is Delivery.QUEUED


async def test_what_others_planned_and_wrote_goes_on(
    world: World, boss: Member, elis: Member
) -> None:
    talk = await in_talk(world)
    await plan(world, talk, 1)
    await world.reply(talk, "Jag ringer.")
    await keep_away(world.house, boss, talk, elis.id)
    (one,) = (await world.see(talk)).planned
    assert one.due_at > world.clock.now()
    assert (await last(world, talk))[1] is Delivery.QUEUED
    search = await ask(world.house, elis, "ringer")
    assert (await find(world.house, elis, search)).found == ()
