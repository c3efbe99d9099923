"""What opens a member's key: it may be less by one, and never nothing; one device may be lost."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from uuid import UUID

import pytest
from nacl.pwhash import argon2id

from domain.member import Role
from handlers import challenges
from handlers.account import change_passphrase, remove_passphrase, see_account
from handlers.errors import BadInput
from handlers.house import House
from handlers.invite import invite
from handlers.join import join
from handlers.lose_device import lose_device
from handlers.passkey_answers import Answer
from handlers.passkeys import enrol, enrol_options, enter_options, remove_passkey
from handlers.proof import Guarded, Signed, prove_options
from handlers.read_by import read_by
from handlers.recovery_sheet import make_sheet
from handlers.sign_in import sign_in, whose_session
from storage import member_keys
from tests.authenticator import Authenticator
from tests.branches import branches
from tests.clock import Clock
from tests.team import Colleague, first, let_in
from tests.test_passkeys import BROWSER, PARTY, PASSPHRASE, Alva, _device, _enters
from tests.world import World

NEW = "en annan lång mening"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(argon2id, "OPSLIMIT_INTERACTIVE", argon2id.OPSLIMIT_MIN)
    monkeypatch.setattr(argon2id, "MEMLIMIT_INTERACTIVE", argon2id.MEMLIMIT_MIN)


async def _joined(house: House, name: str = "Alva") -> Alva:
    token = await join(house, await invite(house, name, Role.COUNSELLOR), PASSPHRASE, PASSPHRASE)
    held = await whose_session(house, token)
    assert held is not None
    return Alva(house, token, held)


@pytest.fixture
async def alva(house: House) -> Alva:
    return await _joined(house)


async def _with_two(alva: Alva) -> tuple[Authenticator, Authenticator]:
    phone, laptop = _device(count=0), _device(count=0)
    await alva.adds(phone, "Phone")
    await alva.adds(laptop, "Laptop")
    return phone, laptop


async def _without(alva: Alva) -> tuple[Authenticator, Authenticator]:
    """Two passkeys, and no passphrase any more."""
    devices = await _with_two(alva)
    await remove_passphrase(alva.house, alva.member, alva.token, PASSPHRASE)
    return devices


async def _signed(
    alva: Alva,
    device: Authenticator,
    deed: Guarded = Guarded.ADD_PASSKEY,
    about: UUID | None = None,
    secret: str = "",
) -> Signed:
    """A proof by this device, as the page of that deed brings it."""
    secret = secret or alva.token
    asked = await prove_options(alva.house, alva.member, PARTY, secret, deed, about)
    return Signed(PARTY, secret, Answer(device.signed(asked), device.prf(asked)))


async def _removes(alva: Alva, what: UUID, device: Authenticator) -> None:
    proof = await _signed(alva, device, Guarded.REMOVE_PASSKEY, what)
    await remove_passkey(alva.house, alva.member, what, alva.token, proof)


async def _adds(alva: Alva, device: Authenticator, proof: Signed) -> bool:
    asked = await enrol_options(alva.house, alva.member, PARTY, alva.token)
    answer = Answer(device.made(asked), device.prf(asked))
    return await enrol(alva.house, alva.member, PARTY, alva.token, answer, "Third", proof)


async def _refused(done: Awaitable[object], problem: str) -> None:
    with pytest.raises(BadInput) as told:
        await done
    assert told.value.problem == problem


async def _ways(alva: Alva) -> int:
    async with alva.house.db.read() as tx:
        return len(await member_keys.opening(tx, alva.member.id))


async def test_the_passphrase_goes_once_two_passkeys_open_by_themselves(alva: Alva) -> None:
    phone = _device(count=0)
    await alva.adds(phone)
    await alva.adds(_device(has_prf=False), "Old key")
    going = remove_passphrase(alva.house, alva.member, alva.token, PASSPHRASE)
    await _refused(going, "two_first")
    assert not (await see_account(alva.house, alva.member)).may_go_without
    await alva.adds(_device(count=0), "Laptop")
    assert (await see_account(alva.house, alva.member)).may_go_without
    other = await _enters(alva.house, phone)
    await remove_passphrase(alva.house, alva.member, alva.token, PASSPHRASE)
    account = await see_account(alva.house, alva.member)
    assert not account.has_passphrase
    assert other.id not in [one.id for one in account.sessions]
    with pytest.raises(BadInput):
        await sign_in(alva.house, "Alva", PASSPHRASE, source="a")
    assert (await _enters(alva.house, phone)).key == alva.held.key


async def test_the_last_way_is_never_removed(alva: Alva) -> None:
    phone, _ = await _without(alva)
    one, other = await alva.passkey_ids()
    await _removes(alva, other, phone)
    await _refused(_removes(alva, one, phone), "last")
    assert (await _enters(alva.house, phone)).key == alva.held.key


async def test_a_passkey_of_which_there_may_be_a_copy_is_no_way_in(alva: Alva) -> None:
    doubled, laptop = _device(), _device(count=0)
    await alva.adds(doubled, "Phone")
    await alva.adds(laptop, "Laptop")
    await _enters(alva.house, replace(doubled, count=7))
    with pytest.raises(BadInput):
        await _enters(alva.house, replace(doubled, count=7))
    going = remove_passphrase(alva.house, alva.member, alva.token, PASSPHRASE)
    await _refused(going, "two_first")
    await alva.adds(_device(count=0), "Tablet")
    await remove_passphrase(alva.house, alva.member, alva.token, PASSPHRASE)
    broken, kept, tablet = await alva.passkey_ids()
    await _removes(alva, tablet, laptop)
    await _refused(_removes(alva, kept, laptop), "last")
    await _removes(alva, broken, laptop)
    assert await _ways(alva) == 1


@pytest.mark.parametrize("round_", range(3))
async def test_of_two_removals_at_once_one_leaves_the_other_its_way(
    alva: Alva, database_url: str, round_: int
) -> None:
    del round_
    devices = await _without(alva)
    ids = await alva.passkey_ids()
    async with branches(alva.house, database_url, 2) as houses:
        done = await asyncio.gather(
            *(
                _removes(replace(alva, house=house), one, device)
                for house, one, device in zip(houses, ids, devices, strict=True)
            ),
            return_exceptions=True,
        )
    assert sorted(type(one).__name__ for one in done) == ["BadInput", "NoneType"]
    assert await _ways(alva) == 1


async def test_the_passphrase_and_the_passkeys_removed_at_once_leave_a_way(
    alva: Alva, database_url: str
) -> None:
    phone, laptop = await _with_two(alva)
    one, other = await alva.passkey_ids()
    async with branches(alva.house, database_url, 3) as (here, there, elsewhere):
        done = await asyncio.gather(
            remove_passphrase(here, alva.member, alva.token, PASSPHRASE),
            _removes(replace(alva, house=there), one, phone),
            _removes(replace(alva, house=elsewhere), other, laptop),
            return_exceptions=True,
        )
    assert {type(one) for one in done} <= {type(None), BadInput}
    assert await _ways(alva) >= 1


async def test_who_has_no_passphrase_adds_a_passkey_by_one_of_theirs(alva: Alva) -> None:
    phone, _ = await _without(alva)
    third = _device(count=0)
    assert await _adds(alva, third, await _signed(alva, phone))
    assert (await _enters(alva.house, third)).key == alva.held.key
    old = _device(has_prf=False)
    await _refused(_adds(alva, old, await _signed(alva, phone)), "opens_nothing")


async def test_a_proof_counts_once_and_only_as_it_was_asked_for(alva: Alva, clock: Clock) -> None:
    phone, _ = await _without(alva)
    proof = await _signed(alva, phone)
    assert await _adds(alva, _device(), proof)
    await _refused(_adds(alva, _device(), proof), "late")
    asked = enter_options(alva.house, PARTY, alva.token)
    entering = Signed(PARTY, alva.token, Answer(phone.signed(asked), phone.prf(asked)))
    await _refused(_adds(alva, _device(), entering), "late")
    elsewhere = replace(await _signed(alva, phone, secret=BROWSER), secret=alva.token)
    await _refused(_adds(alva, _device(), elsewhere), "late")
    late = await _signed(alva, phone)
    clock.advance(seconds=challenges.LASTS.total_seconds())
    await _refused(_adds(alva, _device(), late), "late")


async def test_what_opens_nothing_of_theirs_proves_nothing(alva: Alva) -> None:
    phone, _ = await _without(alva)
    elis = await _joined(alva.house, "Elis")
    his = _device(count=0)
    await elis.adds(his)
    await _refused(_adds(alva, _device(), await _signed(alva, his)), "unknown")
    mute = replace(phone, has_prf=False)
    await _refused(_adds(alva, _device(), await _signed(alva, mute)), "wrong_one")
    wrong = replace(phone, prf_key=bytes(32))
    await _refused(_adds(alva, _device(), await _signed(alva, wrong)), "wrong_one")
    with pytest.raises(BadInput):
        await enrol(alva.house, alva.member, PARTY, alva.token, Answer("{}"), "Third", "")
    assert len(await alva.passkey_ids()) == 2


async def test_a_passphrase_is_set_again_by_a_passkey(alva: Alva) -> None:
    phone, _ = await _without(alva)
    proof = await _signed(alva, phone, Guarded.CHANGE_PASSPHRASE)
    await change_passphrase(alva.house, alva.member, alva.token, proof, NEW, NEW)
    held = await whose_session(alva.house, await sign_in(alva.house, "Alva", NEW, source="a"))
    assert held is not None
    assert held.key == alva.held.key


async def test_who_has_no_passphrase_loses_a_device_and_goes_on_with_the_other(
    world: World,
) -> None:
    boss = await first(world.house, world.counsellor)
    bea = await _joined(world.house, "Bea")
    lost, kept = await _without(bea)
    entered = await _enters(world.house, lost)
    assert entered.key is not None
    await world.text("hej")
    await let_in(boss, Colleague(world.house, entered.member, entered.key))
    reads = await read_by(world.house, entered.member, entered.key)
    proof = await _signed(bea, kept, Guarded.LOSE_DEVICE)
    token = await lose_device(reads, bea.member, proof)
    held = await whose_session(world.house, token)
    assert held is not None
    assert held.key is not None
    assert held.key.generation == 2
    with pytest.raises(BadInput):
        await _enters(world.house, lost)
    again = await _enters(world.house, kept)
    assert again.key == held.key
    assert again.key is not None
    theirs = await read_by(world.house, again.member, again.key)
    bea = Alva(world.house, token, held)
    proof = await _signed(bea, kept, Guarded.MAKE_SHEET)
    assert (await make_sheet(theirs, again.member, proof)).groups
    assert await whose_session(world.house, bea.token) is not None
