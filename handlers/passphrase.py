"""Passphrases: argon2id, one at a time, mixed with a key that does not lie beside the hash."""

import asyncio
import threading
import unicodedata

from nacl.exceptions import InvalidkeyError
from nacl.pwhash import argon2id

from handlers.errors import BadInput
from storage.encryption import Keyring

SHORTEST = 12
LONGEST = 200

COMMON = frozenset({"123456789012", "passwordpassword", "lösenordlösenord", "qwertyuiopas"})
"""Long enough and yet the first that anybody tries; repeated characters are found by counting."""

_one_at_a_time = threading.Lock()


def check(passphrase: str, repeated: str) -> None:
    """Raises BadInput, naming the field and the problem."""
    passphrase, repeated = _plain(passphrase), _plain(repeated)
    if len(passphrase) < SHORTEST:
        raise BadInput("passphrase", "too_short")
    if len(passphrase) > LONGEST:
        raise BadInput("passphrase", "too_long")
    if passphrase.casefold() in COMMON or len(set(passphrase)) < 5:
        raise BadInput("passphrase", "too_common")
    if passphrase != repeated:
        raise BadInput("repeated", "mismatch")


async def hashed(keys: Keyring, passphrase: str) -> bytes:
    """What is kept of a passphrase; takes about a tenth of a second and 64 MiB."""
    return await asyncio.to_thread(_hash, keys.peppered(_plain(passphrase)))


async def fits(keys: Keyring, passphrase: str, kept: bytes | None) -> bool:
    """Whether it is the one. Without anything kept it takes as long, and is not."""
    return await asyncio.to_thread(_verify, keys.peppered(_plain(passphrase)), kept)


def _plain(passphrase: str) -> str:
    """The same whatever keyboard wrote it: "å" is one character or two (NIST SP 800-63B, 5.1.1.2).

    Nobody's passphrase is longer than LONGEST, so what comes after it is one character at most.
    """
    return unicodedata.normalize("NFKC", passphrase)[: LONGEST + 1]


def _hash(peppered: bytes) -> bytes:
    with _one_at_a_time:
        kept: bytes = argon2id.str(
            peppered,
            opslimit=argon2id.OPSLIMIT_INTERACTIVE,
            memlimit=argon2id.MEMLIMIT_INTERACTIVE,
        )
        return kept


def _verify(peppered: bytes, kept: bytes | None) -> bool:
    if kept is None:
        _hash(peppered)
        return False
    with _one_at_a_time:
        try:
            return bool(argon2id.verify(kept, peppered))
        except InvalidkeyError:
            return False
