"""What a passkey is asked to sign: ours, for this browser, for a few minutes, and for one answer.

Nothing is kept of one that nobody has answered, so that asking for many fills nothing: it carries
its own end, and a keyed hash over that, over what it is for and over the browser's own secret.
"""

import hmac
import secrets
from datetime import UTC, datetime, timedelta

from handlers.house import House
from storage import challenges
from storage.database import Tx

LASTS = timedelta(minutes=5)
_NONCE, _MOMENT, _MARK = 16, 8, 16


def new_challenge(house: House, kind: str, secret: str) -> bytes:
    """`kind`: what it is for; `secret`: a cookie of the browser that is to answer."""
    ends = int((house.now() + LASTS).timestamp()).to_bytes(_MOMENT, "big")
    nonce = secrets.token_bytes(_NONCE)
    return nonce + ends + _mark(house, kind, secret, nonce + ends)


def ends_at(house: House, kind: str, secret: str, challenge: bytes) -> datetime | None:
    """When one of ours ends that still counts here; None for any other."""
    said, mark = challenge[: _NONCE + _MOMENT], challenge[_NONCE + _MOMENT :]
    ours = [found[:_MARK] for found in house.db.keys.marks("challenge", _said(kind, secret, said))]
    if not any(hmac.compare_digest(mark, one) for one in ours):
        return None
    ends = datetime.fromtimestamp(int.from_bytes(said[_NONCE:], "big"), UTC)
    return ends if ends > house.now() else None


def asked_at(ends: datetime) -> datetime:
    """When one that ends then was asked, at the latest: it knows whole seconds."""
    return ends - LASTS + timedelta(seconds=1)


async def spend(tx: Tx, challenge: bytes, ends: datetime) -> bool:
    """It has been answered; False when it was before."""
    return await challenges.spend(tx, challenge, ends)


def _mark(house: House, kind: str, secret: str, said: bytes) -> bytes:
    return house.db.keys.mark("challenge", _said(kind, secret, said))[:_MARK]


def _said(kind: str, secret: str, said: bytes) -> str:
    return f"{kind}|{secret}|{said.hex()}"
