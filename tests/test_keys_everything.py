"""Each value that lies under a key of the server's opens, and each index finds, by the new one."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain.member import Role
from domain.message import Channel
from handlers.give_role import give_role
from handlers.invite import revoke
from handlers.keep_draft import keep_draft, keep_note_draft
from handlers.plan_text import plan_text
from handlers.quiet_word import Heard, agree
from handlers.receive import receive
from handlers.step_triage import step_triage
from storage import (
    calendar_feeds,
    contact_pairs,
    copies,
    member_keys,
    members,
    pages,
    phrases,
    plans,
    provider_copies,
    quiet_words,
    receipts,
    sessions,
    sheets,
    tables,
    way_links,
    ways,
)
from storage.database import Tx
from storage.encryption import SealBroken
from storage.generation_use import HELD, RECEIVED
from storage.lines import every as every_line
from storage.member_keys import Credential, Recipe
from storage.pairs import new_pair
from storage.phrases import Phrase
from storage.rekeyed import KINDS, Kind, Under, talk_of
from tests.sealed import Sealed
from tests.team import newest
from tests.test_keys_rotated import exchanged, rotated, there, under
from tests.test_resealing import everything_reads, lived
from tests.test_role_raised import forgotten, written
from tests.world import World

PUSH = json.dumps({"endpoint": "https://push.example.org/told", "keys": {"auth": "x"}})
SMS = "+46701740650"
GROUPS = ("AAAA", "BBBB")


@dataclass
class Full:
    """A line in which everything is that its server's keys seal."""

    sealed: Sealed
    talk: UUID

    @classmethod
    async def of(cls, world: World) -> "Full":
        talk = await lived(world)
        sealed = await Sealed.of(world)
        await world.text("och ännu en", phone="+46701740620")
        await keep_note_draft(sealed.desk, sealed.counsellor, talk, "ett utkast till en anteckning")
        due = sealed.clock.now().replace(tzinfo=None) + timedelta(days=2)
        await plan_text(
            sealed.desk, sealed.counsellor, talk, "senare", due, form_key=uuid4(), asked=True
        )
        await keep_draft(sealed.desk, sealed.counsellor, talk, "ett utkast")
        await agree(sealed.desk, sealed.counsellor, talk, "lingonris", Heard.CALL)
        full = cls(sealed, talk)
        async with sealed.house.db.write() as tx:
            await full.fill(tx)
        return full

    async def fill(self, tx: Tx) -> None:
        who, now = self.sealed.counsellor.id, self.sealed.clock.now()
        key = await newest(tx, self.sealed.alva)
        await sheets.add(tx, new_pair().public, key, GROUPS, who, now)
        await phrases.add(tx, Phrase(uuid4(), "sv", "Hälsning", "Välkommen", 1, who, now))
        recipe = Recipe(tx.keys.pepper, b"salt")
        passkey = Credential(b"credential", b"public")
        assert await member_keys.add_passkey(tx, who, passkey, "Telefonen", recipe, now, None)
        assert await ways.add(tx, who, ways.SMS, SMS, now, verified=True)
        told = "https://push.example.org/told"
        assert await ways.add(tx, who, ways.PUSH, PUSH, now, verified=True, known_by=told)
        wanted = pages.Wanted(pages.Kind.LINK_SPENT, who, None, chat="4711")
        await pages.add(tx, [wanted], now)
        kind = provider_copies.Kind.BODY
        copy = provider_copies.NewCopy(Channel.TELEGRAM, kind, now, "77", "4711")
        await provider_copies.add(tx, [copy], now)
        await calendar_feeds.renew(tx, who, "a secret address", now)
        ends = now + timedelta(hours=12)
        await sessions.begin(tx, "a token", who, now, ends, key=self.sealed.alva.key)
        await way_links.make(tx, who, "a code", now, now + timedelta(minutes=10))

    async def opens(self) -> None:
        await everything_reads(self.sealed, self.talk)
        now = self.sealed.clock.now()
        async with self.sealed.desk.db.read() as tx:
            (sheet,) = await sheets.every(tx)
            assert sheets.is_valid(tx, await newest(tx, self.sealed.alva), sheet)
            assert sheets.asked_back(tx, sheet) == GROUPS
            (phrase,) = await phrases.every(tx)
            assert (phrase.name, phrase.body) == ("Hälsning", "Välkommen")
            who = self.sealed.counsellor.id
            (passkey,) = await member_keys.passkeys(tx, who)
            assert passkey.name == "Telefonen"
            found = await ways.of_members(tx, [who])
            assert {way.address for way in found[who]} == {SMS, PUSH}
            assert await ways.by_address(tx, ways.SMS, SMS)
            assert await ways.by_address(tx, ways.PUSH, "https://push.example.org/told")
            assert (await ways.whose(tx, ways.SMS, [SMS])).keys() == {SMS}
            (line,) = await every_line(tx)
            assert (line.name, line.address) == ("Card 2026", "+46701740605")
            alva = await members.by_name(tx, "ALVA")
            assert alva is not None
            assert alva.name == "Alva"
            planned = await plans.of_conversation(tx, self.talk)
            said = await plans.bodies(tx, planned)
            assert [words.body for words in said.values()] == ["senare"]
            assert await calendar_feeds.whose(tx, "a secret address")
            agreed = await quiet_words.of_conversations(tx, [self.talk])
            assert [word.word for word in agreed.values()] == ["lingonris"]
        async with self.sealed.house.db.write() as tx:
            (copy,) = await provider_copies.lease(tx, now, now, 5)
            assert (copy.provider_id, copy.chat) == ("77", "4711")


