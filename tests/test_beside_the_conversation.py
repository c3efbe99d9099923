"""What is wrong with a field beside the conversation is said there, where the field is."""

import pytest

from handlers.take import take
from tests.browser.scene import Scene


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.mark.parametrize(
    ("deed", "fields", "said"),
    [
        ("word", {"word": "bil", "heard": "met"}, "five letters or more."),
        ("hours", {"from": "10:00", "to": "10:00"}, "The two times are the same."),
        ("close", {"outcome": ""}, "Choose an outcome."),
        ("transfer", {"to": ""}, "Choose a colleague."),
    ],
)
async def test_it_is_said_beside_the_field_and_the_form_leads_back_there(
    scene: Scene, deed: str, fields: dict[str, str], said: str
) -> None:
    await take(scene.world.house, scene.world.counsellor, scene.talk)
    page = (await scene.alva.get(scene.path)).text
    assert f'action="{scene.path}/{deed}#about"' in page
    answer = await scene.alva.post(f"{scene.path}/{deed}", **fields)
    assert answer.status_code == 422
    assert answer.text.count('role="alert"><') + answer.text.count('role="alert">\n') == 1
    assert answer.text.index('id="about"') < answer.text.index(said)


async def test_what_is_wrong_with_the_reply_is_said_in_the_thread(scene: Scene) -> None:
    await take(scene.world.house, scene.world.counsellor, scene.talk)
    answer = await scene.alva.post(f"{scene.path}/note", note="")
    assert answer.status_code == 422
    assert answer.text.index('class="trouble"') < answer.text.index('id="about"')
