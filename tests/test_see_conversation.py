"""The conversation page: who may see it, what is logged, and that one broken row spoils nothing."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Table, func, select, update

from domain.member import Member, Role
from domain.message import Author
from domain.need import Reason
from handlers.errors import NotAllowed, NotFound
from handlers.give_reason import give_reason
from handlers.keep_draft import keep_draft
from handlers.receive import receive
from handlers.redact import redact
from handlers.see_conversation import see_conversation
from handlers.seen import Conversation, Noted, Said
from handlers.write_note import write_note
from storage import messages, openings, tables
from storage.database import Tx
from storage.ids import new_id
from storage.messages import Message
from tests.world import LINE, PHONE, World

AT = datetime(2026, 3, 2, 12, 1, tzinfo=UTC)


async def _openings(world: World, conversation: UUID) -> list[UUID]:
    """Who opened it, in order."""
    o = tables.openings.c
    async with world.house.db.read() as tx:
        rows = await tx.conn.scalars(
            select(o.member_id).where(o.conversation_id == conversation).order_by(o.id)
        )
        return list(rows)


async def test_every_opening_is_logged_and_refreshing_is_not(world: World) -> None:
    await world.text("hej")
    conversation = await world.only()
    elis = await world.hired(world.house, "Elis")
    await see_conversation(world.house, elis, conversation)
    await see_conversation(world.house, elis, conversation, opening=False)
    await see_conversation(world.house, world.counsellor, conversation)
    assert await _openings(world, conversation) == [elis.id, world.counsellor.id]


@pytest.mark.parametrize("role", [Role.ADMIN, Role.REPORTER])
async def test_who_may_not_read_sees_nothing_and_leaves_no_opening(
    world: World, role: Role
) -> None:
    await world.text("hej")
    conversation = await world.only()
    lesser = await world.hired(world.house, "Bo", role)
    for opening in (True, False):
        with pytest.raises(NotAllowed):
            await see_conversation(world.house, lesser, conversation, opening=opening)
    with pytest.raises(NotAllowed):
        await keep_draft(world.house, lesser, conversation, "Hej")
    assert await _openings(world, conversation) == []


async def test_a_conversation_that_does_not_exist_is_not_found_and_not_logged(
    world: World,
) -> None:
    with pytest.raises(NotFound):
        await see_conversation(world.house, world.counsellor, uuid4())
    async with world.house.db.read() as tx:
        assert await tx.conn.scalar(select(func.count()).select_from(tables.openings)) == 0


async def test_a_colleague_reads_along_but_only_the_owner_marks_read(world: World) -> None:
    await world.text("hej")
    conversation = await world.taken()
    elis = await world.hired(world.house, "Elis")
    await give_reason(world.house, elis, conversation, Reason.COLLEAGUE)
    beside = await see_conversation(world.house, elis, conversation)
    assert not beside.mine
    assert (await world.queue()).mine[0].unread == 1
    seen = await see_conversation(world.house, world.counsellor, conversation, opening=False)
    assert seen.row.unread == 1
    seen = await see_conversation(world.house, world.counsellor, conversation)
    assert next(it.unread for it in seen.thread if isinstance(it, Said))
    assert (await world.queue()).mine[0].unread == 0


async def test_a_text_that_comes_while_the_page_opens_is_shown_or_stays_unread(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.text("hej")
    conversation = await world.taken()
    log = openings.log

    async def slow(tx: Tx, *which: Any) -> None:
        await messages.add(tx, [fresh])
        await log(tx, *which)

    fresh = Message(new_id(world.clock.now()), conversation, Author.CONTACT, AT, "en till")
    monkeypatch.setattr(openings, "log", slow)
    shown = await see_conversation(world.house, world.counsellor, conversation)
    assert "en till" not in [it.body for it in shown.thread if isinstance(it, Said)]
    assert (await world.queue()).mine[0].unread == 1


async def test_the_thread_is_in_order_and_says_who_wrote(world: World) -> None:
    await world.text("hej")
    conversation = await world.taken()
    await write_note(world.house, world.counsellor, conversation, "Obs", form_key=uuid4())
    world.clock.advance(seconds=1)
    await world.reply(conversation, "Hej, Alva här.", asked=True)
    thread = (await world.see()).thread
    assert [it.at for it in thread] == sorted(it.at for it in thread)
    said = [(it.author, it.counsellor) for it in thread if isinstance(it, Said)]
    assert said == [("contact", None), ("machine", None), ("counsellor", "Alva")]


async def test_no_address_is_in_what_staff_are_shown(world: World) -> None:
    await world.text("hej")
    shown = repr(await world.see())
    assert PHONE not in shown
    assert LINE not in shown


async def _break(world: World, table: Table, column: str, of: UUID | None = None) -> None:
    """Somebody changed the database, or a disk did."""
    statement = update(table).values({column: b"\x01\x00\x01" + b"x" * 60})
    async with world.house.db.write() as tx:
        await tx.conn.execute(statement.where(table.c.id == of) if of else statement)


async def _shown_to(world: World, member: Member, conversation: UUID) -> Conversation:
    return await see_conversation(world.house, member, conversation)


async def test_a_broken_message_is_shown_as_unreadable_and_the_rest_as_ever(
    world: World,
) -> None:
    await world.text("hej")
    await world.text("är någon där?")
    conversation = await world.taken()
    await write_note(world.house, world.counsellor, conversation, "Obs", form_key=uuid4())
    said = [it for it in (await world.see()).thread if isinstance(it, Said)]
    await _break(world, tables.messages, "body_sealed", said[0].id)
    thread = (await _shown_to(world, world.counsellor, conversation)).thread
    after = [it for it in thread if isinstance(it, Said)]
    assert (after[0].body, after[0].unreadable) == (None, True)
    assert [it.body for it in after[1:]] == [it.body for it in said[1:]]
    assert not any(it.unreadable for it in after[1:])
    await _break(world, tables.notes, "body_sealed")
    (note,) = (it for it in (await world.see()).thread if isinstance(it, Noted))
    assert (note.body, note.unreadable) == (None, True)


async def test_a_broken_message_can_still_be_redacted(world: World) -> None:
    await world.text("hej")
    conversation = await world.only()
    (said, *_) = (await world.see()).thread
    assert isinstance(said, Said)
    await _break(world, tables.messages, "body_sealed", said.id)
    await redact(world.house, world.counsellor, conversation, said.id)
    (said, *_) = (await world.see()).thread
    assert isinstance(said, Said)
    assert (said.body, said.unreadable) == (None, False)


async def test_broken_names_drafts_and_answers_spoil_neither_the_queue_nor_the_page(
    world: World,
) -> None:
    for answer in ("hej", "1", "3"):
        await world.text(answer)
    conversation = await world.taken()
    await keep_draft(world.house, world.counsellor, conversation, "Hej")
    await _break(world, tables.members, "name_sealed")
    await _break(world, tables.triages, "state_sealed")
    await _break(world, tables.drafts, "body_sealed")
    await _break(world, tables.lines, "name_sealed")
    assert [row.owner for row in (await world.queue()).mine] == ["?"]
    talk = await _shown_to(world, world.counsellor, conversation)
    assert (talk.draft, talk.answers) == ("", ())


async def test_a_broken_message_does_not_stop_the_machine_for_others(world: World) -> None:
    await world.text("hej")
    await receive(world.house, [world.message("1")])
    await _break(world, tables.messages, "body_sealed")
    await world.text("hej", "+46701740611")
    assert len((await world.queue()).waiting) == 2
    world.clock.advance(seconds=10)
    await world.step()
    rows = (await world.queue()).waiting
    assert await world.said(rows[1].id) == ["greet"]


async def test_a_broken_line_does_not_stop_texts_from_coming_in(world: World) -> None:
    await _break(world, tables.lines, "address_sealed")
    await world.text("hej")
    assert len((await world.queue()).waiting) == 1
