"""Who has signed in with this browser before? A stranger's guesses do not make them wait.

A browser at which several work keeps a mark of each, in one cookie. A mark opens nothing.
"""

import hmac
import secrets

from handlers.house import House
from storage import members

MOST = 8
"""Names of one browser; whoever signed in longest ago is forgotten first."""

_NONCE = 16
"""Characters of a mark that tell it from others of the same name."""

_BETWEEN = "."


def device_mark(house: House, name: str, before: str = "") -> str:
    """For a cookie of the browser with which this name has just signed in, beside what it kept
    `before`."""
    nonce = secrets.token_hex(_NONCE // 2)
    others = [mark for mark in _kept(before) if not _is_of(house, name, mark)]
    return _BETWEEN.join([f"{nonce}{_marks(house, name, nonce)[0]}", *others][:MOST])


def known_as(house: House, name: str, kept: str) -> str | None:
    """What tells this browser of that name from others; None where they have not signed in with
    it."""
    found = (mark[:_NONCE] for mark in _kept(kept) if _is_of(house, name, mark))
    return next(found, None)


def _kept(cookie: str) -> list[str]:
    return [mark for mark in cookie.split(_BETWEEN, MOST)[:MOST] if mark]


def _is_of(house: House, name: str, mark: str) -> bool:
    nonce, given = mark[:_NONCE], mark[_NONCE:]
    ours = _marks(house, name, nonce)
    return any(hmac.compare_digest(given.encode(), one.encode()) for one in ours)


def _marks(house: House, name: str, nonce: str) -> list[str]:
    """By each generation of the key, the newest first."""
    told = f"{members.folded(name)}|{nonce}"
    return [mark.hex() for mark in house.db.keys.marks("device", told)]
