"""What is written down about staff: a chain that nobody changes, cuts or forks unseen."""

import asyncio
import json
import re
import sys
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from domain.conversation import Outcome
from domain.member import Role
from domain.need import Reason
from handlers.close import close
from handlers.desk import once
from handlers.errors import BadInput
from handlers.find import ask
from handlers.give_reason import give_reason
from handlers.house import House
from handlers.invite import invite, revoke
from handlers.phrases import add_phrase
from handlers.see_conversation import see_conversation
from handlers.sign_in import sign_in, sweep_sessions
from handlers.take import take
from handlers.verify_audit import audit_head, verify_audit
from storage import audit, openings
from storage.audit import Broken, Head
from tests import command
from tests.browser.scene import Scene
from tests.patience import PATIENCE
from tests.world import SECRET, World

AT = datetime(2026, 10, 5, 2, 10, tzinfo=UTC)


async def acts(house: House) -> list[tuple[str, UUID | None, UUID | None, str]]:
    async with house.db.read() as tx:
        return [(e.act, e.member_id, e.object_id, e.detail) async for e in audit.entries(tx)]


async def written(house: House, *details: str) -> Head:
    """Entries one by one; where the log ends then."""
    for detail in details:
        async with house.db.write() as tx:
            audit.note(tx, "tried", AT, detail=detail)
    return await audit_head(house)


async def force(house: House, *statements: str) -> None:
    """As somebody who holds the database and switches the triggers off."""
    off = (
        ["ALTER TABLE audit DISABLE TRIGGER ALL"]
        if house.db.postgres
        else ["DROP TRIGGER audit_not_changed", "DROP TRIGGER audit_not_removed"]
    )
    async with house.db.write() as tx:
        for statement in (*off, *statements):
            await tx.conn.execute(text(statement))


async def test_what_matters_about_staff_is_written_down_in_order(world: World) -> None:
    house, alva = world.house, world.counsellor
    coordinator = await world.hired(house, "Sam", Role.COORDINATOR)
    await world.text("hej")
    talk = await world.only()
    before = len(await acts(house))
    await see_conversation(house, alva, talk)
    search = await ask(house, alva, "hej hej")
    await add_phrase(house, coordinator, "sv", "Namn", "Hej", form_key=UUID(int=5))
    await revoke(house, "Sam")
    assert (await acts(house))[before:] == [
        ("opened", alva.id, talk, "waiting"),
        ("searched", alva.id, search, ""),
        ("phrase", coordinator.id, once(UUID(int=5), "sv", "Namn", "Hej"), "added"),
        ("revoked", None, coordinator.id, ""),
    ]
    assert isinstance(await verify_audit(house), Head)


async def test_invitations_and_scripts_stand_in_it_without_a_name(world: World) -> None:
    await invite(world.house, "Robin", Role.REPORTER)
    found = await acts(world.house)
    assert ("invited", "reporter") in {(act, detail) for act, _, _, detail in found}
    assert "Robin" not in str(found)
    assert ("script", None, None, "exit") in found


async def test_what_is_rolled_back_is_not_written(house: House) -> None:
    before = await written(house, "one")
    with pytest.raises(RuntimeError, match="gone"):
        async with house.db.write() as tx:
            audit.note(tx, "tried", AT, detail="two")
            raise RuntimeError("gone")
    assert await audit_head(house) == before


async def test_an_opening_that_is_not_committed_is_in_neither_log(world: World) -> None:
    await world.text("hej")
    talk, before = await world.only(), await audit_head(world.house)
    with pytest.raises(RuntimeError, match="gone"):
        async with world.house.db.write() as tx:
            await openings.log(tx, talk, world.counsellor.id, AT)
            raise RuntimeError("gone")
    assert await audit_head(world.house) == before
    assert await world.count("openings") == 0


@pytest.mark.parametrize("statement", [
    "UPDATE audit SET detail = 'x' WHERE number = 2", "DELETE FROM audit WHERE number = 2",
    "DELETE FROM audit", "UPDATE audit SET member_id = NULL",
])  # fmt: skip
async def test_the_database_itself_refuses_to_change_or_remove(
    house: House, statement: str
) -> None:
    kept = await written(house, "one", "two", "three")
    with pytest.raises(DBAPIError, match="only added to"):
        async with house.db.write() as tx:
            await tx.conn.execute(text(statement))
    assert await verify_audit(house, kept) == kept


