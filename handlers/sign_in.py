"""Members sign in and out; who has a session is known by its token alone."""

import math
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from domain.member import Member
from handlers import passphrase as words
from handlers.errors import BadInput, TooManyAttempts
from handlers.house import House
from handlers.known_browsers import known_as
from handlers.note_refused import note_wrong_sign_ins
from storage import backup_marks, challenges, given_roles, member_keys, members, sessions
from storage.database import Tx, Unavailable
from storage.encryption import SealBroken
from storage.member_keys import Recipe, Wrap
from storage.members import Entry
from storage.pairs import new_pair
from storage.reading import MemberKey, Reader

SESSION = timedelta(hours=12)
IDLE = timedelta(minutes=10)
"""After which a session that nobody uses is locked: it ends, and what was being written is kept."""

USED_AGAIN = timedelta(seconds=20)
"""A use that soon after another is not written down."""

WINDOW = timedelta(minutes=10)
TRIES = 5
"""Wrong ones for one name from one place within the window, before it has to wait."""

TRIES_OF_A_PLACE = 20
"""Wrong ones for any name from one place within the window."""

TRIES_OF_ALL = 100
"""Wrong ones of everybody within the window; who has signed in with this browser before need not
wait for the others, so that a stranger cannot lock the night shift out."""

CHANGED_MEANWHILE = 3
"""Times that a sign-in begins anew because the passphrase was changed while it was looked at."""


@dataclass(frozen=True)
class Held:
    """A session that holds: whose it is, and the key with which they read."""

    id: UUID
    member: Member
    reader: Reader | None = field(repr=False)
    """None for a member who has no pair yet."""
    locks_at: datetime
    ends_at: datetime
    is_forged: bool = False
    """In their row stands another role than they were given; the given one counts."""
    is_unsaid: bool = False
    """And nothing says which they were given."""

    @property
    def key(self) -> MemberKey | None:
        """The member's own pair."""
        return self.reader.member if self.reader else None


async def sign_in(
    house: House, name: str, passphrase: str, *, source: str, device: str = "", browser: str = ""
) -> str:
    """A new session's token.

    `source`: where the request came from; `device`: what `known_browsers` gave this browser. An
    attempt counts as wrong until it is proved right, so that a thousand at once are no more than
    five one after the other. Raises TooManyAttempts, Busy, or BadInput without saying whether the
    name or the passphrase was wrong.
    """
    mark = known_as(house, name, device)
    known = mark is not None
    if known:  # counted by itself: whoever guesses next door does not lock it out
        source = f"device {mark}"
    with words.a_place(known=known):
        await _count(house, name, source, known=known)
        for _ in range(CHANGED_MEANWHILE):
            account = await _account(house, name)
            way = await _opened(house, account, passphrase)
            if account is None or way is None:
                break
            async with house.db.write() as tx:
                if await _let_in(house, tx, account, way):
                    await sessions.forgive(tx, name, source)
                    return await new_session(house, tx, account.member, way.key, browser)
    raise BadInput("passphrase", "wrong")


@dataclass(frozen=True)
class Entered:
    """What somebody's passphrase opened."""

    key: MemberKey = field(repr=False)
    wrap_id: UUID


async def proved(house: House, member: Member, passphrase: str) -> Entered | None:
    """What the passphrase of somebody signed in opens; None for a wrong one, which counts.

    Within a place in front of argon2id. Raises TooManyAttempts.
    """
    source = f"member {member.id}"
    await _count(house, member.name, source, known=True)
    account = await _account(house, member.name)
    way = await _opened(house, account, passphrase)
    if account is None or way is None or account.wrap is None:
        return None
    async with house.db.write() as tx:
        await sessions.forgive(tx, member.name, source)
    return Entered(way.key, account.wrap.id)


async def _count(house: House, name: str, source: str, *, known: bool) -> None:
    now = house.now()
    async with house.db.write() as tx:
        await _must_not_wait(tx, name, source, now, known=known)
        await sessions.fail(tx, name, source, now)


@dataclass(frozen=True)
class _Account:
    member: Member
    kept: bytes | None
    """A hash from before pairs."""
    wrap: Wrap | None


@dataclass(frozen=True)
class _Way:
    key: MemberKey = field(repr=False)
    is_first: bool
    rewrapped: tuple[Recipe, bytes] | None = field(default=None, repr=False)


