"""What is sealed opens only where it was sealed, with the secret it was sealed under."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from handlers.keep_draft import keep_draft
from handlers.receive import receive
from handlers.see_conversation import see_conversation
from handlers.seen import Noted, Said
from handlers.step_triage import step_triage
from handlers.take import take
from handlers.write_note import write_note
from storage import drafts, tables
from storage.encryption import PURPOSES, Keyring, SealBroken, Wrapper, WrongSecretKey
from storage.opening import open_database
from storage.pair_tables import contact_keys
from storage.schema import migrate
from tests.world import SECRET, World

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def _ring(secret: str = SECRET, generations: int = 1) -> Keyring:
    wrapper = Wrapper(secret)
    return Keyring(
        {
            (purpose, number): wrapper.unwrap(purpose, number, wrapper.new(purpose, number))
            for purpose in PURPOSES
            for number in range(1, generations + 1)
        }
    )


RING = _ring()


@given(text=st.text(max_size=2000))
@settings(max_examples=60, deadline=None)
def test_what_was_sealed_opens_in_its_place(text: str) -> None:
    sealed = RING.seal("text", text, "messages", 1, "body")
    assert RING.open("text", sealed, "messages", 1, "body") == text
    assert len(text) < 8 or text.encode() not in sealed


@pytest.mark.parametrize(
    "place",
    [
        ("messages", 2, "body"),
        ("notes", 1, "body"),
        ("messages", 1, "name"),
        ("messages", "1body"),
        ("messages1", "body"),
        ("messages", 1, "body", ""),
        (),
    ],
)
def test_it_opens_in_no_other_table_row_or_column(place: tuple[object, ...]) -> None:
    sealed = RING.seal("text", "hej", "messages", 1, "body")
    with pytest.raises(SealBroken):
        RING.open("text", sealed, *place)


def test_it_opens_for_no_other_purpose_and_under_no_other_keys() -> None:
    sealed = RING.seal("text", "hej", "t", 1)
    with pytest.raises(SealBroken):
        RING.open("address", sealed, "t", 1)
    with pytest.raises(SealBroken):
        _ring().open("text", sealed, "t", 1)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_no_changed_byte_goes_unseen(data: st.DataObject) -> None:
    sealed = bytearray(RING.seal("text", "hej", "t", 1))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealBroken):
        RING.open("text", bytes(sealed), "t", 1)


@pytest.mark.parametrize("length", [0, 1, 2, 3, 26, 27, 42])
def test_what_was_cut_short_does_not_open(length: int) -> None:
    sealed = RING.seal("text", "hej", "t", 1)
    with pytest.raises(SealBroken):
        RING.open("text", sealed[:length], "t", 1)


def test_the_newest_key_seals_and_the_older_ones_still_open() -> None:
    old, wrapper = _ring(), Wrapper(SECRET)
    sealed = old.seal("text", "hej", "t", 1)
    second = wrapper.unwrap("text", 2, wrapper.new("text", 2))
    both = Keyring({**old._keys, ("text", 2): second})
    assert both.open("text", sealed, "t", 1) == "hej"
    again = both.seal("text", "hej", "t", 1)
    assert again[1:3] == b"\x00\x02"
    destroyed = Keyring({key: k for key, k in both._keys.items() if key != ("text", 1)})
    assert destroyed.open("text", again, "t", 1) == "hej"
    with pytest.raises(SealBroken):
        destroyed.open("text", sealed, "t", 1)


def test_the_same_words_are_never_sealed_alike_and_always_found_alike() -> None:
    assert RING.seal("text", "hej", "t", 1) != RING.seal("text", "hej", "t", 1)
    assert RING.index("address", "x") == RING.index("address", "x")
    assert RING.index("address", "x") != RING.index("member", "x")
    assert RING.index("address", "x") != _ring().index("address", "x")


def test_keys_are_random_and_not_made_from_the_secret() -> None:
    wrapper = Wrapper(SECRET)
    keys = {wrapper.unwrap("text", 1, wrapper.new("text", 1)) for _ in range(20)}
    assert len(keys) == 20


def test_a_wrapped_key_is_bound_to_its_purpose_and_number_and_to_the_secret() -> None:
    wrapped = Wrapper(SECRET).new("text", 1)
    for wrapper, purpose, number in (
        (Wrapper(SECRET + "x"), "text", 1),
        (Wrapper(SECRET), "address", 1),
        (Wrapper(SECRET), "text", 2),
    ):
        with pytest.raises(WrongSecretKey):
            wrapper.unwrap(purpose, number, wrapped)


def test_keys_do_not_show_when_they_are_printed() -> None:
    assert repr(RING) == "Keyring(…)"
    assert SECRET not in repr(RING.__dict__.keys())


async def test_a_database_opens_with_its_secret_and_with_no_other(database_url: str) -> None:
    first = await open_database(database_url, SECRET, NOW)
    sealed = first.keys.seal("text", "hej", "t", 1)
    await first.close()
    with pytest.raises(WrongSecretKey):
        await open_database(database_url, "another secret of forty characters here.", NOW)
    again = await open_database(database_url, SECRET, NOW)
    assert again.keys.open("text", sealed, "t", 1) == "hej"
    await again.close()


async def test_two_processes_that_open_a_new_database_at_once_make_one_set_of_keys(
    database_url: str,
) -> None:
    opened = await asyncio.gather(*(open_database(database_url, SECRET, NOW) for _ in range(4)))
    sealed = opened[0].keys.seal("text", "hej", "t", 1)
    try:
        for one in opened:
            assert one.keys.open("text", sealed, "t", 1) == "hej"
            assert one.keys.index("a", "b") == opened[0].keys.index("a", "b")
        async with opened[0].read() as tx:
            rows = (await tx.conn.execute(select(tables.keys))).all()
        assert sorted(row.purpose for row in rows) == sorted(PURPOSES)
        assert len({bytes(row.wrapped) for row in rows}) == len(PURPOSES)
    finally:
        for one in opened:
            await one.close()


async def test_two_databases_of_one_secret_do_not_open_each_others_texts(
    database_url: str, tmp_path: Path
) -> None:
    await migrate(other_url := f"sqlite+aiosqlite:///{tmp_path / 'other.sqlite3'}")
    one = await open_database(database_url, SECRET, NOW)
    other = await open_database(other_url, SECRET, NOW)
    with pytest.raises(SealBroken):
        other.keys.open("text", one.keys.seal("text", "hej", "t", 1), "t", 1)
    await one.close()
    await other.close()


async def test_texts_swapped_between_rows_are_unreadable_and_never_shown_as_anothers(
    world: World,
) -> None:
    await world.text("det här skrev jag")
    await world.text("det här skrev jag sedan")
    conversation = await world.taken()
    m = tables.messages.c
    async with world.house.db.write() as tx:
        rows = (await tx.conn.execute(select(m.id, m.body_sealed).order_by(m.id))).all()
        for row, other in zip(rows, reversed(rows), strict=True):
            change = update(tables.messages).where(m.id == row.id)
            await tx.conn.execute(change.values(body_sealed=other.body_sealed))
    talk = await see_conversation(world.house, world.counsellor, conversation)
    said = [it for it in talk.thread if isinstance(it, Said)]
    swapped = [row.id for row, o in zip(rows, reversed(rows), strict=True) if row.id != o.id]
    assert len(swapped) >= 2
    assert all(it.unreadable and it.body is None for it in said if it.id in swapped)


async def test_a_note_moved_into_a_message_is_unreadable(world: World) -> None:
    await world.text("hej")
    conversation = await world.taken()
    await write_note(world.house, world.counsellor, conversation, "Internt", form_key=conversation)
    (note,) = (it for it in (await world.see()).thread if isinstance(it, Noted))
    n, m = tables.notes.c, tables.messages.c
    async with world.house.db.write() as tx:
        sealed = await tx.conn.scalar(select(n.body_sealed))
        await tx.conn.execute(update(tables.messages).values(body_sealed=sealed))
        await tx.conn.execute(
            update(tables.messages).where(m.author == "contact").values(id=note.id)
        )
    said = [it for it in (await world.see()).thread if isinstance(it, Said)]
    assert said
    assert all(it.unreadable for it in said)


async def test_addresses_and_what_waits_to_leave_open_only_in_their_own_row(
    world: World,
) -> None:
    await receive(world.house, [world.message("hej")])
    await receive(world.house, [world.message("hej", "+46701740611")])
    world.clock.advance(seconds=2)
    assert await step_triage(world.house)
    k, o = contact_keys.c, tables.outbox.c
    async with world.house.db.read() as tx:
        one, other = (await tx.conn.execute(select(k.contact_id, k.address_sealed))).all()
        rows = (await tx.conn.execute(select(o.id, o.contact_id, o.body_sealed))).all()
        opened = tx.keys.open("address", one.address_sealed, "contacts", one.contact_id, "address")
    assert opened.startswith("+46")
    keys = world.house.db.keys
    for place in ((other.contact_id, "address"), (one.contact_id, "our_address")):
        with pytest.raises(SealBroken):
            keys.open("address", one.address_sealed, "contacts", *place)
    first, second, *_ = rows
    assert keys.open("text", first.body_sealed, "outbox", first.id, "body", first.contact_id)
    for swapped in ((second.id, "body", first.contact_id), (first.id, "body", second.contact_id)):
        with pytest.raises(SealBroken):
            keys.open("text", first.body_sealed, "outbox", *swapped)


async def test_a_draft_moved_to_another_conversation_is_gone(world: World) -> None:
    await world.text("hej")
    await world.text("hej", "+46701740611")
    first, second = (row.id for row in (await world.queue()).waiting)
    await take(world.house, world.counsellor, first)
    await keep_draft(world.house, world.counsellor, first, "Utkast")
    async with world.house.db.write() as tx:
        assert await drafts.kept(tx, drafts.Box.REPLY, first, world.counsellor.id) == "Utkast"
        await tx.conn.execute(update(tables.drafts).values(conversation_id=second))
        assert await drafts.kept(tx, drafts.Box.REPLY, second, world.counsellor.id) == ""
