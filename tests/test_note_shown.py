"""What came while its owner had the page before them: read when it was shown, by nobody else."""

from uuid import UUID, uuid4

import pytest

from domain.member import Role
from handlers.errors import NotAllowed, NotFound
from handlers.note_shown import note_shown
from handlers.see_conversation import see_conversation
from handlers.see_queue import newest_event
from storage import revisions
from storage.ids import new_id
from storage.revisions import Revision
from tests.world import World


@pytest.fixture
async def talk(world: World) -> UUID:
    """Alva has it and has read it; then a text comes."""
    await world.text("hej")
    talk = await world.taken()
    await see_conversation(world.house, world.counsellor, talk)
    await world.text("är du där?")
    assert await unread(world) == 1
    return talk


async def unread(world: World) -> int:
    return (await world.queue()).mine[0].unread


async def newest(world: World, talk: UUID) -> UUID:
    found = (await world.see(talk)).newest
    assert found is not None
    return found


async def test_what_the_owners_page_has_shown_is_read_and_is_still_unanswered(
    world: World, talk: UUID
) -> None:
    seen = await world.see(talk)
    number = await note_shown(
        world.house, world.counsellor, talk, await newest(world, talk), seen.event
    )
    assert await unread(world) == 0
    assert not (await world.queue()).mine[0].answered
    assert number == await newest_event(world.house, talk)


async def test_what_is_newer_than_what_was_shown_stays_unread(world: World, talk: UUID) -> None:
    shown = await newest(world, talk)
    await world.text("hallå?")
    await note_shown(world.house, world.counsellor, talk, shown, 0)
    assert await unread(world) == 1


async def test_a_text_that_was_edited_since_stays_unread(world: World, talk: UUID) -> None:
    shown = await newest(world, talk)
    async with world.house.db.write() as tx:
        now = world.clock.advance(seconds=1)
        await revisions.add(tx, talk, Revision(new_id(now), shown, now, "är du där nu?"))
    await note_shown(world.house, world.counsellor, talk, shown, 0)
    assert await unread(world) == 1


async def test_of_a_page_that_is_older_no_number_is_told(world: World, talk: UUID) -> None:
    older = (await world.see(talk)).event - 1
    shown = await newest(world, talk)
    assert await note_shown(world.house, world.counsellor, talk, shown, older) is None
    assert await unread(world) == 0


async def test_shown_again_changes_nothing_and_wakes_nobody(world: World, talk: UUID) -> None:
    shown = await newest(world, talk)
    await note_shown(world.house, world.counsellor, talk, shown, 0)
    before = await newest_event(world.house)
    assert await note_shown(world.house, world.counsellor, talk, shown, before) is None
    assert await newest_event(world.house) == before


async def test_what_others_have_before_them_is_not_read_by_the_owner(
    world: World, talk: UUID
) -> None:
    elis = await world.hired(world.house, "Elis")
    assert await note_shown(world.house, elis, talk, await newest(world, talk), 0) is None
    assert await unread(world) == 1
    for role in (Role.ADMIN, Role.REPORTER):
        lesser = await world.hired(world.house, role, role)
        with pytest.raises(NotAllowed):
            await note_shown(world.house, lesser, talk, uuid4(), 0)
    with pytest.raises(NotFound):
        await note_shown(world.house, elis, uuid4(), uuid4(), 0)
