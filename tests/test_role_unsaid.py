"""Of whom nothing says which role they were given: they and others are told what is to be done."""

import pytest

from domain.member import Role
from handlers.give_role import give_role
from handlers.house import House
from handlers.invite import invite
from storage import given_roles
from tests.browser.scene import Scene
from tests.test_role_raised import forgotten, written
from tests.test_team_pages import Desk, plain
from tests.test_team_pages import desk as desk  # noqa: PLC0414 - a fixture
from utvag.doctor_team import examine_team

COMMAND = 'utvag staff role "Elis" --role ROLE'


async def doctor(house: House) -> list[str]:
    return [one.text for one in await examine_team(house) if one.failed and "roles" in one.text]


async def test_they_are_told_on_the_queue_page_and_by_doctor_until_it_is_said(
    scene: Scene,
) -> None:
    house, elis = scene.world.house, scene.elis_member
    assert "Nothing in the log" not in plain((await scene.admin.get("/queue")).text)
    await forgotten(house, elis.id)
    page = plain((await scene.elis.get("/queue")).text)
    assert "Nothing in the log says which role you were given" in page
    assert COMMAND in page
    (told,) = await doctor(house)
    assert "nothing says which Elis was given" in told
    assert COMMAND in told
    await give_role(house, "Elis", Role.COUNSELLOR)
    assert "Nothing in the log" not in plain((await scene.elis.get("/queue")).text)
    assert await doctor(house) == []


async def test_a_role_that_somebody_wrote_is_said_otherwise(scene: Scene) -> None:
    house, admin = scene.world.house, scene.admin
    async with house.db.read() as tx:
        (who,) = [one.entry for one in await given_roles.every(tx) if one.role is Role.ADMIN]
    await written(house, who.id, Role.COUNSELLOR)
    assert "Nothing in the log" not in plain((await admin.get("/queue")).text)
    (told,) = await doctor(house)
    assert "has another in the database than was given" in told


async def test_whoever_compares_words_is_told_to_have_it_said_first(desk: Desk) -> None:
    house, elis = desk.world.house, desk.elis.member
    await forgotten(house, elis.id)
    page = plain((await desk.at_alvas.get("/team")).text)
    assert "Nothing in the log says which role this person was given" in page
    assert COMMAND in page
    assert f"/team/{elis.id}/admit" not in (await desk.at_alvas.get("/team")).text
    await give_role(house, "Elis", Role.COUNSELLOR)
    assert f"/team/{elis.id}/admit" in (await desk.at_alvas.get("/team")).text


@pytest.mark.parametrize("again", [False, True])
async def test_a_link_that_does_not_hold_says_who_makes_another(scene: Scene, again: bool) -> None:
    token = "none" if not again else await invite(scene.world.house, "Bo", Role.COUNSELLOR)
    if again:
        await invite(scene.world.house, "Bo", Role.COUNSELLOR)
    refused = await scene.stranger.get(f"/join/{token}")
    assert refused.status_code == 410
    assert "utvag staff invite" in plain(refused.text)
