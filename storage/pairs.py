"""What is sealed to a key pair: anybody may close it, only who holds the private half opens it.

X25519 with XSalsa20-Poly1305 (libsodium's sealed boxes). They carry no associated data of their
own, so what a box is bound to is hashed into it and compared when it is opened.
"""

import hmac
from dataclasses import dataclass, field
from hashlib import blake2b

from nacl.bindings import (
    crypto_box_easy,
    crypto_box_keypair,
    crypto_box_seal,
    crypto_box_seal_open,
    crypto_scalarmult_base,
)
from nacl.exceptions import CryptoError

from storage.encryption import SealBroken, parts

_DIGEST, _NONCE = 16, 24


@dataclass(frozen=True)
class Pair:
    """A key pair: 32 bytes each. The private half is never shown, logged or stored as it is."""

    public: bytes
    private: bytes = field(repr=False)


def new_pair() -> Pair:
    """A random one."""
    public, private = crypto_box_keypair()
    return Pair(public, private)


def pair_of(private: bytes) -> Pair:
    """The pair whose private half this is."""
    return Pair(crypto_scalarmult_base(private), private)


def seal_to(public: bytes, plain: bytes, *bound: object) -> bytes:
    """Seal `plain` to whoever holds the private half of `public`, bound to its place.

    64 bytes longer than `plain`.
    """
    sealed: bytes = crypto_box_seal(_digest(bound) + plain, public)
    return sealed


class Boxes:
    """The boxes of one transaction: the same as `seal_to` makes, from one pair for all of them.

    No two go to one public half from that pair, for their nonce would be the same: whoever has had
    a box gets the next one from a pair of its own. The pair is forgotten with the last of them.
    """

    def __init__(self) -> None:
        """Nothing has been sealed yet."""
        self._once = new_pair()
        self._had: set[bytes] = set()

    def __repr__(self) -> str:
        return "Boxes(…)"

    def seal_to(self, public: bytes, plain: bytes, *bound: object) -> bytes:
        """Seal `plain` to whoever holds the private half of `public`, bound to its place."""
        if public in self._had:
            return seal_to(public, plain, *bound)
        self._had.add(public)
        nonce = blake2b(self._once.public + public, digest_size=_NONCE).digest()
        said = _digest(bound) + plain
        box: bytes = crypto_box_easy(said, nonce, public, self._once.private)
        return self._once.public + box


def open_with(pair: Pair, sealed: bytes, *bound: object) -> bytes:
    """Open what was sealed to this pair and to the same place. Raises SealBroken."""
    try:
        opened: bytes = crypto_box_seal_open(sealed, pair.public, pair.private)
    except (CryptoError, TypeError, ValueError) as error:
        raise SealBroken from error
    if not hmac.compare_digest(opened[:_DIGEST], _digest(bound)):
        raise SealBroken
    return opened[_DIGEST:]


def _digest(bound: tuple[object, ...]) -> bytes:
    return blake2b(parts(bound), digest_size=_DIGEST, person=b"utvag sealed to").digest()
