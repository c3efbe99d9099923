"""A back-up is made while the line runs, sealed in two halves, and everything comes back."""

import asyncio
from dataclasses import replace

import pytest

from storage import backup_marks
from storage.backup_scope import APART, OMITTED, NotEmpty
from storage.backup_sqlite import LeftBeside, UnderWay, file_of, filling
from storage.backup_stream import BackupBroken, Why
from storage.encryption import WrongSecretKey
from storage.opening import open_database
from tests.backups import Vault, left, rows
from tests.sealed import Sealed
from tests.sessions import lasting
from tests.world import SECRET

DOUBTED = ("contacts", "triages", "events")
"""See tests/test_backup_doubt.py."""

CHANGED_BY_RESTORE = ("backup_marks", "audit", "members", *DOUBTED, *OMITTED)


async def test_every_row_comes_back_but_what_is_left_out(sealed: Sealed, vault: Vault) -> None:
    await sealed.text("hej")
    talk = await sealed.taken()
    await sealed.reply(talk, "ett svar", asked=True)
    await lasting(sealed.house, sealed.counsellor)
    made = await vault.back_up()
    before = await rows(sealed.house.db, *CHANGED_BY_RESTORE)
    async with vault.restored() as db:
        assert await rows(db, *CHANGED_BY_RESTORE) == before
        there = await rows(db)
        kept = {table: len(there[table]) for table in ("contacts", "triages")}
        assert kept == {table: await sealed.count(table) for table in kept}
        assert [table for table in OMITTED if there[table]] == []
        assert await sealed.count("sessions") == 1
        async with db.read() as tx:
            assert await backup_marks.is_silent(tx)
    assert made.rows > 20
    assert all(before[table] for table in APART)


async def test_a_back_up_is_for_us_alone_and_nothing_of_making_it_is_left(vault: Vault) -> None:
    made = await vault.back_up()
    names = {path.name: path.stat().st_mode & 0o777 for path in vault.folder.iterdir()}
    halves = {f"{made.name}.{end}": 0o600 for end in ("main", "apart", "manifest")}
    (said,) = (name for name in names if name.startswith("utvag-said-"))
    assert names == halves | {".utvag-lock": 0o600, said: 0o600}
    assert not [name for name in left(vault.data.parent) if "backing-up" in name]


async def test_another_secret_key_opens_nothing(vault: Vault) -> None:
    await vault.back_up()
    with pytest.raises(WrongSecretKey):
        await vault.restore(secret="another secret of forty characters, for tests")


@pytest.mark.parametrize("half", ["main", "apart", "manifest"])
async def test_a_half_back_up_is_refused_and_nothing_is_restored(vault: Vault, half: str) -> None:
    made = await vault.back_up()
    path = vault.folder / f"{made.name}.{half}"
    whole = path.read_bytes()
    for length in (0, 1, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(BackupBroken) as broken:
            await vault.restore()
        assert broken.value.why is (Why.CHANGED if half == "manifest" else Why.HALF)
    path.write_bytes(whole)
    await vault.restore()


async def test_it_goes_to_an_empty_place_alone(vault: Vault) -> None:
    await vault.back_up()
    await vault.restore()
    with pytest.raises(NotEmpty):
        await vault.restore()
    db = await open_database(vault.empty, SECRET, vault.house.now())
    await db.close()


async def test_two_at_once_leave_each_others_files_alone(vault: Vault) -> None:
    other = replace(vault, folder=vault.folder.with_name("elsewhere"))
    made = await asyncio.gather(vault.back_up(), other.back_up())
    assert made[0].rows == made[1].rows
    await vault.restore()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_log_of_another_database_is_not_taken_for_the_restored_ones(
    vault: Vault,
) -> None:
    await vault.back_up()
    file = file_of(vault.empty)
    file.parent.mkdir()
    file.with_name(f"{file.name}-wal").write_bytes(b"of a database that was moved away")
    with pytest.raises(LeftBeside):
        await vault.restore()
    assert not file.exists()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_place_that_another_restore_fills_is_left_to_it(vault: Vault) -> None:
    await vault.back_up()
    with filling(vault.empty), pytest.raises(UnderWay):
        await vault.restore()
    assert left(file_of(vault.empty).parent) == [file_of(vault.empty).name]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_one_changed_byte_of_any_file_is_said_to_be_one(vault: Vault) -> None:
    made = await vault.back_up()
    for ending in ("manifest", "main", "apart"):
        path = vault.folder / f"{made.name}.{ending}"
        whole = path.read_bytes()
        places = {*range(0, min(len(whole), 1500), 31), len(whole) // 2, len(whole) - 1}
        for place in places:
            changed = bytearray(whole)
            changed[place] ^= 1
            path.write_bytes(changed)
            with pytest.raises(BackupBroken) as broken:
                await vault.restore()
            assert broken.value.why is Why.CHANGED
        path.write_bytes(whole)
    await vault.restore()


@pytest.mark.parametrize("half", ["main", "apart"])
async def test_a_half_of_another_back_up_is_refused(vault: Vault, half: str) -> None:
    first, second = await vault.back_up(), await vault.back_up()
    other = vault.folder / f"{first.name}.{half}"
    other.replace(vault.folder / f"{second.name}.{half}")
    with pytest.raises(BackupBroken):
        await vault.restore(second.name)
