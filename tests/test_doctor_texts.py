"""The doctor says who can read the stored texts, and how far their sealing is."""

from pathlib import Path

from tests.backups import Vault
from tests.sealed import Sealed
from tests.test_resealing import finished
from tests.world import World
from utvag import backup_folder
from utvag.doctor_texts import examine_swap, examine_texts


async def said(world: World) -> str:
    (finding,) = await examine_texts(world.house)
    return finding.text


async def test_it_says_that_there_is_no_team_how_far_it_is_and_which_backups_to_destroy(
    world: World,
) -> None:
    await world.text("hej")
    assert "under the server's key alone" in await said(world)
    await Sealed.of(world)
    assert "2 from before the team are not sealed" in await said(world)
    assert await finished(world.house, world)
    assert "destroy back-ups made before it" in await said(world)


async def test_it_names_the_back_ups_of_before_until_they_are_gone(
    sealed: Sealed, vault: Vault
) -> None:
    await vault.back_up()
    await vault.back_up()
    old = backup_folder.names(vault.folder)
    assert await finished(sealed.house, sealed)
    await vault.back_up()
    told = (await examine_texts(sealed.house))[-1].text
    assert told.endswith(f"in {vault.folder}: {', '.join(old)}")
    for path in vault.folder.glob(f"{old[1]}*"):
        path.unlink()
    assert (await examine_texts(sealed.house))[-1].text.endswith(f": {old[0]}")
    for path in vault.folder.glob(f"{old[0]}*"):
        path.unlink()
    assert len(await examine_texts(sealed.house)) == 1


def test_swap_is_told_where_there_is_some(tmp_path: Path) -> None:
    swaps = tmp_path / "swaps"
    assert examine_swap(swaps) == []
    swaps.write_text("Filename Type Size Used Priority\n")
    assert examine_swap(swaps) == []
    swaps.write_text("Filename Type Size Used Priority\n/dev/sda2 partition 1 0 -2\n")
    assert "encrypt it" in examine_swap(swaps)[0].text
