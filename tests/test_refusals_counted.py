"""Refusals are written down so that nobody fills the log with them, and none goes uncounted."""

import asyncio
from uuid import UUID, uuid4

from domain.access import Act
from handlers.errors import NotAllowed
from handlers.house import House
from handlers.note_refused import note_more_refused, note_refused
from handlers.verify_audit import verify_audit
from storage.audit import Head
from tests.browser.scene import Scene
from tests.test_audit import acts


async def test_whoever_tries_every_address_fills_no_log(scene: Scene) -> None:
    """Of a minute's refusals stand the first and how many more, in the chain as all else is."""
    house, clock = scene.world.house, scene.world.clock
    tried = [f"/conversations/{uuid4()}" for _ in range(40)]
    for path in (*tried, *(f"{path}/export" for path in tried)):
        assert (await scene.admin.get(path)).status_code == 403
    assert len(await _refusals(house)) == 2
    await note_more_refused(house)
    assert len(await _refusals(house)) == 2
    clock.advance(minutes=1)
    await asyncio.gather(*(note_more_refused(house) for _ in range(3)))
    assert sorted(detail for act, _, _, detail in await _refusals(house) if act != "refused") == [
        "39 export",
        "39 read",
    ]
    assert isinstance(await verify_audit(house), Head)
    clock.advance(minutes=5)
    await note_more_refused(house)
    assert len(await _refusals(house)) == 4


async def test_refusals_of_a_minute_that_nobody_closed_are_told_with_the_next(scene: Scene) -> None:
    """The process that counted them was killed, and the clock has gone on."""
    house = scene.world.house
    for _ in range(3):
        await scene.elis.get("/board")
    scene.world.clock.advance(minutes=3)
    await scene.elis.get("/board")
    assert [(act, detail) for act, _, _, detail in await _refusals(house)] == [
        ("refused", "board"),
        ("refused_more", "2 board"),
        ("refused", "board"),
    ]


async def test_many_refused_at_once_are_one_entry_and_all_are_counted(scene: Scene) -> None:
    house = scene.world.house
    error = NotAllowed(Act.BOARD)
    at_once = (note_refused(house, scene.elis_member, error, str(uuid4())) for _ in range(12))
    await asyncio.gather(*at_once)
    scene.world.clock.advance(minutes=1)
    await note_more_refused(house)
    assert [(act, detail) for act, _, _, detail in await _refusals(house)] == [
        ("refused", "board"),
        ("refused_more", "11 board"),
    ]


async def _refusals(house: House) -> list[tuple[str, UUID | None, UUID | None, str]]:
    return [entry for entry in await acts(house) if entry[0].startswith("refused")]
