"""What somebody does to their own keys counts from then on, whatever is under way just then."""

import asyncio
from collections.abc import Coroutine

import pytest
from nacl.pwhash import argon2id

from domain.member import Role
from handlers.account import see_account
from handlers.errors import BadInput, Busy, NotAdmitted, TooManyAttempts
from handlers.house import House
from handlers.invite import invite
from handlers.join import join
from handlers.lose_device import lose_device
from handlers.passkey_answers import Answer
from handlers.passkeys import enrol, enrol_options, enter, enter_options, remove_passkey
from handlers.recovery_sheet import make_sheet
from handlers.sign_in import TRIES, whose_session
from storage import audit, member_keys, members
from tests.authenticator import Authenticator
from tests.branches import branches
from tests.team import Colleague, first, let_in
from tests.test_passkeys import BROWSER, PARTY, PASSPHRASE
from tests.world import World

ROUNDS = 4


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(argon2id, "OPSLIMIT_INTERACTIVE", argon2id.OPSLIMIT_MIN)
    monkeypatch.setattr(argon2id, "MEMLIMIT_INTERACTIVE", argon2id.MEMLIMIT_MIN)


async def joined(house: House, name: str) -> tuple[Colleague, str]:
    token = await join(house, await invite(house, name, Role.COUNSELLOR), PASSPHRASE, PASSPHRASE)
    held = await whose_session(house, token)
    assert held is not None
    assert held.key is not None
    return Colleague(house, held.member, held.key), token


async def adds(house: House, who: Colleague, secret: str, device: Authenticator) -> None:
    asked = await enrol_options(house, who.member, PARTY, secret)
    answer = Answer(device.made(asked), device.prf(asked))
    await enrol(house, who.member, PARTY, secret, answer, "Phone", PASSPHRASE)


async def test_nobody_comes_in_by_a_passkey_while_it_is_taken_away(
    world: World, database_url: str
) -> None:
    alva, token = await joined(world.house, "Bea")
    async with branches(world.house, database_url, 2) as (one, other):
        for _ in range(ROUNDS):
            device = Authenticator(PARTY.origin, PARTY.host, count=0)
            await adds(one, alva, token, device)
            asked = enter_options(one, PARTY, BROWSER)
            answer = Answer(device.signed(asked), device.prf(asked))
            (passkey,) = (await see_account(one, alva.member)).passkeys
            await asyncio.gather(
                enter(one, PARTY, BROWSER, answer),
                remove_passkey(other, alva.member, passkey.id, token, PASSPHRASE),
                return_exceptions=True,
            )
            here = await whose_session(one, token)
            left = (await see_account(one, alva.member)).sessions
            assert here is not None
            assert [session.id for session in left] == [here.id]


async def test_no_passkey_outlives_a_device_that_was_lost_while_it_was_added(
    world: World, database_url: str
) -> None:
    alva = await first(world.house, world.counsellor)
    done = 0
    async with branches(world.house, database_url, 2) as (one, other):
        for turn in range(ROUNDS):
            bea, token = await joined(one, f"Bea {turn}")
            await let_in(alva, bea)
            device = Authenticator(PARTY.origin, PARTY.host, count=0)
            house = await Colleague(other, bea.member, bea.key).reads()
            _, lost = await asyncio.gather(
                adds(one, bea, token, device),
                lose_device(house, bea.member, PASSPHRASE),
                return_exceptions=True,
            )
            if isinstance(lost, Busy):
                continue
            assert isinstance(lost, str)
            # Asked for when all was over it opens the new pair, for who has the passphrase.
            async with one.db.read() as tx:
                left = await member_keys.passkeys(tx, bea.member.id)
            assert {wrap.generation for wrap in left} <= {bea.key.generation + 1}
            done += 1
    assert done


@pytest.mark.parametrize("deed", ["sheet", "passkey"])
async def test_a_passphrase_that_is_taken_away_meanwhile_has_proved_nothing(
    world: World, database_url: str, deed: str
) -> None:
    alva = await first(world.house, world.counsellor)
    bea, token = await joined(world.house, "Bea")
    await let_in(alva, bea)
    await adds(world.house, bea, token, Authenticator(PARTY.origin, PARTY.host, count=0))
    (passkey,) = (await see_account(world.house, bea.member)).passkeys
    async with branches(world.house, database_url, 2) as (one, other):
        house = await Colleague(other, bea.member, bea.key).reads()
        doing: Coroutine[object, object, object] = (
            make_sheet(house, bea.member, PASSPHRASE)
            if deed == "sheet"
            else remove_passkey(house, bea.member, passkey.id, token, PASSPHRASE)
        )
        async with one.db.write() as tx:
            await members.at_work(tx, bea.member.id, alone=True)
            going = asyncio.create_task(doing)
            await asyncio.sleep(0.5)  # it has looked, and waits for this transaction
            await member_keys.remove_passphrase(tx, bea.member.id)
        with pytest.raises(BadInput):
            await going
    assert await world.count("sheets") == 0
    assert len((await see_account(world.house, bea.member)).passkeys) == 1


async def test_an_open_page_is_no_place_to_guess_a_passphrase_at(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    bea, _ = await joined(world.house, "Bea")
    await let_in(alva, bea)
    house = await bea.reads()
    for tried in (
        lambda said: lose_device(house, bea.member, said),
        lambda said: make_sheet(house, bea.member, said),
    ):
        for turn in range(TRIES):
            with pytest.raises(BadInput):
                await tried(f"guess number {turn} of many")
        with pytest.raises(TooManyAttempts):
            await tried(PASSPHRASE)
        world.clock.advance(minutes=11)
    assert await world.count("sheets") == 0


async def test_who_was_not_admitted_makes_no_sheet(world: World) -> None:
    await first(world.house, world.counsellor)
    bea, _ = await joined(world.house, "Bea")
    with pytest.raises(NotAdmitted):
        await make_sheet(await bea.reads(), bea.member, PASSPHRASE)
    assert await world.count("sheets") == 0


async def test_what_happens_to_keys_is_written_down(world: World) -> None:
    alva = await first(world.house, world.counsellor)
    bea, token = await joined(world.house, "Bea")
    await let_in(alva, bea)
    device = Authenticator(PARTY.origin, PARTY.host, count=0)
    await adds(world.house, bea, token, device)
    (passkey,) = (await see_account(world.house, bea.member)).passkeys
    await remove_passkey(world.house, bea.member, passkey.id, token, PASSPHRASE)
    await make_sheet(await bea.reads(), bea.member, PASSPHRASE)
    await lose_device(await bea.reads(), bea.member, PASSPHRASE)
    async with world.house.db.read() as tx:
        noted = [one async for one in audit.entries(tx) if one.act in {"keys", "passkey"}]
    mine = bea.member.id
    assert [(one.member_id, one.object_id, one.detail) for one in noted] == [
        (mine, mine, "added"),
        (mine, mine, "removed"),
        (mine, mine, "sheet_drawn"),
        (mine, mine, "rotated"),
        (mine, mine, "device_lost"),
    ]