async def test_all_of_it_opens_before_meanwhile_and_after(world: World) -> None:
    full = await Full.of(world)
    before = await under(world.house)
    empty = {name for name, found in before.items() if not found}
    assert empty <= {"messages.copy_sealed", "outbox.body_sealed"}, "in it is all that can be"
    await full.opens()
    await rotated(world)
    await full.opens()
    async with world.house.db.read() as tx:
        assert await sessions.whose(tx, "a token", world.clock.now())
    await exchanged(full.sealed.house, world)
    await full.opens()
    lie = await under(world.house)
    assert {name: found for name, found in lie.items() if found - {2}} == {}
    world.clock.advance(seconds=(HELD + RECEIVED).total_seconds())
    await exchanged(full.sealed.house, world)
    assert await there(world.house, "text") == await there(world.house, "address") == [2]
    await full.opens()


async def test_no_two_values_under_the_servers_keys_can_change_places(world: World) -> None:
    full = await Full.of(world)
    full.sealed.clock.advance(minutes=1)
    await full.sealed.text("en sak till", phone="+46701740621")
    await full.sealed.reply(full.talk, "ännu ett svar", asked=True)
    await keep_draft(full.sealed.desk, full.sealed.counsellor, full.talk, "ett utkast")
    async with full.sealed.house.db.read() as tx:
        found = [
            (one, row, sealed)
            for kind in KINDS
            for row in await _rows_of(tx, kind)
            for one in kind.under
            if one.purpose != "index" and (sealed := row._mapping[one.column.name])
        ]
        known = {one.column for kind in KINDS for one in kind.under if one.purpose != "index"}
        assert {one.column for one, *_ in found} == known, "in it is all that can be"
        for here, (one, row, sealed) in enumerate(found):
            assert one.renew(tx, row, sealed)
            opens = [
                str(other.column)
                for there, (other, _, theirs) in enumerate(found)
                if here != there and _renews(tx, one, row, theirs)
            ]
            assert opens == [], str(one.column)


async def _rows_of(tx: Tx, kind: Kind) -> Sequence[Any]:
    rows: Sequence[Any] = (await tx.conn.execute(kind.query)).all()
    if kind.of_talks:
        await contact_pairs.look_up(tx, {talk_of(row) for row in rows})
    return rows


