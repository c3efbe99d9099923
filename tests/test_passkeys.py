"""Passkeys: what they sign counts once, here and for a few minutes; what they open is the key."""

import asyncio
import json
from dataclasses import dataclass, replace
from uuid import UUID

import pytest
import webauthn
from hypothesis import given
from hypothesis import strategies as st
from nacl.pwhash import argon2id
from sqlalchemy import func, select

from domain.member import Member, Role
from handlers import challenges
from handlers.account import change_passphrase, see_account
from handlers.errors import BadInput, NeedsPassphrase, NotFound
from handlers.house import House
from handlers.invite import invite, revoke
from handlers.join import join
from handlers.passkey_answers import Answer, Party, verified
from handlers.passkeys import (
    enrol,
    enrol_options,
    enter,
    enter_options,
    remove_passkey,
)
from handlers.rotate_keys import rotate_keys
from handlers.sign_in import Held, sweep_sessions, whose_session
from storage import key_tables
from storage.member_keys import Credential, Recipe, Wrap
from tests.authenticator import Authenticator, read, written
from tests.branches import branches
from tests.clock import Clock

PASSPHRASE = "en lång mening om hösten"
PARTY = Party("line.example.org", "https://line.example.org")
BROWSER = "a cookie of this browser"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(argon2id, "OPSLIMIT_INTERACTIVE", argon2id.OPSLIMIT_MIN)
    monkeypatch.setattr(argon2id, "MEMLIMIT_INTERACTIVE", argon2id.MEMLIMIT_MIN)


@dataclass
class Alva:
    """A member with a passphrase, signed in."""

    house: House
    token: str
    held: Held

    @property
    def member(self) -> Member:
        return self.held.member

    async def adds(self, device: Authenticator, name: str = "Phone", **told: str) -> None:
        asked = await enrol_options(self.house, self.member, PARTY, self.token)
        answer = Answer(device.made(asked), device.prf(asked))
        passphrase = told.get("passphrase", PASSPHRASE)
        await enrol(self.house, self.member, PARTY, self.token, answer, name, passphrase)

    async def passkey_ids(self) -> list[UUID]:
        return [wrap.id for wrap in (await see_account(self.house, self.member)).passkeys]


@pytest.fixture
async def alva(house: House) -> Alva:
    token = await join(house, await invite(house, "Alva", Role.COUNSELLOR), PASSPHRASE, PASSPHRASE)
    held = await whose_session(house, token)
    assert held is not None
    return Alva(house, token, held)


def _device(**told: object) -> Authenticator:
    return replace(Authenticator(PARTY.origin, PARTY.host), **told)  # type: ignore[arg-type] # by name


async def _enters(house: House, device: Authenticator, secret: str = BROWSER) -> Held:
    asked = enter_options(house, PARTY, secret)
    answer = Answer(device.signed(asked), device.prf(asked))
    token, _ = await enter(house, PARTY, secret, answer)
    held = await whose_session(house, token)
    assert held is not None
    return held


async def _refused(house: House, device: Authenticator, problem: str) -> None:
    with pytest.raises(BadInput) as told:
        await _enters(house, device)
    assert (told.value.field, told.value.problem) == ("passkey", problem)


async def test_a_passkey_with_prf_opens_the_same_key_as_the_passphrase(alva: Alva) -> None:
    device = _device()
    await alva.adds(device)
    device.count += 1
    held = await _enters(alva.house, device)
    assert held.member == alva.member
    assert held.key == alva.held.key is not None


async def test_a_passkey_without_prf_says_who_it_is_and_asks_for_the_passphrase(
    alva: Alva,
) -> None:
    device = _device(has_prf=False)
    await alva.adds(device)
    device.count += 1
    with pytest.raises(NeedsPassphrase) as told:
        await _enters(alva.house, device)
    assert told.value.name == "Alva"


async def test_a_passkey_is_wrapped_by_the_newest_pepper_when_it_is_used(
    alva: Alva, clock: Clock
) -> None:
    device = _device()
    await alva.adds(device)
    await rotate_keys(alva.house)
    clock.advance(minutes=5)
    for pepper in (1, 2):
        found = await _peppers(alva)
        assert found["passkey"] == pepper
        device.count += 1
        assert (await _enters(alva.house, device)).key == alva.held.key
    assert (await _peppers(alva))["passphrase"] == 1, "it was not used"


