"""Of all kinds of texts: where two have changed places, or anything of one was changed, it does not
open, the page says so, and nothing of it is ever sent.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from handlers.keep_draft import keep_draft, keep_note_draft
from handlers.plan_text import plan_text
from handlers.planned import send_planned
from handlers.quiet_word import Heard
from handlers.seen import Noted, Said
from handlers.take import take
from handlers.write_note import write_note
from storage import (
    copies,
    desk_tables,
    drafts,
    messages,
    notes,
    outbox,
    pictures,
    quiet_words,
    register_words,
    resealing,
    revisions,
    stranger_words,
    tables,
    texts,
    triages,
)
from storage.drafts import Box
from storage.plan_tables import plans
from storage.register_words import Part
from storage.texts import Place
from tests.sealed import Sealed
from tests.test_sealed_bound import TALK, WHO, transaction

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
IDS = st.integers(1, 2).map(lambda n: UUID(int=n))
MOMENTS = st.integers(0, 1).map(lambda n: AT + timedelta(microseconds=n))
TALKS = st.sampled_from([TALK, UUID(int=9)])
MAYBE = st.none() | IDS


def _rows(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"conversation_id": TALKS, "at": MOMENTS} | fields)


WORDS = st.none() | st.sampled_from(["greet", "danger"])
KINDS: Mapping[str, tuple[Any, st.SearchStrategy[dict[str, Any]]]] = {
    "messages": (
        messages.place_of,
        _rows(
            id=IDS,
            author=st.sampled_from(["contact", "counsellor", "machine"]),
            member_id=MAYBE,
            text_id=WORDS,
            provider_id=WORDS,
            answers_to=WORDS,
        ),
    ),
    "revisions": (revisions.place_of, _rows(id=IDS, message_id=IDS)),
    "notes": (
        notes.place_of,
        _rows(
            id=IDS,
            member_id=IDS,
            purpose=st.sampled_from([None, *notes.Purpose]).filter(lambda p: p != "note"),
            only_for=MAYBE,
        ),
    ),
    "drafts": (lambda row: drafts.place_of(Box.REPLY, row), _rows(member_id=IDS)),
    "note_drafts": (lambda row: drafts.place_of(Box.NOTE, row), _rows(member_id=IDS)),
    "pictures": (
        pictures.place_of,
        _rows(
            id=IDS,
            message_id=IDS,
            place=st.integers(0, 1),
            content_type=st.sampled_from(["image/png", "image/jpeg"]),
            fetched_by=IDS,
            fetched_at=MOMENTS,
        ),
    ),
    "triages": (
        triages.place_of,
        _rows(id=IDS, script_version=st.sampled_from(["a", "b"]), began_at=MOMENTS),
    ),
    "quiet_words": (
        quiet_words.place_of,
        _rows(contact_id=IDS, member_id=IDS, how=st.sampled_from(Heard), agreed_at=MOMENTS),
    ),
    "register_words": (
        register_words.place_of,
        _rows(id=IDS, entry_id=IDS, part=st.sampled_from(Part), member_id=IDS),
    ),
    "stranger_words": (
        stranger_words.place_of,
        _rows(id=IDS, entry_id=TALKS, part=st.sampled_from(Part), member_id=IDS),
    ),
}
UNBOUND = {
    "pictures": {"at"},
    "triages": {"at"},
    "quiet_words": {"at"},
    "stranger_words": {"conversation_id"},
}
"""What is drawn for all and is no column of theirs."""


def test_every_kind_of_text_is_drawn() -> None:
    assert KINDS.keys() == {kind.name for kind in resealing.KINDS}


@st.composite
def somewhere(draw: st.DrawFn) -> tuple[tuple[object, ...], Place]:
    """A place of any kind, and all that makes it what it is."""
    kind = draw(st.sampled_from(sorted(KINDS)))
    place_of, rows = KINDS[kind]
    row = draw(rows)
    kept = {name: value for name, value in row.items() if name not in UNBOUND.get(kind, ())}
    return (kind, *sorted(kept.items())), place_of(row)


def _reads(sealed: bytes, where: Place) -> texts.Words:
    tx = transaction()
    tx.held.whose[where.conversation_id] = WHO
    return texts.read(tx, sealed, where)


def _sealed(where: Place, said: str = "hej") -> bytes:
    tx = transaction()
    tx.held.to[where.conversation_id] = tx.held.to[TALK]
    return texts.seal(tx, said, where)


@given(somewhere(), somewhere())
@settings(max_examples=300, deadline=None)
def test_no_two_texts_of_any_kinds_can_change_places(
    one: tuple[tuple[object, ...], Place], other: tuple[tuple[object, ...], Place]
) -> None:
    (here, place), (there, elsewhere) = one, other
    sealed = _sealed(place)
    assert _reads(sealed, place).body == "hej"
    assert _reads(sealed, elsewhere).unreadable is (here != there)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_whatever_is_changed_of_any_of_them_it_does_not_open(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(KINDS)))
    place_of, rows = KINDS[kind]
    row, other = data.draw(rows), data.draw(rows)
    field = data.draw(st.sampled_from(sorted(row.keys() - UNBOUND.get(kind, set()))))
    changed = place_of(row | {field: other[field]})
    same = row[field] == other[field]
    assert _reads(_sealed(place_of(row)), changed).unreadable is not same


ONE, OTHER = "björnbär hos mormor", "lingon vid sjön"


async def lived(sealed: Sealed, phone: str, words: str) -> UUID:
    """Somebody with whom all kinds of texts were written."""
    for body in (f"{words} hej", "1", "9"):
        await sealed.text(body, phone=phone)
    (row,) = (await sealed.queue()).waiting
    await take(sealed.desk, sealed.counsellor, talk := row.id)
    key = {"form_key": uuid4()}
    await write_note(sealed.desk, sealed.counsellor, talk, f"{words} not", **key)
    at = sealed.clock.now().astimezone(sealed.house.zone) + timedelta(hours=3)
    at = at.replace(tzinfo=None, second=0, microsecond=0)
    await plan_text(
        sealed.desk, sealed.counsellor, talk, f"{words} senare", at, form_key=uuid4(), asked=True
    )
    await keep_note_draft(sealed.desk, sealed.counsellor, talk, f"{words} utkast till not")
    return talk


SWAPPED = (
    *((tables.messages, "body_sealed"), (tables.notes, "body_sealed")),
    *((tables.drafts, "body_sealed"), (desk_tables.note_drafts, "body_sealed")),
    *((tables.triages, "state_sealed"), (plans, "body_sealed"), (tables.outbox, "body_sealed")),
)


async def swapped(sealed: Sealed, one: UUID, other: UUID) -> None:
    """Whatever one conversation holds of a table stands in the other's rows, and the reverse."""
    async with sealed.house.db.write() as tx:
        for table, column in SWAPPED:
            found = []
            for talk in (one, other):
                query = select(*table.primary_key, table.c[column].label("sealed"))
                query = query.where(table.c.conversation_id == talk)
                rows = (await tx.conn.execute(query.order_by(*table.primary_key))).all()
                found.append([row for row in rows if row.sealed])
            assert all(found), table.name
            for here, there in zip(*found, strict=False):
                for row, from_row in ((here, there), (there, here)):
                    this = [key == row._mapping[key.name] for key in table.primary_key]
                    values = {column: from_row.sealed}
                    await tx.conn.execute(update(table).where(*this).values(values))


