"""Deletion step by step: killed, doubled, overtaken, and by two processes at once."""

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from domain.conversation import Outcome, State
from domain.deletion import Stage
from domain.delivery import Delivery
from domain.gate import Gate
from handlers.close import close
from handlers.confirm_deletion import confirm_deletion
from handlers.forget import forget
from handlers.house import House
from handlers.receive import receive
from handlers.see_deletion import see_deletion
from handlers.send import lease
from handlers.write_note import write_note
from staff.times import Times
from tests.browser.scene import Scene
from tests.deleting import asked_with_nothing_open, rows, run, sealed, stage, to_the_end
from tests.post import Post
from tests.states import closed, gate_closed, machine_said, owned, stored, waiting
from tests.test_rota_pages import plain
from tests.world import World


async def test_a_text_that_comes_while_it_runs_is_somebody_new(world: World, post: Post) -> None:
    await asked_with_nothing_open(world)
    await run(world.house)
    assert await stage(world) is Stage.TELLING
    await world.text("hej igen")
    assert await world.heard() == ["hej igen"]
    (row,) = (await world.queue()).waiting
    assert (row.returning, row.gate) == (False, Gate.UNKNOWN)
    for _ in range(3):
        await run(world.house)
        await post.carry()
        world.clock.advance(seconds=3)
    assert await world.heard() == ["hej igen"]
    assert len(await rows(world, "contacts")) == 2
    assert [bool(keys.address_index) for keys in await rows(world, "contact_keys")] == [True]


async def test_a_text_that_comes_before_it_begins_makes_it_a_request(world: World) -> None:
    await closed(world)
    await world.text("RADERA")
    await receive(world.house, [world.message("RADERA JA"), world.message("vänta, hjälp")])
    await run(world.house)
    assert await stage(world) is None
    after = await stored(world)
    assert (after.state, after.marks) == (State.WAITING, ("delete_requested",))
    assert "delete_noted" in [text.strip("()") for text in await machine_said(world)]


async def test_two_confirmations_at_once_delete_once(world: World, post: Post) -> None:
    await closed(world)
    await world.text("RADERA")
    await receive(world.house, [world.message("RADERA JA"), world.message("RADERA JA")])
    sent = await to_the_end(world, post)
    assert len([text for text in sent if "168" in text]) == 1
    assert "delete_ask" not in sent[1:]


async def test_two_processes_and_two_people_do_it_once(
    world: World, twin: House, post: Post
) -> None:
    await waiting(world)
    await world.text("RADERA")
    await world.text("RADERA JA")
    talk = (await stored(world)).id
    both = (
        confirm_deletion(one, world.counsellor, talk, keeps_notes=False, sure=True)
        for one in (world.house, twin)
    )
    await asyncio.gather(*both)
    for _ in range(4):
        await asyncio.gather(forget(world.house), forget(twin))
        await post.carry()
        world.clock.advance(seconds=3)
    assert await stage(world) is Stage.DONE
    said = [row for row in await rows(world, "messages") if row.text_id == "deleted"]
    begun = [row for row in await rows(world, "events") if row.kind == "deletion_begun"]
    assert (len(said), len(begun)) == (1, 1)


class Killed(Exception):
    """What a process that dies in the middle of a transaction leaves behind: nothing of it."""


@contextmanager
def killed_at(house: House, statement: int) -> Iterator[None]:
    """From the writer's statement of this number on, none is done."""
    engine, done = house.db._writer.sync_engine, itertools.count(1)

    def dies(*_: object) -> None:
        if next(done) >= statement:
            raise Killed

    event.listen(engine, "before_cursor_execute", dies)
    try:
        with suppress(Killed):
            yield
    finally:
        event.remove(engine, "before_cursor_execute", dies)


@pytest.mark.parametrize("at", range(1, 70, 4))
async def test_killed_at_any_statement_it_goes_on(world: World, post: Post, at: int) -> None:
    await asked_with_nothing_open(world)
    with killed_at(world.house, at):
        await to_the_end(world, post)
    world.clock.advance(seconds=30)
    await to_the_end(world, post)
    world.clock.advance(hours=25)
    await to_the_end(world, post)
    assert await stage(world) is Stage.DONE
    said = [row for row in await rows(world, "messages") if row.text_id == "deleted"]
    assert [row.body_sealed for row in said] == [None]
    assert [sealed(row) for row in await rows(world, "messages") if sealed(row)] == []


