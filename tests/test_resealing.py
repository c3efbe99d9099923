"""What was written before the team is sealed to it bit by bit, whoever is killed meanwhile."""

import sqlite3
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from domain.delivery import Delivery
from domain.disclosure import Authority, Ground
from domain.duty import Kind as Duty
from domain.duty import Within
from domain.message import Channel
from handlers.ask_disclosure import OF_STRANGERS, Asked, ask_of_stranger
from handlers.house import House
from handlers.keep_draft import keep_draft
from handlers.raise_duty import raise_duty
from handlers.receive import receive
from handlers.reseal import LASTS, reseal
from handlers.revise import Edit, revise
from handlers.see_duties import see_duty, see_open
from handlers.see_register import see_entry, see_register
from handlers.seen import Noted, Said
from handlers.settle import settle
from handlers.wipe import wipe_copies
from handlers.write_note import write_note
from storage import compacting, outbox, pictures, resealing, tables
from storage.pictures import Picture
from storage.resealing import SETTLES
from tests.sealed import SEALED, Sealed
from tests.world import World, became

UNKNOWN = Asked(
    Authority.POLICE, Ground.GRAVE_CRIME, OF_STRANGERS, "K 1-26", "ett ord", silent=False
)
HERE, THERE = UUID(int=1), UUID(int=2)


async def lived(world: World) -> UUID:
    """A conversation with everything that is sealed, from before there was a team."""
    message = world.message("hej", "4711", channel=Channel.TELEGRAM, provider_id="7", to="")
    await receive(world.house, [message])
    world.clock.advance(seconds=2)
    await world.step()
    talk = await world.taken()
    await revise(world.house, Edit(world.message("hej hej", "4711", channel=Channel.TELEGRAM,
                                                 provider_id="7", to=""), "1"))  # fmt: skip
    await world.reply(talk, "ett svar", asked=True)
    await write_note(world.house, world.counsellor, talk, "en anteckning", form_key=uuid4())
    await keep_draft(world.house, world.counsellor, talk, "ett utkast")
    await raise_duty(world.house, world.counsellor, talk, Duty.CHILD, Within.HOUR, "en iakttagelse")
    await ask_of_stranger(world.house, world.counsellor, UNKNOWN, "en okänd", form_key=uuid4())
    first = next(it for it in (await world.see(talk)).thread if isinstance(it, Said))
    async with world.house.db.write() as tx:
        picture = Picture(first.id, 0, "image/png", b"not really")
        await pictures.keep(tx, talk, picture, world.counsellor.id, world.clock.now())
    await world.accept()
    return talk


async def finished(house: House, world: World, holder: UUID = HERE) -> bool:
    """The loop goes on until it has nothing to do; whether all is done."""
    for _ in range(100):
        while await reseal(house, holder):
            pass
        async with house.db.read() as tx:
            if await resealing.done_at(tx):
                return True
        world.clock.advance(minutes=1)
    return False


async def everything_reads(sealed: Sealed, talk: UUID) -> None:
    seen = await sealed.see(talk)
    said = [it for it in seen.thread if isinstance(it, Said)]
    assert (said[0].body, said[-1].body) == ("hej", "ett svar")
    assert [edit.body for edit in said[0].rewritten] == ["hej hej"]
    assert [it.body for it in seen.thread if isinstance(it, Noted)] == ["en anteckning"]
    assert seen.draft == "ett utkast"
    async with sealed.desk.db.read() as tx:
        picture = await pictures.find(tx, said[0].id, 0)
    assert picture is not None and picture.content == b"not really"
    (asked,) = (await see_register(sealed.desk, sealed.counsellor)).unsettled
    about = (await see_entry(sealed.desk, sealed.counsellor, asked.entry.id)).words
    assert sorted(words.body or "" for words in about.values()) == ["K 1-26", "en okänd", "ett ord"]
    (owed,) = await see_open(sealed.desk, sealed.counsellor, talk)
    assert (await see_duty(sealed.desk, sealed.counsellor, owed.id)).why.body == "en iakttagelse"


async def test_every_text_of_before_is_sealed_and_reads_as_ever(world: World) -> None:
    talk = await lived(world)
    sealed = await Sealed.of(world)
    assert {v for table in SEALED for v in await sealed.versions(*table)} == {1}
    await everything_reads(sealed, talk)
    assert await finished(sealed.house, world)
    for table in SEALED:
        assert set(await sealed.versions(*table)) == {2}, table
    await everything_reads(sealed, talk)
    async with sealed.house.db.read() as tx:
        assert set((await resealing.left(tx)).values()) == {0}
    assert await reseal(sealed.house, HERE) == 0


async def test_without_a_team_nothing_is_looked_at(world: World) -> None:
    await lived(world)
    assert await reseal(world.house, HERE) == 0
    assert await world.count("resealing") == 0


async def test_it_is_not_over_before_every_process_knows_of_the_team(world: World) -> None:
    await world.text("hej")
    sealed = await Sealed.of(world)
    for _ in range(50):
        await reseal(sealed.house, HERE)
    async with sealed.house.db.read() as tx:
        assert await resealing.unfinished(tx) == "messages"
    world.clock.advance(seconds=SETTLES.total_seconds())
    assert await finished(sealed.house, world)


