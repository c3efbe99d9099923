"""The queue page says that you are paged, and one press says that you have read it."""

import re

import pytest

from handlers.pagers import add_pager
from tests import command
from tests.browser.scene import Scene
from tests.test_cli import refused, told
from tests.test_cli_rota import settings as settings  # noqa: PLC0414 - a fixture of both files
from tests.test_receive_danger import WORDS
from tests.tower import Tower
from tests.world import LINE

ALVAS = "+46701740650"


async def paged(scene: Scene) -> Tower:
    await add_pager(scene.world.house, "Alva", ALVAS, verified=True)
    tower = Tower(scene.world)
    await scene.world.text(WORDS)
    assert await tower.tick() == [ALVAS]
    return tower


async def test_the_page_says_it_to_whom_it_pages_until_they_press(scene: Scene) -> None:
    await paged(scene)
    page = (await scene.alva.get("/queue")).text
    assert "You are paged" in page
    assert ALVAS not in page
    assert "You are paged" not in (await scene.elis.get("/queue")).text
    talks = re.findall(r'name="talks" value="([^"]+)"', page)
    assert talks == [str(scene.talk)]
    for _ in range(2):
        answer = await scene.alva.post("/pages/read", talks=talks[0])
        assert (answer.status_code, answer.headers["location"]) == (303, "/queue")
    assert "You are paged" not in (await scene.alva.get("/queue")).text
    assert "Acknowledged by Alva" in (await scene.alva.get(scene.path)).text


async def test_a_stranger_a_lesser_role_and_a_colleague_acknowledge_nothing(scene: Scene) -> None:
    await paged(scene)
    for visitor in (scene.stranger, scene.admin, scene.elis):
        await visitor.post("/pages/read", talks=str(scene.talk))
        assert "You are paged" in (await scene.alva.get("/queue")).text


@pytest.mark.parametrize("talks", ["", "x", "1 2 3", "' OR 1=1"])
async def test_what_no_page_of_ours_would_send_changes_nothing(scene: Scene, talks: str) -> None:
    await paged(scene)
    assert (await scene.alva.post("/pages/read", talks=talks)).status_code in {303, 422}
    assert "You are paged" in (await scene.alva.get("/queue")).text


def test_a_pager_is_added_and_refused_in_words(settings: dict[str, str]) -> None:
    said = told(settings, "staff", "pager", "Alva", "--sms", ALVAS, "--verified")
    assert said == "They are paged there.\n"
    said = told(settings, "staff", "pager", "Bo", "--sms", "+46701740651")
    assert "once they have answered" in said
    for words, why in (
        (("Elis", "--sms", "+46701740652"), "nobody with this name"),
        (("Bo", "--sms", ALVAS), "Somebody else is paged"),
        (("Bo", "--sms", LINE), "number of the line itself"),
        (("Bo", "--sms", "0701740652"), "country code"),
    ):
        assert why in refused(settings, "staff", "pager", *words)
    assert command.told(settings, "staff", "pager", "Alva").exit_code == 2