async def test_a_text_on_its_way_is_waited_for_and_one_that_waits_is_withdrawn(
    world: World, post: Post
) -> None:
    await owned(world)
    talk = await world.only()
    await world.reply(talk, "first", asked=True)
    (under_way,) = await lease(world.house)
    await world.reply(talk, "second", asked=True)
    await world.text("RADERA")
    await world.text("RADERA JA")
    await confirm_deletion(world.house, world.counsellor, talk, keeps_notes=False, sure=True)
    await run(world.house)
    assert await stage(world) is Stage.CLEARING
    await post.accept([under_way])
    sent = await to_the_end(world, post)
    assert "second" not in sent
    assert len(sent) == 1
    assert await stage(world) is Stage.DONE


async def test_what_nobody_can_settle_holds_it_up_for_a_day_at_most(world: World) -> None:
    await owned(world)
    talk = await world.only()
    await world.reply(talk, "lost", asked=True)
    await lease(world.house)
    await world.text("RADERA")
    await world.text("RADERA JA")
    await confirm_deletion(world.house, world.counsellor, talk, keeps_notes=False, sure=True)
    world.clock.advance(hours=23)
    await run(world.house)
    assert await stage(world) is Stage.CLEARING
    world.clock.advance(hours=2)
    await run(world.house)
    world.clock.advance(seconds=3)
    await run(world.house)
    assert await stage(world) is Stage.DONE


async def test_who_may_not_be_written_to_is_deleted_without_a_word(
    world: World, post: Post
) -> None:
    await gate_closed(world)
    talk = await world.taken()
    await close(world.house, world.counsellor, talk, Outcome.OTHER)
    await world.text("RADERA")
    await world.text("RADERA JA")
    before = len(await rows(world, "outbox"))
    await to_the_end(world, post)
    assert await stage(world) is Stage.DONE
    last = (await rows(world, "outbox"))[before:]
    assert [(row.state, row.body_sealed) for row in last] == [(Delivery.WITHHELD, None)]


async def test_nobody_is_reached_by_what_is_left(world: World, post: Post) -> None:
    talk = await asked_with_nothing_open(world)
    await to_the_end(world, post)
    seen = await world.see(talk)
    assert seen.safe_hours is None
    assert "not_answerable" in str(seen.refusal) or not seen.mine
    status = [row.provider_id for row in await rows(world, "outbox")]
    assert set(status) == {None}


async def test_the_page_counts_what_goes_and_shows_none_of_it(world: World) -> None:
    await owned(world)
    talk = await world.only()
    await write_note(world.house, world.counsellor, talk, "a note", form_key=uuid4())
    await world.text("RADERA")
    await world.text("RADERA JA")
    asked = await see_deletion(world.house, world.counsellor, talk)
    assert dict(asked.counts)["heard"] == 3
    assert dict(asked.counts)["notes"] == 1
    assert (asked.mine, asked.backups) == (True, timedelta(days=7))


STOCKHOLM, NOON = ZoneInfo("Europe/Stockholm"), datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_staff_read_hours_under_two_days_and_days_from_there() -> None:
    said = {
        (language, hours): Times(STOCKHOLM, language, NOON).span(timedelta(hours=hours))
        for language in ("sv", "en")
        for hours in (1, 47, 48, 49, 168)
    }
    assert said == {
        ("sv", 1): "1 timme", ("sv", 47): "47 timmar", ("sv", 48): "2 dagar",
        ("sv", 49): "3 dagar", ("sv", 168): "7 dagar",
        ("en", 1): "1 hour", ("en", 47): "47 hours", ("en", 48): "2 days",
        ("en", 49): "3 days", ("en", 168): "7 days",
    }  # fmt: skip


async def test_the_page_says_seven_days_of_back_ups(scene: Scene) -> None:
    for word in ("RADERA", "RADERA JA"):
        await scene.world.text(word)
    page = plain((await scene.alva.get(f"{scene.path}/deletion")).text)
    assert "Back-ups, which are destroyed within 7 days" in page
    assert "168" not in page


async def test_the_hours_of_the_back_ups_are_those_of_the_setting(world: World, post: Post) -> None:
    await asked_with_nothing_open(world)
    world.house = replace(world.house, backups=timedelta(days=2))
    assert "48" in (await to_the_end(world, post))[-1]
