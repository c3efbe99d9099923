"""Whoever asks to be deleted is, by the machine where nothing is open and by a person elsewhere."""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import LargeBinary, event, select

from domain.conversation import Outcome, State
from domain.deletion import Decline, Stage
from domain.delivery import Delivery
from domain.gate import Gate
from handlers.add_line import add_line
from handlers.close import close
from handlers.confirm_deletion import confirm_deletion, decline_deletion
from handlers.errors import AlreadyTaken, BadInput, NotYours
from handlers.forget import forget
from handlers.house import House
from handlers.keep_draft import keep_draft
from handlers.receive import receive
from handlers.see_deletion import see_deletion
from handlers.seen import Happened, Noted, Said
from handlers.send import lease
from handlers.take import take
from handlers.write_note import write_note
from storage import deletions, tables
from storage.page_tables import metadata
from tests.post import Post
from tests.states import closed, gate_closed, machine_said, owned, stored, waiting
from tests.world import PHONE, World

OTHER = "+46701740606"


async def run(house: House) -> None:
    while await forget(house):
        pass


async def asked_with_nothing_open(world: World) -> UUID:
    await closed(world)
    await world.text("RADERA")
    await world.text("RADERA JA")
    return (await stored(world)).id


async def stage(world: World) -> Stage | None:
    async with world.house.db.read() as tx:
        found = await deletions.of_contact(tx, (await stored(world)).contact_id)
    return found.stage if found else None


async def to_the_end(world: World, post: Post) -> list[str]:
    """All steps, with a provider that takes what is sent; what was sent."""
    sent = []
    for _ in range(4):
        await run(world.house)
        sent += await post.carry()
        world.clock.advance(seconds=3)
    return sent


async def rows(world: World, table: str) -> list[Any]:
    async with world.house.db.read() as tx:
        return list(await tx.conn.execute(select(metadata.tables[table])))


def sealed(row: Any) -> list[str]:
    """The columns of a row that hold something sealed or keyed."""
    ends = ("_sealed", "address_index")
    return [name for name, held in row._mapping.items() if name.endswith(ends) and held]


ABOUT = (
    "contact_pairs",
    "messages",
    "outbox",
    "notes",
    "drafts",
    "triages",
    "plans",
    "pictures",
    "revisions",
)


async def test_with_nothing_open_it_runs_by_itself_and_they_are_told_when_it_is_true(
    world: World, post: Post
) -> None:
    talk = await asked_with_nothing_open(world)
    assert (await world.queue()).requests == ()
    sent = await to_the_end(world, post)
    assert [text for text in sent if "168" in text] == sent[-1:]
    assert await stage(world) is Stage.DONE
    for table in ABOUT:
        assert [sealed(row) for row in await rows(world, table) if sealed(row)] == [], table
    (contact,) = await rows(world, "contacts")
    assert sealed(contact) == ["our_address_index"]
    assert await rows(world, "aliases") == []
    assert (await world.see(talk)).row.state is State.CLOSED


async def test_every_table_that_holds_something_of_a_contact_is_seen_to(
    world: World, post: Post
) -> None:
    """A table that is added later and holds something sealed of theirs must be in ABOUT."""
    theirs = {"contacts", "conversations", "messages"}
    pointing = {
        name
        for name, table in metadata.tables.items()
        if any(key.column.table.name in theirs for key in table.foreign_keys)
        and any(column.name.endswith("_sealed") for column in table.columns)
    }
    assert pointing - {"pages"} == set(ABOUT)


async def test_nothing_in_the_database_names_them_afterwards(world: World, post: Post) -> None:
    await asked_with_nothing_open(world)
    ids = {r.provider_id for r in await rows(world, "messages") if r.provider_id}
    await to_the_end(world, post)
    assert ids
    for name, table in metadata.tables.items():
        for row in await rows(world, name):
            for column in table.columns:
                held = row._mapping[column.name]
                if not isinstance(column.type, LargeBinary):
                    assert not any(one in str(held) for one in (*ids, PHONE)), (name, column.name)


@pytest.mark.parametrize("state", [waiting, owned])
async def test_with_something_open_a_person_decides_first(
    world: World, state: Callable[[World], Any]
) -> None:
    await state(world)
    await world.text("RADERA")
    await world.text("RADERA JA")
    await run(world.house)
    assert await stage(world) is None
    assert (await stored(world)).marks == ("delete_requested",)
    heard = [row for row in await rows(world, "messages") if row.author == "contact"]
    assert all(row.body_sealed for row in heard)


@pytest.mark.parametrize("state", [waiting, owned])
async def test_a_person_confirms_and_it_runs(
    world: World, post: Post, state: Callable[[World], Any]
) -> None:
    await state(world)
    await world.text("RADERA")
    await world.text("RADERA JA")
    talk = (await stored(world)).id
    with pytest.raises(BadInput):
        await confirm_deletion(world.house, world.counsellor, talk, keeps_notes=False, sure=False)
    await confirm_deletion(world.house, world.counsellor, talk, keeps_notes=False, sure=True)
    assert (await stored(world)).state is State.CLOSED
    await to_the_end(world, post)
    assert await stage(world) is Stage.DONE
    assert (await machine_said(world))[-1] == "deleted"
    kinds = [i.kind for i in (await world.see(talk)).thread if isinstance(i, Happened)]
    assert kinds[-2:] == ["deletion_begun", "deleted"]


