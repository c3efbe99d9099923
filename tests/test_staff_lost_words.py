"""What was typed at the desk and could not be sent or saved is still there afterwards."""

import re
from uuid import UUID, uuid4

import pytest

from domain.conversation import Outcome
from handlers.close import close
from handlers.keep_draft import keep_draft
from handlers.seen import Noted
from tests.browser.scene import Scene


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
async def scene(scene: Scene) -> Scene:
    """Alva has the conversation."""
    await scene.taken()
    return scene


def box(page: str, name: str) -> str:
    """What stands in one of the two boxes."""
    found = re.search(rf'<textarea id="{name}"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    assert found
    return found[1]


async def drafted(scene: Scene) -> str:
    return box((await scene.alva.get(scene.path)).text, "reply")


async def test_a_refused_reply_is_kept_in_place_of_the_older_draft(scene: Scene) -> None:
    await scene.alva.post(f"{scene.path}/draft", reply="äldre", quiet="1")
    await scene.world.text("STOPP")
    fields = {"reply": "nyare", "note": "en rad", "form_key": str(uuid4())}
    answer = await scene.alva.post(f"{scene.path}/reply", **fields)
    assert answer.status_code == 409
    assert (box(answer.text, "reply"), box(answer.text, "note")) == ("nyare", "en rad")
    assert await drafted(scene) == "nyare"


async def test_a_text_that_was_deleted_does_not_come_back(scene: Scene) -> None:
    await scene.alva.post(f"{scene.path}/draft", reply="ångrat", quiet="1")
    answer = await scene.alva.post(f"{scene.path}/reply", reply="", form_key=str(uuid4()))
    assert answer.status_code == 422
    assert await drafted(scene) == ""


@pytest.mark.parametrize(("length", "kept"), [(1_601, 1_601), (5_000, 5_000), (5_001, 5_000)])
async def test_more_is_kept_than_may_be_sent_and_the_page_says_so(
    scene: Scene, length: int, kept: int
) -> None:
    await scene.alva.post(f"{scene.path}/draft", reply="a" * length, quiet="1")
    page = (await scene.alva.get(scene.path)).text
    assert len(box(page, "reply")) == kept
    assert page.count("Over 1,600 characters, cannot be sent") == 2, "the words, and the script's"


async def test_a_note_that_is_not_saved_comes_back_after_send(scene: Scene) -> None:
    fields = {"reply": "hej", "note": "halvskriven", "form_key": str(uuid4())}
    for _ in range(2):
        answer = await scene.alva.post(f"{scene.path}/reply", **fields)
        assert (answer.status_code, box(answer.text, "note")) == (200, "halvskriven")
        assert box(answer.text, "reply") == ""
    assert await scene.replies() == ["hej"]
    assert (await scene.alva.get(f"{scene.path}/reply")).headers["location"] == scene.path


async def test_saving_a_note_keeps_the_reply_beside_it(scene: Scene) -> None:
    fields = {"reply": "på väg", "note": "sparad", "form_key": str(uuid4())}
    answer = await scene.alva.post(f"{scene.path}/note", **fields)
    assert answer.headers["location"] == scene.path
    assert await drafted(scene) == "på väg"
    thread = (await scene.world.see(scene.talk)).thread
    assert [item.body for item in thread if isinstance(item, Noted)] == ["sparad"]
    await scene.alva.post(f"{scene.path}/note", note="utan svar", form_key=str(uuid4()))
    assert await drafted(scene) == "på väg"


async def test_both_are_shown_to_whoever_lost_the_conversation(scene: Scene) -> None:
    fields = {"reply": "mitt svar", "note": "min rad", "form_key": str(uuid4())}
    page = (await scene.elis.post(f"{scene.path}/reply", **fields)).text
    assert "mitt svar\n\nmin rad" in page


async def test_only_the_owners_draft_is_kept_and_none_once_it_is_closed(scene: Scene) -> None:
    quiet = await scene.elis.post(f"{scene.path}/draft", reply="vid sidan av", quiet="1")
    assert quiet.status_code == 204
    assert await scene.world.count("drafts") == 0
    house, alva = scene.world.house, scene.world.counsellor
    await close(house, alva, scene.talk, Outcome.OTHER)
    await keep_draft(house, alva, scene.talk, "en efterklok tanke")
    assert await scene.world.count("drafts") == 0


async def test_a_page_that_stays_gets_the_key_of_its_next_form(scene: Scene) -> None:
    key = str(uuid4())
    for text in ("ett", "ett", "två"):
        answer = await scene.alva.post(f"{scene.path}/reply", reply=text, form_key=key, quiet="1")
        assert answer.status_code == 200
        assert UUID(answer.json()["form_key"]) != UUID(key)
    noted = await scene.alva.post(f"{scene.path}/note", note="en rad", form_key=key, quiet="1")
    assert set(noted.json()) == {"form_key"}
    assert await scene.replies() == ["ett", "två"], "the same words with the same key go once"


async def test_a_page_that_stays_is_made_anew_where_something_has_to_be_said(scene: Scene) -> None:
    fields = {"reply": "nyare", "note": "en rad", "form_key": str(uuid4()), "quiet": "1"}
    other = await scene.elis.post(f"{scene.path}/reply", **fields)
    await scene.world.text("STOPP")
    answer = await scene.alva.post(f"{scene.path}/reply", **fields)
    assert [(each.status_code, each.text) for each in (other, answer)] == [(204, "")] * 2
    assert await scene.replies() == []
    assert await drafted(scene) == "nyare"


@pytest.mark.parametrize("name", ["reply", "note"])
async def test_what_was_written_after_the_press_is_a_draft_and_not_sent(
    scene: Scene, name: str
) -> None:
    fields = {name: "ett", f"{name}_stands": "ett\r\nmen inte", "form_key": str(uuid4())}
    await scene.alva.post(f"{scene.path}/{name}", **fields)
    assert box((await scene.alva.get(scene.path)).text, name) == "men inte"
    thread = (await scene.world.see(scene.talk)).thread
    assert "ett" in [getattr(item, "body", None) for item in thread]
