"""The days are seen, tried out and decided over HTTP; the command line counts."""

import json
import re
from pathlib import Path

import pytest

from domain.access import Role
from domain.member import Member
from domain.retention import TERMS, USUAL, Kept
from handlers.errors import BadInput
from handlers.see_retention import preview, see_retention
from handlers.set_retention import set_retention
from storage import audit
from tests.aging import a_night, after, was_here
from tests.browser.scene import Scene
from tests.browser.serving import Visitor
from tests.process import machines
from tests.test_rota_pages import plain
from tests.world import World


@pytest.fixture
async def cia(world: World) -> Member:
    return await world.hired(world.house, "Cia", Role.COORDINATOR)


@pytest.fixture
async def boss(scene: Scene, cia: Member) -> Visitor:
    return await Visitor.of(scene.world.house, scene.base, cia)


def typed(**days: int) -> dict[str, str]:
    return {str(kept): str(days.get(kept, USUAL[kept])) for kept in Kept}


def hidden(page: str) -> dict[str, str]:
    """What the form under the preview holds."""
    form = page[
        page.index('action="/retention">') : page.index(
            "</form>", page.index('action="/retention">')
        )
    ]
    return dict(re.findall(r'name="([a-z_]+)" value="([^"]*)"', form))


async def test_strangers_and_lesser_roles_see_and_change_nothing(scene: Scene) -> None:
    assert (await scene.stranger.get("/retention")).headers["location"] == "/login"
    for other in (scene.alva, scene.admin):
        assert (await other.get("/retention")).status_code == 403
        for path in ("/retention", "/retention/preview"):
            assert (await other.post(path, **typed(notes=40))).status_code == 403
    async with scene.world.house.db.read() as tx:
        acts = [one.act async for one in audit.entries(tx)]
    assert "retention_set" not in acts


async def test_what_would_go_is_counted_before_anything_is_decided(
    scene: Scene, boss: Visitor
) -> None:
    await was_here(scene.world, "+46701740620", note="ring")
    await after(scene.world, 50)
    boss = await Visitor.of(scene.world.house, scene.base, await _cia(scene))
    shown = plain((await boss.post("/retention/preview", **typed(notes=30))).text)
    assert "Internal notes: 365 days become 30. Would go next time: 1 note." in shown
    assert "Goes next time, as it is: 0 notes." in shown
    assert "Nobody has decided anything" in shown


async def _cia(scene: Scene) -> Member:
    return await scene.world.hired(scene.world.house, "Dag", Role.COORDINATOR)


async def test_it_is_decided_with_its_numbers_and_holds_from_the_next_night(
    scene: Scene,
) -> None:
    world = scene.world
    talk = await was_here(world, "+46701740620", note="ring")
    await after(world, 50)
    dag = await _cia(scene)
    boss = await Visitor.of(world.house, scene.base, dag)
    page = (await boss.post("/retention/preview", **typed(notes=30))).text
    answer = await boss.post("/retention", **hidden(page))
    assert (answer.status_code, answer.headers["location"]) == (303, "/retention")
    shown = plain((await boss.get("/retention")).text)
    assert "Internal notes: 30 days. Because of it were to go: 1 note." in shown
    async with world.house.db.read() as tx:
        set_ = [one async for one in audit.entries(tx) if one.act == "retention_set"]
    assert [(one.member_id, one.detail) for one in set_] == [(dag.id, "notes:365>30:1")]
    assert (await a_night(world))[Kept.NOTES] == 1
    assert talk is not None


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ({"notes": 3}, "Must be at least 30 days."),
        ({"addresses": 400}, "Must be at most 365 days."),
        ({"conversations": 1500, "audit": 800}, "Must be at least as long as what it is about."),
        ({"figures": 0}, "Must be at least 400 days."),
    ],
)
async def test_what_cannot_hold_is_said_at_its_field_and_changes_nothing(
    scene: Scene, boss: Visitor, days: dict[str, int], said: str
) -> None:
    for path in ("/retention/preview", "/retention"):
        answer = await boss.post(path, **typed(**days))
        assert plain(answer.text).count(said) == 2, "above all fields, and at its own"
        alert = answer.text.index('role="alert"')
        wrong = re.findall(
            r'<a href="#([a-z]+)"', answer.text[alert : answer.text.index("<form", alert)]
        )
        assert wrong
        for field in wrong:
            assert re.search(f'id="{field}"[^>]*aria-invalid="true"', answer.text), field
    assert "Nobody has decided anything" in plain((await boss.get("/retention")).text)


@pytest.mark.parametrize("written", ["", "x", "-5", "1e3", "99999999999", "３０"])
async def test_no_words_of_a_field_break_the_page(
    scene: Scene, boss: Visitor, written: str
) -> None:
    answer = await boss.post("/retention/preview", **(typed() | {"notes": written}))
    assert answer.status_code == 200


async def test_whoever_was_faster_is_not_overwritten(world: World, cia: Member) -> None:
    house = world.house
    shorter, longer = {**USUAL, Kept.NOTES: 200}, {**USUAL, Kept.NOTES: 300}
    goes = (await preview(house, cia, shorter)).goes
    await set_retention(house, cia, shorter, seen=0, shown=goes)
    with pytest.raises(BadInput, match="changed"):
        await set_retention(house, cia, longer, seen=0, shown=goes)
    await set_retention(house, cia, shorter, seen=0, shown=goes)
    seen = await see_retention(house, cia)
    assert (seen.terms[Kept.NOTES], seen.edition, len(seen.history)) == (200, 1, 1)


async def test_where_more_would_go_by_now_it_is_shown_again(world: World, cia: Member) -> None:
    house = world.house
    wanted = {**USUAL, Kept.NOTES: 30}
    goes = (await preview(house, cia, wanted)).goes
    await was_here(world, note="ring")
    await after(world, 60)
    with pytest.raises(BadInput, match="more"):
        await set_retention(house, cia, wanted, seen=0, shown=goes)
    assert (await see_retention(house, cia)).history == ()
    again = await preview(house, cia, wanted)
    assert again.goes[Kept.NOTES] == 1
    await set_retention(house, cia, wanted, seen=0, shown=again.goes)


def test_the_command_line_counts_and_shows_nobody(tmp_path: Path) -> None:
    with machines(tmp_path) as made:
        said = made.utvag("retention", "preview")
        assert f"conversations: {USUAL[Kept.CONVERSATIONS]} days, 0 to go" in said
        told = json.loads(made.utvag("retention", "preview", "--json"))
        assert {row["class"] for row in told["classes"]} == set(map(str, Kept))
        assert all(row["days"] <= TERMS[Kept(row["class"])].most for row in told["classes"])
        assert told["copies_kept"] is False
