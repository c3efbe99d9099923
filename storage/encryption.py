"""The one place where texts, addresses and names are sealed and opened.

Random purpose keys, numbered by generation, lie in the table `keys` wrapped by
`UTVAG_SECRET_KEY`. They are never derived from it, so that one can be replaced or destroyed.
A ciphertext is: version byte, generation (2 bytes), nonce (24 bytes), XChaCha20-Poly1305.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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
_DIGEST = 32


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

    secret: str = field(repr=False)

    def _key(self) -> bytes:
        return blake2b(self.secret.encode(), digest_size=32, person=b"utvag wrap").digest()

    def new(self, purpose: Purpose, generation: int) -> bytes:
        """A new random key, wrapped."""
        return self.wrap(purpose, generation, secrets.token_bytes(32))

    def wrap(self, purpose: str, generation: int, key: bytes) -> bytes:
        """A key that there is already, wrapped."""
        return _seal(self._key(), key, f"{purpose}|{generation}".encode())

    def unwrap(self, purpose: str, generation: int, wrapped: bytes) -> bytes:
        """The key itself. Raises WrongSecretKey."""
        try:
            return _open(self._key(), wrapped, f"{purpose}|{generation}".encode())
        except SealBroken as error:
            raise WrongSecretKey from error


class Keyring:
    """The unwrapped keys of this database; one generation of each purpose seals."""

    def __init__(
        self,
        keys: Mapping[tuple[str, int], bytes],
        sealing: Mapping[str, int] | None = None,
        *,
        in_turn: bool = False,
    ) -> None:
        """`keys` by purpose and generation; `sealing` by purpose, without it the highest.

        `in_turn`: who writes an index at this moment may write it by either of two generations.
        """
        self._keys = dict(keys)
        self._newest = dict(sealing or newest_of(keys))
        self.in_turn = in_turn
        self._turned = sum(purpose == "index" for purpose, _ in keys) > 1

    def __eq__(self, other: object) -> bool:
        """Whether they open and seal the same."""
        if not isinstance(other, Keyring):
            return NotImplemented
        mine, theirs = (self._keys, self._newest), (other._keys, other._newest)
        return mine == theirs and self.in_turn == other.in_turn

    __hash__ = None  # type: ignore[assignment] # compared by what is in it

    def __contains__(self, key: tuple[str, int]) -> bool:
        """Whether it has this purpose's generation."""
        return key in self._keys

    def known(self) -> dict[tuple[str, int], bytes]:
        """The keys themselves, by purpose and generation."""
        return dict(self._keys)

    def generations(self, purpose: Purpose) -> list[int]:
        """All that there are, the one that seals first."""
        found = (g for p, g in self._keys if p == purpose)
        return sorted(found, key=lambda g: (g != self._newest[purpose], g))

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
        """A keyed hash of `value`, to find it again without keeping it: what is written.

        It is looked for by `indexes`. Of a later generation than the first it begins with it.
        """
        return self._index(self._newest["index"], kind, value)

    def indexes(self, kind: str, value: str) -> list[bytes]:
        """By all of these it may have been written; the one of `index` comes first."""
        return [self._index(generation, kind, value) for generation in self.generations("index")]

    def older(self, kind: str, values: Iterable[str]) -> dict[bytes, bytes]:
        """By what each of these may have been written before: what `index` says now."""
        found = (self.indexes(kind, value) for value in values) if self._turned else ()
        return {before: newest for newest, *older in found for before in older}

    def _index(self, generation: int, kind: str, value: str) -> bytes:
        head = generation.to_bytes(2, "big") if generation > 1 else b""
        return head + self._digest(generation, kind, value)

    @property
    def indexes_anew(self) -> bool:
        """Whether something may have been written by another generation than the newest."""
        return self._turned

    def mark(self, kind: str, value: str) -> bytes:
        """A keyed hash of which only a part is used, and that nothing is found by: 32 bytes."""
        return self._digest(self._newest["index"], kind, value)

    def marks(self, kind: str, value: str) -> list[bytes]:
        """All that `mark` may have been."""
        return [self._digest(g, kind, value) for g in self.generations("index")]

    def _digest(self, generation: int, kind: str, value: str) -> bytes:
        key = self._keys["index", generation]
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


def newest_of(generations: Iterable[tuple[str, int]]) -> dict[str, int]:
    """The highest generation of each purpose."""
    there = list(generations)
    return {p: max(g for q, g in there if q == p) for p in PURPOSES}


def generation_of(sealed: bytes) -> int:
    """Under which generation of its purpose's key a ciphertext lies, whatever its version."""
    return int.from_bytes(sealed[1:3], "big")


def index_generation(index: bytes) -> int:
    """Of which generation an index is."""
    return int.from_bytes(index[:2], "big") if len(index) > _DIGEST else 1


def _bound(head: bytes, purpose: str, bound: tuple[object, ...]) -> bytes:
    return head + parts((purpose, *bound))


def parts(bound: tuple[object, ...]) -> bytes:
    """One string for a place, in which no part can be taken for another: each after its length."""
    said = [str(part).encode() for part in bound]
    return b"".join([len(part).to_bytes(4, "big") + part for part in said])
