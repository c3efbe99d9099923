"""An internal note is for colleagues. Nothing can make a message of it."""

import ast
import asyncio
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, select

import handlers.write_note
import storage.notes
from domain.member import Role
from handlers.errors import BadInput, NotAllowed, NotFound
from handlers.redact import redact
from handlers.seen import Noted
from handlers.write_note import LONGEST, write_note
from storage import tables
from tests.branches import branches
from tests.world import World


async def _notes(world: World) -> list[Noted]:
    return [it for it in (await world.see()).thread if isinstance(it, Noted)]


async def test_a_note_is_shown_as_a_note_with_who_wrote_it(world: World) -> None:
    await world.text("hej")
    conversation = await world.only()
    elis = await world.hired(world.house, "Elis")
    await write_note(
        world.house, elis, conversation, "Ringde mamma.\r\nSen kväll", form_key=uuid4()
    )
    (note,) = await _notes(world)
    assert (note.counsellor, note.body) == ("Elis", "Ringde mamma.\nSen kväll")


async def test_a_note_writes_no_message_and_no_outbox_row(world: World) -> None:
    await world.text("hej")
    conversation = await world.only()
    before = await _counts(world)
    await write_note(world.house, world.counsellor, conversation, "Anteckning", form_key=uuid4())
    assert await _counts(world) == before


async def _counts(world: World) -> tuple[int, int]:
    async with world.house.db.read() as tx:
        messages = await tx.conn.scalar(select(func.count()).select_from(tables.messages))
        rows = await tx.conn.scalar(select(func.count()).select_from(tables.outbox))
    return int(messages or 0), int(rows or 0)


def test_what_writes_notes_knows_neither_messages_nor_the_outbox_nor_a_sender() -> None:
    for module in (handlers.write_note, storage.notes):
        assert module.__file__ is not None
        known = _imported(Path(module.__file__))
        assert not known & {"outbox", "messages", "senders", "reply", "send", "resend"}, module


def _imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {part for alias in node.names for part in alias.name.split(".")}
        elif isinstance(node, ast.ImportFrom):
            found |= {*(node.module or "").split("."), *(alias.name for alias in node.names)}
    return found


def test_no_key_leads_from_what_leaves_to_a_note() -> None:
    targets = {
        key.column.table.name
        for table in (tables.outbox, tables.messages)
        for key in table.foreign_keys
    }
    assert "notes" not in targets


async def test_save_pressed_twice_and_at_once_in_two_processes_keeps_one_note(
    world: World, database_url: str
) -> None:
    await world.text("hej")
    conversation, key = await world.only(), uuid4()
    async with branches(world.house, database_url, 2) as houses:
        await asyncio.gather(
            *(
                write_note(houses[n % 2], world.counsellor, conversation, "En", form_key=key)
                for n in range(6)
            )
        )
    assert [note.body for note in await _notes(world)] == ["En"]


async def test_a_form_that_came_back_and_was_changed_is_another_note(world: World) -> None:
    await world.text("hej")
    conversation, key = await world.only(), uuid4()
    for body in ("En", "En till", "En"):
        await write_note(world.house, world.counsellor, conversation, body, form_key=key)
    assert [note.body for note in await _notes(world)] == ["En", "En till"]


@pytest.mark.parametrize(
    ("body", "problem"), [(" \r\n\x00", "empty"), ("x" * (LONGEST + 1), "too_long")]
)
async def test_nothing_and_too_much_are_no_note(world: World, body: str, problem: str) -> None:
    await world.text("hej")
    with pytest.raises(BadInput) as told:
        await write_note(world.house, world.counsellor, await world.only(), body, form_key=uuid4())
    assert (told.value.field, told.value.problem) == ("note", problem)


async def test_strangers_to_reading_write_no_notes_and_nothing_is_noted_nowhere(
    world: World,
) -> None:
    await world.text("hej")
    conversation = await world.only()
    for name, role in (("Bo", Role.ADMIN), ("Cai", Role.REPORTER)):
        lesser = await world.hired(world.house, name, role)
        with pytest.raises(NotAllowed):
            await write_note(world.house, lesser, conversation, "Hej", form_key=uuid4())
    with pytest.raises(NotFound):
        await write_note(world.house, world.counsellor, uuid4(), "Hej", form_key=uuid4())


async def test_a_redacted_note_has_no_text_left(world: World) -> None:
    await world.text("hej")
    conversation = await world.only()
    await write_note(world.house, world.counsellor, conversation, "Ett namn", form_key=uuid4())
    await write_note(world.house, world.counsellor, conversation, "Kvar", form_key=uuid4())
    first, _ = await _notes(world)
    await redact(world.house, world.counsellor, conversation, first.id)
    assert [note.body for note in await _notes(world)] == [None, "Kvar"]
    async with world.house.db.read() as tx:
        n = tables.notes.c
        sealed = await tx.conn.scalar(select(n.body_sealed).where(n.id == first.id))
    assert sealed is None
