"""A session alone silences nobody: by which ways somebody is woken wants a proof of the person."""

import re
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from domain.member import Member, Role
from handlers import challenges
from handlers.pagers import add_pager
from storage import members, ways
from tests.browser.serving import serving
from tests.test_passkeys import PASSPHRASE
from tests.test_receive_danger import WORDS
from tests.test_removal import Account, quick
from tests.test_team_pages import plain
from tests.tower import Tower
from tests.world import World

__all__ = ["quick"]

HERS, OTHER, A_THIEFS = "+46701740670", "+46701740671", "+46701740672"
PLACE = re.compile(r'href="(/ways/[0-9a-f-]{36}/(?:move\?to=\d+|remove))"')
DEEDS = ["move", "remove"]


class Woken(Account):
    """Bea, who is on call, paged by one telephone and else by another."""

    tower: Tower

    async def there(self) -> list[ways.Way]:
        async with self.world.house.db.read() as tx:
            entry = await members.by_name(tx, self.name)
            assert entry is not None
            return (await ways.of_members(tx, [entry.id])).get(entry.id, [])

    async def numbers(self) -> list[str]:
        return [way.address for way in await self.there()]

    async def changes(
        self, deed: str, number: str, fields: dict[str, str], to: str = "0"
    ) -> httpx.Response:
        """A way is removed, or put first."""
        path = f"/ways/{await self.way(number)}/{deed}"
        return await self.visitor.post(path, **{"to": to} | fields)

    async def way(self, number: str) -> UUID:
        (found,) = [way.id for way in await self.there() if way.address == number]
        return found

    async def signed_for(self, deed: str, number: str) -> dict[str, str]:
        return await self.signed(self.devices[0], f"{deed}_way", str(await self.way(number)))

    async def adds_number(self, number: str) -> None:
        """By the session alone, and with the telephone at hand."""
        assert (await self.visitor.post("/ways/sms", number=number)).status_code == 303
        await self.tower.tick()
        path = f"/ways/{await self.way(number)}/code"
        assert (await self.visitor.post(path, code=self.tower.code())).status_code == 303
        await self.tower.tick()


@pytest.fixture
async def base(world: World) -> AsyncIterator[str]:
    async with serving(world.house) as base:
        yield base


@pytest.fixture
async def bea(world: World, base: str) -> Woken:
    bea = await Woken.of(world, base, "Bea")
    bea.tower = Tower(world)
    for number in (HERS, OTHER):
        await add_pager(world.house, "Bea", number, verified=True)
    return bea


def _done(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.headers.get("location")) == (303, "/ways")


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize(
    "said", [{}, {"way_passphrase": "guess"}, {"proof": "{}"}, {"old": PASSPHRASE}]
)
async def test_a_stolen_session_changes_no_way_that_counts(
    bea: Woken, deed: str, said: dict[str, str]
) -> None:
    answer = await bea.changes(deed, OTHER, said)
    assert answer.status_code == 422
    assert "Nothing was sent and nothing was changed." in plain(answer.text)
    assert await bea.numbers() == [HERS, OTHER]


async def test_a_thief_who_adds_a_way_is_not_the_first_who_is_paged(bea: Woken) -> None:
    """Nor by putting it first while it is not confirmed, nor by taking hers away."""
    await bea.visitor.post("/ways/sms", number=A_THIEFS)
    assert (await bea.changes("move", A_THIEFS, {})).status_code == 422
    await bea.tower.tick()
    path = f"/ways/{await bea.way(A_THIEFS)}/code"
    assert _done(await bea.visitor.post(path, code=bea.tower.code()))
    await bea.tower.tick()
    for deed, number in (("move", A_THIEFS), ("remove", HERS), ("remove", OTHER)):
        assert (await bea.changes(deed, number, {})).status_code == 422
    await bea.world.text(WORDS)
    paged = await bea.tower.tick()
    assert HERS in paged
    assert A_THIEFS not in paged


@pytest.mark.parametrize("deed", DEEDS)
async def test_the_passphrase_does_it_without_a_script(bea: Woken, deed: str) -> None:
    page = (await bea.visitor.get("/ways")).text
    (href,) = [
        found.replace("&amp;", "&")
        for found in PLACE.findall(page)
        if f"{await bea.way(OTHER)}/{deed}" in found
    ]
    asks = (await bea.visitor.get(href)).text
    assert 'name="way_passphrase"' in asks
    assert "Use a passkey instead" in asks
    fields = dict(re.findall(r'name="(to)" value="(\d)"', asks))
    assert fields == ({"to": "0"} if deed == "move" else {})
    assert _done(await bea.changes(deed, OTHER, {"way_passphrase": PASSPHRASE} | fields))
    assert await bea.numbers() == ([OTHER, HERS] if deed == "move" else [HERS])


@pytest.mark.parametrize("deed", DEEDS)
async def test_a_passkey_does_it_with_the_passphrase_gone(bea: Woken, deed: str) -> None:
    await bea.goes_without({"old": PASSPHRASE})
    assert (await bea.changes(deed, OTHER, {"way_passphrase": PASSPHRASE})).status_code == 422
    assert _done(await bea.changes(deed, OTHER, await bea.signed_for(deed, OTHER)))
    assert await bea.numbers() == ([OTHER, HERS] if deed == "move" else [HERS])