def _renews(tx: Tx, one: Under, row: Any, sealed: bytes) -> bool:
    try:
        return bool(one.renew(tx, row, sealed))
    except SealBroken:
        return False


async def test_a_secret_address_of_a_calendar_keeps_the_index_until_it_is_used(
    world: World,
) -> None:
    full = await Full.of(world)
    await rotated(world)
    await exchanged(world.house, world)
    world.clock.advance(seconds=(HELD + RECEIVED).total_seconds())
    await exchanged(world.house, world)
    assert await there(world.house, "index") == [1, 2]
    async with world.house.db.write() as tx:
        reader = await calendar_feeds.whose(tx, "a secret address")
        assert reader is not None
        assert reader.by_older
        await calendar_feeds.follow(tx, reader.member_id, "a secret address")
    await exchanged(world.house, world)
    assert await there(world.house, "index") == [2]
    await full.opens()
    async with world.house.db.read() as tx:
        later = await calendar_feeds.whose(tx, "a secret address")
        assert later is not None
        assert not later.by_older


@pytest.mark.parametrize("how", ["revoked", "revoked before", "reporter", "forged", "unsaid"])
async def test_the_address_of_somebody_who_sees_no_rota_any_more_keeps_no_index(
    world: World, how: str
) -> None:
    elis = await world.hired(world.house, "Elis")
    async with world.house.db.write() as tx:
        await calendar_feeds.renew(tx, elis.id, "theirs", world.clock.now())
    if how in {"reporter", "forged"}:
        await give_role(world.house, "Elis", Role.REPORTER)
        if how == "forged":
            await written(world.house, elis.id, Role.COORDINATOR)
    elif how == "unsaid":
        await forgotten(world.house, elis.id)
    elif how == "revoked before":  # as when no address went with an account
        async with world.house.db.write() as tx:
            await members.revoke(tx, elis.id, world.clock.now())
    else:
        await revoke(world.house, "Elis")
        assert await world.count("calendar_feeds") == 0
    await rotated(world)
    await exchanged(world.house, world)
    world.clock.advance(seconds=(HELD + RECEIVED).total_seconds())
    await exchanged(world.house, world)
    assert await there(world.house, "index") == [2]


async def test_what_waits_to_be_read_is_read_and_what_waits_to_leave_leaves(
    sealed: Sealed,
) -> None:
    await receive(sealed.house, [sealed.message("hej")])
    sealed.clock.advance(seconds=2)
    while await step_triage(sealed.house):
        pass
    await receive(sealed.house, [sealed.message("hallå", "+46701740620")])
    await rotated(sealed)
    await exchanged(sealed.house, sealed)
    lie = await under(sealed.house)
    assert lie["messages.copy_sealed"] == lie["outbox.body_sealed"] == {2}
    sealed.clock.advance(seconds=HELD.total_seconds())
    await exchanged(sealed.house, sealed)
    assert await there(sealed.house, "text") == [2]
    async with sealed.house.db.read() as tx:
        m = tables.messages.c
        waiting = await tx.conn.execute(select(m.id, m.conversation_id, m.copy_sealed))
        read = [copies.read(tx, row[2], row[0], row[1]) for row in waiting if row[2]]
        rows = list((await tx.conn.execute(select(tables.outbox.c.id))).scalars())
        leaving = await copies.to_send(tx, rows)
    assert {"hej", "hallå"} <= set(read)
    assert leaving.keys() == set(rows)
    assert all(leaving.values())


async def test_what_was_handled_is_known_again_by_either_key(world: World) -> None:
    async with world.house.db.write() as tx:
        await receipts.take(tx, [receipts.receipt(tx, "sms", "SM1")], world.clock.now())
    await rotated(world)
    async with world.house.db.write() as tx:
        again = [receipts.receipt(tx, "sms", "SM1"), receipts.receipt(tx, "sms", "SM2")]
        assert await receipts.take(tx, again, world.clock.now()) == {again[1]}
        assert await receipts.known(tx, again) == set(again)
