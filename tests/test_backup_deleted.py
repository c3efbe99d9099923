"""Who was deleted stays deleted, whatever is restored, and after seven days no back-up has them."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from domain.conversation import State
from domain.deletion import Stage
from handlers.list_deleted import list_deleted
from storage import backup_gone, deletions
from storage.backup_gone import Gone
from storage.database import Database
from storage.encryption import Wrapper, WrongSecretKey
from storage.page_tables import metadata
from tests.backups import Vault, left, rows
from tests.deleting import asked_with_nothing_open, to_the_end
from tests.post import Post
from tests.sealed import Sealed
from tests.states import stored
from tests.world import SECRET
from utvag.restore import parts_of

OTHER = "+46701740611"
WRAPPER = Wrapper(SECRET)


async def deleted(sealed: Sealed, post: Post) -> UUID:
    """The only contact asks, and is."""
    await asked_with_nothing_open(sealed)
    await to_the_end(sealed, post)
    return (await stored(sealed)).contact_id


async def is_gone(db: Database, contact_id: UUID) -> bool:
    """Nothing of them opens, and nothing leads to them."""
    async with db.read() as tx:
        found = await deletions.of_contact(tx, contact_id)
    there = await rows(db)
    ids = {str(contact_id)}
    keys = [row for name in ("contact_keys", "contact_pairs") for row in there[name]]
    texts = metadata.tables["messages"].c.keys().index("body_sealed")
    return (
        found is not None
        and found.stage is Stage.DONE
        and not [row for row in keys if str(row[0]) in ids]
        and not [row for row in there["messages"] if row[texts]]
    )


@pytest.mark.parametrize("told_by", ["data", "folder", "later back-up", "all"])
async def test_whoever_was_deleted_since_is_deleted_once_more(
    sealed: Sealed, vault: Vault, post: Post, told_by: str
) -> None:
    await sealed.text("hej")
    before = (await vault.back_up()).name
    contact_id = await deleted(sealed, post)
    if told_by in {"data", "all"}:
        await list_deleted(replace(sealed.house, lists=vault.data))
    if told_by == "data":
        (vault.folder / backup_gone.NAME).unlink()
    if told_by in {"folder", "later back-up"}:
        sealed.clock.advance(seconds=60)
        later = (await vault.back_up()).name
        assert later > before
    if told_by == "folder":
        (vault.folder / f"{later}.manifest").unlink()
    if told_by == "later back-up":
        (vault.folder / backup_gone.NAME).unlink()
    async with vault.restored(before) as db:
        assert await is_gone(db, contact_id)


async def test_whoever_was_not_deleted_is_restored_as_they_were(
    sealed: Sealed, vault: Vault, post: Post
) -> None:
    contact_id = await deleted(sealed, post)
    await sealed.text("hej", OTHER)
    await list_deleted(replace(sealed.house, lists=vault.data))
    await vault.back_up()
    keys = (await rows(sealed.house.db))["contact_keys"]
    async with vault.restored() as db:
        there = await rows(db)
        assert there["contact_keys"] == keys
        assert len(keys) == 1
        assert str(contact_id) != str(keys[0][0])


async def test_a_deletion_that_was_under_way_is_over_after_a_restore(
    sealed: Sealed, vault: Vault
) -> None:
    """The line would tell them, and a restored line writes to nobody."""
    await asked_with_nothing_open(sealed)
    contact_id = (await stored(sealed)).contact_id
    async with sealed.house.db.write() as tx:
        here = await deletions.of_contact(tx, contact_id)
        assert here is not None
        await deletions.save(tx, [replace(here, stage=Stage.CLEARING)])
    await vault.back_up()
    async with vault.restored() as db:
        assert await is_gone(db, contact_id)


async def test_an_open_conversation_of_somebody_deleted_since_is_closed_and_wakes_nobody(
    sealed: Sealed, vault: Vault
) -> None:
    await sealed.text("hej")
    talk = await stored(sealed)
    await vault.back_up()
    generation, key = sealed.house.db.keys.backup
    wrapped = (await rows(sealed.house.db))["keys"]
    ours = next(row for row in wrapped if row[1] == "backup")
    block = backup_gone.block(generation, bytes(ours[3]), key, [(talk.contact_id, True)])  # type: ignore[call-overload] # a row of any types
    backup_gone.add(vault.data / backup_gone.NAME, block)
    async with vault.restored() as db:
        async with db.read() as tx:
            found = await deletions.of_contact(tx, talk.contact_id)
        there = (await rows(db))["conversations"]
        columns = metadata.tables["conversations"].c.keys()
        row = dict(zip(columns, there[0], strict=True))
        assert row["state"] == State.CLOSED
        assert row["page_due_at"] is None
        assert found is not None
        assert found.keeps_notes


async def test_after_seven_days_no_back_up_holds_anything_that_opens_them(
    sealed: Sealed, vault: Vault, post: Post
) -> None:
    await sealed.text("hej")
    contact_id = (await stored(sealed)).contact_id
    before = await vault.back_up()
    assert contact_id in await opening(vault)
    await deleted(sealed, post)
    since = sealed.clock.now()
    while sealed.clock.now() < since + timedelta(days=7):
        sealed.clock.advance(hours=24)
        await vault.back_up()
    assert contact_id not in await opening(vault)
    assert f"{before.name}.main" not in left(vault.folder)
    assert len([name for name in left(vault.folder) if name.endswith(".manifest")]) == 6


async def opening(vault: Vault) -> set[UUID]:
    """Of whom the folder's back-ups hold what opens their texts or leads to them."""
    contacts = metadata.tables["contacts"]
    async with vault.house.db.read() as tx:
        known = [row[0] for row in await tx.conn.execute(contacts.select())]
    content = b"".join(
        piece
        for path in vault.folder.iterdir()
        if path.suffix == ".apart"
        for _, piece in parts_of(path, WRAPPER)
    )
    return {one for one in known if one.hex.encode() in content or one.bytes in content}