async def _account(house: House, name: str) -> _Account | None:
    async with house.db.read() as tx:
        entry = await members.by_name(tx, name)
        if entry is None or not _works_here(entry):
            return None
        wrap = await member_keys.passphrase(tx, entry.id)
    return _Account(entry.member, entry.passphrase_hash, wrap)


def _works_here(entry: Entry) -> bool:
    return entry.joined_at is not None and entry.revoked_at is None


async def _opened(house: House, account: _Account | None, passphrase: str) -> _Way | None:
    """What the passphrase opens. It takes as long where there is nothing to open."""
    keys, new = house.db.keys, words.new_recipe(house.db.keys)
    if account and account.wrap:
        try:
            secret = await words.key_of(keys, passphrase, account.wrap.recipe)
            key = account.wrap.opened(secret)
        except SealBroken:
            return None
        if not words.is_outgrown(keys, account.wrap.recipe):
            return _Way(key, is_first=False)
        return _Way(key, is_first=False, rewrapped=(new, await words.key_of(keys, passphrase, new)))
    if account and account.kept:
        if not await words.fits(keys, passphrase, account.kept):
            return None
        secret = await words.key_of(keys, passphrase, new)
        first = member_keys.first(account.member.id, new_pair())
        return _Way(first, is_first=True, rewrapped=(new, secret))
    await words.key_of(keys, passphrase, new)
    return None


async def _let_in(house: House, tx: Tx, account: _Account, way: _Way) -> bool:
    """Keep what is new; False where the account is not as it was looked at."""
    now, member_id = house.now(), account.member.id
    if await members.at_work(tx, member_id, alone=True) is None:
        return False
    wrap = await member_keys.passphrase(tx, member_id)
    if (wrap and wrap.id) != (account.wrap and account.wrap.id):
        return False
    if way.is_first and not await member_keys.keep(tx, way.key, now):
        return False
    if way.rewrapped:
        await member_keys.wrap_by_passphrase(tx, way.key, *way.rewrapped, now)
        await members.forget_hash(tx, member_id)
        wrap = await member_keys.passphrase(tx, member_id)
    if wrap:
        await member_keys.used(tx, wrap.id, now)
    return True


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


async def new_session(
    house: House, tx: Tx, member: Member, key: MemberKey | None = None, browser: str = ""
) -> str:
    """Begin a session in this transaction; its token, which nothing but the cookie keeps.

    Raises BadInput (passphrase: unconfirmed) while nobody has said who works at a restored line.
    """
    if await backup_marks.is_unconfirmed(tx):
        raise BadInput("passphrase", "unconfirmed")
    token = secrets.token_urlsafe(32)
    now = house.now()
    await sessions.begin(
        tx, token, member.id, now, now + SESSION, locks_at=now + IDLE, key=key, browser=browser
    )
    return token


async def whose_session(house: House, token: str) -> Held | None:
    """Who is signed in with this token; None when it has ended, is locked or never was."""
    async with house.db.read() as tx:
        session = await sessions.whose(tx, token, house.now())
        given = await given_roles.of_member(tx, session.member_id) if session else None
    if session is None or given is None:
        return None
    reader = Reader(session.key) if session.key else None
    forged = not given.is_as_written
    return Held(
        session.id,
        given.member,
        reader,
        session.locks_at,
        session.ends_at,
        is_forged=forged,
        is_unsaid=given.is_unsaid,
    )


async def use_session(house: House, token: str, held: Held) -> None:
    """Somebody is there: the session locks later."""
    now = house.now()
    locks_at = min(now + IDLE, held.ends_at)
    if locks_at - held.locks_at < USED_AGAIN:
        return
    try:
        async with house.db.write() as tx:
            await sessions.use(tx, token, now, locks_at)
    except Unavailable:  # the page is worth more than the moment at which it was used
        return


async def sign_out(house: House, token: str) -> None:
    """End this session; again is fine."""
    async with house.db.write() as tx:
        await sessions.end(tx, token)


async def end_sessions(house: House) -> int:
    """Sessions that have ended, or that nobody used, keep no key; how many there were."""
    now = house.now()
    async with house.db.read_for_work() as tx:
        if not await sessions.any_over(tx, now):
            return 0
    async with house.db.write() as tx:
        return await sessions.end_over(tx, now)


async def sweep_sessions(house: House) -> None:
    """Forget sessions that ended and sign-ins that no longer count."""
    await end_sessions(house)
    async with house.db.write() as tx:
        wrong = await sessions.forget_failures(tx, house.now() - WINDOW)
        note_wrong_sign_ins(tx, house.now(), wrong)
        await challenges.forget(tx, house.now())
