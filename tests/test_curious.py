"""A counsellor with a session of their own tries the addresses of what is closed to them."""

import re
from collections.abc import Mapping
from uuid import UUID, uuid4

import pytest

from domain.access import Role
from domain.conversation import Outcome
from domain.member import Member
from domain.need import LASTS
from handlers.close import close
from handlers.open_page import Beat, Here, OpenPage
from handlers.stay_away import keep_away
from storage import events
from tests.access_table import GET, POST
from tests.browser.scene import Scene
from tests.browser.serving import Visitor
from tests.test_access import FIELDS
from tests.world import World

OF_A_TALK = "/conversations/{id}"


def addresses(table: Mapping[str, object]) -> list[str]:
    found = [path for path in table if path.startswith(OF_A_TALK)]
    assert len(found) > 20
    return [*found, "/board/{id}", "/board/{id}/reassign"]


def at(path: str, scene: Scene, message: UUID) -> str:
    known = {"id": str(scene.talk), "message": str(message), "place": "0"}
    return re.sub(r"{(\w+)}", lambda name: known.get(name[1], str(uuid4())), path)


@pytest.fixture(params=["a colleague's", "closed", "a conflict"])
async def shut(scene: Scene, request: pytest.FixtureRequest) -> str:
    """In which way it is closed to Elis and to Bo."""
    await scene.taken()
    world = scene.world
    if request.param == "closed":
        await close(world.house, world.counsellor, scene.talk, Outcome.OTHER)
        world.clock.advance(seconds=LASTS.total_seconds())
    return str(request.param)


@pytest.fixture
async def curious(scene: Scene, shut: str) -> list[Visitor]:
    house = scene.world.house
    ines = await World.hired(house, "Ines", Role.COORDINATOR)
    found = []
    for name, role in (("Karin", Role.COUNSELLOR), ("Bo", Role.COORDINATOR)):
        member = await World.hired(house, name, role)
        if shut == "a conflict":
            await keep_away(house, ines, scene.talk, member.id)
        found.append(await Visitor.of(house, scene.base, member))
    return found


async def number(scene: Scene) -> int:
    async with scene.world.house.db.read() as tx:
        return await events.newest(tx, scene.talk)


async def alias_of(scene: Scene) -> str:
    return str((await scene.world.see(scene.talk)).row.alias) if scene else ""


async def test_no_address_shows_a_word_and_of_a_conflict_no_alias(
    scene: Scene, shut: str, curious: list[Visitor]
) -> None:
    await scene.alva.post(f"{scene.path}/why", why="task")
    alias, message = await alias_of(scene), (await scene.said())[0].id
    newest = await number(scene)
    wrong = []
    for visitor in curious:
        for path in addresses(GET):
            where = at(path, scene, message)
            for asked in ("", f"?since={newest}&tick=0", f"?since={newest}"):
                for headers in ({}, {"hx-request": "true"}):
                    answer = await visitor.get(where + asked, **headers)
                    told = str(answer.headers) + answer.text
                    if answer.status_code in {204, 304} or "hemlig" in told:
                        wrong.append(f"{path}{asked}: {answer.status_code}")
                    if shut == "a conflict" and alias in told:
                        wrong.append(f"{path}: names {alias}")
    assert wrong == []


async def test_no_form_shows_a_word_of_a_conflict_or_changes_anything(
    scene: Scene, shut: str, curious: list[Visitor]
) -> None:
    if shut != "a conflict":
        return
    alias, message = await alias_of(scene), (await scene.said())[0].id
    before = await number(scene)
    fields = {name: value for name, value in FIELDS.items() if name not in {"at", "id"}}
    wrong = []
    for visitor in curious:
        for path in addresses(POST):
            answer = await visitor.post(
                at(path, scene, message), **fields | {"form_key": str(uuid4())}
            )
            told = str(answer.headers) + answer.text
            if "hemlig" in told or alias in told:
                wrong.append(f"{path}: {answer.status_code}")
    assert wrong == []
    assert await number(scene) == before


async def test_a_page_that_is_just_opened_hears_of_nobody_at_what_is_closed_to_it() -> None:
    kept, other = uuid4(), uuid4()
    page = OpenPage(Member(uuid4(), "Karin", Role.COUNSELLOR), "token", uuid4())
    page.tell_here(frozenset({kept}))
    page.kept = frozenset({kept})
    assert isinstance(await page.next(0.01), Beat)
    page.tell_here(frozenset({kept, other}))
    assert await page.next(0.01) == Here(frozenset({other}))