async def _peppers(alva: Alva) -> dict[str, int]:
    wraps = key_tables.member_wraps.c
    async with alva.house.db.read() as tx:
        rows = await tx.conn.execute(select(wraps.kind, wraps.pepper))
        return {row.kind: row.pepper for row in rows}


async def test_another_prf_output_opens_nothing(alva: Alva) -> None:
    device = _device()
    await alva.adds(device)
    with pytest.raises(NeedsPassphrase):
        await _enters(alva.house, replace(device, prf_key=bytes(32), count=2))


async def test_a_changed_passphrase_leaves_passkeys_as_they_are(alva: Alva) -> None:
    device = _device()
    await alva.adds(device)
    new = "en annan lång mening"
    await change_passphrase(alva.house, alva.member, alva.token, PASSPHRASE, new, new)
    assert (await _enters(alva.house, replace(device, count=2))).key == alva.held.key


async def test_whoever_adds_a_passkey_knows_the_passphrase(alva: Alva) -> None:
    with pytest.raises(BadInput) as told:
        await alva.adds(_device(), passphrase="en annan lång mening")
    assert told.value.field == "old"
    assert await alva.passkey_ids() == []


async def test_one_is_removed_and_the_other_goes_on(alva: Alva) -> None:
    lost, kept = _device(), _device()
    await alva.adds(lost, "Lost phone")
    await alva.adds(kept, "Laptop")
    thief = await _enters(alva.house, replace(lost, count=2))
    (phone, _) = await alva.passkey_ids()
    await remove_passkey(alva.house, alva.member, phone, alva.token, PASSPHRASE)
    await _refused(alva.house, replace(lost, count=3), "unknown")
    assert (await _enters(alva.house, replace(kept, count=2))).key == alva.held.key
    left = [one.id for one in (await see_account(alva.house, alva.member)).sessions]
    assert thief.id not in left
    assert alva.held.id in left


async def test_nobody_removes_the_passkey_of_another(alva: Alva) -> None:
    await alva.adds(_device())
    invited = await invite(alva.house, "Elis", Role.COUNSELLOR)
    token = await join(alva.house, invited, PASSPHRASE, PASSPHRASE)
    elis = await whose_session(alva.house, token)
    assert elis is not None
    with pytest.raises(NotFound):
        (phone,) = await alva.passkey_ids()
        await remove_passkey(alva.house, elis.member, phone, token, PASSPHRASE)
    assert len(await alva.passkey_ids()) == 1


async def test_a_counter_that_goes_backwards_is_refused_from_then_on_and_shown(
    alva: Alva, clock: Clock
) -> None:
    device = _device()
    await alva.adds(device)
    await _enters(alva.house, replace(device, count=7))
    await _refused(alva.house, replace(device, count=7), "doubled")
    await _refused(alva.house, replace(device, count=9), "doubled")
    (shown,) = (await see_account(alva.house, alva.member)).passkeys
    assert shown.doubled_at == clock.now()


async def test_a_passkey_that_does_not_count_is_no_copy(alva: Alva) -> None:
    device = _device(count=0)
    await alva.adds(device)
    assert await _enters(alva.house, device)
    assert await _enters(alva.house, device)


async def test_an_answer_counts_once_also_in_two_processes(alva: Alva, database_url: str) -> None:
    device = _device(count=0)
    await alva.adds(device)
    asked = enter_options(alva.house, PARTY, BROWSER)
    answer = Answer(device.signed(asked), device.prf(asked))
    async with branches(alva.house, database_url, 2) as houses:
        results = await asyncio.gather(
            *(enter(houses[n % 2], PARTY, BROWSER, answer) for n in range(4)),
            return_exceptions=True,
        )
    assert sum(isinstance(result, tuple) for result in results) == 1
    assert sum(isinstance(result, BadInput) for result in results) == 3


