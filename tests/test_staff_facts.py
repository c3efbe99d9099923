"""The desk over HTTP: what is known of a contact, and what may be done about it."""

import re
from dataclasses import replace

import pytest

from domain.conversation import Outcome
from domain.message import Media
from handlers.close import close
from tests.browser.scene import POSTS, Scene
from tests.browser.serving import Visitor, serving
from tests.world import World

CLOSED_GATE = "The contact has said that it is not safe to write. You can answer once"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


async def _page(visitor: Visitor, path: str) -> str:
    return (await visitor.get(path)).text


async def test_a_row_to_which_it_is_not_safe_to_write_says_so_and_its_wait_is_grey(
    scene: Scene,
) -> None:
    assert "Not safe to write now" not in await _page(scene.alva, "/queue")
    for body in ("hej", "2"):
        await scene.world.text(body, "+46701740611")
    queue = await _page(scene.alva, "/queue")
    assert queue.count("Not safe to write now") == 1
    assert queue.count('class="bar held"') == 1
    talk = next(row.id for row in (await scene.world.queue()).waiting if row.id != scene.talk)
    page = await _page(scene.alva, f"/conversations/{talk}")
    assert CLOSED_GATE in page
    assert "Nobody has this conversation yet" not in page
    assert re.search(r'id="head".*?Not safe to write now.*?id="thread"', page, re.DOTALL)


async def test_the_owner_notes_whether_it_is_safe_and_nobody_else_can(scene: Scene) -> None:
    await scene.taken()
    page = await _page(scene.alva, scene.path)
    assert ("No longer safe" in page, "The contact has said it is safe" in page) == (True, False)
    assert "No longer safe" not in await _page(scene.elis, scene.path)
    assert (await scene.elis.post(f"{scene.path}/gate", gate="closed")).status_code == 409
    for wrong in ({}, {"gate": "unknown"}, {"gate": "x"}):
        assert (await scene.alva.post(f"{scene.path}/gate", **wrong)).status_code == 422
    assert (await scene.world.see(scene.talk)).row.gate == "open"
    answer = await scene.alva.post(f"{scene.path}/gate", gate="closed")
    assert answer.headers["location"] == scene.path
    page = await _page(scene.alva, scene.path)
    assert ("No longer safe" in page, "The contact has said it is safe" in page) == (False, True)
    assert f"{scene.world.counsellor.name} noted that it is not safe to write" in page
    assert "They said that it is not safe to write" not in page
    await scene.alva.post(f"{scene.path}/gate", gate="open")
    assert (await scene.world.see(scene.talk)).row.gate == "open"


async def test_a_question_stands_once_with_its_latest_answer(scene: Scene) -> None:
    for body in ("hej", "2", "hej igen", "1"):
        await scene.world.text(body, "+46701740611")
    talk = next(row.id for row in (await scene.world.queue()).waiting if row.id != scene.talk)
    page = await _page(scene.alva, f"/conversations/{talk}")
    (answer,) = re.findall(r"<dt>Safe to write</dt>\s*<dd>(.*?)</dd>", page, re.DOTALL)
    assert answer.strip() == "Yes"


async def test_a_choice_is_quoted_only_where_more_was_said(scene: Scene) -> None:
    for body in ("nej", "nej", "3", "3", "1 efter sex på kvällen"):
        await scene.world.text(body)
    page = await _page(scene.alva, scene.path)
    assert re.findall(r"In their words: “(.*?)”", page) == ["1 efter sex på kvällen"]
    assert "By text" in page


async def test_own_words_stand_alone(scene: Scene) -> None:
    for body in ("nej", "nej", "3", "3", "bara när mamma jobbar"):
        await scene.world.text(body)
    page = await _page(scene.alva, scene.path)
    assert "bara när mamma jobbar”" in page
    assert "In own words" not in page


async def test_a_picture_is_said_in_one_line(scene: Scene) -> None:
    await scene.world.text("", media=(Media("image/jpeg", 120_000),))
    page = await _page(scene.alva, scene.path)
    line = 'A picture was sent. It is not kept here. <span class="quiet">image/jpeg, 120 kB</span>'
    assert f'<p class="body media">{line}</p>' in page


async def test_redact_is_offered_to_the_owner_and_to_every_reader_where_nobody_has_it(
    scene: Scene,
) -> None:
    async def offered() -> list[bool]:
        pages = [await _page(visitor, scene.path) for visitor in (scene.alva, scene.elis)]
        return ["/redact" in page for page in pages]

    assert await offered() == [True, True]
    await scene.taken()
    await scene.elis.post(f"{scene.path}/why", why="colleague")
    assert await offered() == [True, False]
    await close(scene.world.house, scene.world.counsellor, scene.talk, Outcome.OTHER)
    assert await offered() == [True, True]


async def test_who_wants_their_data_deleted_is_seen_after_the_end(scene: Scene) -> None:
    await scene.taken()
    for body in ("RADERA", "RADERA JA"):
        await scene.world.text(body)
    assert "Answer about deletion" in await _page(scene.alva, scene.path)
    assert 'id="requests"' not in await _page(scene.alva, "/queue")
    await close(scene.world.house, scene.world.counsellor, scene.talk, Outcome.OTHER)
    queue = await _page(scene.elis, "/queue")
    found = re.search(r'<section id="requests".*?</section>', queue, re.DOTALL)
    assert found
    assert "Want their data deleted" in found[0]
    assert f'href="{scene.path}"' in found[0]
    assert "<progress" not in found[0]
    assert "<button" not in found[0]
    assert str(scene.talk) not in await _page(scene.admin, "/queue")


async def test_how_many_are_mine_stands_in_the_navigation(scene: Scene) -> None:
    mine = r'href="/queue#mine">([^<]*)</a>'
    assert re.findall(mine, await _page(scene.alva, "/queue")) == ["Mine"]
    await scene.taken()
    for path in ("/queue", scene.path):
        assert re.findall(mine, await _page(scene.alva, path)) == ["Mine (1)"]
    await scene.elis.post(f"{scene.path}/why", why="colleague")
    assert re.findall(mine, await _page(scene.elis, scene.path)) == ["Mine"]
    assert "Mine (1)" in await _page(scene.alva, "/queue/rows"), "and changes there by itself"


async def test_the_address_of_a_form_leads_back_to_its_conversation(scene: Scene) -> None:
    for name, path in zip(POSTS, await scene.posts(), strict=True):
        answer = await scene.alva.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, scene.path), name
        assert (await scene.stranger.get(path)).headers["location"] == "/login"
    assert (await scene.alva.get("/conversations/x/take")).status_code == 404
    assert (await scene.world.see(scene.talk)).row.owner is None


async def test_whoever_is_signed_in_finds_back_from_where_nothing_is(scene: Scene) -> None:
    for method, path in (("GET", "/nope"), ("PUT", "/queue")):
        assert 'class="pages"' in (await scene.alva.ask(method, path)).text
        assert 'class="pages"' not in (await scene.stranger.ask(method, path)).text


async def test_an_error_of_ours_is_said_with_the_number_that_stands_in_the_log(
    world: World,
) -> None:
    await world.text("hej")
    broken = replace(world.house, zone="nowhere")  # type: ignore[arg-type] # what nobody foresaw
    async with serving(broken) as base:
        alva = await Visitor.of(world.house, base, world.counsellor)
        answer = await alva.get("/queue")
        await alva.http.aclose()
    assert answer.status_code == 500
    assert f"Number: {answer.headers['x-error-id']}" in answer.text
