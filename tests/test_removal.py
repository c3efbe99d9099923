"""A session alone takes nobody's way in: what it asks for, and what whoever stole it tries."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

import httpx
import pytest
from nacl.pwhash import argon2id

from domain.member import Role
from handlers import challenges
from handlers.invite import invite
from tests.authenticator import Authenticator
from tests.browser.serving import Visitor, serving
from tests.test_passkeys import PARTY, PASSPHRASE
from tests.world import World

REMOVE = re.compile(r'href="/account/passkeys/([0-9a-f-]{36})/remove"')
OTHERS = ["add_passkey", "change_passphrase", "remove_passphrase", "make_sheet", "lose_device"]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(argon2id, "OPSLIMIT_INTERACTIVE", argon2id.OPSLIMIT_MIN)
    monkeypatch.setattr(argon2id, "MEMLIMIT_INTERACTIVE", argon2id.MEMLIMIT_MIN)


@dataclass
class Account:
    """Somebody in a browser, with a passphrase and two passkeys that open by themselves."""

    world: World
    base: str
    name: str
    visitor: Visitor
    devices: list[Authenticator] = field(default_factory=list)

    @classmethod
    async def of(cls, world: World, base: str, name: str) -> Self:
        link = f"/join/{await invite(world.house, name, Role.COUNSELLOR)}"
        visitor = await Visitor.of(world.house, base)
        await visitor.get(link)
        await visitor.post(link, passphrase=PASSPHRASE, repeated=PASSPHRASE)
        account = cls(world, base, name, visitor)
        for called in ("Phone", "Laptop"):
            await account.adds(called)
        return account

    async def adds(self, called: str) -> None:
        asked = (await self.visitor.post("/account/passkeys/options")).json()
        device = Authenticator(PARTY.origin, PARTY.host, count=0)
        told = {"credential": device.made(asked), "prf": device.prf(asked), "old": PASSPHRASE}
        answer = await self.visitor.post("/account/passkeys", passkey_name=called, **told)
        assert answer.headers["location"] == "/account?added=alone"
        self.devices.append(device)

    async def ids(self) -> list[str]:
        return REMOVE.findall((await self.visitor.get("/account")).text)

    async def signed(
        self, device: Authenticator, deed: str, about: str = "", asks: Visitor | None = None
    ) -> dict[str, str]:
        """The fields that a page brings which asked for a proof of this deed."""
        answer = await (asks or self.visitor).post("/account/proof/options", deed=deed, about=about)
        asked = answer.json()
        return {"proof": device.signed(asked), "proof_prf": device.prf(asked)}

    async def signs_in(self) -> Visitor:
        """In another browser."""
        there = await Visitor.of(self.world.house, self.base)
        await there.get("/login")
        await there.post("/login", name=self.name, passphrase=PASSPHRASE)
        return there

    async def removes(self, passkey: str, fields: Mapping[str, str]) -> httpx.Response:
        return await self.visitor.post(f"/account/passkeys/{passkey}/remove", **fields)

    async def goes_without(self, fields: Mapping[str, str]) -> httpx.Response:
        return await self.visitor.post("/account/passphrase/remove", **fields)


@pytest.fixture
async def base(world: World) -> AsyncIterator[str]:
    async with serving(world.house) as base:
        yield base


@pytest.fixture
async def bea(world: World, base: str) -> Account:
    return await Account.of(world, base, "Bea")


def _went(answer: httpx.Response) -> bool:
    return (answer.status_code, answer.headers.get("location")) == (303, "/account?removed=1")


@pytest.mark.parametrize(
    "said", [{}, {"old": ""}, {"old": "guess"}, {"proof": "{}"}, {"proof": ""}]
)
async def test_a_session_alone_removes_nothing(bea: Account, said: dict[str, str]) -> None:
    for passkey in await bea.ids():
        assert (await bea.removes(passkey, said)).status_code == 422
    assert (await bea.goes_without(said)).status_code == 422
    page = (await bea.visitor.get("/account")).text
    assert len(await bea.ids()) == 2
    assert "/account/passphrase/remove" in page


async def test_whoever_guesses_for_it_waits_as_at_the_door_and_may_sign_instead(
    bea: Account,
) -> None:
    phone, _ = await bea.ids()
    for n in range(5):
        assert (await bea.removes(phone, {"old": f"guess {n}"})).status_code == 422
    waits = await bea.removes(phone, {"old": PASSPHRASE})
    assert (waits.status_code, int(waits.headers["retry-after"]) > 0) == (429, True)
    assert len(await bea.ids()) == 2
    _, laptop = bea.devices
    assert _went(await bea.removes(phone, await bea.signed(laptop, "remove_passkey", phone)))


async def test_whoever_guesses_in_a_stolen_session_locks_its_owner_out_of_nothing_for_long(
    bea: Account,
) -> None:
    """She signs in as ever, ends all sessions without a proof, and is alone after ten minutes."""
    phone, laptop = await bea.ids()
    thief = bea.visitor
    for _ in range(6):
        await bea.removes(phone, {"old": "guess"})
    bea.visitor = await bea.signs_in()
    assert (await bea.removes(phone, {"old": PASSPHRASE})).status_code == 429
    await bea.visitor.post("/account/sessions/end")
    assert (await thief.get("/account")).headers["location"] == "/login"
    bea.world.clock.advance(minutes=11)
    bea.visitor = await bea.signs_in()
    assert _went(await bea.removes(phone, {"old": PASSPHRASE}))
    assert await bea.ids() == [laptop]


async def test_who_lost_a_telephone_removes_it_by_the_passphrase_without_a_script(
    bea: Account,
) -> None:
    thief = await bea.signs_in()
    phone, laptop = await bea.ids()
    page = (await bea.visitor.get(f"/account/passkeys/{phone}/remove")).text
    assert "<h1>Remove Phone</h1>" in page
    assert f'action="/account/passkeys/{phone}/remove"' in page
    assert _went(await bea.removes(phone, {"old": PASSPHRASE}))
    assert await bea.ids() == [laptop]
    assert (await thief.get("/account")).headers["location"] == "/login"
    assert "signed out everywhere else" in (await bea.visitor.get("/account?removed=1")).text


async def test_or_by_the_passkey_of_another_device_with_the_passphrase_forgotten(
    bea: Account,
) -> None:
    phone, laptop = await bea.ids()
    page = (await bea.visitor.get(f"/account/passkeys/{phone}/remove")).text
    assert "Use a passkey instead" in page
    proof = await bea.signed(bea.devices[1], "remove_passkey", phone)
    assert _went(await bea.removes(phone, proof))
    assert await bea.ids() == [laptop]


async def test_the_passphrase_goes_by_itself_or_by_a_passkey_and_comes_back_by_one(
    bea: Account,
) -> None:
    phone, _ = bea.devices
    assert _went(await bea.goes_without(await bea.signed(phone, "remove_passphrase")))
    assert (await bea.goes_without({"old": PASSPHRASE})).status_code == 404
    new = "fyra lugna kvällar i maj"
    proof = await bea.signed(phone, "change_passphrase")
    answer = await bea.visitor.post("/account/passphrase", passphrase=new, repeated=new, **proof)
    assert answer.headers["location"] == "/account?changed=1"
    assert _went(await bea.goes_without({"old": new}))


async def test_a_form_that_was_sent_before_its_script_came_is_told_what_to_do(bea: Account) -> None:
    phone, _ = bea.devices
    assert _went(await bea.goes_without(await bea.signed(phone, "remove_passphrase")))
    new = "fyra lugna kvällar i maj"
    answer = await bea.visitor.post("/account/passphrase", passphrase=new, repeated=new)
    assert answer.status_code == 422
    assert "Wait until the page is whole" in answer.text
    assert "not your present passphrase" not in answer.text


async def test_the_last_one_stays_and_its_page_says_so_before_anything_is_asked(
    bea: Account,
) -> None:
    phone, laptop = await bea.ids()
    device = bea.devices[1]
    await bea.goes_without({"old": PASSPHRASE})
    await bea.removes(phone, await bea.signed(device, "remove_passkey", phone))
    page = await bea.visitor.get(f"/account/passkeys/{laptop}/remove")
    assert page.status_code == 200
    assert "so it stays" in page.text
    assert f'action="/account/passkeys/{laptop}/remove"' not in page.text
    proof = await bea.signed(device, "remove_passkey", laptop)
    assert (await bea.removes(laptop, proof)).status_code == 422
    assert await bea.ids() == [laptop]


@pytest.mark.parametrize("deed", OTHERS)
async def test_a_proof_of_one_deed_is_none_for_another(bea: Account, deed: str) -> None:
    phone, _ = await bea.ids()
    device = bea.devices[1]
    proof = await bea.signed(device, deed)
    assert (await bea.removes(phone, proof)).status_code == 422
    proof = await bea.signed(device, "remove_passkey", phone)
    new = "fyra lugna kvällar i maj"
    elsewhere = {
        "add_passkey": ("/account/passkeys", await _a_third(bea)),
        "change_passphrase": ("/account/passphrase", {"passphrase": new, "repeated": new}),
        "remove_passphrase": ("/account/passphrase/remove", {}),
        "make_sheet": ("/team/sheet", {}),
        "lose_device": ("/team/device", {}),
    }
    path, fields = elsewhere[deed]
    assert (await bea.visitor.post(path, **fields, **proof)).status_code == 422
    assert len(await bea.ids()) == 2
    assert _went(await bea.removes(phone, proof)), "it was not spent by that"


async def _a_third(bea: Account) -> dict[str, str]:
    asked = (await bea.visitor.post("/account/passkeys/options")).json()
    third = Authenticator(PARTY.origin, PARTY.host, count=0)
    return {"credential": third.made(asked), "prf": third.prf(asked), "passkey_name": "Third"}


async def test_a_proof_for_one_passkey_removes_no_other(bea: Account) -> None:
    phone, laptop = await bea.ids()
    for about in (laptop, ""):
        proof = await bea.signed(bea.devices[1], "remove_passkey", about)
        assert (await bea.removes(phone, proof)).status_code == 422
    assert len(await bea.ids()) == 2


async def test_a_proof_of_another_session_is_none_here(bea: Account) -> None:
    phone, _ = await bea.ids()
    there = await bea.signs_in()
    proof = await bea.signed(bea.devices[1], "remove_passkey", phone, asks=there)
    assert (await bea.removes(phone, proof)).status_code == 422
    assert len(await bea.ids()) == 2


async def test_a_proof_counts_once_and_for_five_minutes(bea: Account) -> None:
    phone, laptop = await bea.ids()
    await bea.adds("Tablet")
    device = bea.devices[2]
    old = await bea.signed(device, "remove_passkey", phone)
    bea.world.clock.advance(seconds=challenges.LASTS.total_seconds())
    assert (await bea.removes(phone, old)).status_code == 422
    proof = await bea.signed(device, "remove_passkey", phone)
    assert _went(await bea.removes(phone, proof))
    assert (await bea.removes(phone, proof)).status_code == 404
    once = await bea.signed(device, "remove_passphrase")
    assert (await bea.goes_without(once | {"proof": "{}"})).status_code == 422
    assert _went(await bea.goes_without(once))
    new = {"passphrase": "fyra lugna kvällar i maj", "repeated": "fyra lugna kvällar i maj"}
    again = await bea.signed(device, "change_passphrase")
    assert (await bea.visitor.post("/account/passphrase", **new, **again)).status_code == 303
    assert (await bea.goes_without(once)).status_code == 422, "the same a second time"
    assert laptop in await bea.ids()


async def test_the_passkey_of_another_is_neither_shown_nor_removed_and_proves_nothing(
    bea: Account, world: World, base: str
) -> None:
    elis = await Account.of(world, base, "Elis")
    theirs, mine = (await bea.ids())[0], (await elis.ids())[0]
    assert (await elis.visitor.get(f"/account/passkeys/{theirs}/remove")).status_code == 404
    assert (await elis.removes(theirs, {"old": PASSPHRASE})).status_code == 404
    proof = await elis.signed(elis.devices[0], "remove_passkey", theirs)
    assert (await elis.removes(theirs, proof)).status_code == 404
    asked = (
        await elis.visitor.post("/account/proof/options", deed="remove_passkey", about=mine)
    ).json()
    known = {one["id"] for one in asked["allowCredentials"]}
    assert len(known) == 2
    for device in bea.devices:
        answer = {"proof": device.signed(asked), "proof_prf": device.prf(asked)}
        assert (await elis.removes(mine, answer)).status_code == 422
    as_elis = replace(bea.devices[0], user=elis.devices[0].user)
    answer = {"proof": as_elis.signed(asked), "proof_prf": as_elis.prf(asked)}
    assert (await elis.removes(mine, answer)).status_code == 422
    assert len(await bea.ids()) == len(await elis.ids()) == 2


async def test_what_is_no_deed_or_no_passkey_gets_nothing_to_sign(bea: Account) -> None:
    for fields, status in (
        ({}, 422),
        ({"deed": "enter"}, 422),
        ({"deed": "remove_passkey", "about": "../.."}, 404),
    ):
        answer = await bea.visitor.post("/account/proof/options", **fields)
        assert answer.status_code == status
    assert (await bea.visitor.get("/account/passkeys/nonsense/remove")).status_code == 404


async def test_a_session_that_ended_takes_nothing_although_it_brings_the_proof(
    bea: Account,
) -> None:
    phone, _ = await bea.ids()
    proof = await bea.signed(bea.devices[1], "remove_passkey", phone)
    there = await bea.signs_in()
    await there.post("/account/sessions/end")
    answer = await bea.removes(phone, proof | {"old": PASSPHRASE})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    bea.visitor = await bea.signs_in()
    assert len(await bea.ids()) == 2
