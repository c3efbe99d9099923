"""What has stood for its term goes by rule, and nothing else does."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from domain.conversation import Outcome, State
from domain.deletion import Stage
from domain.retention import TERMS, USUAL, Kept
from handlers.close import close
from handlers.find import ask, find
from handlers.remove_copies import remove_copies
from handlers.see_board import see_board
from handlers.seen import Happened, Noted, Said
from handlers.take import take
from handlers.write_note import write_note
from storage import audit, deletions, retention, tables
from storage.deletions import Deletion
from storage.plans import Kind as PlanKind
from tests.aging import a_night, after, decided, foreseen, rows, until_night, was_here
from tests.sealed import Sealed
from tests.world import PHONE, World, sid

OTHER = "+46701740611"


def words(thread: Iterable[object]) -> list[str | None]:
    return [item.body for item in thread if isinstance(item, Said)]


async def sent_by_its_provider(world: World) -> None:
    """The only text of ours."""
    async with world.house.db.write() as tx:
        await tx.conn.execute(update(tables.outbox).values(provider_id=sid()))


async def test_nothing_goes_before_its_time(world: World) -> None:
    talk = await was_here(world, note="ring igen")
    await after(world, 60)
    assert await a_night(world) == {}
    thread = (await world.see(talk)).thread
    assert words(thread)[0] == "hej, en text"
    assert [i.body for i in thread if isinstance(i, Noted)] == ["ring igen"]


async def test_the_words_go_and_the_page_says_so(world: World) -> None:
    talk = await was_here(world)
    await after(world, USUAL[Kept.CONVERSATIONS])
    found = await foreseen(world.house)
    assert found[Kept.CONVERSATIONS] == 1
    assert (await a_night(world))[Kept.CONVERSATIONS] == 1
    thread = (await world.see(talk)).thread
    assert set(words(thread)) == {None}
    assert "words_gone" in [i.kind for i in thread if isinstance(i, Happened)]
    assert await rows(world, "contact_pairs") == []
    for name, column in (("messages", "body_sealed"), ("outbox", "body_sealed")):
        assert all(getattr(row, column) is None for row in await rows(world, name)), name


async def test_notes_may_go_before_the_words(world: World) -> None:
    talk = await was_here(world, note="ring igen")
    await decided(world, notes=30)
    await after(world, 40)
    assert await a_night(world) == {Kept.NOTES: 1}
    thread = (await world.see(talk)).thread
    assert [i for i in thread if isinstance(i, Noted)] == []
    assert words(thread)[0] == "hej, en text"


async def test_the_words_may_go_before_the_notes_which_can_be_read(world: World) -> None:
    talk = await was_here(world, note="anmält")
    await decided(world, conversations=90, notes=1000)
    await after(world, 100)
    assert (await a_night(world))[Kept.CONVERSATIONS] == 1
    thread = (await world.see(talk)).thread
    assert [i.body for i in thread if isinstance(i, Noted)] == ["anmält"]


async def test_addresses_go_and_whoever_writes_then_is_somebody_new(world: World) -> None:
    talk = await was_here(world)
    await after(world, USUAL[Kept.ADDRESSES])
    assert (await a_night(world))[Kept.ADDRESSES] == 1
    assert await rows(world, "contact_keys") == []
    assert words((await world.see(talk)).thread)[0]
    await world.text("hej igen")
    assert len(await rows(world, "contacts")) == 2


async def test_marks_of_deliveries_go_and_their_words_stay(world: World) -> None:
    talk = await was_here(world)
    await sent_by_its_provider(world)
    codes = {row.code for row in await rows(world, "outbox")}
    await after(world, USUAL[Kept.DELIVERIES])
    found = (await foreseen(world.house))[Kept.DELIVERIES]
    assert (await a_night(world))[Kept.DELIVERIES] == found == 2
    assert {row.provider_id for row in await rows(world, "outbox")} == {None}
    assert codes.isdisjoint(row.code for row in await rows(world, "outbox"))
    heard = [row for row in await rows(world, "messages") if row.author == "contact"]
    assert all(row.provider_id for row in heard)
    assert await rows(world, "receipts") == []
    assert words((await world.see(talk)).thread)[0]


async def test_a_providers_copy_is_asked_to_go_before_its_number_is_forgotten(
    world: World,
) -> None:
    await was_here(world)
    await sent_by_its_provider(world)
    await after(world, USUAL[Kept.DELIVERIES])
    await a_night(world)
    assert len(await rows(world, "provider_copies")) == 1
    assert await remove_copies(world.house, {}) == 1
    await after(world, USUAL[Kept.CONVERSATIONS])
    await a_night(world)
    asked = await rows(world, "provider_copies")
    assert len(asked) == 2
    assert {row.kind for row in asked} == {"message"}
    assert {row.provider_id for row in await rows(world, "messages")} == {None}


async def test_the_bare_rows_go_last_and_nothing_of_them_is_left(world: World) -> None:
    await was_here(world, PHONE, "mer", note="ring igen")
    await world.text("hej", OTHER)
    await decided(world, figures=400)
    await after(world, 400)
    removed = await a_night(world)
    assert removed[Kept.FIGURES] == 1
    (contact,) = await rows(world, "contacts")
    (talk,) = await rows(world, "conversations")
    assert talk.contact_id == contact.id
    assert talk.state == State.WAITING
    for name in ("messages", "outbox", "events", "openings", "triages", "waits"):
        assert {row.conversation_id for row in await rows(world, name)} <= {talk.id}, name


async def test_an_open_conversation_is_never_touched(world: World) -> None:
    await world.text("hej, en text")
    await take(world.house, world.counsellor, await world.only())
    await world.text("hej, en text", OTHER)
    before = {name: await rows(world, name) for name in ("messages", "contact_keys", "outbox")}
    await after(world, TERMS[Kept.FIGURES].most + 10)
    assert set(await a_night(world)) <= {Kept.AUDIT, Kept.DELIVERIES}
    assert before == {name: await rows(world, name) for name in before}


HOLDING = ("asked", "under_way", "leaving", "planned", "wanted", "blocked")


@pytest.mark.parametrize("why", HOLDING)
async def test_what_something_holds_stays(world: World, why: str) -> None:
    await was_here(world, note="ring igen")
    (contact,), (talk,) = await rows(world, "contacts"), await rows(world, "conversations")
    late = world.clock.now() + timedelta(days=9999)
    plan = {
        "id": uuid4(), "conversation_id": talk.id, "kind": PlanKind.FOLLOW_UP, "asked": False,
        "planned_at": contact.first_inbound_at, "changed_at": contact.first_inbound_at,
    }  # fmt: skip
    async with world.house.db.write() as tx:
        if why == "asked":
            asked = update(tables.contacts).values(delete_requested_at=contact.first_inbound_at)
            await tx.conn.execute(asked)
        elif why == "under_way":
            at = contact.first_inbound_at
            await deletions.save(tx, [Deletion(contact.id, Stage.CLEARING, at, late)])
        elif why == "leaving":
            await tx.conn.execute(update(tables.outbox).values(pending=True))
        elif why == "planned":
            plans = tables.metadata.tables["plans"]
            await tx.conn.execute(plans.insert().values(**plan, state="planned", due_at=late))
        elif why == "wanted":
            plans = tables.metadata.tables["plans"]
            await tx.conn.execute(plans.insert().values(**plan, state="wanted"))
        else:
            await tx.conn.execute(update(tables.conversations).values(blocked_until=late))
    before = {name: await rows(world, name) for name in ("messages", "notes", "outbox")}
    await after(world, TERMS[Kept.FIGURES].most + 10)
    assert set(await a_night(world)) <= {Kept.AUDIT, Kept.DELIVERIES}
    assert before == {name: await rows(world, name) for name in before}
    (reached,) = await rows(world, "contact_keys")
    assert reached.contact_id == contact.id


async def test_what_is_foreseen_is_what_goes(world: World) -> None:
    for number in range(4):
        await was_here(world, f"+4670174062{number}", "mer", note="ring" if number else "")
        await after(world, 90)
    await decided(world, notes=120, conversations=200, addresses=100, figures=400)
    await after(world, 120)
    for _ in range(4):
        await until_night(world)
        found = {kept: n for kept, n in (await foreseen(world.house)).items() if n}
        assert await a_night(world) == found
        await after(world, 40)


async def test_the_log_stays_whole_when_its_oldest_part_goes(world: World) -> None:
    await was_here(world)
    search = await ask(world.house, world.counsellor, "hej")
    await find(world.house, world.counsellor, search)
    async with world.house.db.read() as tx:
        old = await audit.head(tx)
    await after(world, TERMS[Kept.AUDIT].usual)
    await was_here(world, OTHER)
    assert (await a_night(world))[Kept.AUDIT] == old.number
    async with world.house.db.read() as tx:
        assert await audit.begins(tx) == old
        head = await audit.verify(tx, old)
        assert isinstance(head, audit.Head)
        acts = [entry.act async for entry in audit.entries(tx)]
    assert "searched" not in acts
    assert "audit_cut" in acts
    assert await rows(world, "searches") == []


async def test_a_log_that_was_changed_is_not_put_aside(world: World) -> None:
    await was_here(world)
    await ask(world.house, world.counsellor, "hej")
    async with world.house.db.write() as tx:
        off = "ALTER TABLE audit DISABLE TRIGGER ALL" if tx.postgres else None
        await tx.conn.exec_driver_sql(off or "DROP TRIGGER audit_not_changed")
        await tx.conn.exec_driver_sql("UPDATE audit SET detail = 'x' WHERE number = 1")
    count = len(await rows(world, "audit"))
    await after(world, TERMS[Kept.AUDIT].usual + 1)
    await a_night(world)
    assert len(await rows(world, "audit")) >= count
    assert len(await rows(world, "searches")) == 1
    async with world.house.db.read() as tx:
        assert await audit.verify(tx) == audit.Broken(1, "changed")


async def test_a_term_that_somebody_wrote_into_the_database_does_not_hold(world: World) -> None:
    await decided(world, notes=40)
    async with world.house.db.write() as tx:
        forged = {kept.value: 0 for kept in Kept}
        own = tables.metadata.tables["retention_terms"]
        (row,) = await tx.conn.execute(own.select())
        values = {**row._mapping, "edition": 2, "terms": forged}
        await tx.conn.execute(own.insert().values(**values))
        assert (await retention.terms(tx))[Kept.NOTES] == 40
        assert await retention.forged(tx) == 1
        await tx.conn.execute(update(own).values(terms=forged))
        assert await retention.terms(tx) == USUAL


async def test_the_board_and_the_queue_show_themselves_when_old_rows_are_gone(
    world: World,
) -> None:
    boss = await world.hired(world.house, "Cia", role=world.counsellor.role.COORDINATOR)
    await was_here(world, note="ring")
    await after(world, TERMS[Kept.FIGURES].usual + 1)
    assert Kept.FIGURES in await a_night(world)
    board = await see_board(world.house, boss)
    assert board.undelivered == ()
    assert (await world.queue()).waiting == ()
    await world.text("hej", OTHER)
    assert len((await world.queue()).waiting) == 1


async def test_what_is_left_is_read_by_whoever_was_admitted(sealed: Sealed) -> None:
    await sealed.text("hej, en text")
    talk = await sealed.taken()
    await write_note(sealed.desk, sealed.counsellor, talk, "anmält", form_key=uuid4())
    await close(sealed.desk, sealed.counsellor, talk, Outcome.OTHER)
    await decided(sealed, conversations=200, notes=1000)
    await after(sealed, 100)
    assert Kept.ADDRESSES in await a_night(sealed)
    assert words((await sealed.see(talk)).thread)[0] == "hej, en text"
    await after(sealed, 100)
    assert Kept.CONVERSATIONS in await a_night(sealed)
    thread = (await sealed.see(talk)).thread
    assert set(words(thread)) == {None}
    assert [i.body for i in thread if isinstance(i, Noted)] == ["anmält"]
    await write_note(sealed.desk, sealed.counsellor, talk, "efteråt", form_key=uuid4())
    thread = (await sealed.see(talk)).thread
    assert [i.body for i in thread if isinstance(i, Noted)] == ["anmält", "efteråt"]
    await after(sealed, 1001)
    assert Kept.NOTES in await a_night(sealed)
    assert await rows(sealed, "contact_pairs") == []
