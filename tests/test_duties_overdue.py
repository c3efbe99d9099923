"""What must be reported and is overdue is told once; nobody is deleted while it stands open."""

import asyncio

import pytest

from domain.conversation import State
from domain.deletion import Stage
from domain.duty import Outcome, Recipient
from domain.member import Role
from domain.need import Reason
from handlers.close_duty import close_duty
from handlers.confirm_deletion import confirm_deletion
from handlers.errors import StillToReport
from handlers.give_reason import give_reason
from handlers.house import House
from handlers.see_deletion import see_deletion
from handlers.see_duties import see_duty
from handlers.take import take
from handlers.tell_overdue import tell_overdue
from storage.texts import NO_WORDS
from tests.deleting import run, stage, to_the_end
from tests.post import Post
from tests.states import closed, owned, stored
from tests.test_duties import NOT_NEEDED, WHY, happened, raised, reported
from tests.tower import Tower
from tests.world import World

CIAS = "+46701740653"


# Overdue


@pytest.fixture
async def tower(world: World) -> Tower:
    made = Tower(world)
    await World.hired(world.house, "Cia", Role.COORDINATOR)
    await made.paged("Cia", CIAS)
    await world.text("hej")
    await take(world.house, world.counsellor, await world.only())
    return made


async def test_a_coordinator_is_told_once_by_however_many_processes(
    world: World, twin: House, tower: Tower
) -> None:
    one = await raised(world)
    world.clock.advance(minutes=59)
    assert await tell_overdue(world.house) == 0
    world.clock.advance(minutes=1)
    told = await asyncio.gather(*(tell_overdue(h) for h in (world.house, twin, world.house, twin)))
    assert sum(told) == 1
    assert await tower.tick() == [CIAS]
    assert "försenad" in tower.heard[-1][1]
    world.clock.advance(hours=9)
    assert await tell_overdue(world.house) == 0
    assert await tower.tick() == []
    assert "duty_late" in await happened(world, one.conversation_id)
    assert (await world.queue()).duties[0].late


async def test_killed_before_it_is_committed_it_is_told_by_the_next(
    world: World, twin: House, tower: Tower, monkeypatch: pytest.MonkeyPatch
) -> None:
    await raised(world)
    world.clock.advance(hours=2)

    async def dies(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as dying:
        dying.setattr("handlers.tell_overdue.pages.add", dies)
        with pytest.raises(RuntimeError):
            await tell_overdue(world.house)
    assert await tell_overdue(twin) == 1
    assert await tower.tick() == [CIAS]


async def test_while_nobody_can_be_reached_it_is_tried_again(world: World) -> None:
    await owned(world)
    await raised(world)
    world.clock.advance(hours=2)
    assert await tell_overdue(world.house) == 0
    tower = Tower(world)
    await World.hired(world.house, "Cia", Role.COORDINATOR)
    await tower.paged("Cia", CIAS)
    assert await tell_overdue(world.house) == 1
    assert await tower.tick() == [CIAS]


async def test_what_was_closed_in_time_is_told_to_nobody(world: World, tower: Tower) -> None:
    one = await raised(world)
    await close_duty(world.house, world.counsellor, one.id, NOT_NEEDED)
    world.clock.advance(hours=2)
    assert await tell_overdue(world.house) == 0
    late = await raised(world)
    world.clock.advance(hours=2)
    assert await tell_overdue(world.house) == 1
    await close_duty(world.house, world.counsellor, late.id, NOT_NEEDED)
    assert await tower.tick() == [], "closed before its page has left"


# Deletion


async def test_with_one_open_a_contact_is_not_deleted_before_a_person_has_closed_it(
    world: World, post: Post
) -> None:
    await closed(world)
    talk = (await stored(world)).id
    one = await raised(world, talk)
    await world.text("RADERA")
    await world.text("RADERA JA")
    await run(world.house)
    assert await stage(world) is None
    assert [row.id for row in (await world.queue()).requests] == [talk]
    asked = await see_deletion(world.house, world.counsellor, talk)
    assert [duty.id for duty in asked.duties] == [one.id]
    with pytest.raises(StillToReport):
        await confirm_deletion(world.house, world.counsellor, talk, keeps_notes=False, sure=True)
    await close_duty(world.house, world.counsellor, one.id, reported(world))
    await confirm_deletion(world.house, world.counsellor, talk, keeps_notes=False, sure=True)
    await to_the_end(world, post)
    assert await stage(world) is Stage.DONE
    seen = await see_duty(world.house, world.counsellor, one.id)
    assert (seen.outcome, seen.recipient) == (Outcome.REPORTED, Recipient.SOCIAL_SERVICES)
    assert (seen.alias, seen.why, seen.closing) == ("?", NO_WORDS, NO_WORDS)
    assert await world.count("register_words") == 0


async def test_one_that_is_closed_does_not_stand_in_the_way(world: World, post: Post) -> None:
    await closed(world)
    talk = (await stored(world)).id
    one = await raised(world, talk)
    await close_duty(world.house, world.counsellor, one.id, NOT_NEEDED)
    await world.text("RADERA")
    await world.text("RADERA JA")
    await to_the_end(world, post)
    assert await stage(world) is Stage.DONE


async def test_where_the_law_keeps_notes_the_words_stay(world: World, post: Post) -> None:
    await owned(world)
    one = await raised(world)
    await close_duty(world.house, world.counsellor, one.id, reported(world))
    await world.text("RADERA")
    await world.text("RADERA JA")
    talk = one.conversation_id
    await confirm_deletion(world.house, world.counsellor, talk, keeps_notes=True, sure=True)
    await to_the_end(world, post)
    assert (await stored(world)).state is State.CLOSED
    await give_reason(world.house, world.counsellor, talk, Reason.REVIEW)
    assert (await see_duty(world.house, world.counsellor, one.id)).why.body == WHY
