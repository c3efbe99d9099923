"""Who works at the line: invited once, named once, gone at once."""

import asyncio

import pytest
from nacl.pwhash import argon2id

from domain.member import Role
from handlers.add_line import add_line
from handlers.errors import BadInput, LinkSpent, NotFound
from handlers.house import House
from handlers.invite import all_members, invite, revoke
from handlers.join import invited, join
from handlers.sign_in import sign_in
from tests.branches import branches
from tests.clock import Clock
from tests.sessions import member_of

PASSPHRASE = "en lång mening om hösten"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id at its least: these tests are about links, not about hashing."""
    monkeypatch.setattr(argon2id, "OPSLIMIT_INTERACTIVE", argon2id.OPSLIMIT_MIN)
    monkeypatch.setattr(argon2id, "MEMLIMIT_INTERACTIVE", argon2id.MEMLIMIT_MIN)


pytestmark = pytest.mark.usefixtures("quick")


async def test_somebody_invited_joins_and_is_signed_in(house: House) -> None:
    token = await invite(house, "Alva", Role.COUNSELLOR)
    assert await invited(house, token) == "Alva"
    session = await join(house, token, PASSPHRASE, PASSPHRASE)
    member = await member_of(house, session)
    assert member is not None
    assert (member.name, member.role) == ("Alva", Role.COUNSELLOR)
    assert await sign_in(house, "Alva", PASSPHRASE, source="a")


async def test_an_invitation_works_once(house: House) -> None:
    token = await invite(house, "Alva", Role.COUNSELLOR)
    await join(house, token, PASSPHRASE, PASSPHRASE)
    with pytest.raises(LinkSpent):
        await invited(house, token)
    with pytest.raises(LinkSpent):
        await join(house, token, "en annan lång mening", "en annan lång mening")


async def test_an_invitation_used_at_once_in_two_processes_works_once(
    house: House, database_url: str
) -> None:
    token = await invite(house, "Alva", Role.COUNSELLOR)
    async with branches(house, database_url, 2) as houses:
        results = await asyncio.gather(
            *(join(houses[n % 2], token, PASSPHRASE, PASSPHRASE) for n in range(4)),
            return_exceptions=True,
        )
    assert sum(isinstance(result, str) for result in results) == 1
    assert sum(isinstance(result, LinkSpent) for result in results) == 3


async def test_an_invitation_expires_after_three_days(house: House, clock: Clock) -> None:
    token = await invite(house, "Alva", Role.COUNSELLOR)
    clock.advance(hours=71, minutes=59)
    assert await invited(house, token) == "Alva"
    clock.advance(minutes=1)
    with pytest.raises(LinkSpent):
        await join(house, token, PASSPHRASE, PASSPHRASE)


async def test_a_made_up_link_is_spent(house: House) -> None:
    for token in ("", "abc", "å" * 300):
        with pytest.raises(LinkSpent):
            await invited(house, token)


async def test_inviting_again_ends_the_old_link_and_may_change_the_role(house: House) -> None:
    old = await invite(house, "Alva", Role.COUNSELLOR)
    new = await invite(house, "alva", Role.COORDINATOR)
    with pytest.raises(LinkSpent):
        await invited(house, old)
    await join(house, new, PASSPHRASE, PASSPHRASE)
    (entry,) = await all_members(house)
    assert (entry.name, entry.role) == ("Alva", Role.COORDINATOR)


async def test_a_revoked_invitation_is_spent(house: House) -> None:
    token = await invite(house, "Alva", Role.COUNSELLOR)
    await revoke(house, "Alva")
    with pytest.raises(LinkSpent):
        await join(house, token, PASSPHRASE, PASSPHRASE)


@pytest.mark.parametrize("again", ["Åsa Ek", "åsa ek", "ÅSA  EK", " A\u030asa Ek "])
async def test_a_name_is_taken_however_it_is_written(house: House, again: str) -> None:
    token = await invite(house, "Åsa Ek", Role.COUNSELLOR)
    await join(house, token, PASSPHRASE, PASSPHRASE)
    with pytest.raises(BadInput) as told:
        await invite(house, again, Role.COUNSELLOR)
    assert (told.value.field, told.value.problem) == ("name", "taken")
    assert await sign_in(house, again, PASSPHRASE, source="a")


async def test_a_name_invited_at_once_in_two_processes_is_one_member_with_one_link(
    house: House, database_url: str
) -> None:
    async with branches(house, database_url, 2) as houses:
        tokens = await asyncio.gather(
            *(invite(houses[n % 2], "Alva", Role.COUNSELLOR) for n in range(4))
        )
    assert len(await all_members(house)) == 1
    good = [token for token in tokens if await _holds(house, token)]
    assert len(good) == 1


async def _holds(house: House, token: str) -> bool:
    try:
        await invited(house, token)
    except LinkSpent:
        return False
    return True


@pytest.mark.parametrize(("name", "problem"), [(" \t", "empty"), ("x" * 81, "too_long")])
async def test_a_name_is_neither_empty_nor_endless(house: House, name: str, problem: str) -> None:
    with pytest.raises(BadInput) as told:
        await invite(house, name, Role.COUNSELLOR)
    assert told.value.problem == problem


async def test_a_revoked_name_is_never_anybody_elses(house: House) -> None:
    await join(house, await invite(house, "Alva", Role.COUNSELLOR), PASSPHRASE, PASSPHRASE)
    await revoke(house, "Alva")
    with pytest.raises(BadInput):
        await invite(house, "Alva", Role.COUNSELLOR)
    with pytest.raises(NotFound):
        await revoke(house, "Alva")


async def test_revoking_nobody_says_so(house: House) -> None:
    with pytest.raises(NotFound):
        await revoke(house, "Ingen")


@pytest.mark.parametrize(
    ("passphrase", "repeated", "field", "problem"),
    [
        ("elva tecken", "elva tecken", "passphrase", "too_short"),
        ("x" * 201, "x" * 201, "passphrase", "too_long"),
        ("lösenordLÖSENORD", "lösenordLÖSENORD", "passphrase", "too_common"),
        ("abababababababab", "abababababababab", "passphrase", "too_common"),
        ("alva alva 2026", "alva alva 2026", "passphrase", "named"),
        ("Card 2026 Alva!", "Card 2026 Alva!", "passphrase", "named"),
        ("hejhejhejhejhej", "hejhejhejhejhej", "passphrase", "too_common"),
        ("sommar sommar sommar", "sommar sommar sommar", "passphrase", "repeats"),
        ("abcdefghijklmnop", "abcdefghijklmnop", "passphrase", "in_a_row"),
        ("sommar2026", "sommar2026", "passphrase", "too_short"),
        ("password1234", "password1234", "passphrase", "too_common"),
        (PASSPHRASE, PASSPHRASE + ".", "repeated", "mismatch"),
    ],
)
async def test_a_bad_passphrase_is_refused_and_the_link_still_holds(
    house: House, passphrase: str, repeated: str, field: str, problem: str
) -> None:
    await add_line(house, "+46701740605", "Card 2026", ("sv", "en"), "exit")
    token = await invite(house, "Alva", Role.COUNSELLOR)
    with pytest.raises(BadInput) as told:
        await join(house, token, passphrase, repeated)
    assert (told.value.field, told.value.problem) == (field, problem)
    assert await invited(house, token) == "Alva"


async def test_a_passphrase_is_the_same_whatever_keyboard_wrote_it(house: House) -> None:
    token = await invite(house, "Alva", Role.COUNSELLOR)
    await join(house, token, "sjön är blå i maj", "sjo\u0308n a\u0308r bla\u030a i maj")
    assert await sign_in(house, "Alva", "sjo\u0308n a\u0308r bla\u030a i maj", source="a")


async def test_more_than_the_passphrase_is_not_the_passphrase(house: House) -> None:
    longest = "en lång mening om hösten och en om våren, " + "åäö12 " * 26 + "ab"
    token = await invite(house, "Alva", Role.COUNSELLOR)
    await join(house, token, longest, longest)
    with pytest.raises(BadInput):
        await sign_in(house, "Alva", longest + "c", source="a")
    assert await sign_in(house, "Alva", longest, source="a")
