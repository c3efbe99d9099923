"""What was just done is said once, on the page that one is led to, and stands in no address."""

import re
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from domain.conversation import State
from domain.member import Member, Role
from domain.swap import Exchange
from handlers.swap import ask_swap
from staff.told import COOKIE, Told
from storage import members
from tests.browser.rota_scene import at, with_a_rota
from tests.browser.scene import Scene
from tests.browser.serving import Visitor, named
from tests.test_rota_pages import plain
from tests.test_swaps import MORNING
from tests.world import World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
async def bo(world: World) -> Member:
    return await world.hired(world.house, "Bo", Role.COORDINATOR)


@pytest.fixture
async def rota(scene: Scene, bo: Member) -> UUID:
    return await with_a_rota(scene.world, bo)


@pytest.fixture
async def caro(scene: Scene, rota: UUID) -> Visitor:
    async with scene.world.house.db.read() as tx:
        entry = await members.by_name(tx, "Caro")
    assert entry is not None
    return await Visitor.of(scene.world.house, scene.base, entry.member)


def once(page: str) -> str:
    """What the page says was just done; empty where it says nothing of the kind."""
    found = re.search(r'<p class="told" role="status">(.*?)</p>', page)
    return found[1] if found else ""


async def follows(visitor: Visitor, path: str, **fields: str) -> str:
    """The page that one is led to; asked for again it says no more of it."""
    led = await visitor.post(path, **fields)
    assert led.status_code == 303
    place = led.headers["location"]
    assert not set(Told) & set(re.split(r"[^a-z_]+", place))
    page = (await visitor.get(place)).text
    assert once((await visitor.get(place)).text) == ""
    return once(page)


async def test_asking_for_a_swap_accepting_and_withdrawing_are_each_said_once(
    scene: Scene, rota: UUID, caro: Visitor
) -> None:
    fields = {"role": "primary", "from": "2026-03-05T06:00", "to": "2026-03-05T14:00",
              "wanted": ""}  # fmt: skip
    ask = f"/rota/{rota}/swap"
    for word, visitor, said in (
        ("withdraw", scene.alva, "It is no longer asked for."),
        ("accept", caro, "The shift is yours now."),
    ):
        told = await follows(scene.alva, ask, form_key=str(uuid4()), **fields)
        assert told == "It is asked. The shift stays yours until somebody accepts."
        page = (await visitor.get("/rota")).text
        (path,) = set(re.findall(rf'action="(/rota/[^"]+/{word})"', page))
        assert await follows(visitor, path) == said
    refused = await caro.post(path)
    assert (refused.status_code, once(refused.text)) == (409, "")


async def test_handing_over_is_said_on_the_page_where_shifts_end(scene: Scene) -> None:
    words = {"note": "Lugnt nu.", "promised": ""}
    for to, said in (
        ("queue", "It is back in the queue, with your note."),
        (str(scene.elis_member.id), "Handed over, with your note."),
    ):
        await scene.taken()
        path = f"{scene.path}/hand-over"
        assert await follows(scene.alva, path, to=to, form_key=str(uuid4()), **words) == said
    assert (await scene.world.see(scene.talk)).row.state is State.OWNED


async def test_neither_a_part_of_a_page_nor_what_browsers_keep_says_it(
    scene: Scene, rota: UUID
) -> None:
    scene.alva.cookies[named(scene.base, COOKIE)] = Told.SWAP_TAKEN
    for path in ("/queue/rows", "/ways/list", "/worker.js", "/offline"):
        answer = await scene.alva.get(path)
        assert (answer.status_code, once(answer.text)) == (200, "")
    scene.alva.cookies[named(scene.base, COOKIE)] = Told.SWAP_TAKEN
    assert once((await scene.alva.get("/queue")).text) == "The shift is yours now."


@pytest.mark.parametrize("given", ["", "x", "<script>", "swap_taken_", "SWAP_TAKEN"])
async def test_what_is_no_code_of_ours_says_nothing(scene: Scene, given: str) -> None:
    scene.alva.cookies[named(scene.base, COOKIE)] = given
    answer = await scene.alva.get("/queue")
    assert (answer.status_code, once(answer.text)) == (200, "")


async def test_who_is_asked_to_swap_sees_one_line_below_all_who_wait(
    scene: Scene, rota: UUID, caro: Visitor, bo: Member
) -> None:
    elis, boss = scene.elis, await Visitor.of(scene.world.house, scene.base, bo)
    async with scene.world.house.db.read() as tx:
        asked = await members.by_name(tx, "Caro")
    assert asked is not None
    wanted = Exchange(asked.id, at(4, 14), at(4, 22))
    for what in (replace(MORNING, wanted=wanted), replace(MORNING, start=at(4, 6), end=at(4, 14))):
        await ask_swap(scene.world.house, scene.world.counsellor, rota, what, form_key=uuid4())
    one = "Alva asks you to take Thu 5 Mar 06:00 to 14:00, in exchange for a shift of yours."
    every = "Alva asks who can take Fri 6 Mar 06:00 to 14:00."
    for visitor, lines in (
        (caro, [one, every]), (elis, [every]), (boss, []),  # on call already
        (scene.alva, []), (scene.admin, []),
    ):  # fmt: skip
        page = (await visitor.get("/queue")).text
        found = re.findall(r'class="quiet swap-asked">(.*?) <a href="([^"]+)"', page)
        assert [said for said, _ in found] == lines
        for said, place in found:
            assert page.index(said) > page.index('id="on-call"') > page.rindex('class="row ')
            led = (await visitor.get(place.replace("&amp;", "&"))).text
            assert 'id="swaps-title"' in led
            assert "Asked to swap" in plain(led)
    scene.world.clock.advance(days=8)
    assert "swap-asked" not in (await caro.get("/queue")).text
