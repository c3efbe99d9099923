"""The long ways of a conversation with a team: follow-ups, many processes, whole lives in turn."""

import asyncio
import itertools
from dataclasses import replace
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from handlers.house import House
from handlers.receive import receive
from handlers.release import release
from handlers.see_conversation import see_conversation
from handlers.seen import Noted, Said
from handlers.step_triage import step_triage
from handlers.take import take
from handlers.take_up import take_up
from handlers.wipe import wipe_copies
from handlers.write_note import write_note
from storage import contact_pairs, rotation
from storage.pair_tables import contact_keys
from storage.pair_tables import contact_pairs as pairs
from storage.plans import State as Planned
from storage.reading import Reader
from tests.sealed import Sealed
from tests.team import newest
from tests.test_planned import DAY, closed, passes, states


async def test_who_agreed_is_followed_up_and_taken_up_again(sealed: Sealed) -> None:
    talk = await closed(sealed)
    await sealed.text("1")
    await passes(sealed, DAY)
    await sealed.accept()
    await sealed.text("1")
    assert await states(sealed, talk) == [Planned.WANTED]
    await take_up(sealed.desk, sealed.counsellor, talk)
    bodies = [it.body for it in (await sealed.see(talk)).thread if isinstance(it, Said)]
    assert None not in bodies
    assert (bodies[-2] or "").startswith("Hej! Hur är det i dag?")
    assert set(await sealed.versions("messages")) == {2}


async def test_what_one_process_takes_in_another_answers(sealed: Sealed, twin: House) -> None:
    await receive(sealed.house, [sealed.message("hej")])
    sealed.clock.advance(seconds=2)
    done = await asyncio.gather(step_triage(twin), step_triage(sealed.house))
    assert sum(done) == 1
    assert await sealed.said() == ["greet"]


_phones = itertools.cycle(range(11, 98))

DEEDS = ("text", "reply", "note", "renew", "wipe", "wait")


@given(deeds=st.lists(st.sampled_from(DEEDS), min_size=3, max_size=12))
@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
async def test_in_whatever_order_it_is_lived_every_word_reads_and_none_without_the_team(
    sealed: Sealed, deeds: list[str]
) -> None:
    phone = f"+467017406{next(_phones):02d}"
    wrote = ["hej"]
    talk = await _begun(sealed, phone)
    for number, deed in enumerate(deeds):
        words = f"{deed} {number}"
        match deed:
            case "text":
                await receive(sealed.house, [sealed.message(words, phone)])
                wrote.append(words)
            case "reply":
                await sealed.reply(talk, words, asked=True)
                wrote.append(words)
            case "note":
                note = (sealed.desk, sealed.counsellor, talk, words)
                await write_note(*note, form_key=uuid4())
                wrote.append(words)
            case "renew":
                async with sealed.house.db.write() as tx:
                    await contact_pairs.renew_older(tx, 2)
            case "wipe":
                await wipe_copies(sealed.house)
            case _:
                sealed.clock.advance(minutes=2)
    seen = (await sealed.see(talk)).thread
    found = [it.body for it in seen if isinstance(it, Noted)]
    found += [it.body for it in seen if isinstance(it, Said) and it.author != "machine"]
    assert sorted(map(str, found)) == sorted(wrote)
    assert set(await sealed.versions("messages")) == {2}


async def _begun(sealed: Sealed, phone: str) -> UUID:
    await sealed.text("hej", phone)
    queue = await sealed.queue()
    talk = queue.waiting[-1].id
    for row in queue.mine:
        await release(sealed.desk, sealed.counsellor, row.id)
    await take(sealed.desk, sealed.counsellor, talk)
    return talk


async def test_what_is_written_after_the_team_was_replaced_its_old_key_does_not_open(
    sealed: Sealed,
) -> None:
    await sealed.text("före")
    talk = await sealed.only()
    now, alva = sealed.clock.now(), sealed.counsellor
    async with sealed.house.db.write() as tx:
        old = await newest(tx, sealed.alva)
        assert await rotation.rotate(tx, old, alva.id, now) is not None
    await sealed.text("efter")
    thief = Reader(sealed.alva.key, {old.generation: old.pair})
    stolen = replace(sealed.house, db=sealed.house.db.reading(thief))
    before, after = [
        [it for it in (await see_conversation(house, alva, talk, opening=False)).thread
         if isinstance(it, Said) and it.author == "contact"]
        for house in (stolen, await sealed.alva.reads())
    ]  # fmt: skip
    assert [(it.body, it.sealed) for it in before] == [(None, True), (None, True)]
    assert [it.body for it in after] == ["före", "efter"]


async def test_what_began_before_the_team_was_replaced_is_caught_up_with(sealed: Sealed) -> None:
    await sealed.text("hej")
    now = sealed.clock.now()
    c = contact_keys.c
    async with sealed.house.db.write() as tx:
        kept = (await tx.conn.execute(select(c.pair_sealed))).scalar_one()
        private = (await tx.conn.execute(select(pairs.c.private_sealed))).scalar_one()
        new = await rotation.rotate(tx, await newest(tx, sealed.alva), sealed.counsellor.id, now)
        assert new is not None
        await tx.conn.execute(update(contact_keys).values(pair_sealed=kept))
        await tx.conn.execute(update(pairs).values(private_sealed=private, team=1))
        await rotation.catch_up(tx, new)
        assert (await tx.conn.execute(select(c.pair_sealed))).scalar_one() is None
    await sealed.text("igen")
    async with sealed.house.db.write() as tx:
        await rotation.catch_up(tx, new)
        assert (await tx.conn.execute(select(c.pair_sealed))).scalar_one() is not None
