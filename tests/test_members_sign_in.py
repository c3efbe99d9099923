"""Signing in: the same way for everybody, and slower for who guesses."""

import asyncio
import threading

import pytest
from nacl.pwhash import argon2id
from sqlalchemy import func, select

from domain.member import Role
from handlers import passphrase as words
from handlers import sign_in as signing
from handlers.errors import BadInput, Busy, TooManyAttempts
from handlers.house import House
from handlers.invite import invite, revoke
from handlers.join import join
from handlers.known_browsers import MOST, device_mark
from handlers.sign_in import (
    TRIES,
    TRIES_OF_A_PLACE,
    TRIES_OF_ALL,
    sign_in,
    sweep_sessions,
)
from storage import key_tables
from tests.branches import branches
from tests.clock import Clock
from tests.sessions import member_of

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
    member = await member_of(alva, await sign_in(alva, "alva", PASSPHRASE, source="a"))
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
    work: list[tuple[int, int]] = []
    made = argon2id.kdf

    def making(size: int, secret: bytes, salt: bytes, *, opslimit: int, memlimit: int) -> object:
        work.append((opslimit, memlimit))
        return made(size, secret, salt, opslimit=opslimit, memlimit=memlimit)

    await invite(alva, "Elis", Role.COUNSELLOR)
    await join(alva, await invite(alva, "Bo", Role.COUNSELLOR), PASSPHRASE, PASSPHRASE)
    await revoke(alva, "Bo")
    monkeypatch.setattr(argon2id, "kdf", making)
    await _wrong(alva)
    assert len(work) == 1
    for name in ("Ingen", "Elis", "Bo", ""):
        await _wrong(alva, name)
    assert work == [work[0]] * 5


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
        return b"key"

    monkeypatch.setattr(argon2id, "kdf", one)
    recipe = words.new_recipe(house.db.keys)
    await asyncio.gather(*(words.key_of(house.db.keys, PASSPHRASE, recipe) for _ in range(6)))
    assert at_once == [1] * 6


async def test_the_queue_before_argon2id_is_bounded_and_who_finds_no_place_is_not_counted(
    alva: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "MOST_WAITING", 3)
    results = await asyncio.gather(
        *(sign_in(alva, "Alva", WRONG, source=f"{n}") for n in range(9)), return_exceptions=True
    )
    assert sum(isinstance(result, BadInput) for result in results) == 3
    assert sum(isinstance(result, Busy) for result in results) == 6
    async with alva.db.read() as tx:
        counted = await tx.conn.scalar(
            select(func.count()).select_from(key_tables.sign_in_failures)
        )
    assert counted == 3
    assert await sign_in(alva, "Alva", PASSPHRASE, source="a")


async def test_strangers_leave_room_before_argon2id_for_browsers_that_are_known(
    alva: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "MOST_WAITING", 0)
    with pytest.raises(Busy):
        await sign_in(alva, "Alva", PASSPHRASE, source="a")
    assert await sign_in(alva, "Alva", PASSPHRASE, source="a", device=device_mark(alva, "Alva"))


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
    refused = sum(isinstance(result, Busy | TooManyAttempts) for result in results)
    assert refused == 30 - TRIES


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


async def test_a_browser_at_which_several_work_is_known_to_each_of_them(
    alva: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing, "TRIES_OF_ALL", 8)
    kept = ""
    for name in ("Alva", *(f"Colleague {n}" for n in range(MOST - 1))):
        kept = device_mark(alva, name, kept)
    for n in range(8):
        await _wrong(alva, f"Ingen {n}", f"source {n}")
    assert await sign_in(alva, "Alva", PASSPHRASE, source="a", device=kept)
    one_too_many = device_mark(alva, "Lo", kept)
    with pytest.raises(TooManyAttempts):
        await sign_in(alva, "Alva", PASSPHRASE, source="a", device=one_too_many)
    again = device_mark(alva, "alva", one_too_many)
    assert len(device_mark(alva, "Alva", again)) == len(again), "one mark of each"


async def test_a_browser_that_is_known_may_not_guess_more_than_others(alva: House) -> None:
    known = device_mark(alva, "Alva")
    for _ in range(TRIES):
        with pytest.raises(BadInput):
            await sign_in(alva, "Alva", WRONG, source="a", device=known)
    with pytest.raises(TooManyAttempts):
        await sign_in(alva, "Alva", PASSPHRASE, source="b", device=known)


async def test_whoever_guesses_next_door_does_not_lock_a_browser_out_that_is_known(
    alva: House,
) -> None:
    known = device_mark(alva, "Alva")
    for n in range(TRIES_OF_A_PLACE):
        with pytest.raises((BadInput, TooManyAttempts)):
            await sign_in(alva, "Alva" if n < TRIES else f"Ingen {n}", WRONG, source="a")
    with pytest.raises(TooManyAttempts):
        await sign_in(alva, "Alva", PASSPHRASE, source="a")
    assert await sign_in(alva, "Alva", PASSPHRASE, source="a", device=known)


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
        rows = (await tx.conn.execute(select(key_tables.sign_in_failures))).all()
    assert len(rows) == 1
    assert "Kanarie" not in repr(rows)
    assert "203.0.113.9" not in repr(rows)
    clock.advance(minutes=11)
    await sweep_sessions(alva)
    async with alva.db.read() as tx:
        left = await tx.conn.scalar(select(func.count()).select_from(key_tables.sign_in_failures))
    assert left == 0
