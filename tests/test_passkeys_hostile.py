"""What whoever sits in the network, or makes up what an authenticator says, does to passkeys."""

import asyncio
import json
from dataclasses import replace

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.pwhash import argon2id

from handlers.account import change_passphrase, remove_passphrase, see_account
from handlers.errors import BadInput, NeedsPassphrase
from handlers.house import House
from handlers.passkey_answers import Answer, registered
from handlers.passkeys import enter, enter_options
from handlers.proof import Guarded, Signed, prove_options, proved_by, still_opens
from storage import audit, member_keys, members
from storage.member_keys import Credential
from storage.pairs import new_pair
from storage.reading import MemberKey
from tests.authenticator import Authenticator, read, written
from tests.branches import branches
from tests.clock import Clock
from tests.test_passkeys import BROWSER, PARTY, PASSPHRASE, Alva, _device, _enters, _refused
from tests.test_ways_in import _joined, _with_two


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(argon2id, "OPSLIMIT_INTERACTIVE", argon2id.OPSLIMIT_MIN)
    monkeypatch.setattr(argon2id, "MEMLIMIT_INTERACTIVE", argon2id.MEMLIMIT_MIN)


@pytest.fixture
async def alva(house: House) -> Alva:
    return await _joined(house)


async def _held_up(alva: Alva, device: Authenticator) -> Answer:
    """An answer that has left the browser and does not arrive."""
    asked = enter_options(alva.house, PARTY, BROWSER)
    return Answer(device.signed(asked), device.prf(asked))


async def _noted(alva: Alva) -> list[str]:
    """What the log says of their passkeys."""
    async with alva.house.db.read() as tx:
        noted = [one async for one in audit.entries(tx) if one.act == "passkey"]
    assert {(one.member_id, one.object_id) for one in noted} == {(alva.member.id, alva.member.id)}
    return [one.detail for one in noted]


async def test_who_holds_an_answer_up_does_not_take_a_passkey_from_its_owner(
    alva: Alva, clock: Clock
) -> None:
    device = _device()
    await alva.adds(device)
    device.count = 2
    caught = await _held_up(alva, device)
    clock.advance(seconds=5)
    device.count = 3
    await _enters(alva.house, device)
    with pytest.raises(BadInput) as told:
        await enter(alva.house, PARTY, BROWSER, caught)
    assert told.value.problem == "late"
    assert await _noted(alva) == ["added", "late"]
    with pytest.raises(BadInput):
        await enter(alva.house, PARTY, BROWSER, caught)
    assert await _noted(alva) == ["added", "late"], "once, however often it is sent"
    device.count = 4
    assert (await _enters(alva.house, device)).key == alva.held.key
    (shown,) = (await see_account(alva.house, alva.member)).passkeys
    assert shown.doubled_at is None


async def test_nor_one_that_was_asked_for_a_proof(alva: Alva, clock: Clock) -> None:
    phone, _ = await _with_two(alva)
    await remove_passphrase(alva.house, alva.member, alva.token, PASSPHRASE)
    phone.count = 2
    deed = Guarded.CHANGE_PASSPHRASE
    caught = await prove_options(alva.house, alva.member, PARTY, BROWSER, deed)
    answer = Answer(phone.signed(caught), phone.prf(caught))
    clock.advance(seconds=5)
    await _enters(alva.house, replace(phone, count=3))
    proof = Signed(PARTY, BROWSER, answer)
    with pytest.raises(BadInput) as told:
        await change_passphrase(alva.house, alva.member, alva.token, proof, PASSPHRASE, PASSPHRASE)
    assert told.value.problem == "late"
    assert await _noted(alva) == ["added", "added", "late"]
    assert (await _enters(alva.house, replace(phone, count=4))).key == alva.held.key


async def test_a_copy_that_is_asked_afterwards_is_still_found_out(alva: Alva, clock: Clock) -> None:
    device = _device()
    await alva.adds(device)
    await _enters(alva.house, replace(device, count=7))
    clock.advance(seconds=5)
    await _refused(alva.house, replace(device, count=6), "doubled")
    (shown,) = (await see_account(alva.house, alva.member)).passkeys
    assert shown.doubled_at == clock.now()


