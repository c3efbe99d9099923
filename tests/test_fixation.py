"""What stood in a browser before somebody signed in is worth nothing in it afterwards."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from nacl.pwhash import argon2id

from domain.member import Member, Role
from handlers.house import House
from handlers.invite import invite
from handlers.join import join
from staff import csrf
from staff.visit import SESSION_COOKIE
from tests.browser.serving import Visitor, named, serving, session_of
from tests.sessions import member_of
from tests.world import World

PASSPHRASE = "en lång mening om hösten"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(argon2id, "OPSLIMIT_INTERACTIVE", argon2id.OPSLIMIT_MIN)
    monkeypatch.setattr(argon2id, "MEMLIMIT_INTERACTIVE", argon2id.MEMLIMIT_MIN)


@dataclass
class Shared:
    """A browser that somebody hostile had before."""

    house: House
    base: str
    hostile: Member
    visitor: Visitor

    @property
    def cookie(self) -> str:
        return named(self.base, SESSION_COOKIE)

    async def signs_in(self) -> str:
        """Bea does; the token that her browser keeps."""
        await self.visitor.get("/login")
        fields = {"name": "Bea", "passphrase": PASSPHRASE}
        answer = await self.visitor.post("/login", **fields)
        assert (answer.status_code, answer.headers["location"]) == (303, "/queue")
        return self.visitor.cookies[self.cookie]


@pytest.fixture
async def shared(world: World) -> AsyncIterator[Shared]:
    house = world.house
    await join(house, await invite(house, "Bea", Role.COUNSELLOR), PASSPHRASE, PASSPHRASE)
    async with serving(house) as base:
        visitor = await Visitor.of(house, base)
        yield Shared(house, base, world.counsellor, visitor)


async def test_a_made_up_session_is_not_kept(shared: Shared) -> None:
    shared.visitor.cookies[shared.cookie] = made_up = "a session that somebody chose"
    assert await signs_in_over(shared) != made_up
    assert await member_of(shared.house, made_up) is None


async def signs_in_over(shared: Shared) -> str:
    """As a stranger, whose form carries the form cookie's hash."""
    await shared.visitor.get("/login")
    secret = shared.visitor.cookies[named(shared.base, csrf.COOKIE)]
    answer = await shared.visitor.post(
        "/login",
        **{csrf.FIELD: csrf.token_for(secret), "name": "Bea", "passphrase": PASSPHRASE},
    )
    assert answer.status_code == 303
    return shared.visitor.cookies[shared.cookie]


async def test_a_session_of_somebody_elses_ends_where_another_signs_in(shared: Shared) -> None:
    theirs = await session_of(shared.house, shared.hostile)
    shared.visitor.cookies[shared.cookie] = theirs
    answer = await shared.visitor.post("/login", name="Bea", passphrase=PASSPHRASE)
    assert answer.status_code == 303
    mine = await member_of(shared.house, shared.visitor.cookies[shared.cookie])
    assert mine is not None
    assert mine.name == "Bea"
    assert await member_of(shared.house, theirs) is None


async def test_a_session_of_somebody_elses_ends_where_an_invitation_is_used(
    shared: Shared,
) -> None:
    theirs = await session_of(shared.house, shared.hostile)
    shared.visitor.cookies[shared.cookie] = theirs
    link = f"/join/{await invite(shared.house, 'Cia', Role.COUNSELLOR)}"
    answer = await shared.visitor.post(link, passphrase=PASSPHRASE, repeated=PASSPHRASE)
    assert answer.status_code == 303
    mine = await member_of(shared.house, shared.visitor.cookies[shared.cookie])
    assert mine is not None
    assert mine.name == "Cia"
    assert await member_of(shared.house, theirs) is None


async def test_a_form_of_before_is_none_afterwards(shared: Shared) -> None:
    """Whoever set the cookie of a stranger's forms knows what those forms carry."""
    known = "a secret that somebody chose"
    shared.visitor.cookies[named(shared.base, csrf.COOKIE)] = known
    await shared.signs_in()
    forged = await shared.visitor.post("/logout", **{csrf.FIELD: csrf.token_for(known)})
    assert forged.status_code == 403
    assert await member_of(shared.house, shared.visitor.cookies[shared.cookie]) is not None


async def test_two_who_sign_in_after_each_other_never_have_the_same_token(shared: Shared) -> None:
    one = await shared.signs_in()
    del shared.visitor.cookies[shared.cookie]
    other = await shared.signs_in()
    assert one != other