async def test_an_answer_counts_for_five_minutes_and_its_trace_is_swept_away(
    alva: Alva, clock: Clock
) -> None:
    device = _device(count=0)
    await alva.adds(device)
    asked = enter_options(alva.house, PARTY, BROWSER)
    clock.advance(seconds=challenges.LASTS.total_seconds())
    with pytest.raises(BadInput):
        await enter(alva.house, PARTY, BROWSER, Answer(device.signed(asked), device.prf(asked)))
    await _enters(alva.house, device)
    clock.advance(seconds=challenges.LASTS.total_seconds())
    await sweep_sessions(alva.house)
    async with alva.house.db.read() as tx:
        query = select(func.count()).select_from(key_tables.spent_challenges)
        assert await tx.conn.scalar(query) == 0


async def test_what_was_asked_of_another_browser_or_for_another_purpose_counts_for_nothing(
    alva: Alva,
) -> None:
    device = _device(count=0)
    await alva.adds(device)
    for asked in (
        enter_options(alva.house, PARTY, "another browser's cookie"),
        await enrol_options(alva.house, alva.member, PARTY, BROWSER),
        enter_options(alva.house, PARTY, BROWSER) | {"challenge": "AAAA"},
    ):
        with pytest.raises(BadInput) as told:
            await enter(alva.house, PARTY, BROWSER, Answer(device.signed(asked), device.prf(asked)))
        assert told.value.problem == "late"


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://line.example.org.evil.example"},
        {"host": "evil.example"},
        {"verifies": False},
        {"key": _device().key},
    ],
)
async def test_what_was_signed_elsewhere_or_without_looking_who_it_is_is_refused(
    alva: Alva, wrong: dict[str, object]
) -> None:
    device = _device(count=0)
    await alva.adds(device)
    await _refused(alva.house, replace(device, **wrong), "not_ours")  # type: ignore[arg-type] # by name
    with pytest.raises(BadInput):
        await alva.adds(_device(**wrong)) if "key" not in wrong else await alva.adds(device)


async def test_a_revoked_member_does_not_come_in_by_a_passkey(alva: Alva) -> None:
    device = _device(count=0)
    await alva.adds(device)
    await revoke(alva.house, "Alva")
    await _refused(alva.house, device, "unknown")


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=20), inner),
    max_leaves=6,
)
FIELDS = ("id", "rawId", "type", "response", "clientExtensionResults")
INNER = ("clientDataJSON", "authenticatorData", "signature", "userHandle", "attestationObject")


@given(
    said=st.text(max_size=200)
    | JUNK.map(json.dumps)
    | st.dictionaries(st.sampled_from(FIELDS), JUNK).map(json.dumps)
    | st.fixed_dictionaries(
        {"response": st.dictionaries(st.sampled_from(INNER), JUNK), "rawId": JUNK}
    ).map(json.dumps),
    prf=st.text(max_size=60),
)
def test_nonsense_instead_of_an_answer_is_refused_and_never_an_error(said: str, prf: str) -> None:
    async def tried() -> None:
        with pytest.raises(BadInput):
            await enter(NO_HOUSE, PARTY, BROWSER, Answer(said, prf))

    asyncio.run(tried())


NO_HOUSE: House = None  # type: ignore[assignment] # nonsense is refused before anything is looked up


@given(
    spot=st.sampled_from(INNER[:3]),
    place=st.integers(min_value=0, max_value=200),
    bit=st.integers(min_value=0, max_value=7),
)
def test_an_answer_of_which_one_bit_is_changed_is_refused(spot: str, place: int, bit: int) -> None:
    device = _device(user=written(bytes(16)))
    answer = json.loads(device.signed({"challenge": written(bytes(40))}))
    raw = bytearray(read(answer["response"][spot]))
    raw[place % len(raw)] ^= 1 << bit
    answer["response"][spot] = written(bytes(raw))
    made = json.loads(device.made({"challenge": written(bytes(40)), "user": {"id": device.user}}))
    known = webauthn.verify_registration_response(
        credential=json.dumps(made),
        expected_challenge=bytes(40),
        expected_rp_id=PARTY.host,
        expected_origin=PARTY.origin,
    )
    now = Clock().now()
    wrap = Wrap(
        UUID(int=1),
        UUID(int=0),
        "passkey",
        None,
        Recipe(1, b""),
        None,
        "",
        Credential(known.credential_id, known.credential_public_key, 0),
        None,
        now,
        None,
    )
    with pytest.raises(BadInput):
        verified(PARTY, Answer(json.dumps(answer)), bytes(40), wrap)
