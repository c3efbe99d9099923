"""What somebody tries who writes into the database and holds none of the keys."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select, update

from domain.contact_rules import Refusal
from domain.disclosure import Authority, Ground, Scope
from domain.member import Role
from handlers.ask_disclosure import Asked, ask_disclosure
from handlers.decide_disclosure import agree, give
from handlers.errors import MayNotLeave, NotAdmitted
from handlers.plan_text import plan_text
from handlers.read_by import read_by
from handlers.redact import redact
from handlers.see_conversation import see_conversation
from handlers.see_register import see_register
from handlers.seen import Said
from handlers.send import lease
from handlers.set_safe_contact import set_watched
from handlers.stay_away import keep_away, let_back
from handlers.take import take
from storage import tables
from storage.pair_tables import contact_keys
from tests.sealed import Sealed
from tests.team import hired, let_in

THEIRS, GANGS = "+46701740611", "+46701740612"
AT = datetime(2026, 3, 2, 12, 0)  # noqa: DTZ001 - on the wall
K, Talks, M = contact_keys, tables.conversations, tables.messages


async def written(sealed: Sealed, phone: str, body: str) -> UUID:
    """Somebody's conversation, with its first text."""
    before = await talks(sealed)
    await sealed.text(body, phone)
    (new,) = await talks(sealed) - before
    return new


async def talks(sealed: Sealed) -> set[UUID]:
    async with sealed.house.db.read() as tx:
        return set((await tx.conn.execute(select(Talks.c.id))).scalars())


async def contact_of(sealed: Sealed, talk: UUID) -> UUID:
    async with sealed.house.db.read() as tx:
        query = select(Talks.c.contact_id).where(Talks.c.id == talk)
        return UUID(str((await tx.conn.execute(query)).scalar_one()))


async def swapped(sealed: Sealed, column: str, one: UUID, other: UUID) -> None:
    """A column of `contact_keys` of two contacts, exchanged."""
    async with sealed.house.db.write() as tx:
        known = dict(
            row
            for row in await tx.conn.execute(
                select(K.c.contact_id, K.c[column]).where(K.c.contact_id.in_([one, other]))
            )
        )
        for contact, value in ((one, None), (other, known[one]), (one, known[other])):
            await tx.conn.execute(
                update(K).where(K.c.contact_id == contact).values({column: value})
            )


async def heard(sealed: Sealed, talk: UUID) -> list[str | None]:
    thread = (await sealed.see(talk)).thread
    return [it.body for it in thread if isinstance(it, Said) and it.author == "contact"]


async def test_indexes_that_changed_places_bring_nobodys_words_into_anothers_conversation(
    sealed: Sealed,
) -> None:
    """Else the answer to whoever wants out goes to the telephone of those they leave."""
    hers = await written(sealed, THEIRS, "jag vill lämna")
    gangs = await written(sealed, GANGS, "tja")
    await swapped(
        sealed, "address_index", await contact_of(sealed, hers), await contact_of(sealed, gangs)
    )
    before = await talks(sealed)
    await sealed.text("möt mig vid åtta", THEIRS)
    await sealed.text("vem där", GANGS)
    assert "möt mig vid åtta" not in await heard(sealed, gangs)
    assert "vem där" not in await heard(sealed, hers)
    mine = {(await heard(sealed, talk))[0]: talk for talk in await talks(sealed) - before}
    assert set(mine) == {"möt mig vid åtta", "vem där"}
    sealed.clock.advance(seconds=1)
    talk = mine["möt mig vid åtta"]
    await take(sealed.desk, sealed.counsellor, talk)
    await sealed.reply(talk, "vid entrén", asked=True)
    (letter,) = [one.letter for one in await lease(sealed.house) if one.letter.body == "vid entrén"]
    assert letter.to == THEIRS


