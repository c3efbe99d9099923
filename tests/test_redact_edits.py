"""A redacted message that its writer edits: what was destroyed never comes back."""

import asyncio

import pytest
from sqlalchemy import select

from domain.priority import Tier
from handlers.house import House
from handlers.redact import redact
from handlers.revise import Edit, revise
from handlers.see_conversation import see_conversation
from handlers.seen import Said
from storage import channel_tables
from tests.test_telegram_edits import DANGER, edit, message, versions, write
from tests.world import World


async def test_redacting_a_message_destroys_what_it_said_later(world: World) -> None:
    number = await write(world, "hej")
    await edit(world, number, "Anna Andersson")
    (said,) = [s for s in (await world.see()).thread if isinstance(s, Said) and s.rewritten]
    await redact(world.house, world.counsellor, await world.only(), said.id)
    assert await versions(world) == [[None, None]]
    (gone,) = [s for s in (await world.see()).thread if isinstance(s, Said) and s.rewritten]
    assert not gone.redactable
    assert [one.refused for one in gone.rewritten] == [False]


async def redacted(world: World, *bodies: str) -> int:
    """A message that reads like each of these in turn, read by Alva and then redacted by her."""
    number = await write(world, bodies[0])
    for body in bodies[1:]:
        await edit(world, number, body)
    talk = await world.taken()
    await see_conversation(world.house, world.counsellor, talk)
    (said,) = [
        s for s in (await world.see()).thread if isinstance(s, Said) and s.author == "contact"
    ]
    await redact(world.house, world.counsellor, talk, said.id)
    world.clock.advance(seconds=5)
    return number


async def test_a_redacted_message_that_telegram_brings_again_changes_nothing(world: World) -> None:
    number = await redacted(world, "Anna på Hemliga gatan", "Anna")
    before = await world.see()
    for body in ("Anna", "Anna", "Anna på Hemliga gatan"):
        await edit(world, number, body)
    after = await world.see()
    assert (after.event, after.row.unread, after.thread) == (before.event, 0, before.thread)


async def test_a_new_text_of_a_redacted_message_is_noted_unread_and_its_words_are_not_kept(
    world: World,
) -> None:
    number = await redacted(world, "Anna på Hemliga gatan")
    for _ in range(2):
        await edit(world, number, "Anna på Hemliga gatan 4")
    (said,) = [s for s in (await world.see()).thread if isinstance(s, Said) and s.rewritten]
    assert await versions(world) == [[None, None]]
    assert ([one.refused for one in said.rewritten], said.redactable) == ([True], False)
    row = (await world.see()).row
    assert (row.unread, row.answered) == (1, False)
    async with world.house.db.read() as tx:
        sealed = select(channel_tables.revisions.c.body_sealed)
        assert list(await tx.conn.scalars(sealed)) == [None]


async def test_an_edit_that_was_made_before_the_redaction_and_comes_after_it_is_not_kept(
    world: World,
) -> None:
    number = await write(world, "Anna")
    under_way = Edit(message(world, "Anna Andersson", number), "late")
    talk = await world.only()
    (said,) = [
        s for s in (await world.see()).thread if isinstance(s, Said) and s.author == "contact"
    ]
    await redact(world.house, world.counsellor, talk, said.id)
    await revise(world.house, under_way)
    await redact(world.house, world.counsellor, talk, said.id)
    (again,) = [s for s in (await world.see()).thread if isinstance(s, Said) and s.rewritten]
    assert [(one.body, one.refused) for one in again.rewritten] == [(None, True)]


async def test_danger_in_an_edit_of_a_redacted_message_is_danger(world: World) -> None:
    number = await redacted(world, "Anna på Hemliga gatan")
    await edit(world, number, DANGER)
    assert (await world.see()).row.tier is Tier.P1
    assert await versions(world) == [[None, None]]


@pytest.mark.parametrize("round_", range(4))
async def test_an_edit_and_a_redaction_at_once_leave_no_words(
    world: World, twin: House, round_: int
) -> None:
    number = await write(world, "Anna")
    talk = await world.only()
    (said,) = [
        s for s in (await world.see()).thread if isinstance(s, Said) and s.author == "contact"
    ]
    both = [
        revise(twin, Edit(message(world, "Anna Andersson", number), "1")),
        redact(world.house, world.counsellor, talk, said.id),
    ]
    await asyncio.gather(*(both if round_ % 2 else reversed(both)))
    assert await versions(world) == [[None, None]]
