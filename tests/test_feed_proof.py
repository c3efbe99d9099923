"""A session alone learns for its ten minutes when somebody works, and not for ever."""

import re
from collections.abc import AsyncIterator

import pytest

from tests.browser.serving import serving
from tests.test_passkeys import PASSPHRASE
from tests.test_removal import Account, quick
from tests.test_team_pages import plain
from tests.world import World

__all__ = ["quick"]

PATH = "/rota/calendar"
ADDRESS = re.compile(r"/calendar/en/([\w-]+)\.ics")


@pytest.fixture
async def base(world: World) -> AsyncIterator[str]:
    async with serving(world.house) as base:
        yield base


@pytest.fixture
async def bea(world: World, base: str) -> Account:
    return await Account.of(world, base, "Bea")


async def _made(bea: Account, fields: dict[str, str]) -> str:
    """The secret of the new address."""
    answer = await bea.visitor.post(PATH, **fields)
    assert answer.status_code == 200
    found = ADDRESS.search(answer.text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    "said", [{}, {"feed_passphrase": "guess"}, {"proof": "{}"}, {"renew": "1"}]
)
async def test_a_stolen_session_makes_no_address_of_a_calendar_and_ends_none_by_trying(
    bea: Account, said: dict[str, str]
) -> None:
    hers = await _made(bea, {"feed_passphrase": PASSPHRASE})
    answer = await bea.visitor.post(PATH, **said)
    assert answer.status_code == 422
    assert ADDRESS.search(answer.text) is None
    assert "Nothing was sent and nothing was changed." in plain(answer.text)
    assert (await bea.visitor.get(f"/calendar/en/{hers}.ics")).status_code == 200


async def test_a_passkey_makes_one_once_and_for_nothing_else(bea: Account) -> None:
    page = (await bea.visitor.get(PATH)).text
    assert "Use a passkey instead" in page
    device = bea.devices[0]
    for deed in ("make_sheet", "admit"):
        wrong = await bea.signed(device, deed)
        assert (await bea.visitor.post(PATH, **wrong)).status_code == 422
    proof = await bea.signed(device, "renew_feed")
    hers = await _made(bea, proof)
    assert (await bea.visitor.post(PATH, **proof)).status_code == 422
    assert (await bea.visitor.get(f"/calendar/en/{hers}.ics")).status_code == 200


async def test_ending_it_asks_for_nothing(bea: Account) -> None:
    hers = await _made(bea, {"feed_passphrase": PASSPHRASE})
    ended = await bea.visitor.post(PATH, end="1")
    assert (ended.status_code, ended.headers["location"]) == (303, PATH)
    assert (await bea.visitor.get(f"/calendar/en/{hers}.ics")).status_code == 404
