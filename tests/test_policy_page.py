"""Whom a line pages, over HTTP: read in sentences, written field by field, refused in words."""

import re
from uuid import UUID

import pytest

from domain.member import Member, Role
from handlers.add_line import add_line
from handlers.pagers import add_pager
from handlers.see_policy import see_policy
from handlers.see_rota import line_called
from storage import ways
from tests.browser.scene import Scene
from tests.browser.serving import Visitor
from tests.test_rota_pages import plain
from tests.world import World

CIAS = "+46701740653"

WRITTEN = {
    "seen": "0", "again": "3", "last": "coordinators", "last_after": "",
    "number0": "1", "after0": "0", "whom0": "primary", "ways0": "their_order",
    "number1": "2", "after1": "4", "whom1": "backup", "ways1": "sms",
    "number2": "", "after2": "", "whom2": "primary", "ways2": "their_order",
}  # fmt: skip


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
async def cia(world: World) -> Member:
    member = await world.hired(world.house, "Cia", Role.COORDINATOR)
    await add_pager(world.house, "Cia", CIAS, verified=True)
    return member


@pytest.fixture
async def boss(scene: Scene, cia: Member) -> Visitor:
    return await Visitor.of(scene.world.house, scene.base, cia)


@pytest.fixture
async def line(scene: Scene) -> UUID:
    return (await line_called(scene.world.house, "Card 2026")).id


async def test_strangers_and_lesser_roles_see_and_change_nothing(
    scene: Scene, boss: Visitor, cia: Member, line: UUID
) -> None:
    paths = ["/paging", f"/paging/{line}", f"/paging/{line}/P1"]
    for path in paths:
        answer = await scene.stranger.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
        for other in (scene.admin, scene.alva):
            assert (await other.get(path)).status_code == 403
    for other in (scene.stranger, scene.admin, scene.alva):
        await other.post(paths[-1], **WRITTEN)
    assert (await see_policy(scene.world.house, cia, line)).changes == ()
    for path in (f"/paging/{UUID(int=7)}", f"/paging/{line}/P9", "/paging/x"):
        assert (await boss.get(path)).status_code == 404


async def test_it_is_read_in_sentences_with_whom_that_would_be_now(
    scene: Scene, boss: Visitor, line: UUID
) -> None:
    assert (await boss.get("/paging")).headers["location"] == f"/paging/{line}"
    page = plain((await boss.get(f"/paging/{line}")).text)
    assert "At once: the primary. Now: Cia." in page
    assert "After 3 min: the coordinator on call. Now: Cia." in page
    assert "Every 2 min: the primary again, until somebody has taken the conversation." in page
    assert "Where nobody on call can be reached: all coordinators. Now: Cia." in page
    assert CIAS not in page


async def test_where_nobody_can_be_reached_the_page_says_once_where_that_is_mended(
    scene: Scene, boss: Visitor, cia: Member, line: UUID
) -> None:
    advice = '<a href="/ways">How you are paged</a>'
    page = f"/paging/{line}"
    assert "How you are paged · Rota" not in plain((await boss.get(page)).text)
    async with scene.world.house.db.read() as tx:
        (way,) = await ways.held(tx, cia.id)
    async with scene.world.house.db.write() as tx:
        await ways.remove(tx, way.id)
    for path in (page, f"{page}/P1"):
        shown = (await boss.get(path)).text
        assert "Now: nobody who can be reached." in plain(shown)
        assert shown.split("<main", 1)[1].count(advice) == 1


async def test_what_would_happen_is_shown_first_and_written_down_by_saving(
    scene: Scene, boss: Visitor, cia: Member, line: UUID
) -> None:
    path = f"/paging/{line}/P1"
    shown = plain((await boss.post(path, **WRITTEN, do="show")).text)
    assert "This would happen" in shown
    assert "After 4 min: the backup by text first. Now: Cia." in shown
    assert (await see_policy(scene.world.house, cia, line)).changes == ()
    for _ in range(2):
        answer = await boss.post(path, **WRITTEN, do="save")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/paging/{line}#P1")
    page = plain((await boss.get(f"/paging/{line}")).text)
    assert page.count("Cia P1") == 1
    assert "No longer: After 1 min: the backup." in page
    assert "New: After 4 min: the backup by text first." in page


