"""Whoever asks to be deleted is, by the machine where nothing is open and by a person elsewhere."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import LargeBinary

from domain.conversation import Outcome, State
from domain.deletion import Decline, Stage
from handlers.add_line import add_line
from handlers.close import close
from handlers.confirm_deletion import confirm_deletion, decline_deletion
from handlers.errors import AlreadyTaken, BadInput, NotYours
from handlers.keep_draft import keep_draft, keep_note_draft
from handlers.see_deletion import see_deletion
from handlers.seen import Happened, Noted, Said
from handlers.take import take
from handlers.write_note import write_note
from storage import tables
from storage.page_tables import metadata
from tests.deleting import ABOUT, asked_with_nothing_open, rows, run, sealed, stage, to_the_end
from tests.post import Post
from tests.states import closed, machine_said, owned, stored, waiting
from tests.world import PHONE, World

OTHER = "+46701740606"


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
    assert await rows(world, "contact_keys") == []
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
    await keep_note_draft(world.house, world.counsellor, talk, "half a note")
    await world.text("RADERA")
    await world.text("RADERA JA")
    await confirm_deletion(world.house, world.counsellor, talk, keeps_notes=True, sure=True)
    await to_the_end(world, post)
    assert (await machine_said(world))[-1] == "deleted_part"
    thread = (await world.see(talk)).thread
    assert [item.body for item in thread if isinstance(item, Noted)] == ["reported"]
    assert {item.body for item in thread if isinstance(item, Said)} == {None}
    assert await rows(world, "drafts") == []
    assert await rows(world, "note_drafts") == []


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
    assert await rows(world, "contact_keys") == []
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
