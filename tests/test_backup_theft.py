"""What a back-up is without its secret key, or without its other half; `test_theft.py` says what
opens with them."""

import pytest

from storage.backup_stream import BackupBroken, Half
from storage.encryption import Wrapper, WrongSecretKey
from tests.backups import Vault
from tests.sealed import Sealed
from tests.test_theft import done_with, lived
from tests.theft import GUESSED
from tests.world import SECRET
from utvag import restore
from utvag.backup_folder import MANIFEST


async def handled(sealed: Sealed, vault: Vault) -> str:
    """All was said, and the server has done with it; the name of its back-up."""
    await lived(sealed)
    await done_with(sealed)
    return (await vault.back_up()).name


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


async def test_a_main_half_without_its_other_is_not_restored(sealed: Sealed, vault: Vault) -> None:
    name = await handled(sealed, vault)
    (vault.folder / f"{name}.apart").unlink()
    with pytest.raises(BackupBroken):
        await vault.restore()
    (vault.folder / f"{name}{MANIFEST}").unlink()
    with pytest.raises(restore.NoBackup):
        await vault.restore()