@pytest.mark.parametrize(
    ("wrong", "said", "field"),
    [
        ({"after0": "soon"}, "Give whole minutes, 0 to 1440.", "after0"),
        ({"after1": "1441"}, "Give whole minutes, 0 to 1440.", "after1"),
        ({"after0": "-1"}, "Give whole minutes, 0 to 1440.", "after0"),
        ({"whom1": "mayor"}, "Choose whom the step pages.", "whom1"),
        ({"ways0": "pigeon"}, "Choose by which ways.", "ways0"),
        ({"again": ""}, "A P1 comes again until somebody has taken it.", "again"),
        ({"again": "0"}, "Give whole minutes, 1 to 60.", "again"),
        ({"last": "nobody"}, "A P1 needs a last resort", "last"),
        ({"last": "x"}, "Choose who is the last resort.", "last"),
        ({"last": str(UUID(int=7))}, "They have no way to be paged", "last"),
        ({"last_after": "now"}, "Give whole minutes, 0 to 1440.", "last_after"),
        ({"after0": "", "after1": ""}, "Nobody would be paged about a P1.", None),
        ({"after0": "3"}, "The first step about a P1 comes within 2 minutes.", None),
        ({"after1": "0", "whom1": "primary"}, "Two steps page the same role", None),
    ],
)
async def test_what_cannot_be_is_said_at_its_field_and_what_was_typed_stays(
    scene: Scene, boss: Visitor, cia: Member, line: UUID, wrong: dict[str, str], said: str,
    field: str | None,
) -> None:  # fmt: skip
    answer = await boss.post(f"/paging/{line}/P1", **{**WRITTEN, **wrong}, do="save")
    assert answer.status_code == 422
    assert said in answer.text
    assert "This would happen" not in answer.text
    if field is not None:
        tag = re.search(rf'<(?:input|select) id="{field}"[^>]*>', answer.text)
        assert tag is not None
        assert f'aria-invalid="true" aria-describedby="{field}-wrong"' in tag[0]
        if not field.startswith(("whom", "ways", "last")):
            assert f'value="{wrong[field]}"' in tag[0]
    assert (await see_policy(scene.world.house, cia, line)).changes == ()


async def test_what_somebody_else_changed_meanwhile_is_shown_beside_what_was_typed(
    scene: Scene, boss: Visitor, cia: Member, line: UUID
) -> None:
    path = f"/paging/{line}/P1"
    await boss.post(path, **WRITTEN, do="save")
    answer = await boss.post(path, **{**WRITTEN, "again": "7"}, do="save")
    assert answer.status_code == 422
    page = plain(answer.text)
    assert "Somebody else has changed this meanwhile" in page
    assert "It stands so now" in page
    assert "Every 3 min" in page
    seen = re.search(r'name="seen" value="(\d+)"', answer.text)
    assert seen is not None
    again = await boss.post(path, **{**WRITTEN, "again": "7", "seen": seen[1]}, do="save")
    assert again.status_code == 303


async def test_as_it_came_is_filled_in_and_every_line_has_its_own(
    scene: Scene, boss: Visitor, cia: Member, line: UUID
) -> None:
    await add_line(scene.world.house, "+46701740606", "Card 2027", ("sv",), "exit")
    other = (await line_called(scene.world.house, "Card 2027")).id
    await boss.post(f"/paging/{line}/P1", **WRITTEN, do="save")
    assert "Every 2 min" in plain((await boss.get(f"/paging/{other}")).text)
    filled = (await boss.get(f"/paging/{line}/P1?default=1")).text
    assert 'name="again" type="number" min="1" max="60" inputmode="numeric" value="2"' in filled


@pytest.mark.parametrize("number", ["", "-1", "9" * 30, "1e3", "å"])
async def test_a_number_that_no_page_of_ours_would_send_makes_a_new_step(
    scene: Scene, boss: Visitor, cia: Member, line: UUID, number: str
) -> None:
    await boss.post(f"/paging/{line}/P1", **{**WRITTEN, "number1": number}, do="save")
    ladder = (await see_policy(scene.world.house, cia, line)).ladders
    assert [step.number for step in ladder[next(iter(ladder))].ladder.in_order] == [1, 5]
