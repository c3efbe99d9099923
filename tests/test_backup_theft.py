"""What somebody opens who has stolen a back-up, or a half of one, and something besides."""

from dataclasses import replace

import pytest

from handlers.sign_in import whose_session
from handlers.wipe import wipe_copies
from storage.backup_stream import BackupBroken, Half
from storage.encryption import Wrapper, WrongSecretKey
from storage.opening import open_database
from storage.version import MARKER
from tests.backups import Vault
from tests.sealed import Sealed
from tests.team import signed_in
from tests.test_theft import ALL, NO_TEXT, lived
from tests.theft import ABOUT, Loot, Stolen, stolen_by
from tests.world import SECRET
from utvag import restore
from utvag.backup_folder import MANIFEST

BOTH = Stolen.DATABASE | Stolen.CONFIGURATION
GUESSED = "a secret of forty characters, guessed"


async def handled(sealed: Sealed, vault: Vault) -> str:
    """All was said, and the server has done with it; the name of its back-up."""
    await lived(sealed)
    await sealed.accept()
    sealed.clock.advance(minutes=2)
    await wipe_copies(sealed.house)
    return (await vault.back_up()).name


async def main_half_alone(vault: Vault, name: str) -> None:
    """A thief restores what they have."""
    wrapper = Wrapper(SECRET)
    checked = restore.check(vault.folder, wrapper, name)
    async with restore._filling(vault.empty) as (place, fill):
        await fill.main(restore.parts_of(checked.main, wrapper))
        await restore._set_version(place, checked.about)
        db = await open_database(place, SECRET, vault.house.now(), restoring=True)
        if db.postgres:
            async with db.write() as tx:
                await tx.conn.exec_driver_sql(f"DROP SCHEMA {MARKER}")
        await db.close()


async def test_a_back_up_without_the_secret_key_opens_nothing(sealed: Sealed, vault: Vault) -> None:
    name = await handled(sealed, vault)
    for half in Half:
        with pytest.raises(WrongSecretKey):
            list(restore.parts_of(vault.folder / f"{name}.{half}", Wrapper(GUESSED)))
    with pytest.raises(WrongSecretKey):
        restore.check(vault.folder, Wrapper(GUESSED))
    assert b"contacts" not in b"".join(vault.files().values())


async def test_a_half_that_is_exchanged_after_it_was_checked_is_not_restored(
    sealed: Sealed, vault: Vault
) -> None:
    """By whoever writes into the folder, and waits for the restore to have looked."""
    older = await handled(sealed, vault)
    sealed.clock.advance(seconds=60)
    newer = (await vault.back_up()).name
    for half in Half:
        checked = restore.check(vault.folder, Wrapper(SECRET), newer, vault.lists)
        there = vault.folder / f"{newer}.{half}"
        kept = there.read_bytes()
        there.unlink()
        there.symlink_to(vault.folder / f"{older}.{half}")
        with pytest.raises(BackupBroken):
            await restore.restore(checked, vault.empty, SECRET, sealed.clock.now())
        there.unlink()
        there.write_bytes(kept[:-40])
        with pytest.raises(BackupBroken):
            await restore.restore(checked, vault.empty, SECRET, sealed.clock.now())
        there.write_bytes(kept)
    assert (await vault.restore(newer)).name == newer


async def test_a_back_up_and_the_secret_key_open_the_servers_part_and_no_text(
    sealed: Sealed, vault: Vault
) -> None:
    await handled(sealed, vault)
    token = await signed_in(sealed.alva)
    sealed.clock.advance(seconds=60)
    await vault.back_up()
    await vault.restore()
    now = sealed.clock.now()
    assert await stolen_by(vault.empty, BOTH, sealed.alva.key, now) == NO_TEXT
    everything = BOTH | Stolen.PASSPHRASE
    assert await stolen_by(vault.empty, everything, sealed.alva.key, now) == ALL
    db = await open_database(vault.empty, SECRET, now)
    assert await whose_session(sealed.house, token) is not None
    assert await whose_session(replace(sealed.house, db=db), token) is None, "a live cookie"
    await db.close()


async def test_the_main_half_alone_opens_no_text_and_leads_to_no_contact_whatever_else_is_stolen(
    sealed: Sealed, vault: Vault
) -> None:
    name = await handled(sealed, vault)
    await main_half_alone(vault, name)
    now, key = sealed.clock.now(), sealed.alva.key
    only_members = Loot(frozenset(), frozenset(), ABOUT - {"address"})
    for stolen in (BOTH, BOTH | Stolen.PASSPHRASE):
        assert await stolen_by(vault.empty, stolen, key, now) == only_members


async def test_a_main_half_without_its_other_is_not_restored(sealed: Sealed, vault: Vault) -> None:
    name = await handled(sealed, vault)
    (vault.folder / f"{name}.apart").unlink()
    with pytest.raises(BackupBroken):
        await vault.restore()
    (vault.folder / f"{name}{MANIFEST}").unlink()
    with pytest.raises(restore.NoBackup):
        await vault.restore()
