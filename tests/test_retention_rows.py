"""Nothing is left behind: no row that points nowhere, no hash of words, no byte in a file."""

from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import LargeBinary, text, update
from sqlalchemy.engine import make_url

from domain.conversation import Outcome
from domain.retention import USUAL, Kept
from handlers.close import close
from handlers.house import House
from handlers.redact import redact
from handlers.seen import Said
from handlers.take import take
from storage import held, openings, outlived_rows, tables
from storage.page_tables import metadata
from tests.aging import a_night, after, decided, rows, was_here
from tests.deleting import to_the_end
from tests.post import Post
from tests.world import World, sid

ROOTS = {"contacts", "conversations", "messages", "outbox"}


def test_every_table_that_points_to_a_contact_goes_with_them() -> None:
    """A table that is added later must be in one of the lists of storage.outlived_rows, or, where
    its rows must stay, in storage.held.STAYS."""
    pointing = {
        name
        for name, table in metadata.tables.items()
        if any(key.column.table.name in ROOTS for key in table.foreign_keys)
    }
    lists = (
        outlived_rows.OF_MESSAGES,
        outlived_rows.OF_OUTBOX,
        outlived_rows.OF_CONVERSATIONS,
        outlived_rows.OF_CONTACTS,
    )
    assert pointing == {table.name for some in (*lists, held.STAYS) for table in some}


async def test_a_contact_of_whom_every_table_has_something_goes_whole(world: World) -> None:
    await was_here(world, note="ring")
    await decided(world, figures=400)
    (contact,), (talk,) = await rows(world, "contacts"), await rows(world, "conversations")
    (note,) = await rows(world, "notes")
    sent = (await rows(world, "outbox"))[0]
    at = contact.first_inbound_at
    assert await rows(world, "aliases")
    theirs = {
        "quiet_words": {
            "contact_id": contact.id, "conversation_id": talk.id, "word_sealed": b"x",
            "how": "met", "member_id": note.member_id, "agreed_at": at,
        },
        "decided_words": {"message_id": sent.message_id, "member_id": note.member_id, "at": at},
        "conflicts": {
            "id": uuid4(), "contact_id": contact.id, "member_id": note.member_id,
            "by_id": note.member_id, "at": at,
        },
        "deletions": {
            "contact_id": contact.id, "stage": "done", "keeps_notes": False, "tells": False,
            "asked_at": at,
        },
        "helps": {"conversation_id": talk.id, "counsellor_id": note.member_id},
        "blocks": {
            "id": uuid4(), "conversation_id": talk.id, "member_id": note.member_id,
            "reason": "threats", "began_at": at, "ends_at": at,
        },
        "noted_troubles": {
            "outbox_id": sent.id, "state": "failed", "member_id": note.member_id, "at": at,
        },
        "pages": {
            "id": uuid4(), "kind": "needed", "member_id": note.member_id, "code": "1234",
            "conversation_id": talk.id, "state": "sent", "attempts": 1, "made_at": at,
        },
    }  # fmt: skip
    async with world.house.db.write() as tx:
        for name, values in theirs.items():
            await tx.conn.execute(metadata.tables[name].insert().values(**values))
    await after(world, 400)
    assert (await a_night(world))[Kept.FIGURES] == 1
    for name in (
        *ROOTS,
        *theirs,
        "aliases",
        "reading_reasons",
        "events",
        "openings",
        "triages",
        "waits",
        "notes",
        "receipts",
    ):
        assert await rows(world, name) == [], name


async def _redacted(world: World) -> None:
    await world.text("namnet är Anna Andersson")
    talk = await world.only()
    await take(world.house, world.counsellor, talk)
    thread = (await world.see(talk)).thread
    said = next(s for s in thread if isinstance(s, Said) and s.author == "contact")
    await redact(world.house, world.counsellor, talk, said.id)
    await close(world.house, world.counsellor, talk, Outcome.OTHER)


async def _of_words(world: World) -> int:
    return sum(row.message_id is not None for row in await rows(world, "receipts"))


async def test_a_hash_of_redacted_words_goes_with_their_message_by_rule(world: World) -> None:
    await _redacted(world)
    assert await _of_words(world) == 1
    await decided(world, conversations=90, deliveries=365)
    await after(world, 90)
    assert (await a_night(world))[Kept.CONVERSATIONS] == 1
    assert await _of_words(world) == 0
    assert len(await rows(world, "receipts")) == 1


async def test_a_hash_of_redacted_words_goes_with_their_contact(world: World, post: Post) -> None:
    await _redacted(world)
    assert await _of_words(world) == 1
    await world.text("RADERA")
    await world.text("RADERA JA")
    await to_the_end(world, post)
    assert await _of_words(world) == 0


def _of_sqlite(path: Path) -> bytes:
    beside = path.with_name(path.name + "-wal")
    return path.read_bytes() + (beside.read_bytes() if beside.exists() else b"")


async def _files(house: House, url: str, table: str) -> bytes:
    """What lies on the disk."""
    if not house.db.postgres:
        return _of_sqlite(Path(make_url(url).database or ""))
    engine = house.db.apart()
    async with engine.connect() as conn:
        alone = await conn.execution_options(isolation_level="AUTOCOMMIT")
        await alone.execute(text("CHECKPOINT"))
        where = text("SELECT pg_read_binary_file(pg_relation_filepath(:name))")
        found = await alone.scalar(where, {"name": table})
    await engine.dispose()
    return bytes(found)


async def test_after_a_night_no_file_holds_what_went(world: World, database_url: str) -> None:
    """On PostgreSQL the table's own: what its log keeps is said in the operations guide."""
    await was_here(world)
    number = sid()
    async with world.house.db.write() as tx:
        await tx.conn.execute(update(tables.outbox).values(provider_id=None))
        first = (await rows(world, "outbox"))[0].id
        given = update(tables.outbox).where(tables.outbox.c.id == first)
        await tx.conn.execute(given.values(provider_id=number))
    assert number.encode() in await _files(world.house, database_url, "outbox")
    await after(world, USUAL[Kept.DELIVERIES])
    assert Kept.DELIVERIES in await a_night(world)
    assert number.encode() not in await _files(world.house, database_url, "outbox")


async def test_what_is_sealed_of_somebody_whose_time_is_over_is_gone(world: World) -> None:
    await was_here(world, note="ring")
    await after(world, USUAL[Kept.CONVERSATIONS] + 1)
    await a_night(world)
    ours = ("messages", "outbox", "notes", "contacts", "revisions", "pictures", "drafts", "plans")
    for name in (*ours, "note_drafts", "contact_keys", "contact_pairs", "triages"):
        table = metadata.tables[name]
        sealed = [c.name for c in table.columns if c.name.endswith("_sealed")]
        for row in await rows(world, name):
            assert not any(getattr(row, column) for column in sealed), name
            assert all(isinstance(table.c[column].type, LargeBinary) for column in sealed)


async def test_a_conversation_in_a_register_keeps_its_bare_rows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await was_here(world)
    await decided(world, figures=400)
    monkeypatch.setattr(held, "STAYS", {tables.openings: "conversation_id"})
    (talk,) = await rows(world, "conversations")
    async with world.house.db.write() as tx:
        await openings.log(tx, talk.id, world.counsellor.id, world.clock.now())
    await after(world, 400)
    assert Kept.FIGURES not in await a_night(world)
    assert len(await rows(world, "conversations")) == 1
