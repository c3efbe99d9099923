"""A text opens only where it was written, as what it was written, and for whoever was admitted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from domain.delivery import Delivery
from handlers.errors import BadInput
from handlers.receive import receive
from handlers.resend import resend
from handlers.see_conversation import see_conversation
from handlers.seen import Noted, Said
from handlers.send import lease
from handlers.write_note import write_note
from storage import messages, notes, outbox, tables, texts
from storage.contact_pairs import locked_to
from storage.database import Tx
from storage.encryption import PURPOSES, Keyring, SealBroken, Wrapper
from storage.pairs import new_pair, open_with, seal_to
from storage.reading import Lately, Locked, MemberKey, Reader, To
from storage.texts import NoReader, Place
from tests.sealed import Sealed
from tests.world import SECRET, became

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
WRAPPER = Wrapper(SECRET)
TEAM, CONTACT = new_pair(), new_pair()
WHO, TALK = uuid4(), uuid4()


def _ring() -> Keyring:
    return Keyring({(p, 1): WRAPPER.unwrap(p, 1, WRAPPER.new(p, 1)) for p in PURPOSES})


RING = _ring()
READER = Reader(MemberKey(uuid4(), 1, new_pair()), {1: TEAM})


def transaction(reader: Reader | None = READER, ring: Keyring = RING) -> Tx:
    """One in which nothing has to be looked up."""
    tx = Tx(None, ring, postgres=False, reader=reader)  # type: ignore[arg-type] # asks nothing
    tx.held.to[TALK] = To(WHO, 1, CONTACT.public)
    tx.held.whose[TALK] = WHO
    private = seal_to(TEAM.public, CONTACT.private, *locked_to(WHO, 1))
    tx.held.locked[WHO, 1] = Locked(1, private)
    return tx


MESSAGE: dict[str, Any] = {
    "id": UUID(int=1),
    "conversation_id": TALK,
    "author": "contact",
    "member_id": None,
    "text_id": None,
    "provider_id": "SM1",
    "answers_to": None,
    "at": AT,
}
CHANGES: dict[str, Any] = {
    "id": UUID(int=2),
    "conversation_id": UUID(int=3),
    "author": "counsellor",
    "member_id": UUID(int=4),
    "text_id": "greet",
    "provider_id": "SM2",
    "answers_to": "danger",
    "at": AT + timedelta(microseconds=1),
}
WHERE = messages.place_of(MESSAGE)


@given(text=st.text(max_size=2000))
@settings(max_examples=60, deadline=None)
def test_a_text_opens_where_it_was_sealed_and_its_length_shows_to_64_bytes_alone(text: str) -> None:
    sealed = texts.seal(transaction(), text, WHERE)
    assert texts.open_bytes(transaction(), sealed, WHERE).decode() == text
    assert sealed[0] == texts.VERSION
    short = texts.seal(transaction(), "", WHERE)
    assert len(sealed) - len(short) == len(text.encode()) // 64 * 64


def box(sealed: bytes, where: Place = WHERE, whose: UUID = WHO) -> bytes:
    """What stands before a text: the key of its transaction, sealed to the contact."""
    tx = transaction()
    tx.held.whose[where.conversation_id] = whose
    return texts._unwrapped(tx, sealed, where)[2][:96]


def test_each_transaction_and_each_contact_has_a_key_of_its_own() -> None:
    once, again = transaction(), transaction()
    theirs, talk = new_pair(), uuid4()
    once.held.to[talk] = To(UUID(int=9), 1, theirs.public)
    where = messages.place_of(MESSAGE | {"conversation_id": talk})
    first, second = (box(texts.seal(once, text, WHERE)) for text in ("hej", "är någon där"))
    other = box(texts.seal(once, "hallå", where), where, UUID(int=9))
    later = box(texts.seal(again, "hej", WHERE))
    assert first == second, "one key a transaction and contact"
    assert first[:32] == other[:32], "from one pair a transaction"
    assert first[32:48] != other[32:48]
    assert len({first[:32], later[:32], CONTACT.public, theirs.public}) == 4, (
        "which is new each time"
    )
    key = open_with(CONTACT, first, *texts._key_of(WHO, 1))
    assert key != open_with(theirs, other, *texts._key_of(UUID(int=9), 1))
    assert key != open_with(CONTACT, later, *texts._key_of(WHO, 1))
    for pair, sealed in ((CONTACT, other), (theirs, first)):
        with pytest.raises(SealBroken):
            open_with(pair, sealed, *texts._key_of(WHO, 1))


def test_what_the_line_says_at_once_lies_under_the_key_of_what_it_answers_until_it_forgets() -> (
    None
):
    lately = Lately()
    first, answer = (replace(transaction(None), lately=lately) for _ in range(2))
    assert box(texts.seal(first, "hej", WHERE)) == box(texts.seal(answer, "hej!", WHERE))
    renewed = replace(transaction(None), lately=lately)
    renewed.held.to[TALK] = To(WHO, 2, new_pair().public)
    assert box(texts.seal(renewed, "hej", WHERE)) != box(texts.seal(first, "hej", WHERE))
    lately.forget()
    later = replace(transaction(None), lately=lately)
    assert box(texts.seal(later, "hej", WHERE)) != box(texts.seal(first, "hej", WHERE))
    assert "keys" not in repr(lately)


@pytest.mark.parametrize("field", CHANGES)
def test_whatever_is_changed_of_what_it_is_it_does_not_open(field: str) -> None:
    sealed = texts.seal(transaction(), "hej", WHERE)
    tx = transaction()
    tx.held.whose[CHANGES["conversation_id"]] = WHO
    assert texts.read(tx, sealed, WHERE).body == "hej"
    changed = messages.place_of(MESSAGE | {field: CHANGES[field]})
    assert texts.read(tx, sealed, changed) == (None, True, False)


def test_it_does_not_open_for_another_contact() -> None:
    sealed = texts.seal(transaction(), "hej", WHERE)
    tx = transaction()
    tx.held.whose[TALK] = uuid4()
    assert texts.read(tx, sealed, WHERE) == (None, True, False)


def _places() -> list[Place]:
    note = {"id": 1, "conversation_id": TALK, "member_id": 1, "purpose": None, "only_for": None}
    return [
        *(messages.place_of(MESSAGE | {"id": UUID(int=n)}) for n in range(3)),
        *(notes.place_of(note | {"id": UUID(int=n), "at": AT}) for n in range(3)),
    ]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_two_that_change_places_open_in_neither(data: st.DataObject) -> None:
    places = _places()
    one, other = data.draw(st.permutations(range(len(places))))[:2]
    tx = transaction() if data.draw(st.booleans()) else None
    kept = [texts.seal(tx or transaction(), "hej", where) for where in (places[one], places[other])]
    for sealed, where in zip(reversed(kept), (places[one], places[other]), strict=True):
        assert texts.read(transaction(), sealed, where) == (None, True, False)


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_no_changed_byte_goes_unseen(data: st.DataObject) -> None:
    sealed = bytearray(texts.seal(transaction(), "hej", WHERE))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealBroken) as caught:
        texts.open_bytes(transaction(), bytes(sealed), WHERE)
    assert caught.type is SealBroken, "it is forged, not sealed from this reader"


@pytest.mark.parametrize("length", [1, 2, 5, 6, 30, 60, 150, 180])
def test_what_was_cut_short_does_not_open(length: int) -> None:
    sealed = texts.seal(transaction(), "hej", WHERE)
    with pytest.raises(SealBroken):
        texts.open_bytes(transaction(), sealed[:length], WHERE)


@pytest.mark.parametrize("version", [0, 3, 4, 255])
def test_unknown_versions_are_refused(version: int) -> None:
    sealed = bytes((version,)) + texts.seal(transaction(), "hej", WHERE)[1:]
    assert texts.read(transaction(), sealed, WHERE) == (None, True, False)


@pytest.mark.parametrize(
    "reader", [None, replace(READER, team={}), replace(READER, team={2: new_pair()})]
)
def test_without_the_teams_key_it_is_sealed(reader: Reader | None) -> None:
    sealed = texts.seal(transaction(reader), "hej", WHERE)
    with pytest.raises(NoReader):
        texts.open_bytes(transaction(reader), sealed, WHERE)


def test_neither_the_servers_key_alone_opens_it_nor_the_teams_alone() -> None:
    sealed = texts.seal(transaction(), "hej", WHERE)
    others = replace(READER, team={1: new_pair()})
    assert texts.read(transaction(others), sealed, WHERE).body is None
    assert texts.read(transaction(READER, _ring()), sealed, WHERE).body is None


def test_all_texts_of_one_transaction_share_a_key_and_no_other_ones_do() -> None:
    one, other = transaction(), transaction()
    kept = [texts.seal(tx, "hej", WHERE) for tx in (one, one, other)]
    tx = transaction()
    assert [texts.read(tx, sealed, WHERE).body for sealed in kept] == ["hej"] * 3
    assert len(tx.held.opened) == 2
    assert len(set(kept)) == 3


def test_the_server_exchanges_its_own_layer_without_a_reader() -> None:
    second = WRAPPER.unwrap("text", 2, WRAPPER.new("text", 2))
    both = Keyring({**RING._keys, ("text", 2): second})
    sealed = texts.seal(transaction(), "hej", WHERE)
    again = texts.exchange(transaction(None, both), sealed, WHERE)
    only = Keyring({key: k for key, k in both._keys.items() if key != ("text", 1)})
    assert texts.open_bytes(transaction(READER, only), again, WHERE) == b"hej"
    with pytest.raises(SealBroken):
        texts.open_bytes(transaction(READER, only), sealed, WHERE)


# In a database


async def _talk(sealed: Sealed) -> UUID:
    await sealed.text("hej")
    await sealed.text("hallå")
    talk = await sealed.taken()
    await sealed.reply(talk, "ett svar", asked=True)
    await write_note(sealed.desk, sealed.counsellor, talk, "en anteckning", form_key=uuid4())
    return talk


Find = Callable[[Sealed, UUID], Any]


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("messages", {"text_id": "p1"}),
        ("messages", {"provider_id": "SMx"}),
        ("messages", {"answers_to": "danger"}),
        ("messages", {"at": AT + timedelta(days=1)}),
        ("notes", {"purpose": "handover"}),
        ("notes", {"at": AT + timedelta(days=1)}),
    ],
)
async def test_what_is_changed_in_the_database_is_shown_as_not_belonging_there(
    sealed: Sealed, table: str, change: dict[str, Any]
) -> None:
    talk = await _talk(sealed)
    async with sealed.house.db.write() as tx:
        await tx.conn.execute(update(tables.metadata.tables[table]).values(change))
    seen = await sealed.see(talk)
    kind = Said if table == "messages" else Noted
    assert all(
        (it.body, it.unreadable) == (None, True) for it in seen.thread if isinstance(it, kind)
    )


async def test_texts_that_changed_places_are_shown_as_such_and_never_sent(sealed: Sealed) -> None:
    talk = await _talk(sealed)
    await sealed.accept()
    m, n = tables.messages.c, tables.notes.c
    async with sealed.house.db.write() as tx:
        rows = (await tx.conn.execute(select(m.id, m.body_sealed).order_by(m.id))).all()
        note = (await tx.conn.execute(select(n.body_sealed))).scalar_one()
        for row, body in zip(rows, (note, *(r.body_sealed for r in rows[:-1])), strict=True):
            await tx.conn.execute(
                update(tables.messages).where(m.id == row.id).values(body_sealed=body)
            )
        mine = rows[-1].id
        delivery = (await outbox.of_conversation(tx, talk))[mine]
        await became(tx, delivery.id, Delivery.UNDELIVERED, sealed.clock.now())
    said = [it for it in (await sealed.see(talk)).thread if isinstance(it, Said)]
    assert all((it.body, it.unreadable, it.may_resend) == (None, True, False) for it in said)
    with pytest.raises(BadInput, match="unreadable"):
        await resend(sealed.desk, sealed.counsellor, talk, mine, form_key=uuid4(), asked=True)
    assert await lease(sealed.house) == []


async def test_a_text_of_nobodys_in_the_outbox_is_never_sent(sealed: Sealed) -> None:
    talk = await sealed_talk(sealed)
    await sealed.reply(talk, "ett svar", asked=True)
    o = tables.outbox.c
    async with sealed.house.db.write() as tx:
        forged = tx.keys.seal("text", "kom till torget", "outbox", uuid4(), "body", uuid4())
        await tx.conn.execute(update(tables.outbox).where(o.pending).values(body_sealed=forged))
    assert await lease(sealed.house) == []
    last = [it for it in (await sealed.see(talk)).thread if isinstance(it, Said)][-1]
    assert (last.delivery, last.refusal) == (Delivery.FAILED, "not_ours")


async def sealed_talk(sealed: Sealed) -> UUID:
    await sealed.text("hej")
    return await sealed.taken()


async def test_a_conversation_that_was_given_to_another_contact_opens_for_nobody(
    sealed: Sealed,
) -> None:
    await sealed.text("hej")
    talk = await sealed.only()
    await receive(sealed.house, [sealed.message("hallå", "+46701740611")])
    c = tables.conversations.c
    async with sealed.house.db.write() as tx:
        rows = (await tx.conn.execute(select(c.id, c.contact_id))).all()
        (one,) = [row for row in rows if row.id == talk]
        (other,) = [row for row in rows if row.id != talk]
        spare = uuid4()
        if tx.postgres:
            await tx.conn.exec_driver_sql("SET LOCAL session_replication_role = replica")
        else:
            await tx.conn.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        for row, contact in ((other, spare), (one, other.contact_id), (other, one.contact_id)):
            changed = update(tables.conversations).where(c.id == row.id)
            await tx.conn.execute(changed.values(contact_id=contact))
    seen = await see_conversation(sealed.desk, sealed.counsellor, talk, opening=False)
    assert all(it.unreadable for it in seen.thread if isinstance(it, Said))