async def test_postgresql_refuses_to_empty_it(house: House) -> None:
    if not house.db.postgres:
        pytest.skip("SQLite has no TRUNCATE")
    await written(house, "one")
    with pytest.raises(DBAPIError, match="only added to"):
        async with house.db.write() as tx:
            await tx.conn.execute(text("TRUNCATE audit"))


CHANGES = {
    "act": "'other'", "detail": "'other'", "hash": "previous", "previous": "hash",
    "generation": "9", "at": "'2026-10-06 02:10:00.000000+00:00'",
}  # fmt: skip


@pytest.mark.parametrize("column", CHANGES)
async def test_a_changed_entry_is_found_by_its_number(house: House, column: str) -> None:
    await written(house, *"abcd")
    last = (await audit_head(house)).number
    value = CHANGES[column]
    await force(house, f"UPDATE audit SET {column} = {value} WHERE number = {last - 1}")
    assert await verify_audit(house) == Broken(last - 1, "changed")


async def test_a_removed_entry_is_found_and_so_are_two_that_changed_places(house: House) -> None:
    last = (await written(house, *"abcd")).number
    await force(
        house,
        f"UPDATE audit SET number = 99 WHERE number = {last - 2}",
        f"UPDATE audit SET number = {last - 2} WHERE number = {last - 1}",
        f"UPDATE audit SET number = {last - 1} WHERE number = 99",
    )
    assert await verify_audit(house) == Broken(last - 2, "changed")
    async with house.db.write() as tx:
        await tx.conn.execute(text(f"DELETE FROM audit WHERE number = {last - 2}"))
    assert await verify_audit(house) == Broken(last - 2, "removed")


async def test_what_was_taken_off_the_end_is_found_with_a_head_that_was_kept(house: House) -> None:
    kept = await written(house, *"abc")
    await force(house, f"DELETE FROM audit WHERE number > {kept.number - 2}")
    assert isinstance(await verify_audit(house), Head)
    assert await verify_audit(house, kept) == Broken(kept.number - 1, "cut")
    await written(house, "x", "y")
    assert await verify_audit(house, kept) == Broken(kept.number, "changed")


async def test_an_entry_that_was_written_with_another_key_is_found(house: House) -> None:
    last = (await written(house, *"ab")).number
    row = f"SELECT {last + 1}, at, member_id, act, object_id, detail, hash, generation, hash"
    names = "number, at, member_id, act, object_id, detail, previous, generation, hash"
    await force(house, f"INSERT INTO audit ({names}) {row} FROM audit WHERE number = {last}")
    assert await verify_audit(house) == Broken(last + 1, "changed")


async def test_only_a_whole_beginning_can_go_and_what_follows_is_bound_to_it(house: House) -> None:
    kept = await written(house, *"abcd")
    async with house.db.write() as tx:
        await audit.cut(tx, kept.number - 1, AT)
    found = await verify_audit(house, kept)
    assert isinstance(found, Head)
    assert found.number == kept.number + 1
    assert (await acts(house))[-1] == ("audit_cut", None, None, str(kept.number - 1))


async def test_an_anchor_that_somebody_else_wrote_is_not_believed(house: House) -> None:
    last = (await written(house, *"abcd")).number
    await force(
        house,
        "INSERT INTO audit_anchors (number, hash, generation, tag, at) "
        f"SELECT number, hash, generation, hash, at FROM audit WHERE number = {last - 1}",
        f"DELETE FROM audit WHERE number < {last}",
    )
    assert await verify_audit(house) == Broken(1, "removed")


async def test_many_writers_at_once_make_one_chain(house: House, twin: House) -> None:
    async def some(of: House, name: str) -> None:
        for _ in range(20):
            async with of.db.write() as tx:
                audit.note(tx, "tried", AT, detail=name)
                audit.note(tx, "tried", AT, detail=name)

    before = (await audit_head(house)).number
    await asyncio.gather(*(some(of, str(n)) for n, of in enumerate((house, twin, house, twin))))
    found = await verify_audit(house)
    assert isinstance(found, Head)
    assert found.number == before + 4 * 20 * 2


