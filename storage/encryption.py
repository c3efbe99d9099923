"""The one place where texts, addresses and names are sealed and opened.

Random purpose keys, numbered by generation, lie in the table `keys` wrapped by
`UTVAG_SECRET_KEY`. They are never derived from it, so that one can be replaced or destroyed.
A ciphertext is: version byte, generation (2 bytes), nonce (24 bytes), XChaCha20-Poly1305.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError

Purpose = Literal["text", "address", "index", "pepper", "audit", "push", "backup"]
PURPOSES: tuple[Purpose, ...] = ("text", "address", "index", "pepper", "audit", "push", "backup")

_VERSION = 1
_NONCE = 24
_HEAD = 3


class SealBroken(Exception):
    """A ciphertext does not open: another key, another row, or it was changed."""


class WrongSecretKey(Exception):
    """UTVAG_SECRET_KEY is not the one that this database was made with."""


def _seal(key: bytes, plain: bytes, bound: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(plain, bound, nonce, key)


def _open(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    try:
        plain: bytes = crypto_aead_xchacha20poly1305_ietf_decrypt(
            sealed[_NONCE:], bound, sealed[:_NONCE], key
        )
    except (CryptoError, TypeError, ValueError) as error:
        raise SealBroken from error
    return plain


def seal_under(key: bytes, plain: bytes, *bound: object) -> bytes:
    """Seal `plain` to its place under a key of 32 bytes that is not the server's."""
    return bytes((_VERSION,)) + _seal(key, plain, _bound(bytes((_VERSION,)), "own", bound))


def open_under(key: bytes, sealed: bytes, *bound: object) -> bytes:
    """Open what `seal_under` sealed under this key to the same place. Raises SealBroken."""
    head = bytes(sealed[:1])
    if head != bytes((_VERSION,)):
        raise SealBroken
    return _open(key, bytes(sealed[1:]), _bound(head, "own", bound))


@dataclass(frozen=True)
class Wrapper:
    """Wraps purpose keys under the configured secret."""

    secret: str

    def _key(self) -> bytes:
        return blake2b(self.secret.encode(), digest_size=32, person=b"utvag wrap").digest()

    def new(self, purpose: Purpose, generation: int) -> bytes:
        """A new random key, wrapped."""
        return _seal(self._key(), secrets.token_bytes(32), f"{purpose}|{generation}".encode())

    def unwrap(self, purpose: str, generation: int, wrapped: bytes) -> bytes:
        """The key itself. Raises WrongSecretKey."""
        try:
            return _open(self._key(), wrapped, f"{purpose}|{generation}".encode())
        except SealBroken as error:
            raise WrongSecretKey from error


class Keyring:
    """The unwrapped keys of this database; the highest generation of a purpose seals."""

    def __init__(self, keys: Mapping[tuple[str, int], bytes]) -> None:
        """`keys` by purpose and generation."""
        self._keys = dict(keys)
        self._newest = {p: max(g for q, g in keys if q == p) for p in PURPOSES}

    def __repr__(self) -> str:
        return "Keyring(…)"

    def seal(self, purpose: Purpose, plain: str, *bound: object) -> bytes:
        """Seal `plain` to its place: table, row, column and whatever else must not be swapped."""
        return self.seal_bytes(purpose, plain.encode(), *bound)

    def open(self, purpose: Purpose, sealed: bytes, *bound: object) -> str:
        """Open what `seal` sealed to the same place. Raises SealBroken."""
        return self.open_bytes(purpose, sealed, *bound).decode()

    def seal_bytes(self, purpose: Purpose, plain: bytes, *bound: object) -> bytes:
        """As `seal`, of what is no text."""
        generation = self._newest[purpose]
        head = bytes((_VERSION,)) + generation.to_bytes(2, "big")
        key = self._keys[purpose, generation]
        return head + _seal(key, plain, _bound(head, purpose, bound))

    def open_bytes(self, purpose: Purpose, sealed: bytes, *bound: object) -> bytes:
        """Open what `seal_bytes` sealed to the same place. Raises SealBroken."""
        head = bytes(sealed[:_HEAD])
        key = self._keys.get((purpose, int.from_bytes(head[1:], "big")))
        if len(head) < _HEAD or head[0] != _VERSION or key is None:
            raise SealBroken
        return _open(key, bytes(sealed[_HEAD:]), _bound(head, purpose, bound))

    def newest(self, purpose: Purpose) -> int:
        """The generation that seals."""
        return self._newest[purpose]

    def wrap(self, purpose: Purpose, generation: int, plain: bytes, bound: bytes) -> bytes:
        """Seal something that carries its own version and generation."""
        return _seal(self._keys[purpose, generation], plain, bound)

    def unwrap(self, purpose: Purpose, generation: int, sealed: bytes, bound: bytes) -> bytes:
        """Open what `wrap` sealed. Raises SealBroken."""
        key = self._keys.get((purpose, generation))
        if key is None:
            raise SealBroken
        return _open(key, sealed, bound)

    def index(self, kind: str, value: str) -> bytes:
        """A keyed hash of `value`, to find it again without keeping it."""
        key = self._keys["index", self._newest["index"]]
        return blake2b(f"{kind}|{value}".encode(), key=key, digest_size=32).digest()

    def chained(self, content: bytes, generation: int | None = None) -> tuple[int, bytes]:
        """The keyed hash of an entry of the audit, and the generation of the key that made it.

        Raises SealBroken for a generation that is not there.
        """
        generation = self._newest["audit"] if generation is None else generation
        key = self._keys.get(("audit", generation))
        if key is None:
            raise SealBroken
        return generation, blake2b(content, key=key, digest_size=32, person=b"utvag audit").digest()

    def peppered(self, secret: str | bytes, generation: int | None = None) -> bytes:
        """A login secret mixed with a key that lies nowhere beside it: the newest, or that of one
        generation. Raises SealBroken where that one is gone."""
        key = self._keys.get(("pepper", generation or self.pepper))
        if key is None:
            raise SealBroken
        said = secret.encode() if isinstance(secret, str) else secret
        return blake2b(said, key=key, digest_size=32).digest()

    @property
    def pepper(self) -> int:
        """The newest pepper's generation."""
        return self._newest["pepper"]

    @property
    def backup(self) -> tuple[int, bytes]:
        """What seals back-ups: its generation, and the key."""
        generation = self._newest["backup"]
        return generation, self._keys["backup", generation]

    @property
    def push(self) -> bytes:
        """By which push services know this line as a sender: 32 random bytes."""
        return self._keys["push", self._newest["push"]]


def _bound(head: bytes, purpose: str, bound: tuple[object, ...]) -> bytes:
    return head + parts((purpose, *bound))


def parts(bound: tuple[object, ...]) -> bytes:
    """One string for a place, in which no part can be taken for another: each after its length."""
    said = [str(part).encode() for part in bound]
    return b"".join(len(part).to_bytes(4, "big") + part for part in said)
