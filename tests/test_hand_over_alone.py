"""Somebody hands over one conversation with a note, on a page of its own; their shift goes on."""

import re
from uuid import UUID, uuid4

import pytest

from domain.conversation import State
from domain.member import Role
from handlers.stay_away import keep_away
from handlers.step_in import take_over
from handlers.take import take
from handlers.work_shift import start_shift
from tests.browser.scene import Scene
from tests.test_audit import acts
from tests.test_told import once
from tests.world import World

WORDS = {"note": "mina egna ord", "promised": "ett löfte", "alone": "1"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def given(to: UUID | str) -> dict[str, str]:
    return WORDS | {"to": str(to), "form_key": str(uuid4())}


def newest(page: str) -> str:
    """The last text that this page's form has seen."""
    (found,) = re.findall(r'name="seen" value="([^"]+)"', page)
    return str(found)


async def another(scene: Scene) -> UUID:
    """A second conversation of Alva's."""
    await scene.world.text("hej", "+46701740611")
    talk = next(row.id for row in (await scene.world.queue()).waiting if row.id != scene.talk)
    await take(scene.world.house, scene.world.counsellor, talk)
    return talk


async def test_the_link_leads_to_this_one_alone_and_ends_no_shift(scene: Scene) -> None:
    await scene.taken()
    other = await another(scene)
    page = (await scene.alva.get(scene.path)).text
    assert f'href="{scene.path}/hand-over"' in page
    assert "/shift/end" not in page
    page = (await scene.alva.get(f"{scene.path}/hand-over")).text
    assert "Only this conversation. Your shift goes on." in page
    assert re.findall(r'action="(/conversations/[^"]+)"', page) == [f"{scene.path}/hand-over"]
    assert "/shift/end" not in page
    assert str(other) not in page


@pytest.mark.parametrize(
    ("whom", "said"),
    [
        ("queue", "It is back in the queue, with your note."),
        ("elis", "Handed over, with your note."),
    ],
)
async def test_it_is_handed_over_and_everything_else_stays(
    scene: Scene, whom: str, said: str
) -> None:
    await scene.taken()
    await scene.alva.get(scene.path)
    other = await another(scene)
    to = whom if whom == "queue" else scene.elis_member.id
    answer = await scene.alva.post(f"{scene.path}/hand-over", **given(to))
    assert (answer.status_code, answer.headers["location"]) == (303, "/queue")
    assert said in (await scene.alva.get("/queue")).text
    queue = await scene.world.queue()
    assert [row.id for row in queue.mine] == [other]
    assert queue.shift.since is not None, "they are at work as before"
    page = (await scene.elis.get(f"{scene.path}/handover")).text
    assert "mina egna ord" in page
    assert "ett löfte" in page


async def test_pressed_twice_it_is_done_once(scene: Scene) -> None:
    await scene.taken()
    await scene.alva.get(scene.path)
    fields = given("queue")
    for _ in range(2):
        answer = await scene.alva.post(f"{scene.path}/hand-over", **fields)
        assert (answer.status_code, answer.headers["location"]) == (303, "/queue")
    assert (await scene.world.see(scene.talk)).row.state is State.WAITING


async def test_what_cannot_be_done_is_said_there_and_nothing_is_lost(scene: Scene) -> None:
    await scene.taken()
    for wrong, status in (({"to": ""}, 422), ({"note": " "}, 422)):
        answer = await scene.alva.post(f"{scene.path}/hand-over", **given("queue") | wrong)
        assert answer.status_code == status
        assert "ett löfte" in answer.text
        assert "Your shift goes on." in answer.text
        assert "/shift/end" not in answer.text
    assert [row.id for row in (await scene.world.queue()).mine] == [scene.talk]


async def test_what_was_written_meanwhile_is_read_before_it_is_handed_over(scene: Scene) -> None:
    await scene.taken()
    await scene.alva.get(scene.path)
    path = f"{scene.path}/hand-over"
    page = (await scene.alva.get(path)).text
    assert "hemlig" not in page, "what was read in the conversation is not said again"
    fields = given("queue") | {"seen": newest(page)}
    await scene.world.text("dom är här")
    answer = await scene.alva.post(path, **fields)
    assert answer.status_code == 409
    for shown in ("Not handed over", "dom är här", "mina egna ord", "ett löfte"):
        assert shown in answer.text
    (row,) = (await scene.world.queue()).mine
    assert (row.id, row.unread) == (scene.talk, 1), (
        "nobody has answered it, and whoever is next sees"
    )
    answer = await scene.alva.post(path, **given("queue") | {"seen": newest(answer.text)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/queue")


async def test_pressed_again_after_the_contact_wrote_it_is_still_done_once(scene: Scene) -> None:
    await scene.taken()
    path = f"{scene.path}/hand-over"
    fields = given("queue") | {"seen": newest((await scene.alva.get(path)).text)}
    assert (await scene.alva.post(path, **fields)).status_code == 303
    await scene.world.text("dom är här")
    answer = await scene.alva.post(path, **fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/queue")


async def test_what_nobody_has_read_stands_on_the_page(scene: Scene) -> None:
    await scene.taken()
    await scene.alva.get(scene.path)
    await scene.world.text("dom är här")
    page = (await scene.alva.get(f"{scene.path}/hand-over")).text
    assert "dom är här" in page
    assert "hemlig" not in page


async def test_a_form_that_does_not_say_what_it_showed_hands_nothing_over_unread(
    scene: Scene,
) -> None:
    await scene.taken()
    answer = await scene.alva.post(f"{scene.path}/hand-over", **given("queue"))
    assert answer.status_code == 409
    assert "hemlig" in answer.text
    assert [row.id for row in (await scene.world.queue()).mine] == [scene.talk]


async def test_who_has_it_no_more_keeps_their_words_and_is_told(scene: Scene) -> None:
    world = scene.world
    await scene.taken()
    bo = await World.hired(world.house, "Bo", Role.COORDINATOR)
    await take_over(world.house, bo, scene.talk, world.counsellor.id)
    answer = await scene.alva.post(f"{scene.path}/hand-over", **given("queue"))
    assert answer.status_code == 409
    assert "mina egna ord" in answer.text
    assert "ett löfte" in answer.text
    assert 'name="note"' not in answer.text
    assert (await world.see(scene.talk)).row.owner == "Bo"


@pytest.mark.parametrize("alone", [True, False], ids=["its page", "where the shift ends"])
async def test_who_is_kept_away_meanwhile_keeps_their_words_and_sees_nothing_of_it(
    scene: Scene, alone: bool
) -> None:
    world = scene.world
    await scene.taken()
    alias = (await world.see(scene.talk)).row.alias
    bo = await World.hired(world.house, "Bo", Role.COORDINATOR)
    await keep_away(world.house, bo, scene.talk, world.counsellor.id)
    words = given("queue") | {"alone": "1" if alone else ""}
    answer = await scene.alva.post(f"{scene.path}/hand-over", **words)
    assert answer.status_code == 403
    for shown in ("Closed to you", "mina egna ord", "ett löfte"):
        assert shown in answer.text
    for hidden in ('name="note"', alias, "hemlig", scene.path):
        assert hidden not in answer.text
    assert scene.talk in [row.id for row in (await world.queue(bo)).waiting]
    refused = [one for one in await acts(world.house) if one[0] == "refused"]
    assert refused == [("refused", world.counsellor.id, scene.talk, "kept_away")]


async def test_who_does_not_have_it_is_led_to_the_conversation(scene: Scene) -> None:
    for path in (scene.path, f"/conversations/{uuid4()}"):
        answer = await scene.elis.get(f"{path}/hand-over")
        assert (answer.status_code, answer.headers["location"]) == (303, path)
    await scene.taken()
    answer = await scene.elis.get(f"{scene.path}/hand-over")
    assert (answer.status_code, answer.headers["location"]) == (303, scene.path)
    assert (await scene.admin.get(f"{scene.path}/hand-over")).status_code == 403
    assert (await scene.stranger.get(f"{scene.path}/hand-over")).headers["location"] == "/login"


async def test_it_is_offered_to_whoever_may_have_it_and_who_is_at_work_first(scene: Scene) -> None:
    house = scene.world.house
    for name in ("Caro", "Dana"):
        await start_shift(house, await World.hired(house, name))
    await scene.taken()
    page = (await scene.alva.get(f"{scene.path}/hand-over")).text
    assert re.findall(r"<option[^>]*>(\w+), ", page) == ["Caro", "Dana", "Elis"]
    bo = await World.hired(house, "Bo", Role.COORDINATOR)
    await keep_away(house, bo, scene.talk, scene.elis_member.id)
    page = (await scene.alva.get(f"{scene.path}/hand-over")).text
    assert re.findall(r"<option[^>]*>(\w+), ", page) == ["Caro", "Dana", "Bo"]


async def test_the_page_where_a_shift_ends_is_as_it_was(scene: Scene) -> None:
    await scene.taken()
    page = (await scene.alva.get("/shift/end")).text
    assert 'name="alone"' not in page
    words = given("queue")
    del words["alone"]
    answer = await scene.alva.post(f"{scene.path}/hand-over", **words)
    assert answer.headers["location"] == "/shift/end"
    page = (await scene.alva.get("/shift/end")).text
    assert once(page) == "It is back in the queue, with your note."


async def test_where_the_shift_ends_each_is_offered_to_whoever_may_have_it(scene: Scene) -> None:
    world = scene.world
    await scene.taken()
    other = await another(scene)
    bo = await World.hired(world.house, "Bo", Role.COORDINATOR)
    await keep_away(world.house, bo, scene.talk, scene.elis_member.id)
    page = (await scene.alva.get("/shift/end")).text
    offered = {
        UUID(part[:36]): re.findall(r"<option[^>]*>(\w+), ", part)
        for part in page.split('handing" id="hand-')[1:]
    }
    assert offered == {scene.talk: ["Bo"], other: ["Bo", "Elis"]}
