"""With a team, what is written opens for whoever was admitted, on every way; for the line never."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, event, func, select, update

from domain.conversation import Outcome
from domain.delivery import Delivery
from domain.message import Channel
from domain.need import Reason
from handlers.close import close
from handlers.errors import BadInput
from handlers.find import ask, find
from handlers.give_reason import give_reason
from handlers.hand_over import Handed, hand_over
from handlers.house import House
from handlers.keep_draft import keep_draft
from handlers.plan_text import plan_text
from handlers.planned import send_planned
from handlers.receive import receive
from handlers.redact import redact
from handlers.release import release
from handlers.reply import reply
from handlers.resend import resend
from handlers.revise import Edit, revise
from handlers.see_conversation import see_conversation
from handlers.see_handover import see_handover
from handlers.seen import Conversation, Noted, Said
from handlers.send import lease
from handlers.take import take
from handlers.write_note import write_note
from storage import contact_pairs, outbox, tables
from storage.pair_tables import contact_keys
from storage.pair_tables import contact_pairs as pairs
from tests.sealed import Sealed
from tests.world import PHONE, World, became

K, M = contact_keys.c, tables.messages.c


def said(seen: Conversation) -> list[Said]:
    return [it for it in seen.thread if isinstance(it, Said)]


def noted(seen: Conversation) -> list[Noted]:
    return [it for it in seen.thread if isinstance(it, Noted)]


async def heard(sealed: Sealed) -> list[str | None]:
    return [it.body for it in said(await sealed.see()) if it.author == "contact"]


async def answered(sealed: Sealed, *bodies: str) -> UUID:
    """The questions end; the conversation."""
    for body in bodies:
        await sealed.text(body)
    return await sealed.only()


async def test_the_whole_way_in_is_sealed_and_the_machine_goes_on_as_ever(sealed: Sealed) -> None:
    for body in ("hej jag heter ingenting", "1", "3", "3", "5", "3", "1"):
        await sealed.text(body)
    assert "wait" in (await sealed.said())[-1]
    assert await heard(sealed) == ["hej jag heter ingenting", "1", "3", "3", "5", "3", "1"]
    assert set(await sealed.versions("messages")) == {2}
    assert await sealed.versions("triages", "state_sealed") == [2], "sealed once it has ended"
    assert [a.question for a in (await sealed.see()).answers][:2] == ["safe", "danger"]
    assert await sealed.count("contact_pairs") == 1


async def test_while_the_questions_run_their_state_is_the_servers(sealed: Sealed) -> None:
    await sealed.text("hej")
    assert await sealed.versions("triages", "state_sealed") == [1]
    await sealed.taken()
    assert await sealed.versions("triages", "state_sealed") == [2]
    assert (await sealed.see()).row.state == "owned"


async def test_danger_spread_over_two_texts_is_heard(sealed: Sealed) -> None:
    await sealed.text("hej")
    await receive(sealed.house, [sealed.message("han kommer att döda")])
    sealed.clock.advance(seconds=5)
    await receive(sealed.house, [sealed.message("mig i kväll")])
    assert (await sealed.queue()).waiting[0].tier.name == "P1"


async def test_reply_note_draft_and_handing_over(sealed: Sealed) -> None:
    await sealed.text("hej")
    talk = await sealed.taken()
    await sealed.reply(talk, "hej själv", asked=True)
    await write_note(sealed.desk, sealed.counsellor, talk, "bor i Kiruna", form_key=uuid4())
    await keep_draft(sealed.desk, sealed.counsellor, talk, "jag tänkte")
    seen = await sealed.see(talk)
    assert [it.body for it in said(seen)][-1] == "hej själv"
    assert [it.body for it in noted(seen)] == ["bor i Kiruna"]
    assert seen.draft == "jag tänkte"
    for table in ("messages", "notes", "drafts"):
        assert set(await sealed.versions(table)) == {2}, table
    desk, cecilia = await sealed.colleague()
    handed = Handed(cecilia.id, "ring i morgon", "ett samtal")
    await hand_over(sealed.desk, sealed.counsellor, talk, handed, form_key=uuid4())
    note = await see_handover(desk, cecilia, talk)
    assert note.note is not None and note.promised is not None
    assert (note.note.body, note.promised.body) == ("ring i morgon", "ett samtal")
    assert [it.body for it in note.last] == ["hej", "hej själv"]


async def test_words_are_found_by_whoever_was_admitted_and_by_nobody_else(sealed: Sealed) -> None:
    await sealed.text("hej från Kiruna")
    talk = await sealed.taken()
    await write_note(sealed.desk, sealed.counsellor, talk, "tåg till Kiruna", form_key=uuid4())
    search = await ask(sealed.desk, sealed.counsellor, "kiruna")
    (found,) = (await find(sealed.desk, sealed.counsellor, search)).found
    assert len(found.passages) == 2
    desk, bodil = await sealed.stranger()
    await release(sealed.desk, sealed.counsellor, talk)
    nothing = await find(desk, bodil, await ask(desk, bodil, "kiruna"))
    assert (nothing.found, nothing.sealed) == ((), True)


async def test_who_was_not_admitted_sees_that_there_is_a_text_and_not_which(
    sealed: Sealed,
) -> None:
    talk = await answered(sealed, "hej", "1", "1")
    await sealed.taken()
    await sealed.reply(talk, "hej själv", asked=True)
    await write_note(sealed.desk, sealed.counsellor, talk, "en anteckning", form_key=uuid4())
    await plan_text(sealed.desk, sealed.counsellor, talk, "senare", _at(sealed, hours=2),
                    form_key=uuid4(), asked=True)  # fmt: skip
    desk, bodil = await sealed.stranger()
    await give_reason(desk, bodil, talk, Reason.COLLEAGUE)
    for house in (desk, sealed.house):
        seen = await see_conversation(house, bodil, talk, opening=False)
        assert all(it.sealed and it.body is None and not it.unreadable for it in said(seen))
        assert all(it.sealed and it.body is None for it in noted(seen))
        assert seen.answers_sealed and not seen.answers
    seen = await see_conversation(desk, bodil, talk, opening=False)
    assert [(one.body, one.sealed) for one in seen.planned] == [("", True)]
    assert len((await sealed.see(talk)).planned[0].body) > 0


def _at(sealed: Sealed, **ahead: int) -> datetime:
    return (
        (sealed.clock.now() + timedelta(**ahead)).astimezone(sealed.house.zone).replace(tzinfo=None)
    )


async def test_what_was_planned_is_sent_without_anybody_there(sealed: Sealed) -> None:
    await sealed.text("hej")
    talk = await sealed.taken()
    await plan_text(sealed.desk, sealed.counsellor, talk, "senare", _at(sealed, hours=2),
                    form_key=uuid4(), asked=True)  # fmt: skip
    sealed.clock.advance(hours=2, minutes=1)
    assert await send_planned(sealed.house)
    assert [it.body for it in said(await sealed.see(talk))][-1] == "senare"
    assert await sealed.versions("plans") == [0]
    assert set(await sealed.versions("messages")) == {2}


async def test_a_text_that_did_not_arrive_is_resent_by_whoever_may_read_it(
    sealed: Sealed,
) -> None:
    await sealed.text("hej")
    talk = await sealed.taken()
    await sealed.reply(talk, "hej själv", asked=True)
    await sealed.accept()
    message = said(await sealed.see(talk))[-1]
    async with sealed.house.db.write() as tx:
        row = (await outbox.of_conversation(tx, talk))[message.id]
        await became(tx, row.id, Delivery.UNDELIVERED, sealed.clock.now())
    assert set(await sealed.versions("outbox")) == {0}, "nobody needs the copies"
    with pytest.raises(BadInput, match="sealed"):
        await resend(
            sealed.house, sealed.counsellor, talk, message.id, form_key=uuid4(), asked=True
        )
    assert set(await sealed.versions("outbox")) == {0}
    await resend(sealed.desk, sealed.counsellor, talk, message.id, form_key=uuid4(), asked=True)
    (leased,) = await lease(sealed.house)
    assert leased.letter.body == "hej själv"


async def test_redacting_destroys_the_text_its_copy_and_the_answers_that_hold_it(
    sealed: Sealed,
) -> None:
    talk = await answered(sealed, "hej", "1", "3", "3", "jag bor hos Kalle", "3", "1")
    kept = next(it for it in said(await sealed.see()) if it.body == "jag bor hos Kalle")
    with pytest.raises(BadInput, match="sealed"):
        desk, bodil = await sealed.stranger()
        await redact(desk, bodil, talk, kept.id)
    await redact(sealed.desk, sealed.counsellor, talk, kept.id)
    seen = await sealed.see(talk)
    gone = next(it for it in said(seen) if it.id == kept.id)
    assert (gone.body, gone.sealed, gone.unreadable) == (None, False, False)
    assert not any("Kalle" in answer.text for answer in seen.answers)
    async with sealed.house.db.read() as tx:
        row = (
            await tx.conn.execute(select(M.body_sealed, M.copy_sealed).where(M.id == kept.id))
        ).one()
    assert tuple(row) == (None, None)


async def _telegram(sealed: Sealed, body: str, number: str = "7", **more: object) -> None:
    message = sealed.message(body, "4711", channel=Channel.TELEGRAM, provider_id=number, to="")
    await receive(sealed.house, [replace(message, **more)])  # type: ignore[arg-type] # by name


async def test_an_edit_is_kept_searched_and_sealed(sealed: Sealed) -> None:
    await _telegram(sealed, "hej")
    message = sealed.message("hej, han vill döda mig", "4711", channel=Channel.TELEGRAM,
                             provider_id="7", to="")  # fmt: skip
    sealed.clock.advance(minutes=1)
    await revise(sealed.house, Edit(message, "1"))
    await revise(sealed.house, Edit(message, "1"))
    (it,) = [it for it in said(await sealed.see()) if it.author == "contact"]
    assert [edit.body for edit in it.rewritten] == ["hej, han vill döda mig"]
    assert await sealed.versions("revisions") == [2]
    assert (await sealed.queue()).waiting[0].tier.name == "P1"


async def test_an_edit_that_changes_no_word_while_the_machine_knows_them_changes_nothing(
    sealed: Sealed,
) -> None:
    await _telegram(sealed, "hej")
    same = sealed.message("hej", "4711", channel=Channel.TELEGRAM, provider_id="7", to="")
    await revise(sealed.house, Edit(same, "1"))
    assert await sealed.versions("revisions") == []


async def test_closing_and_coming_back_read_as_ever(sealed: Sealed) -> None:
    await sealed.text("hej")
    talk = await sealed.taken()
    await close(sealed.desk, sealed.counsellor, talk, Outcome.OTHER)
    sealed.clock.advance(hours=30)
    await sealed.text("hej igen")
    assert await heard(sealed) == ["hej", "hej igen"]


async def test_a_contact_from_before_the_team_gets_a_pair_with_the_next_text(
    sealed: Sealed,
) -> None:
    await sealed.text("hej")
    async with sealed.house.db.write() as tx:
        await tx.conn.execute(delete(pairs))
        await tx.conn.execute(update(contact_keys).values(pair_sealed=None))
        await tx.conn.execute(update(tables.messages).values(body_sealed=None, copy_sealed=None))
    await sealed.text("igen")
    assert (await heard(sealed))[-1] == "igen"
    assert await sealed.count("contact_pairs") == 1


async def test_a_new_pair_seals_what_comes_and_the_old_one_opens_what_was(sealed: Sealed) -> None:
    await sealed.text("hej")
    async with sealed.house.db.write() as tx:
        await contact_pairs.renew_older(tx, 2)
    await sealed.text("igen")
    await write_note(sealed.desk, sealed.counsellor, await sealed.only(), "not", form_key=uuid4())
    assert await heard(sealed) == ["hej", "igen"]
    async with sealed.house.db.read() as tx:
        rows = await tx.conn.execute(select(pairs.c.generation).order_by(pairs.c.generation))
        assert list(rows.scalars()) == [1, 2]


async def test_nothing_is_sealed_to_a_key_that_somebody_wrote_into_the_database(
    sealed: Sealed,
) -> None:
    await sealed.text("hej")
    await sealed.text("hej", "+46701740611")
    async with sealed.house.db.write() as tx:
        held = select(K.contact_id, K.pair_sealed).order_by(K.contact_id)
        one, other = (await tx.conn.execute(held)).all()
        swapped = update(contact_keys).where(K.contact_id == one.contact_id)
        await tx.conn.execute(swapped.values(pair_sealed=other.pair_sealed))
    await sealed.text("igen", PHONE)
    async with sealed.house.db.read() as tx:
        latest = select(func.max(pairs.c.generation)).where(pairs.c.contact_id == one.contact_id)
        assert (await tx.conn.execute(latest)).scalar_one() == 2, "a new pair of their own"


async def test_many_at_once_give_a_contact_one_pair(sealed: Sealed, twin: House) -> None:
    texts = [sealed.message(f"text {n}") for n in range(6)]
    await asyncio.gather(
        *(
            receive(house, [text])
            for house, text in zip([sealed.house, twin] * 3, texts, strict=True)
        )
    )
    assert sorted(map(str, await heard(sealed))) == [f"text {n}" for n in range(6)]
    assert await sealed.count("contact_pairs") == 1


async def _statements(world: World, body: str) -> list[str]:
    """What the database is asked when this text comes."""
    said: list[str] = []

    def heard(_c: object, _u: object, statement: str, *_: object) -> None:
        said.append(statement)

    engine = world.house.db._writer.sync_engine
    event.listen(engine, "before_cursor_execute", heard)
    await receive(world.house, [world.message(body)])
    event.remove(engine, "before_cursor_execute", heard)
    world.clock.advance(seconds=5)
    return said


async def test_a_known_contacts_text_asks_the_database_no_more_than_before(world: World) -> None:
    await world.text("hej")
    await world.taken()
    await _statements(world, "ett")
    before = await _statements(world, "två")
    sealed = await Sealed.of(world)
    sealed.clock.advance(minutes=1)
    await _statements(world, "tre")
    after = await _statements(world, "fyra")
    assert [one[:40] for one in after] == [one[:40] for one in before]
    assert (await heard(sealed))[-3:] == ["två", "tre", "fyra"]
    assert sorted(await sealed.versions("messages")) == [1, 1, 1, 1, 2, 2]


async def test_thanks_for_an_answer_that_asked_nothing_wait_for_none(sealed: Sealed) -> None:
    await sealed.text("hej")
    talk = await sealed.taken()
    for answer, waits in (("Det ordnar sig.", False), ("Hur mår du?", True)):
        await sealed.reply(talk, answer, asked=True)
        await sealed.accept()
        await sealed.text("tack")
        assert (await sealed.see(talk)).row.answered is not waits


async def test_who_was_not_admitted_may_answer_and_the_others_read_it(sealed: Sealed) -> None:
    await sealed.text("hej")
    desk, bodil = await sealed.stranger()
    talk = await sealed.only()
    await take(desk, bodil, talk)
    await reply(desk, bodil, talk, "jag är här", form_key=uuid4(), asked=True)
    assert [it.body for it in said(await sealed.see(talk))][-1] == "jag är här"
    assert all(it.sealed for it in said(await see_conversation(desk, bodil, talk, opening=False)))