async def test_killed_at_any_step_it_goes_on_and_texts_arrive_meanwhile(
    world: World, twin: House
) -> None:
    talk = await lived(world)
    sealed = await Sealed.of(world)
    with pytest.raises(RuntimeError):
        async with sealed.house.db.write() as tx:
            await resealing.step(tx, "messages", world.clock.now())
            raise RuntimeError
    assert set(await sealed.versions("messages")) == {1}
    assert await reseal(sealed.house, HERE)
    assert await reseal(twin, THERE) == 0, "another process is at it"
    message = world.message("mer", "4711", channel=Channel.TELEGRAM, provider_id="8", to="")
    await receive(twin, [message])
    world.clock.advance(seconds=LASTS.total_seconds())
    assert await finished(twin, world, THERE), "and is followed once it has died"
    assert set(await sealed.versions("messages")) == {2}
    assert [it.body for it in (await sealed.see(talk)).thread if isinstance(it, Said)][-1] == "mer"


async def test_a_row_that_was_changed_meanwhile_is_left_as_it_is_now(world: World) -> None:
    await world.text("hej")
    sealed = await Sealed.of(world)
    kind = resealing.KINDS[0]
    async with sealed.house.db.write() as tx:
        rows = await resealing._rows(tx, kind, None)
        await tx.conn.execute(update(tables.messages).values(body_sealed=None))
        assert not await resealing._seal(tx, kind, rows)
    assert set(await sealed.versions("messages")) == {0}, "what was redacted does not come back"


async def test_what_does_not_open_stays_and_stops_nothing(world: World) -> None:
    await lived(world)
    n = tables.notes.c
    async with world.house.db.write() as tx:
        note = (await tx.conn.execute(select(n.body_sealed))).scalar_one()
        broken = note[:-1] + bytes((note[-1] ^ 1,))
        await tx.conn.execute(update(tables.notes).values(body_sealed=broken))
        await tx.conn.execute(update(tables.drafts).values(body_sealed=broken))
    sealed = await Sealed.of(world)
    assert await finished(sealed.house, world)
    async with sealed.house.db.read() as tx:
        left = await resealing.left(tx)
    assert (left["notes"], left["drafts"], left["messages"]) == (1, 1, 0)


async def test_what_the_machine_has_not_read_keeps_a_copy_for_it(world: World) -> None:
    await receive(world.house, [world.message("hej")])
    sealed = await Sealed.of(world)
    while await reseal(sealed.house, HERE):
        pass
    assert await sealed.versions("messages") == [2]
    world.clock.advance(seconds=2)
    await world.step()
    assert await sealed.said() == ["greet"]


async def test_the_machines_copies_end_when_it_has_read_them(sealed: Sealed) -> None:
    await receive(sealed.house, [sealed.message("hej")])
    assert await sealed.versions("messages", "copy_sealed") == [1]
    sealed.clock.advance(minutes=5)
    assert await wipe_copies(sealed.house) == 0, "the questions have not read it"
    await sealed.step()
    assert set(await sealed.versions("messages", "copy_sealed")) == {0, 1}
    assert await wipe_copies(sealed.house) == 1
    assert set(await sealed.versions("messages", "copy_sealed")) == {0}
    assert await wipe_copies(sealed.house) == 0


async def test_a_copy_that_no_question_ever_asks_for_ends_after_a_day(sealed: Sealed) -> None:
    await receive(sealed.house, [sealed.message("hej")])
    sealed.clock.advance(hours=24, minutes=1)
    assert await wipe_copies(sealed.house) == 1
    await sealed.step()
    assert next(it.body for it in (await sealed.see()).thread if isinstance(it, Said)) == "hej"


async def test_a_copy_of_which_nobody_knows_whether_it_has_left_ends_after_a_day(
    sealed: Sealed,
) -> None:
    await sealed.text("hej")
    await sealed.accept()
    await sealed.reply(await sealed.taken(), "ett svar", asked=True)
    async with sealed.house.db.write() as tx:
        (row,) = await outbox.sendable(tx, sealed.clock.now(), 9)
        await outbox.lease(tx, [row], sealed.clock.now(), sealed.clock.now())
        await became(tx, row.id, Delivery.UNKNOWN, (now := sealed.clock.now()), due_at=now)
    for ahead in ({"hours": 23, "minutes": 59}, {"minutes": 2}):
        assert sorted(await sealed.versions("outbox"))[-1] == 1
        sealed.clock.advance(**ahead)
        assert await settle(sealed.house, {}) == 1, "the provider cannot be asked"
        await wipe_copies(sealed.house)
    assert set(await sealed.versions("outbox")) == {0}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_on_sqlite_nothing_of_the_old_ciphertexts_stays_in_any_file(
    world: World, tmp_path: Path
) -> None:
    await lived(world)
    old: list[bytes] = []
    async with world.house.db.read() as tx:
        for table, column in SEALED:
            found = await tx.conn.execute(select(tables.metadata.tables[table].c[column]))
            old += [sealed[20:] for sealed in found.scalars() if sealed]
    assert len(old) > 6
    assert all(_in_files(tmp_path, one) for one in old)
    sealed = await Sealed.of(world)
    assert await finished(sealed.house, world)
    assert not [one for one in old if _in_files(tmp_path, one)]


def _in_files(folder: Path, what: bytes) -> bool:
    return any(what in file.read_bytes() for file in folder.iterdir() if file.is_file())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_it_is_not_over_while_somebody_reads_and_so_keeps_the_old_pages(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compacting, "WAITS", 50)
    await world.text("hej")
    sealed = await Sealed.of(world)
    reader = sqlite3.connect(tmp_path / "utvag.sqlite3", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM messages").fetchall()
    for _ in range(30):
        while await reseal(sealed.house, HERE):
            pass
        world.clock.advance(minutes=1)
    async with sealed.house.db.read() as tx:
        assert await resealing.unfinished(tx) == resealing.COMPACTED
    reader.close()
    assert await finished(sealed.house, world)