async def test_conversations_that_changed_contacts_are_answered_by_nobody(sealed: Sealed) -> None:
    """The thread is the one's, the telephone the other's."""
    hers = await written(sealed, THEIRS, "jag vill lämna")
    gangs = await written(sealed, GANGS, "tja")
    theirs, spare = await contact_of(sealed, gangs), uuid4()
    await take(sealed.desk, sealed.counsellor, hers)
    async with sealed.house.db.write() as tx:
        people = tables.contacts
        known = await tx.conn.execute(select(people).where(people.c.id == theirs))
        await tx.conn.execute(insert(people).values({**known.mappings().one(), "id": spare}))
        for talk, contact in ((gangs, spare), (hers, theirs)):
            await tx.conn.execute(
                update(Talks).where(Talks.c.id == talk).values(contact_id=contact)
            )
    await sealed.text("hallå", GANGS)
    with pytest.raises(MayNotLeave) as refused:
        await sealed.reply(hers, "vi ses vid entrén klockan åtta", asked=True)
    assert refused.value.reason is Refusal.NOT_OURS
    at = (sealed.clock.now() + timedelta(hours=3)).replace(tzinfo=None)
    with pytest.raises(MayNotLeave):
        await plan_text(
            sealed.desk, sealed.counsellor, hers, "vi ses", at, form_key=uuid4(), asked=True
        )
    assert all("entrén" not in leased.letter.body for leased in await lease(sealed.house))


async def test_a_telephone_that_was_noted_as_watched_stays_so_for_whoever_answers(
    sealed: Sealed,
) -> None:
    """Whoever takes it out of the row hears no more of us than neutral words."""
    hers = await written(sealed, THEIRS, "hej")
    await take(sealed.desk, sealed.counsellor, hers)
    await set_watched(sealed.desk, sealed.counsellor, hers, watched=True)
    async with sealed.house.db.write() as tx:
        await tx.conn.execute(update(tables.contacts).values(watched_at=None))
    with pytest.raises(MayNotLeave) as refused:
        await sealed.reply(hers, "kommunen hjälper dig att lämna gruppen", asked=True)
    assert refused.value.reason is Refusal.BETRAYS
    await sealed.reply(hers, "hej, ring när du kan", asked=True)
    await set_watched(sealed.desk, sealed.counsellor, hers, watched=True)
    await set_watched(sealed.desk, sealed.counsellor, hers, watched=False)
    await sealed.reply(hers, "kommunen hjälper dig att lämna gruppen", asked=True)


async def test_a_conversation_whose_oldest_text_was_damaged_is_answered_once_that_is_redacted(
    sealed: Sealed,
) -> None:
    hers = await written(sealed, THEIRS, "jag vill lämna")
    await take(sealed.desk, sealed.counsellor, hers)
    (damaged, *_) = [it for it in (await sealed.see(hers)).thread if isinstance(it, Said)]
    async with sealed.house.db.write() as tx:
        theirs = update(M).where(M.c.id == damaged.id)
        await tx.conn.execute(theirs.values(body_sealed=b"\x02" + bytes(200)))
    with pytest.raises(MayNotLeave):
        await sealed.reply(hers, "vi ses", asked=True)
    await redact(sealed.desk, sealed.counsellor, hers, damaged.id)
    await sealed.reply(hers, "vi ses", asked=True)


async def test_who_made_a_coordinator_of_themselves_reads_agrees_to_and_lifts_nothing(
    sealed: Sealed,
) -> None:
    """A counsellor who was admitted, and has a connection to the database."""
    hers = await written(sealed, THEIRS, "jag vill lämna")
    bo = await hired(sealed.house, "Bo")
    await let_in(sealed.alva, bo)
    asked = Asked(Authority.POLICE, Ground.GRAVE_CRIME, (Scope.NUMBER,), "K 1", "", silent=False)
    await ask_disclosure(sealed.desk, sealed.counsellor, hers, asked, form_key=uuid4())
    (entry,) = (await see_register(sealed.desk, sealed.counsellor)).unsettled
    cia = await hired(sealed.house, "Cia")
    await keep_away(sealed.desk, cia.member, hers, cia.member.id)
    async with sealed.house.db.write() as tx:
        theirs = update(tables.members).where(tables.members.c.id == bo.member.id)
        await tx.conn.execute(theirs.values(role=Role.COORDINATOR))
    raised = replace(bo.member, role=Role.COORDINATOR)
    desk = await read_by(sealed.house, raised, bo.key)
    thread = (await see_conversation(desk, raised, hers, opening=False)).thread
    assert [it.body for it in thread if isinstance(it, Said)] == [None] * 2
    for deed in (
        agree(desk, raised, entry.entry.id),
        give(desk, raised, entry.entry.id, (Scope.NUMBER,), AT, ""),
        let_back(desk, raised, hers, cia.member.id),
    ):
        with pytest.raises(NotAdmitted):
            await deed
