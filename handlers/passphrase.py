"""Passphrases: argon2id, one at a time, mixed with a key that does not lie beside what it opens."""

import asyncio
import secrets
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id

from handlers.errors import BadInput, Busy
from handlers.guessable import why_guessable
from storage.encryption import Keyring, SealBroken
from storage.member_keys import Recipe

SHORTEST = 12
LONGEST = 200

MOST_WAITING = 12
"""In front of argon2id, which takes a tenth of a second and 64 MiB, in one process."""

MOST_KNOWN = 24
"""The same for whoever signs in with a browser that is known: strangers never fill these places."""

_FIRST = 1

MOMENT = 3
"""Seconds after which whoever found no place may try again."""

Answer = TypeVar("Answer")

_one_at_a_time = ThreadPoolExecutor(1, "argon2id")


class _Waiting:
    """How many stand in front of argon2id, and at it."""

    there = 0


@contextmanager
def a_place(*, known: bool = False) -> Iterator[None]:
    """Stand in front of argon2id until the end of the block. Raises Busy."""
    if _Waiting.there >= (MOST_KNOWN if known else MOST_WAITING):
        raise Busy(MOMENT)
    _Waiting.there += 1
    try:
        yield
    finally:
        _Waiting.there -= 1


async def check(passphrase: str, repeated: str, names: Iterable[str]) -> None:
    """`names` that are no secret: theirs, and the lines'. Raises BadInput: the field, and why."""
    passphrase, repeated = _plain(passphrase), _plain(repeated)
    if len(passphrase) < SHORTEST:
        raise BadInput("passphrase", "too_short")
    if len(passphrase) > LONGEST:
        raise BadInput("passphrase", "too_long")
    if why := await asyncio.to_thread(why_guessable, passphrase, tuple(names)):
        raise BadInput("passphrase", why)
    if passphrase != repeated:
        raise BadInput("repeated", "mismatch")


def new_recipe(keys: Keyring) -> Recipe:
    """For a passphrase that is new: the newest pepper, a salt of its own, today's limits."""
    salt = secrets.token_bytes(argon2id.SALTBYTES)
    limits = (argon2id.OPSLIMIT_INTERACTIVE, argon2id.MEMLIMIT_INTERACTIVE)
    return Recipe(keys.pepper, salt, *limits)


def is_outgrown(keys: Keyring, recipe: Recipe) -> bool:
    """Whether a new one would be made otherwise."""
    new = new_recipe(keys)
    made = (recipe.pepper, recipe.opslimit, recipe.memlimit)
    return made != (new.pepper, new.opslimit, new.memlimit)


async def key_of(keys: Keyring, passphrase: str, recipe: Recipe) -> bytes:
    """The key that a passphrase becomes; takes about a tenth of a second and 64 MiB.

    Raises SealBroken where the recipe's pepper is gone.
    """
    peppered = keys.peppered(_plain(passphrase), recipe.pepper)

    def made() -> bytes:
        key: bytes = argon2id.kdf(
            32,
            peppered,
            recipe.salt,
            opslimit=recipe.opslimit or argon2id.OPSLIMIT_INTERACTIVE,
            memlimit=recipe.memlimit or argon2id.MEMLIMIT_INTERACTIVE,
        )
        return key

    return await _alone(made)


async def fits(keys: Keyring, passphrase: str, kept: bytes) -> bool:
    """Whether it is the one of which a member from before pairs has this hash: all of those were
    made with the first pepper."""
    try:
        peppered = keys.peppered(_plain(passphrase), _FIRST)
    except SealBroken:
        return False

    def verified() -> bool:
        try:
            return bool(argon2id.verify(kept, peppered))
        except (CryptoError, ValueError):
            return False

    return await _alone(verified)


def _plain(passphrase: str) -> str:
    """The same whatever keyboard wrote it: "å" is one character or two (NIST SP 800-63B, 5.1.1.2).

    Nobody's passphrase is longer than LONGEST, so what comes after it is one character at most.
    """
    return unicodedata.normalize("NFKC", passphrase)[: LONGEST + 1]


async def _alone(work: Callable[[], Answer]) -> Answer:
    return await asyncio.get_running_loop().run_in_executor(_one_at_a_time, work)
