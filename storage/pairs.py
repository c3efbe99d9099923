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


def seal_from(once: Pair, public: bytes, plain: bytes, *bound: object) -> bytes:
    """The same box, from a pair that whoever seals has made for it, not from one made here.

    Several boxes may come from one such pair, each to somebody else; never two to one `public`,
    whose nonce would be the same. Its private half is forgotten with the last of them.
    """
    nonce = blake2b(once.public + public, digest_size=_NONCE).digest()
    box: bytes = crypto_box_easy(_digest(bound) + plain, nonce, public, once.private)
    return once.public + box


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