@pytest.mark.parametrize("deed", DEEDS)
async def test_a_proof_for_one_way_or_deed_is_none_for_another(bea: Woken, deed: str) -> None:
    other = next(each for each in DEEDS if each != deed)
    proof = await bea.signed_for(deed, OTHER)
    for_nothing = await bea.signed(bea.devices[0], f"{deed}_way")
    for fields, number in (
        (await bea.signed_for(deed, HERS), OTHER),
        (await bea.signed_for(other, OTHER), OTHER),
        (for_nothing, OTHER),
    ):
        assert (await bea.changes(deed, number, fields)).status_code == 422
    assert await bea.numbers() == [HERS, OTHER]
    assert _done(await bea.changes(deed, OTHER, proof)), "it was not spent by that"


async def test_a_proof_counts_once_and_for_five_minutes(bea: Woken) -> None:
    old = await bea.signed_for("move", OTHER)
    bea.world.clock.advance(seconds=challenges.LASTS.total_seconds())
    assert (await bea.changes("move", OTHER, old)).status_code == 422
    proof = await bea.signed_for("move", OTHER)
    assert _done(await bea.changes("move", OTHER, proof))
    assert (await bea.changes("move", OTHER, proof, to="1")).status_code == 422
    assert await bea.numbers() == [OTHER, HERS]
    there = await bea.signs_in()
    about = str(await bea.way(OTHER))
    theirs = await bea.signed(bea.devices[0], "remove_way", about, asks=there)
    assert (await bea.changes("remove", OTHER, theirs)).status_code == 422


async def test_who_is_woken_is_told_of_a_change_by_each_way_that_stood_before_and_of_nothing_else(
    bea: Woken,
) -> None:
    await bea.adds_number(A_THIEFS)
    said = [(number, body) for number, body in bea.tower.heard if "ändrats" in body]
    assert sorted(number for number, _ in said) == [HERS, OTHER]
    assert {body for _, body in said} == {
        "Utväg: hur du larmas har ändrats. Var det inte du: logga ut överallt."
        f" {bea.world.house.public_url}/account"
    }
    await bea.visitor.post("/ways/sms", number="+46701740673")
    await bea.tower.tick()
    assert _done(await bea.changes("remove", "+46701740673", {}))
    assert _done(await bea.changes("move", OTHER, {"way_passphrase": PASSPHRASE}))
    assert (await bea.changes("remove", OTHER, {})).status_code == 422
    assert await bea.tower.tick() == []
    assert _done(await bea.changes("remove", OTHER, {"way_passphrase": PASSPHRASE}))
    assert sorted(await bea.tower.tick()) == [HERS, A_THIEFS]


async def test_what_is_not_confirmed_is_removed_and_a_way_added_and_tried_without_a_proof(
    bea: Woken,
) -> None:
    await bea.adds_number(A_THIEFS)
    assert _done(await bea.visitor.post(f"/ways/{await bea.way(A_THIEFS)}/test"))
    await bea.visitor.post("/ways/sms", number="+46701740673")
    assert f'action="/ways/{await bea.way("+46701740673")}/remove"' in (
        (await bea.visitor.get("/ways")).text
    )
    assert _done(await bea.changes("remove", "+46701740673", {}))
    assert await bea.numbers() == [HERS, OTHER, A_THIEFS]


async def test_before_one_is_confirmed_their_order_asks_for_nothing(
    world: World, base: str
) -> None:
    bea = await Woken.of(world, base, "Bea")
    for number in (HERS, OTHER):
        await bea.visitor.post("/ways/sms", number=number)
    assert "/move?to=" not in (await bea.visitor.get("/ways")).text
    assert _done(await bea.changes("move", OTHER, {}))
    assert await bea.numbers() == [OTHER, HERS]


async def test_a_way_that_was_confirmed_while_its_page_was_open_wants_the_proof_after_all(
    bea: Woken,
) -> None:
    await bea.visitor.post("/ways/sms", number=A_THIEFS)
    way = await bea.way(A_THIEFS)
    async with bea.world.house.db.write() as tx:
        await ways.verify(tx, way, bea.world.clock.now())
    answer = await bea.changes("remove", A_THIEFS, {})
    assert answer.status_code == 422
    assert 'name="way_passphrase"' in answer.text


async def test_the_last_one_that_wakes_her_says_so_before_it_goes(bea: Woken) -> None:
    said = "without it nothing wakes you"
    one = f"/ways/{await bea.way(HERS)}/remove"
    assert said not in plain((await bea.visitor.get(one)).text)
    assert _done(await bea.changes("remove", OTHER, {"way_passphrase": PASSPHRASE}))
    assert said in plain((await bea.visitor.get(one)).text)


async def test_the_pages_of_another_or_of_no_way_are_not_there(bea: Woken) -> None:
    elis: Member = await World.hired(bea.world.house, "Elis", Role.COUNSELLOR)
    theirs = await bea.visitor.of(bea.world.house, bea.base, elis)
    for deed in DEEDS:
        path = f"/ways/{await bea.way(HERS)}/{deed}"
        assert (await theirs.get(path)).status_code == 404
        assert (await theirs.post(path, way_passphrase=PASSPHRASE)).status_code != 303
        assert (await bea.visitor.get(f"/ways/nonsense/{deed}")).status_code == 404
    for to in ("99", "-1", "x", ""):
        path = f"/ways/{await bea.way(HERS)}/move?to={to}"
        assert (await bea.visitor.get(path)).status_code == 200
    assert await bea.numbers() == [HERS, OTHER]
