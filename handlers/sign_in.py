"""Members sign in and out; who has a session is known by its token alone."""

import hmac
import math
import secrets
from datetime import datetime, timedelta

from domain.member import Member
from handlers import passphrase as words
from handlers.errors import BadInput, TooManyAttempts
from handlers.house import House
from storage import members, sessions
from storage.database import Tx

SESSION = timedelta(hours=12)
WINDOW = timedelta(minutes=10)
TRIES = 5
"""Wrong ones for one name from one place within the window, before it has to wait."""

TRIES_OF_A_PLACE = 20
"""Wrong ones for any name from one place within the window."""

TRIES_OF_ALL = 100
"""Wrong ones of everybody within the window; who has signed in with this browser before need not
wait for the others, so that a stranger cannot lock the night shift out."""


async def sign_in(
    house: House, name: str, passphrase: str, *, source: str, device: str = ""
) -> str:
    """A new session's token.

    `source`: where the request came from; `device`: what `device_mark` gave this browser. An
    attempt counts as wrong until it is proved right, so that a thousand at once are no more than
    five one after the other. Raises TooManyAttempts, or BadInput without saying whether the name
    or the passphrase was wrong.
    """
    now = house.now()
    async with house.db.write() as tx:
        await _must_not_wait(tx, name, source, now, known=_is_known(house, name, device))
        await sessions.fail(tx, name, source, now)
        entry = await members.by_name(tx, name)
    kept = entry.passphrase_hash if entry and entry.joined_at and not entry.revoked_at else None
    fits = await words.fits(house.db.keys, passphrase, kept)
    if entry is None or not fits:
        raise BadInput("passphrase", "wrong")
    async with house.db.write() as tx:
        await sessions.forgive(tx, name, source)
        return await new_session(house, tx, entry.member)


async def _must_not_wait(tx: Tx, name: str, source: str, now: datetime, *, known: bool) -> None:
    since = now - WINDOW
    await sessions.queue_up(tx)
    found = [
        await sessions.failed_at(tx, since, TRIES, name=name, source=source),
        await sessions.failed_at(tx, since, TRIES_OF_A_PLACE, source=source),
        None if known else await sessions.failed_at(tx, since, TRIES_OF_ALL),
    ]
    counted = [at for at in found if at is not None]
    if counted:
        raise TooManyAttempts(math.ceil((max(counted) + WINDOW - now).total_seconds()))


def device_mark(house: House, name: str) -> str:
    """For a cookie of the browser with which this name has just signed in; opens nothing."""
    nonce = secrets.token_hex(8)
    return f"{nonce}{_mark(house, name, nonce)}"


def _is_known(house: House, name: str, device: str) -> bool:
    nonce, mark = device[:16], device[16:]
    return hmac.compare_digest(mark.encode(), _mark(house, name, nonce).encode())


def _mark(house: House, name: str, nonce: str) -> str:
    return house.db.keys.index("device", f"{members.folded(name)}|{nonce}").hex()


async def new_session(house: House, tx: Tx, member: Member) -> str:
    """Begin a session in this transaction; its token, which nothing but the cookie keeps."""
    token = secrets.token_urlsafe(32)
    now = house.now()
    await sessions.begin(tx, token, member.id, now, now + SESSION)
    return token


async def whose_session(house: House, token: str) -> Member | None:
    """Who is signed in with this token; None when it has ended or never was."""
    async with house.db.read() as tx:
        member_id = await sessions.whose(tx, token, house.now())
        entry = await members.by_id(tx, member_id) if member_id else None
    return entry.member if entry else None


async def sign_out(house: House, token: str) -> None:
    """End this session; again is fine."""
    async with house.db.write() as tx:
        await sessions.end(tx, token)


async def sweep_sessions(house: House) -> None:
    """Forget sessions that ended and sign-ins that no longer count."""
    now = house.now()
    async with house.db.write() as tx:
        await sessions.sweep(tx, now, now - WINDOW)
