"""Signing in: the same way for everybody, and slower for who guesses."""

import asyncio
import threading

import pytest
from nacl.exceptions import InvalidkeyError
from nacl.pwhash import argon2id
from sqlalchemy import func, select

from domain.member import Role
from handlers import passphrase as words
from handlers import sign_in as signing
from handlers.errors import BadInput, TooManyAttempts
from handlers.house import House
from handlers.invite import invite, revoke
from handlers.join import join
from handlers.sign_in import (
    TRIES,
    TRIES_OF_A_PLACE,
    TRIES_OF_ALL,
    device_mark,
    sign_in,
    sweep_sessions,
    whose_session,
)
from storage import members, tables
from tests.branches import branches
from tests.clock import Clock

PASSPHRASE = "en lång mening om hösten"
WRONG = "en annan lång mening"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(argon2id, "OPSLIMIT_INTERACTIVE", argon2id.OPSLIMIT_MIN)
    monkeypatch.setattr(argon2id, "MEMLIMIT_INTERACTIVE", argon2id.MEMLIMIT_MIN)


@pytest.fixture
async def alva(house: House, quick: None) -> House:
    """A house in which Alva has an account."""
    del quick
    await join(house, await invite(house, "Alva", Role.COUNSELLOR), PASSPHRASE, PASSPHRASE)
    return house


async def _wrong(house: House, name: str = "Alva", source: str = "a") -> None:
    with pytest.raises(BadInput) as told:
        await sign_in(house, name, WRONG, source=source)
    assert (told.value.field, told.value.problem) == ("passphrase", "wrong")


async def test_the_right_passphrase_signs_in(alva: House) -> None:
    member = await whose_session(alva, await sign_in(alva, "alva", PASSPHRASE, source="a"))
    assert member is not None
    assert member.name == "Alva"


async def test_a_wrong_passphrase_and_an_unknown_name_are_told_the_same(alva: House) -> None:
    await _wrong(alva)
    await _wrong(alva, "Ingen")


async def test_who_has_not_joined_or_is_revoked_does_not_sign_in(alva: House) -> None:
    await invite(alva, "Elis", Role.COUNSELLOR)
    await revoke(alva, "Alva")
    for name in ("Elis", "Alva"):
        with pytest.raises(BadInput):
            await sign_in(alva, name, PASSPHRASE, source="a")


