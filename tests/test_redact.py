"""What should never have been written is destroyed wherever it lies."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain.conversation import Outcome
from domain.delivery import Delivery
from domain.member import Role
from domain.message import Author
from domain.need import Reason
from handlers.close import close
from handlers.errors import BadInput, NeedsReason, NotAllowed, NotFound
from handlers.give_reason import give_reason
from handlers.receive import receive
from handlers.redact import redact, without
from handlers.release import release
from handlers.see_conversation import see_conversation
from handlers.seen import Happened, Said
from handlers.write_note import write_note
from storage import copies, messages, notes, outbox, tables, triages
from storage.messages import Message
from storage.notes import Purpose
from tests.sealed import Sealed
from tests.world import World
from triage.state import Answer, State

SECRET_WORDS = "bo hos kusin Ture på Hemliga gatan"


async def _said(world: World, body: str) -> Said:
    thread = (await world.see()).thread
    return next(it for it in thread if isinstance(it, Said) and it.body == body)


async def _everything_that_opens(world: World) -> str:
    """Every sealed text of the database that still opens, as one text."""
    conversation = await world.only()
    async with world.house.db.read() as tx:
        said = [m.body or "" for m in await messages.of_conversation(tx, conversation)]
        runs = [repr(run.state) for run in await triages.of_conversation(tx, conversation)]
        rows = await outbox.of_conversation(tx, conversation)
        leaving = await copies.to_send(tx, [row.id for row in rows.values()])
    return "\n".join([*said, *runs, *leaving.values()])


async def _up_to_how(world: World) -> UUID:
    for answer in ("hej", "1", "3", "3", "1", "3"):
        await world.text(answer)
    return await world.only()


async def test_a_redacted_answer_is_gone_from_the_thread_and_from_the_triage(
    world: World,
) -> None:
    conversation = await _up_to_how(world)
    await world.text(f"1, jag kan {SECRET_WORDS}")
    assert SECRET_WORDS in await _everything_that_opens(world)
    before = (await world.see()).answers
    assert any(SECRET_WORDS in answer.text for answer in before)
    said = await _said(world, f"1, jag kan {SECRET_WORDS}")
    await redact(world.house, world.counsellor, conversation, said.id)
    assert SECRET_WORDS not in await _everything_that_opens(world)
    after = (await world.see()).answers
    assert [(a.question, a.value) for a in after] == [(a.question, a.value) for a in before]
    assert [a.text for a in after if a.text == ""] == [""]


async def test_the_other_answers_keep_their_words_and_the_questions_go_on(world: World) -> None:
    conversation = await _up_to_how(world)
    (first, *_) = (await world.see()).answers
    greeting = await _said(world, "hej")
    await redact(world.house, world.counsellor, conversation, greeting.id)
    assert (await world.see()).answers[0] == first
    await world.text("1")
    assert (await world.said())[-1] == "wait"


async def test_two_texts_that_were_one_answer_lose_it_when_either_is_redacted(
    world: World,
) -> None:
    conversation = await _up_to_how(world)
    await receive(world.house, [world.message("1"), world.message(SECRET_WORDS)])
    world.clock.advance(seconds=2)
    await world.step()
    assert SECRET_WORDS in repr((await world.see()).answers)
    await redact(world.house, world.counsellor, conversation, (await _said(world, SECRET_WORDS)).id)
    assert SECRET_WORDS not in await _everything_that_opens(world)


async def test_a_redacted_reply_that_waits_has_no_copy_in_the_outbox(world: World) -> None:
    await world.text("hej")
    conversation = await world.taken()
    await world.reply(conversation, SECRET_WORDS, asked=True)
    said = await _said(world, SECRET_WORDS)
    await redact(world.house, world.counsellor, conversation, said.id)
    assert SECRET_WORDS not in await _everything_that_opens(world)
    async with world.house.db.read() as tx:
        o = tables.outbox.c
        copies = await tx.conn.scalars(select(o.body_sealed).where(o.message_id == said.id))
        assert list(copies) == [None]


async def test_every_copy_of_a_text_that_was_sent_is_gone_too(world: World) -> None:
    await world.text("hej")
    conversation = await world.taken()
    await world.reply(conversation, SECRET_WORDS, asked=True)
    await world.accept()
    said = await _said(world, SECRET_WORDS)
    assert said.delivery is Delivery.SENT
    await redact(world.house, world.counsellor, conversation, said.id)
    assert SECRET_WORDS not in await _everything_that_opens(world)


async def test_what_the_machine_has_not_read_yet_it_never_reads(world: World) -> None:
    await world.text("hej")
    await receive(world.house, [world.message(SECRET_WORDS)])
    conversation = await world.only()
    await redact(world.house, world.counsellor, conversation, (await _said(world, SECRET_WORDS)).id)
    world.clock.advance(seconds=5)
    await world.step()
    assert SECRET_WORDS not in await _everything_that_opens(world)


async def test_the_thread_says_that_something_was_redacted_and_by_whom(world: World) -> None:
    await world.text("hej")
    conversation = await world.only()
    said = await _said(world, "hej")
    await redact(world.house, world.counsellor, conversation, said.id)
    thread = (await world.see()).thread
    (gone,) = (it for it in thread if isinstance(it, Said) and it.id == said.id)
    assert (gone.body, gone.unreadable) == (None, False)
    told = [it for it in thread if isinstance(it, Happened) and it.kind == "redacted"]
    assert [(it.by, it.detail) for it in told] == [("Alva", None)]


async def test_nothing_of_another_conversation_is_redacted_through_ones_own(
    world: World,
) -> None:
    await world.text("hej")
    said = await _said(world, "hej")
    mine = await world.taken()
    await world.text("hallå", "+46701740611")
    (other,) = (await world.queue()).waiting
    for target, conversation in ((said.id, other.id), (uuid4(), mine)):
        with pytest.raises(NotFound):
            await redact(world.house, world.counsellor, conversation, target)
    thread = (await see_conversation(world.house, world.counsellor, mine)).thread
    assert any(isinstance(it, Said) and it.body == "hej" for it in thread)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.REPORTER])
async def test_roles_that_do_not_read_redact_nothing(world: World, role: Role) -> None:
    await world.text("hej")
    said = await _said(world, "hej")
    lesser = await world.hired(world.house, "Bo", role)
    with pytest.raises(NotAllowed):
        await redact(world.house, lesser, await world.only(), said.id)
    assert (await _said(world, "hej")).body == "hej"


def _state() -> State:
    answers = (
        Answer("how", "how", "free", "Ring  Ture\nefter sju"),
        Answer("age", "age", "x", "3"),
    )
    earlier = State(language="sv", step="how", answers=answers[:1])
    return State(language="sv", step="age", answers=answers, before=earlier)


def _message(world: World, body: str | None, *, unreadable: bool = False) -> Message:
    said = world.message(body or "")
    return Message(uuid4(), uuid4(), Author.CONTACT, said.at, body, unreadable=unreadable)


async def test_words_are_found_whatever_their_case_and_spacing(world: World) -> None:
    less = State.from_json(without(_state().to_json(), _message(world, "ring ture")))
    assert [answer.text for answer in less.answers] == ["", "3"]
    assert less.before is not None
    assert [answer.text for answer in less.before.answers] == [""]


async def test_a_message_that_cannot_be_read_takes_all_words_with_it(world: World) -> None:
    less = State.from_json(without(_state().to_json(), _message(world, None, unreadable=True)))
    assert [answer.text for answer in less.answers] == ["", ""]
    assert [answer.value for answer in less.answers] == ["free", "x"]


async def test_a_state_that_cannot_be_read_is_destroyed_whole(world: World) -> None:
    assert without({"answers": "Ture"}, _message(world, "Ture")) == {}


async def test_a_note_is_destroyed_by_nobody_who_may_not_read_it(world: World) -> None:
    sealed = await Sealed.of(world)
    await sealed.text("hej")
    talk = await sealed.taken()
    alva = sealed.counsellor
    desk, chief = await sealed.colleague()
    async with world.house.db.write() as tx:
        now, key = world.clock.now(), uuid4()
        await notes.add(tx, talk, chief.id, "för dig", key, now, Purpose.ASIDE, only_for=alva.id)
    await write_note(sealed.desk, alva, talk, "för alla", form_key=uuid4())
    await release(sealed.desk, alva, talk)
    async with sealed.desk.db.read() as tx:
        aside, note = await notes.of_conversation(tx, talk)
    other, dan = await sealed.colleague("Dan")
    with pytest.raises(NotFound):
        await redact(other, dan, talk, aside.id)
    waiting, stranger = await sealed.stranger()
    with pytest.raises(BadInput):
        await redact(waiting, stranger, talk, note.id)
    async with sealed.desk.db.read() as tx:
        assert [n.body for n in await notes.of_conversation(tx, talk)] == ["för dig", "för alla"]
    await redact(desk, chief, talk, aside.id)
    await redact(other, dan, talk, note.id)
    async with sealed.desk.db.read() as tx:
        assert [n.body for n in await notes.of_conversation(tx, talk)] == [None, None]


async def test_nobody_destroys_what_they_have_given_no_reason_to_open(world: World) -> None:
    """Whoever has read it once knows its number for ever: what is closed is evidence."""
    await world.text("de kommer hit i kväll")
    conversation = await world.taken()
    said = await _said(world, "de kommer hit i kväll")
    await close(world.house, world.counsellor, conversation, Outcome.HELP_BEGUN)
    elis = await world.hired(world.house, "Elis")
    with pytest.raises(NeedsReason):
        await redact(world.house, elis, conversation, said.id)
    await give_reason(world.house, elis, conversation, Reason.REVIEW)
    await redact(world.house, elis, conversation, said.id)