async def test_a_colleague_who_does_not_have_it_cannot_confirm_or_decline(world: World) -> None:
    await owned(world)
    await world.text("RADERA")
    await world.text("RADERA JA")
    talk, bo = (await stored(world)).id, await World.hired(world.house, "Bo")
    with pytest.raises(NotYours):
        await confirm_deletion(world.house, bo, talk, keeps_notes=False, sure=True)
    with pytest.raises(NotYours):
        await decline_deletion(world.house, bo, talk, Decline.NOT_THEM)
    assert await stage(world) is None


async def test_a_person_declines_the_reason_stands_and_they_may_ask_again(world: World) -> None:
    await waiting(world)
    await world.text("RADERA")
    await world.text("RADERA JA")
    talk = (await stored(world)).id
    await decline_deletion(world.house, world.counsellor, talk, Decline.NOT_THEM)
    await decline_deletion(world.house, world.counsellor, talk, Decline.NEEDED)
    await confirm_deletion(world.house, world.counsellor, talk, keeps_notes=False, sure=True)
    assert await stage(world) is None
    assert (await stored(world)).marks == ()
    thread = (await world.see(talk)).thread
    said = [(i.kind, i.detail) for i in thread if isinstance(i, Happened)]
    assert [one for one in said if one[0] == "delete_declined"] == [("delete_declined", "not_them")]
    await world.text("RADERA")
    await world.text("RADERA JA")
    assert (await stored(world)).marks == ("delete_requested",)


async def test_notes_that_the_law_keeps_stay_and_they_are_told_so(world: World, post: Post) -> None:
    await owned(world)
    talk = await world.only()
    await write_note(world.house, world.counsellor, talk, "reported", form_key=uuid4())
    await keep_draft(world.house, world.counsellor, talk, "half a word")
    await world.text("RADERA")
    await world.text("RADERA JA")
    await confirm_deletion(world.house, world.counsellor, talk, keeps_notes=True, sure=True)
    await to_the_end(world, post)
    assert (await machine_said(world))[-1] == "deleted_part"
    thread = (await world.see(talk)).thread
    assert [item.body for item in thread if isinstance(item, Noted)] == ["reported"]
    assert {item.body for item in thread if isinstance(item, Said)} == {None}
    assert await rows(world, "drafts") == []


async def test_whoever_told_that_they_are_under_18_keeps_the_notes_by_themselves(
    world: World, post: Post
) -> None:
    await owned(world)
    async with world.house.db.write() as tx:
        await tx.conn.execute(tables.conversations.update().values(marks=["under_18"]))
    await close(world.house, world.counsellor, await world.only(), Outcome.OTHER)
    await world.text("RADERA")
    await world.text("RADERA JA")
    await to_the_end(world, post)
    assert (await machine_said(world))[-1] == "deleted_part"


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
    people = await rows(world, "contacts")
    assert sorted(bool(person.address_index) for person in people) == [False, True]


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


async def test_every_line_that_the_number_wrote_to_goes(world: World, post: Post) -> None:
    await add_line(world.house, OTHER, "Other card", ("sv",), "exit")
    await closed(world)
    await world.text("hej", to=OTHER)
    other = await world.taken()
    await close(world.house, world.counsellor, other, Outcome.OTHER)
    await world.text("RADERA")
    await world.text("RADERA JA")
    await to_the_end(world, post)
    people = await rows(world, "contacts")
    assert [sealed(person) for person in people] == [["our_address_index"]] * 2
    said = [row for row in await rows(world, "messages") if row.text_id == "deleted"]
    assert len(said) == 1


async def test_a_conversation_that_is_open_on_another_line_makes_it_a_request(
    world: World,
) -> None:
    await add_line(world.house, OTHER, "Other card", ("sv",), "exit")
    await closed(world)
    await world.text("hej", to=OTHER)
    open_one = await world.only()
    await world.text("RADERA")
    await world.text("RADERA JA")
    await run(world.house)
    assert await rows(world, "deletions") == []
    assert (await world.see(open_one)).row.marks == {"delete_requested"}
    bo = await World.hired(world.house, "Bo")
    await take(world.house, bo, open_one)
    with pytest.raises(NotYours):
        await confirm_deletion(
            world.house, world.counsellor, open_one, keeps_notes=False, sure=True
        )
    await confirm_deletion(world.house, bo, open_one, keeps_notes=False, sure=True)
    assert len(await rows(world, "deletions")) == 2


async def test_what_a_colleague_has_on_another_line_is_not_closed_under_them(
    world: World,
) -> None:
    await add_line(world.house, OTHER, "Other card", ("sv",), "exit")
    await waiting(world)
    mine = await world.only()
    await world.text("hej", to=OTHER)
    (other,) = {row.id for row in (await world.queue()).waiting} - {mine}
    bo = await World.hired(world.house, "Bo")
    await take(world.house, bo, other)
    await world.text("RADERA")
    await world.text("RADERA JA")
    with pytest.raises(AlreadyTaken) as refused:
        await confirm_deletion(world.house, world.counsellor, mine, keeps_notes=False, sure=True)
    assert refused.value.owner == "Bo"
    assert not (await see_deletion(world.house, world.counsellor, mine)).mine


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
    assert (asked.mine, asked.hours) == (True, 168)


async def test_the_hours_of_the_back_ups_are_those_of_the_setting(world: World, post: Post) -> None:
    await asked_with_nothing_open(world)
    world.house = replace(world.house, backups=timedelta(days=2))
    assert "48" in (await to_the_end(world, post))[-1]