async def test_an_unknown_name_costs_as_much_work_as_a_known_one(
    alva: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    work: list[str] = []
    hashed, verified = argon2id.str, argon2id.verify

    def hashing(secret: bytes, *, opslimit: int, memlimit: int) -> object:
        work.append("x")
        return hashed(secret, opslimit=opslimit, memlimit=memlimit)

    def verifying(*secret: bytes) -> object:
        work.append("x")
        return verified(*secret)

    monkeypatch.setattr(argon2id, "str", hashing)
    monkeypatch.setattr(argon2id, "verify", verifying)
    await _wrong(alva)
    assert work == ["x"]
    await _wrong(alva, "Ingen")
    assert work == ["x", "x"]


async def test_argon2id_runs_one_at_a_time_and_as_strong_as_recommended(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once: list[int] = []
    running = threading.Semaphore(1)

    def one(*_args: object, **limits: int) -> bytes:
        assert (limits["opslimit"], limits["memlimit"]) == (2, 64 * 1024 * 1024)
        free = running.acquire(blocking=False)
        at_once.append(1 if free else 2)
        threading.Event().wait(0.01)
        if free:
            running.release()
        return b"kept"

    monkeypatch.setattr(argon2id, "str", one)
    await asyncio.gather(*(words.hashed(house.db.keys, PASSPHRASE) for _ in range(6)))
    assert at_once == [1] * 6


async def test_what_is_kept_of_a_passphrase_is_argon2id_and_peppered(alva: House) -> None:
    async with alva.db.read() as tx:
        entry = await members.by_name(tx, "Alva")
    assert entry is not None
    assert entry.passphrase_hash is not None
    assert entry.passphrase_hash.startswith(b"$argon2id$")
    assert argon2id.verify(entry.passphrase_hash, alva.db.keys.peppered(PASSPHRASE))
    with pytest.raises(InvalidkeyError):
        argon2id.verify(entry.passphrase_hash, PASSPHRASE.encode())


async def test_after_five_wrong_ones_even_the_right_one_has_to_wait(
    alva: House, clock: Clock
) -> None:
    for _ in range(TRIES):
        await _wrong(alva)
        clock.advance(seconds=30)
    with pytest.raises(TooManyAttempts) as told:
        await sign_in(alva, "Alva", PASSPHRASE, source="a")
    assert told.value.seconds == 600 - 30 * TRIES
    clock.advance(seconds=told.value.seconds - 1)
    with pytest.raises(TooManyAttempts) as told:
        await sign_in(alva, "ALVA", PASSPHRASE, source="a")
    assert told.value.seconds == 1
    clock.advance(seconds=1)
    assert await sign_in(alva, "Alva", PASSPHRASE, source="a")


async def test_who_guesses_elsewhere_or_another_name_does_not_lock_alva_out(alva: House) -> None:
    for n in range(TRIES * 2):
        with pytest.raises((BadInput, TooManyAttempts)):
            await sign_in(alva, "Alva", WRONG, source="b")
        with pytest.raises((BadInput, TooManyAttempts)):
            await sign_in(alva, f"Ingen {n}", WRONG, source="a")
    assert await sign_in(alva, "Alva", PASSPHRASE, source="a")


async def test_getting_it_right_forgives_the_wrong_ones_before(alva: House) -> None:
    for _ in range(TRIES - 1):
        await _wrong(alva)
    await sign_in(alva, "Alva", PASSPHRASE, source="a")
    for _ in range(TRIES - 1):
        await _wrong(alva)
    assert await sign_in(alva, "Alva", PASSPHRASE, source="a")


async def test_a_hundred_guesses_at_once_in_two_processes_are_five(
    alva: House, database_url: str
) -> None:
    async with branches(alva, database_url, 2) as houses:
        results = await asyncio.gather(
            *(sign_in(houses[n % 2], "Alva", WRONG, source="a") for n in range(30)),
            return_exceptions=True,
        )
    assert sum(isinstance(result, BadInput) for result in results) == TRIES
    assert sum(isinstance(result, TooManyAttempts) for result in results) == 30 - TRIES


async def test_guessing_from_everywhere_slows_everybody_down(
    alva: House, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert TRIES_OF_ALL > TRIES
    monkeypatch.setattr(signing, "TRIES_OF_ALL", 8)
    for n in range(8):
        await _wrong(alva, f"Ingen {n}", f"source {n}")
    with pytest.raises(TooManyAttempts):
        await sign_in(alva, "Alva", PASSPHRASE, source="a")
    clock.advance(minutes=10)
    assert await sign_in(alva, "Alva", PASSPHRASE, source="a")


async def test_a_stranger_cannot_lock_out_whoever_has_signed_in_with_this_browser_before(
    alva: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing, "TRIES_OF_ALL", 8)
    known = device_mark(alva, "ALVA ")
    for n in range(8):
        await _wrong(alva, f"Ingen {n}", f"source {n}")
    for mark in ("", "x", known[:-1] + "x", device_mark(alva, "Elis")):
        with pytest.raises(TooManyAttempts):
            await sign_in(alva, "Alva", PASSPHRASE, source="a", device=mark)
    assert await sign_in(alva, "Alva", PASSPHRASE, source="a", device=known)


async def test_a_browser_that_is_known_may_not_guess_more_than_others(alva: House) -> None:
    known = device_mark(alva, "Alva")
    for _ in range(TRIES):
        await _wrong(alva, "Alva", "a")
    with pytest.raises(TooManyAttempts):
        await sign_in(alva, "Alva", PASSPHRASE, source="a", device=known)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("203.0.113.9", "203.0.113.9", True),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("203.0.113.9", "203.0.113.8", False),
        ("2001:db8::1", "2001:db8:0:1::1", False),
    ],
)
async def test_one_place_may_not_try_name_after_name(
    alva: House, first: str, second: str, same: bool
) -> None:
    for n in range(TRIES_OF_A_PLACE):
        await _wrong(alva, f"Ingen {n}", first)
    if same:
        with pytest.raises(TooManyAttempts):
            await sign_in(alva, "Alva", PASSPHRASE, source=second)
    else:
        assert await sign_in(alva, "Alva", PASSPHRASE, source=second)


async def test_neither_names_nor_sources_of_wrong_ones_are_kept_in_the_clear(
    alva: House, clock: Clock
) -> None:
    await _wrong(alva, "Kanariefågel", "203.0.113.9")
    async with alva.db.read() as tx:
        rows = (await tx.conn.execute(select(tables.sign_in_failures))).all()
    assert len(rows) == 1
    assert "Kanarie" not in repr(rows)
    assert "203.0.113.9" not in repr(rows)
    clock.advance(minutes=11)
    await sweep_sessions(alva)
    async with alva.db.read() as tx:
        left = await tx.conn.scalar(select(func.count()).select_from(tables.sign_in_failures))
    assert left == 0
