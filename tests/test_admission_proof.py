"""A session alone lets nobody in who would read for ever: what whoever stole one tries."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import update

from handlers import challenges
from storage.key_tables import member_keys
from storage.pairs import new_pair
from tests.browser.serving import serving
from tests.team import Colleague, hired
from tests.test_passkeys import PASSPHRASE
from tests.test_removal import Account, quick
from tests.test_team_pages import plain
from tests.world import World

__all__ = ["quick"]

OTHERS = ["add_passkey", "change_passphrase", "make_sheet", "lose_device", "remove_passkey"]


class Reader(Account):
    """Who made the team, and lets colleagues in."""

    async def words(self, whom: Colleague) -> str:
        """As the page shows them beside this colleague."""
        page = (await self.visitor.get("/team")).text
        form = page[page.index(f'action="/team/{whom.member.id}/admit"') :]
        found = re.search(r'name="words" value="([^"]+)"', form)
        assert found is not None
        return found[1]

    async def admits(self, whom: Colleague, **fields: str) -> httpx.Response:
        return await self.visitor.post(
            f"/team/{whom.member.id}/admit", **{"words": await self.words(whom)} | fields
        )

    async def signed_for(self, whom: Colleague, deed: str = "admit") -> dict[str, str]:
        return await self.signed(self.devices[0], deed, str(whom.member.id))


@pytest.fixture
async def base(world: World) -> AsyncIterator[str]:
    async with serving(world.house) as base:
        yield base


@pytest.fixture
async def bea(world: World, base: str) -> Reader:
    return await Reader.of(world, base, "Bea")


@pytest.fixture
async def elis(bea: Reader) -> Colleague:
    return await hired(bea.world.house, "Elis")


async def _reads(who: Colleague) -> bool:
    async with (await who.reads()).db.read() as tx:
        return tx.reader is not None and bool(tx.reader.team)


def _let_in(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.headers.get("location")) == (303, "/team")


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"admit_passphrase": ""},
        {"admit_passphrase": "guess"},
        {"proof": "{}"},
        {"old": PASSPHRASE},
    ],
)
async def test_a_stolen_session_admits_nobody(
    bea: Reader, elis: Colleague, said: dict[str, str]
) -> None:
    answer = await bea.admits(elis, **said)
    assert answer.status_code == 422
    assert "Nothing was sent and nothing was changed." in plain(answer.text)
    assert not await _reads(elis)


async def test_the_passphrase_does_it_in_the_same_form_without_a_script(
    bea: Reader, elis: Colleague
) -> None:
    page = (await bea.visitor.get("/team")).text
    form = page[page.index(f'action="/team/{elis.member.id}/admit"') :].split("</form>")[0]
    for part in ('name="words"', 'name="admit_passphrase"', "required", "let in</button>"):
        assert part in form
    assert _let_in(await bea.admits(elis, admit_passphrase=PASSPHRASE))
    assert await _reads(elis)


async def test_a_passkey_does_it_with_the_passphrase_gone(bea: Reader, elis: Colleague) -> None:
    await bea.goes_without({"old": PASSPHRASE})
    page = plain((await bea.visitor.get("/team")).text)
    assert "Your browser asks for a passkey instead" in page
    assert (await bea.admits(elis, admit_passphrase=PASSPHRASE)).status_code == 422
    assert _let_in(await bea.admits(elis, **await bea.signed_for(elis)))
    assert await _reads(elis)


async def test_a_proof_for_one_colleague_admits_no_other(bea: Reader, elis: Colleague) -> None:
    cleo = await hired(bea.world.house, "Cleo")
    proof = await bea.signed_for(elis)
    assert (await bea.admits(cleo, **proof)).status_code == 422
    for_nobody = await bea.signed(bea.devices[0], "admit")
    assert (await bea.admits(cleo, **for_nobody)).status_code == 422
    assert not await _reads(cleo)
    assert _let_in(await bea.admits(elis, **proof)), "it was not spent by that"
    assert (await _reads(elis), await _reads(cleo)) == (True, False)


@pytest.mark.parametrize("deed", OTHERS)
async def test_a_proof_of_another_deed_admits_nobody(
    bea: Reader, elis: Colleague, deed: str
) -> None:
    for proof in (await bea.signed_for(elis, deed), await bea.signed(bea.devices[0], deed)):
        assert (await bea.admits(elis, **proof)).status_code == 422
    assert not await _reads(elis)


async def test_a_proof_counts_once_also_for_the_same_colleague_with_another_key(
    bea: Reader, elis: Colleague
) -> None:
    proof = await bea.signed_for(elis)
    assert _let_in(await bea.admits(elis, **proof))
    theirs = member_keys.c.member_id == elis.member.id
    async with bea.world.house.db.write() as tx:
        await tx.conn.execute(update(member_keys).where(theirs).values(public=new_pair().public))
    assert (await bea.admits(elis, **proof)).status_code == 422
    again = plain((await bea.visitor.get("/team")).text)
    assert "Elis Counsellor Not valid" in again


async def test_a_proof_counts_for_five_minutes_and_in_its_own_session(
    bea: Reader, elis: Colleague
) -> None:
    old = await bea.signed_for(elis)
    bea.world.clock.advance(seconds=challenges.LASTS.total_seconds())
    assert (await bea.admits(elis, **old)).status_code == 422
    there = await bea.signs_in()
    theirs = await bea.signed(bea.devices[0], "admit", str(elis.member.id), asks=there)
    assert (await bea.admits(elis, **theirs)).status_code == 422
    assert not await _reads(elis)


async def test_who_guesses_waits_and_its_owner_admits_by_a_passkey(
    bea: Reader, elis: Colleague
) -> None:
    for n in range(5):
        assert (await bea.admits(elis, admit_passphrase=f"guess {n}")).status_code == 422
    waits = await bea.admits(elis, admit_passphrase=PASSPHRASE)
    assert (waits.status_code, int(waits.headers["retry-after"]) > 0) == (429, True)
    assert not await _reads(elis)
    assert _let_in(await bea.admits(elis, **await bea.signed_for(elis)))


async def test_the_field_that_is_wrong_is_the_one_beside_that_colleague(
    bea: Reader, elis: Colleague
) -> None:
    cleo = await hired(bea.world.house, "Cleo")
    page = (await bea.admits(cleo, admit_passphrase="guess")).text
    (beside_elis,) = re.findall(rf'<input id="admit-{elis.member.id}"[^>]*>', page)
    (beside_cleo,) = re.findall(rf'<input id="admit-{cleo.member.id}"[^>]*>', page)
    assert ("aria-invalid" in beside_elis, "aria-invalid" in beside_cleo) == (False, True)
    assert "guess" not in page


async def test_words_that_changed_are_said_before_a_proof_is_spent_on_them(
    bea: Reader, elis: Colleague
) -> None:
    proof = await bea.signed_for(elis)
    assert (await bea.admits(elis, words="six other words", **proof)).status_code == 409
    assert _let_in(await bea.admits(elis, **proof))
