"""What goes wrong beside the conversation is said there, and the form leads back there."""

import re

import pytest

from handlers.take import take
from tests.browser.scene import Scene


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def said_beside(page: str) -> bool:
    """Once; on a phone the one pane is shown without the other."""
    places = [found.start() for found in re.finditer('class="trouble" role="alert"', page)]
    assert len(places) == 1
    return places[0] > page.index('id="about"')


@pytest.mark.parametrize(
    ("deed", "fields", "said"),
    [
        ("word", {"word": "bil", "heard": "met"}, "needs five letters or more."),
        ("hours", {"from": "10:00", "to": "10:00"}, "The two times are the same."),
        ("gate", {"gate": "ajar"}, "Choose whether it is safe"),
        ("safe", {"watched": "perhaps"}, "no button of this page"),
    ],
)
async def test_it_is_said_beside_the_field(
    scene: Scene, deed: str, fields: dict[str, str], said: str
) -> None:
    await take(scene.world.house, scene.world.counsellor, scene.talk)
    page = (await scene.alva.get(scene.path)).text
    spot = "hours-title" if deed == "hours" else "safe-title"
    assert f'action="{scene.path}/{deed}#{spot}"' in page
    answer = await scene.alva.post(f"{scene.path}/{deed}", **fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert said_beside(answer.text)
    assert answer.text.index(f'id="{spot}"') < answer.text.index('class="trouble" role="alert"')


async def test_hours_that_were_typed_are_not_lost(scene: Scene) -> None:
    await take(scene.world.house, scene.world.counsellor, scene.talk)
    answer = await scene.alva.post(f"{scene.path}/hours", **{"from": "09:15", "to": ""})
    assert re.search(r'name="from" value="09:15"', answer.text)


@pytest.mark.parametrize(
    ("deed", "fields"),
    [("note", {"note": ""}), ("close", {"outcome": ""}), ("transfer", {"to": ""})],
)
async def test_what_goes_wrong_with_the_conversation_itself_is_said_in_the_thread(
    scene: Scene, deed: str, fields: dict[str, str]
) -> None:
    """Also where the contact has just written: whoever closes it reads that first."""
    await take(scene.world.house, scene.world.counsellor, scene.talk)
    page = (await scene.alva.get(scene.path)).text
    assert f"{scene.path}/{deed}#about" not in page
    answer = await scene.alva.post(f"{scene.path}/{deed}", **fields)
    assert answer.status_code == 422
    assert not said_beside(answer.text)
