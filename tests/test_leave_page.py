"""Leave, over HTTP: two whole days, or to the hour."""

import re
from uuid import UUID, uuid4

import pytest

from domain.member import Member, Role
from tests.browser.rota_scene import with_a_rota
from tests.browser.scene import Scene
from tests.browser.serving import Visitor
from tests.test_rota_pages import plain
from tests.world import World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
async def bo(world: World) -> Member:
    return await world.hired(world.house, "Bo", Role.COORDINATOR)


@pytest.fixture
async def boss(scene: Scene, bo: Member) -> Visitor:
    return await Visitor.of(scene.world.house, scene.base, bo)


@pytest.fixture
async def rota(scene: Scene, bo: Member) -> UUID:
    return await with_a_rota(scene.world, bo)


async def test_leave_is_written_on_the_page_and_struck_out(
    scene: Scene, boss: Visitor, rota: UUID
) -> None:
    alva = scene.world.counsellor
    form = (await scene.alva.get("/rota/leave")).text
    assert form.count('value="2026-03-03"') == 2
    fields = {"member": str(alva.id), "first": "2026-03-03", "last": "2026-03-03",
              "begins": "", "ends": "", "form_key": str(uuid4())}  # fmt: skip
    assert (await scene.alva.post("/rota/leave", **fields)).status_code == 303
    page = (await scene.alva.get("/rota/leave")).text
    assert "Alva Tue 3 Mar" in plain(page)
    assert "<select" not in page.partition("<main")[2]
    assert "On leave: Alva" in plain((await boss.get("/rota")).text)
    assert "Björn" in (await boss.get("/rota/leave")).text
    strike = re.search(r'action="(/rota/leave/[^"]+/strike)"', page)
    assert strike
    assert (await scene.elis.post(strike[1])).status_code == 403
    assert (await scene.alva.post(strike[1])).status_code == 303
    assert (await scene.alva.post(strike[1])).status_code == 404
    for changed, words in (
        ({"last": "2026-03-02"}, "It ends before it begins."),
        ({"begins": "16:00", "ends": "15:00"}, "It ends before it begins."),
        ({"first": ""}, "Give the first day."),
        ({"last": "x"}, "Give the last day."),
        ({"ends": "25:00"}, "Write the time such as 16:00"),
    ):
        wrong = await scene.alva.post("/rota/leave", **(fields | changed))
        assert (wrong.status_code, words in wrong.text) == (422, True)
    assert (await scene.alva.get("/rota/leave")).status_code == 200


async def test_leave_is_two_whole_days_or_to_the_hour(
    scene: Scene, boss: Visitor, rota: UUID
) -> None:
    fields = {"member": str(scene.world.counsellor.id), "first": "2026-03-07",
              "last": "2026-03-08"}  # fmt: skip
    for hours, said in (
        ({}, "Alva Sat 7 Mar to Sun 8 Mar"),
        ({"begins": "16:00"}, "Alva Sat 7 Mar 16:00 to Mon 9 Mar 00:00"),
        ({"ends": "12:00"}, "Alva Sat 7 Mar 00:00 to Sun 8 Mar 12:00"),
        ({"begins": "16:00", "ends": "12:00"}, "Alva Sat 7 Mar 16:00 to Sun 8 Mar 12:00"),
    ):
        answer = await scene.alva.post("/rota/leave", form_key=str(uuid4()), **fields, **hours)
        assert answer.status_code == 303
        assert said in plain((await scene.alva.get("/rota/leave")).text)
