"""What somebody tries who writes into the folder of back-ups and holds no key."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from handlers.list_deleted import list_deleted
from storage import backup_gone
from storage.backup_gone import Gone
from storage.backup_stream import FRAME, Half, Head, Sealing
from storage.encryption import Wrapper
from tests.backups import Vault
from tests.clock import Clock
from tests.deleting import asked_with_nothing_open, to_the_end
from tests.patience import PATIENCE
from tests.post import Post
from tests.sealed import Sealed
from tests.world import SECRET
from utvag.backup_folder import CannotWrite
from utvag.restore import NoBackup, _read_gone


def lay(kind: str, path: Path, victim: Path) -> None:
    path.unlink(missing_ok=True)
    if kind == "link":
        path.symlink_to(victim)
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
async def test_the_line_neither_waits_for_a_pipe_nor_writes_through_a_link(
    sealed: Sealed, vault: Vault, post: Post, kind: str
) -> None:
    """It writes there by itself, while contacts wait for it."""
    await sealed.text("hej")
    await vault.back_up()
    await asked_with_nothing_open(sealed)
    await to_the_end(sealed, post)
    victim = vault.folder.parent / "another file"
    victim.write_bytes(b"untouched\n")
    lay(kind, vault.folder / backup_gone.NAME, victim)
    await asyncio.wait_for(list_deleted(replace(sealed.house, lists=vault.data)), PATIENCE)
    assert victim.read_bytes() == b"untouched\n"
    assert (vault.data / backup_gone.NAME).read_bytes()
    with pytest.raises(CannotWrite):
        await vault.back_up()
    with pytest.raises(OSError, match=r"no list of ours|symbolic links|directory"):
        await vault.restore()
    assert victim.read_bytes() == b"untouched\n"


async def test_links_and_names_in_the_folder_lead_nowhere_else(vault: Vault, clock: Clock) -> None:
    there = (await vault.back_up()).name
    victim = vault.folder.parent / "another file"
    victim.write_bytes(b"untouched\n")
    for ending in (".manifest", ".main", ".apart"):
        (vault.folder / f"utvag-20200101T000000000000Z-aaaaaaaa{ending}").symlink_to(victim)
    for name in (f"../{vault.folder.name}/{there}", "../another file", f"{there}/../{there}"):
        with pytest.raises(NoBackup):
            await vault.restore(name)
    clock.advance(seconds=1)
    made = await vault.back_up()
    assert made.retired == ["utvag-20200101T000000000000Z-aaaaaaaa"]
    assert victim.read_bytes() == b"untouched\n"
    assert (await vault.restore()).name == made.name


def test_a_list_that_is_longer_than_a_frame_is_read_whole(tmp_path: Path) -> None:
    """Whoever sends DELETE from a thousand numbers does not have a real one fall off its end."""
    wrapper, key = Wrapper(SECRET), os.urandom(32)
    wrapped = wrapper.wrap("backup", 1, key)
    people: list[UUID] = [uuid4() for _ in range(FRAME // 64 + 500)]
    path = tmp_path / "a.main"
    with path.open("wb") as file:
        sealing = Sealing(file, Head(Half.MAIN, uuid4(), 1, wrapped), key)
        sealing.write("about", b"{}")
        sealing.write("deleted", backup_gone.block(1, wrapped, key, [(p, False) for p in people]))
        sealing.end()
    gone = Gone(wrapper)
    _read_gone(path, gone, wrapper)
    assert [gone.keeps_notes(one) for one in people] == [False] * len(people)