WRITER = """
import asyncio, sys
from datetime import UTC, datetime
from storage import audit, openings
from storage.opening import open_database

async def main(url, secret, name, count):
    now = datetime(2026, 10, 5, 2, 10, tzinfo=UTC)
    db = await open_database(url, secret, now)
    for n in range(int(count)):
        async with db.write() as tx:
            audit.note(tx, "tried", now, detail=f"{name} {n}")
            await asyncio.sleep(0.001)
        print(n, flush=True)
    await db.close()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_two_processes_of_which_one_is_killed_make_one_chain(
    house: House, database_url: str
) -> None:
    before = (await audit_head(house)).number
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", WRITER, database_url, SECRET, name, count,
            stdout=asyncio.subprocess.PIPE,
        )
        for name, count in (("short", "40"), ("killed", "100000"))
    ]  # fmt: skip
    short, long = started
    assert long.stdout is not None
    for _ in range(15):
        await asyncio.wait_for(long.stdout.readline(), PATIENCE)
    long.kill()
    told = len((await long.communicate())[0].splitlines()) + 15
    await asyncio.wait_for(short.communicate(), PATIENCE)
    await written(house, "after")
    found = await verify_audit(house)
    assert isinstance(found, Head)
    assert found.number - before - 1 - 40 in {told, told + 1}


async def test_who_is_refused_is_written_down_once_a_minute(scene: Scene) -> None:
    for _ in range(3):
        assert (await scene.elis.get("/board")).status_code == 403
        assert (await scene.admin.get(scene.path)).status_code == 403
    refused = [entry for entry in await acts(scene.world.house) if entry[0] == "refused"]
    assert refused[0] == ("refused", scene.elis_member.id, None, "board")
    assert [(entry[2], entry[3]) for entry in refused[1:]] == [(scene.talk, "read")]


async def test_wrong_sign_ins_are_counted_and_no_name_is_kept(world: World) -> None:
    for name in ("Alva", "Alva", "Nobody"):
        with pytest.raises(BadInput):
            await sign_in(world.house, name, "wrong wrong wrong", source="127.0.0.1")
    await sweep_sessions(world.house)
    assert all(entry[0] != "wrong_sign_ins" for entry in await acts(world.house))
    world.clock.advance(minutes=11)
    await sweep_sessions(world.house)
    await sweep_sessions(world.house)
    found = [entry for entry in await acts(world.house) if entry[0] == "wrong_sign_ins"]
    assert found == [("wrong_sign_ins", None, None, "3")]


async def test_an_opening_says_how_the_conversation_stood_to_the_reader(world: World) -> None:
    house, elis = world.house, await world.hired(world.house, "Elis")
    await world.text("hej")
    talk = await world.only()
    await see_conversation(house, elis, talk)
    await take(house, world.counsellor, talk)
    await see_conversation(house, world.counsellor, talk)
    await give_reason(house, elis, talk, Reason.COLLEAGUE)
    await see_conversation(house, elis, talk)
    await close(house, world.counsellor, talk, Outcome.OTHER, seen=None)
    await see_conversation(house, elis, talk)
    opened = [(entry[1], entry[3]) for entry in await acts(house) if entry[0] == "opened"]
    own = world.counsellor.id
    assert opened == [
        (elis.id, "waiting"),
        (own, "own"),
        (elis.id, "others colleague"),
        (elis.id, "closed colleague"),
    ]


def _exported(settings: dict[str, str]) -> list[dict[str, object]]:
    return [
        json.loads(one) for one in command.told(settings, "audit", "export").stdout.splitlines()
    ]


def test_what_is_taken_out_is_whole_and_written_down(sqlite_url: str) -> None:
    settings = {"database_url": sqlite_url, "secret_key": SECRET,
                "public_url": "https://line.example.org"}  # fmt: skip
    command.told(settings, "staff", "invite", "Alva")
    first = _exported(settings)
    again = _exported(settings)
    assert ("invited", "counsellor") in {(one["act"], one["detail"]) for one in first}
    assert again[:-1] == first
    assert (again[-1]["act"], again[-1]["detail"]) == ("exported", str(len(first)))


def test_the_command_line_shows_the_head_and_finds_the_first_broken_entry(sqlite_url: str) -> None:
    settings = {"database_url": sqlite_url, "public_url": "https://line.example.org",
                "secret_key": SECRET}  # fmt: skip
    for name in ("Alva", "Elis", "Noor"):
        command.told(settings, "staff", "invite", name)
    head = command.told(settings, "audit", "head").stdout.strip()
    assert re.fullmatch(r"\d+:[0-9a-f]{64}", head)
    whole = command.told(settings, "audit", "verify", "--head", head)
    assert (whole.exit_code, whole.stderr) == (0, "")
    assert f"Head: {head}" in whole.stdout
    assert command.told(settings, "audit", "verify", "--head", "nonsense").exit_code == 1
    ahead = f"{int(head.partition(':')[0]) + 1}:{'0' * 64}"
    cut = command.told(settings, "audit", "verify", "--head", ahead)
    assert cut.exit_code == 1
    assert f"Entry {ahead.partition(':')[0]} is missing" in cut.stderr