@pytest.mark.parametrize("way", ["sign in", "proof"])
async def test_a_copy_that_was_asked_before_is_found_out_by_a_count_that_is_given_twice(
    alva: Alva, clock: Clock, way: str
) -> None:
    phone, _ = await _with_two(alva)
    copy = replace(phone, count=phone.count + 3)
    entering = await _held_up(alva, copy)
    proving = await _proof(alva, copy)
    clock.advance(seconds=5)
    await _enters(alva.house, replace(phone, count=copy.count))
    with pytest.raises(BadInput) as told:
        if way == "sign in":
            await enter(alva.house, PARTY, BROWSER, entering)
        else:
            await proved_by(alva.house, alva.member, proving, Guarded.ADD_PASSKEY)
    assert told.value.problem == "doubled"
    assert [one.doubled_at for one in (await see_account(alva.house, alva.member)).passkeys] == [
        clock.now(),
        None,
    ]
    await _refused(alva.house, replace(phone, count=copy.count + 1), "doubled")


async def test_one_and_the_same_answer_that_arrives_again_is_no_copy(
    alva: Alva, clock: Clock
) -> None:
    device = _device()
    await alva.adds(device)
    answer = await _held_up(alva, replace(device, count=4))
    await enter(alva.house, PARTY, BROWSER, answer)
    clock.advance(seconds=5)
    with pytest.raises(BadInput) as told:
        await enter(alva.house, PARTY, BROWSER, answer)
    assert told.value.problem == "late"
    assert await _enters(alva.house, replace(device, count=5))


async def test_what_is_under_way_by_a_passkey_brings_no_pair_that_was_replaced_meanwhile(
    alva: Alva, database_url: str
) -> None:
    device = _device()
    await alva.adds(device)
    (passkey,) = (await see_account(alva.house, alva.member)).passkeys
    entering = await _held_up(alva, replace(device, count=3))
    now, key = alva.house.now(), MemberKey(alva.member.id, 2, new_pair())
    proving = await _proof(alva, replace(device, count=2))
    entered = await proved_by(alva.house, alva.member, proving, Guarded.ADD_PASSKEY)
    assert entered is not None
    async with branches(alva.house, database_url, 2) as (one, other):
        async with one.db.write() as tx:
            await members.at_work(tx, alva.member.id, alone=True)
            assert await still_opens(tx, entered)
            going = asyncio.create_task(enter(other, PARTY, BROWSER, entering))
            await asyncio.sleep(0.3)  # it has looked, and waits for this transaction
            await member_keys.keep(tx, key, now)
            again = (passkey.id, key, passkey.recipe, bytes(32), now)
            await member_keys.wrap_by_passkey(tx, *again)
            assert not await still_opens(tx, entered)
        with pytest.raises((BadInput, NeedsPassphrase)):
            await going
    assert len((await see_account(alva.house, alva.member)).sessions) == 1


async def _proof(alva: Alva, device: Authenticator) -> Signed:
    asked = await prove_options(alva.house, alva.member, PARTY, BROWSER, Guarded.ADD_PASSKEY)
    return Signed(PARTY, BROWSER, Answer(device.signed(asked), device.prf(asked)))


@pytest.mark.parametrize("count", [2**31, 2**32 - 1])
async def test_a_counter_as_high_as_it_gets_is_kept(alva: Alva, count: int) -> None:
    device = _device(count=count - 1)
    await alva.adds(device)
    assert (await _enters(alva.house, replace(device, count=count))).key == alva.held.key


@pytest.mark.parametrize("length", [0, 31, 33, 64])
async def test_a_prf_output_of_another_length_opens_nothing(alva: Alva, length: int) -> None:
    phone, _ = await _with_two(alva)
    asked = enter_options(alva.house, PARTY, BROWSER)
    with pytest.raises(NeedsPassphrase):
        await enter(alva.house, PARTY, BROWSER, Answer(phone.signed(asked), written(bytes(length))))


async def test_the_prf_output_of_one_passkey_opens_nothing_with_another(alva: Alva) -> None:
    phone, laptop = await _with_two(alva)
    asked = enter_options(alva.house, PARTY, BROWSER)
    with pytest.raises(NeedsPassphrase):
        await enter(alva.house, PARTY, BROWSER, Answer(phone.signed(asked), laptop.prf(asked)))


async def test_the_handle_of_another_member_is_refused(alva: Alva) -> None:
    phone, _ = await _with_two(alva)
    elis = await _joined(alva.house, "Elis")
    await _refused(alva.house, replace(phone, user=written(elis.member.id.bytes)), "unknown")


