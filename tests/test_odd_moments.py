"""A moment that nobody means, in an address or a form, gets words and is never an error."""

from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest

from domain.member import Member, Role
from tests.browser.rota_scene import with_a_rota
from tests.browser.scene import Scene
from tests.browser.serving import Visitor
from tests.world import World

PLACES = (
    "/rota",
    "/rota?view=month",
    "/rota/leave",
    "/rota/{rota}/give",
    "/rota/{rota}/swap",
    "/rota/{rota}/patterns/new",
    "/rota/{rota}/needed",
    "/audit",
    "/audit/day",
    "/board",
)
MOMENTS = (
    ("0001-01-01T00:00", "0001-01-01T01:00"),
    ("9999-12-31T23:00", "9999-12-31T23:59"),
    ("1900-01-01T00:00", "1900-01-01T08:00"),
    ("2026-03-29T02:30", "2026-03-29T02:45"),
    ("2026-01-01T00:00:00.000001", "2026-01-01T01:00"),
    ("2026-W01-1T00", "20260101T010000"),
    ("2026-03-02T12:00+14:00", "2026-03-02T13:00Z"),
    ("-0001-01-01", "٢٠٢٦-01-01"),
    ("24:00", "NaN"),
)
NAMES = ("from", "to", "day", "since", "until", "at", "start", "end", "month", "starts", "ends")


@pytest.fixture
async def boss(scene: Scene, bo: Member) -> Visitor:
    return await Visitor.of(scene.world.house, scene.base, bo)


@pytest.fixture
async def bo(world: World) -> Member:
    return await world.hired(world.house, "Bo", Role.COORDINATOR)


@pytest.fixture
async def rota(scene: Scene, bo: Member) -> UUID:
    return await with_a_rota(scene.world, bo)


@pytest.mark.parametrize(("first", "last"), MOMENTS)
async def test_no_address_with_an_odd_moment_is_an_error(
    boss: Visitor, rota: UUID, first: str, last: str
) -> None:
    wrong = []
    for place in PLACES:
        told = {name: last if name in {"to", "until", "end", "ends"} else first for name in NAMES}
        told |= {"role": "primary", "how": "instead"}
        between = "&" if "?" in place else "?"
        where = f"{place.format(rota=rota)}{between}{urlencode(told)}"
        answer = await boss.get(where)
        if answer.status_code >= 500:
            wrong.append(place)
    assert wrong == []


@pytest.mark.parametrize(("first", "last"), MOMENTS)
async def test_no_form_with_an_odd_moment_is_an_error(
    boss: Visitor, rota: UUID, scene: Scene, first: str, last: str
) -> None:
    await scene.taken()
    wrong = []
    for place in (
        "/rota/leave",
        f"/rota/{rota}/give",
        f"/rota/{rota}/swap",
        f"/rota/{rota}/needed",
        f"/rota/{rota}/patterns",
        f"{scene.path}/plan",
        f"{scene.path}/hours",
        f"{scene.path}/duty",
        f"{scene.path}/hold",
        "/audit",
    ):
        told = {name: last if name in {"to", "until", "end", "ends"} else first for name in NAMES}
        told |= {"role": "primary", "how": "instead", "member": str(uuid4()), "weeks": "999999999"}
        told |= {"form_key": str(uuid4()), "wanted": f"{uuid4()}|{first}|{last}", "reply": "hej"}
        answer = await boss.post(place, **told)
        if answer.status_code >= 500:
            wrong.append(place)
    assert wrong == []