async def test_what_was_swapped_is_shown_as_such_and_never_sent(sealed: Sealed) -> None:
    one = await lived(sealed, "+46701740681", ONE)
    other = await lived(sealed, "+46701740682", OTHER)
    for talk, words in ((one, ONE), (other, OTHER)):
        await sealed.reply(talk, f"{words} svar", asked=True)
        await keep_draft(sealed.desk, sealed.counsellor, talk, f"{words} utkast")
    await swapped(sealed, one, other)
    for talk, theirs in ((one, OTHER), (other, ONE)):
        page = await sealed.see(talk)
        assert theirs not in repr(page)
        assert page.draft == page.note_draft == ""
        said = [it for it in page.thread if isinstance(it, Said | Noted)]
        assert any(it.unreadable for it in said if isinstance(it, Said))
        assert all(it.unreadable for it in said if isinstance(it, Noted))
        assert not any(answer.text for answer in page.answers)
    sealed.clock.advance(hours=4)
    await send_planned(sealed.house)
    async with sealed.house.db.write() as tx:
        for talk, theirs in ((one, OTHER), (other, ONE)):
            rows = await outbox.of_conversation(tx, talk)
            leaving = await copies.to_send(tx, [row.id for row in rows.values()])
            assert not [body for body in leaving.values() if theirs in body]


@pytest.mark.parametrize("table", [tables.drafts, desk_tables.note_drafts], ids=lambda t: t.name)
async def test_a_draft_given_to_a_colleague_opens_for_nobody(sealed: Sealed, table: Any) -> None:
    """Nor does one whose moment was changed."""
    await sealed.text("hej")
    talk = await sealed.taken()
    await keep_draft(sealed.desk, sealed.counsellor, talk, ONE)
    await keep_note_draft(sealed.desk, sealed.counsellor, talk, ONE)
    desk, colleague = await sealed.colleague()
    box = next(box for box in Box if box.value is table)
    for changed in ({"at": sealed.clock.now() - timedelta(hours=1)}, {"member_id": colleague.id}):
        async with sealed.house.db.write() as tx:
            await tx.conn.execute(update(table).values(changed))
        for house in (sealed.desk, desk):
            async with house.db.read() as tx:
                for member in (sealed.counsellor, colleague):
                    assert await drafts.kept(tx, box, talk, member.id) == ""
