"""With several lines the queue says on which somebody is on call, and on which nobody is."""

import html
import re
from uuid import uuid4

from domain.member import Role
from domain.rota import ShiftRole
from handlers.add_line import add_line
from handlers.go_by import go_by_its_own
from handlers.see_rota_page import see_lines
from handlers.write_shift import Given, write_shift
from tests.browser.rota_scene import at
from tests.browser.scene import Scene
from tests.browser.serving import Visitor
from tests.world import World

FLYER = "+46701740606"


async def said(visitor: Visitor) -> str:
    """What stands under the queue."""
    page = (await visitor.get("/queue")).text
    found = re.search(r'<div id="on-call".*?>(.*?)</div>', page, re.DOTALL)
    assert found is not None
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", found[1])).split())


async def test_with_one_line_no_line_is_named(scene: Scene) -> None:
    assert await said(scene.alva) == "On call: Alva, Elis."


async def test_with_several_each_is_named_where_it_matters(scene: Scene) -> None:
    house = scene.world.house
    bo = await World.hired(house, "Bo", Role.COORDINATOR)
    await add_line(house, FLYER, "Flyer", ("sv", "en"), "exit")
    everybody = "On call: Alva, Elis, Bo."
    assert await said(scene.alva) == everybody  # on both lines
    first, second = (await see_lines(house, bo)).lines
    await go_by_its_own(house, bo, second.id, form_key=uuid4())
    assert await said(scene.alva) == (
        "Card 2026: On call: Alva, Elis, Bo. Flyer: Nobody is on call."
    )
    rota = (await see_lines(house, bo)).lines[1].rota_id
    assert rota is not None
    for start, end in ((13, 20), (22, 23)):
        given = Given(ShiftRole.PRIMARY, scene.elis_member.id, at(0, start), at(0, end))
        await write_shift(house, bo, rota, given, form_key=uuid4())
    await go_by_its_own(house, bo, first.id, form_key=uuid4())
    assert await said(scene.alva) == (
        "Card 2026: Nobody is on call. Flyer: On call: Elis until 20:00. Next: Elis from 22:00."
    )