async def test_without_a_back_up_for_days_none_is_removed_and_the_next_one_removes_the_old(
    sealed: Sealed, vault: Vault
) -> None:
    first = await vault.back_up()
    sealed.clock.advance(hours=24 * 30)
    second = await vault.back_up()
    assert second.retired == [first.name]
    assert not [name for name in left(vault.folder) if name.startswith(first.name)]


def test_what_a_killed_process_left_of_a_block_is_passed_over() -> None:
    wrapped = WRAPPER.new("backup", 1)
    key = WRAPPER.unwrap("backup", 1, wrapped)
    first, second = UUID(int=1), UUID(int=2)
    whole = backup_gone.block(1, wrapped, key, [(first, False)])
    other = backup_gone.block(1, wrapped, key, [(second, True)])
    for length in range(len(whole)):
        gone = Gone(WRAPPER)
        gone.read(whole[:length] + other)
        assert gone.keeps_notes(second) is True
        assert gone.keeps_notes(first) in {None, False}
        assert gone.keeps_notes(UUID(int=3)) is None


def test_a_list_names_nobody_and_opens_with_its_own_secret_alone() -> None:
    wrapped = WRAPPER.new("backup", 1)
    key = WRAPPER.unwrap("backup", 1, wrapped)
    contact_id = UUID(int=77)
    block = backup_gone.block(1, wrapped, key, [(contact_id, False)])
    assert contact_id.hex.encode() not in block
    assert str(contact_id).encode() not in block
    other = Wrapper("another secret, forty characters of it")
    gone = Gone(other)
    gone.read(block)
    assert gone.sealed == 1
    assert gone.keeps_notes(contact_id) is None
    both = Gone(other, WRAPPER)
    both.read(block)
    assert both.sealed == 0
    assert both.keeps_notes(contact_id) is False
    with pytest.raises(WrongSecretKey):
        other.unwrap("backup", 1, wrapped)


def test_what_stands_on_a_list_is_not_added_again() -> None:
    wrapped = WRAPPER.new("backup", 1)
    key = WRAPPER.unwrap("backup", 1, wrapped)
    one = backup_gone.block(1, wrapped, key, [(UUID(int=1), False)])
    both = backup_gone.block(1, wrapped, key, [(UUID(int=1), False), (UUID(int=2), False)])
    assert backup_gone.unknown(one, one) == b""
    fresh = backup_gone.unknown(both, one)
    gone = Gone(WRAPPER)
    gone.read(fresh)
    assert gone.keeps_notes(UUID(int=2)) is False
    assert gone.keeps_notes(UUID(int=1)) is None


def test_once_the_secret_is_another_the_list_is_read_by_that_one_alone() -> None:
    key = WRAPPER.unwrap("backup", 1, wrapped := WRAPPER.new("backup", 1))
    newer = Wrapper("another secret, forty characters of it")
    anew = newer.wrap("backup", 1, key)
    contact_id = UUID(int=77)
    before = backup_gone.block(1, wrapped, key, [(contact_id, False)])
    now = backup_gone.block(1, anew, key, [(contact_id, False)])
    fresh = backup_gone.unknown(now, before)
    gone = Gone(newer)
    gone.read(before + fresh)
    assert gone.keeps_notes(contact_id) is False
    assert gone.sealed == 0
    assert backup_gone.unknown(now, before + fresh) == b""