async def test_a_passkey_that_is_known_is_nobody_elses(alva: Alva) -> None:
    phone, _ = await _with_two(alva)
    elis = await _joined(alva.house, "Elis")
    with pytest.raises(BadInput) as told:
        await elis.adds(_device(id=phone.id))
    assert told.value.problem == "known"
    assert (await _enters(alva.house, phone)).member == alva.member


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**64), 2**64 - 1), st.floats(), st.binary(max_size=70),
    st.text(max_size=20),
)  # fmt: skip
JUNK = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([1, 3, -1, -2, -3, "x"]), inner, max_size=4)
    ),
    max_leaves=6,
)
KEYS = st.fixed_dictionaries(
    {},
    optional={
        1: st.sampled_from([1, 2, 3, 99]) | JUNK,
        3: st.sampled_from([-7, -8, -35, -37, -257, -65535, 99]) | JUNK,
        -1: st.sampled_from([1, 6, 99]) | JUNK,
        -2: st.binary(max_size=66) | JUNK,
        -3: st.binary(max_size=66) | JUNK,
    },
)
FORMS = ("none", "packed", "tpm", "android-key", "android-safetynet", "apple", "fido-u2f", "odd")
SAID = st.fixed_dictionaries(
    {},
    optional={
        "ver": st.just("2.0") | JUNK,
        "alg": st.sampled_from([-7, -257, 99]) | JUNK,
        "x5c": st.lists(st.binary(max_size=60), max_size=2) | JUNK,
        "sig": st.binary(max_size=80) | JUNK,
        "certInfo": st.binary(max_size=160) | JUNK,
        "pubArea": st.binary(max_size=160) | JUNK,
        "response": st.just(b"e30.e30.e30") | st.binary(max_size=40) | JUNK,
    },
)


@given(form=st.sampled_from(FORMS) | JUNK, said=SAID | JUNK, key=KEYS | JUNK, own=st.booleans())
@settings(max_examples=400, deadline=None, database=None)
def test_whatever_an_authenticator_says_of_itself_is_kept_or_refused_and_never_an_error(
    form: object, said: object, key: object, own: bool
) -> None:
    device = _device()
    answer = json.loads(device.made({"challenge": written(bytes(40)), "user": {"id": ""}}))
    told = cbor2.loads(read(answer["response"]["attestationObject"]))
    told["fmt"], told["attStmt"] = form, said
    if not own:
        head = told["authData"][: 37 + 16 + 2 + len(device.id)]
        told["authData"] = head + cbor2.dumps(key)
    answer["response"]["attestationObject"] = written(cbor2.dumps(told))
    try:
        made = registered(PARTY, Answer(json.dumps(answer)), bytes(40))
    except BadInput as refused:
        assert refused.problem == "not_ours"
    else:
        assert isinstance(made, Credential)


@pytest.mark.parametrize(
    "said",
    [
        b"\x81" * 14_000,
        b"\x9b\x00\x00\x00\x00\xff\xff\xff\xff",
        b"\x5b\x00\x00\x00\x7f\xff\xff\xff\xff",
        b"\xc2\x59\x30\x00" + b"\xff" * 12_288,
        b"\xc4\x82\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\xd8\x1e\x82\x01\x00",
        b"\xd8\x23\x78\x1b(a+)+$" + b"a" * 21,
    ],
    ids=["deep", "long list", "long bytes", "huge", "exponent", "by zero", "pattern"],
)
def test_cbor_that_promises_more_than_there_is_is_refused(said: bytes) -> None:
    answer = json.loads(_device().made({"challenge": written(bytes(40)), "user": {"id": ""}}))
    answer["response"]["attestationObject"] = written(said)
    with pytest.raises(BadInput):
        registered(PARTY, Answer(json.dumps(answer)), bytes(40))


def test_an_attestation_that_says_none_and_then_something_is_refused() -> None:
    answer = json.loads(_device().made({"challenge": written(bytes(40)), "user": {"id": ""}}))
    told = cbor2.loads(read(answer["response"]["attestationObject"]))
    told["attStmt"] = {"alg": -7, "sig": b"x"}
    answer["response"]["attestationObject"] = written(cbor2.dumps(told))
    with pytest.raises(BadInput):
        registered(PARTY, Answer(json.dumps(answer)), bytes(40))
