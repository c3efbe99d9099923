"""Who or what still needs an older generation of one of the server's keys?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Column, ColumnElement, LargeBinary, and_, func, literal, or_, select

from domain.member import READERS
from storage import channel_tables, given_roles, key_tables, page_tables, rota_tables, tables
from storage.code_uses import KEPT as ASKED_FOR
from storage.database import Tx
from storage.generations import Generation
from storage.rekeyed import HASHES, KINDS

HELD = timedelta(hours=12)
"""As long as a page may stay open that was made with it, a session last, or a notification lie on a
telephone: what these carry is found in no table."""

RECEIVED = timedelta(days=3)
"""So long what was received may be brought once more without having been listed: Telegram keeps
what it could not deliver for 24 hours, and lets people edit for 48."""

AGAIN = timedelta(minutes=10)
"""A listing begins so long before the one before it did (contract.md)."""

NEVER_LISTED = timedelta(days=90)
"""After that no listing is waited for: the channel is off."""


@dataclass(frozen=True)
class Need:
    """Where something still needs it: a column, and how many rows of it."""

    column: str
    rows: int


def _by(column: Column[object], one: Generation) -> ColumnElement[bool]:
    """Lies under this generation, by what stands before it."""
    named = literal(one.number.to_bytes(2, "big"), LargeBinary())
    if one.purpose != "index":
        return and_(column.is_not(None), func.substr(column, 2, 2) == named)
    if one.number == 1:
        return func.length(column) == 32
    return and_(func.length(column) == 34, func.substr(column, 1, 2) == named)


async def lie_under(tx: Tx, one: Generation) -> list[Need]:
    """All that lies under a generation, needed or not. Reads everything."""
    columns = [u.column for kind in KINDS for u in kind.under if u.purpose == one.purpose]
    if one.purpose == "index":
        columns += [*HASHES, rota_tables.calendar_feeds.c.token_hash]
    found = []
    for column in columns:
        count = select(func.count()).select_from(column.table).where(_by(column, one))
        rows = (await tx.conn.execute(count)).scalar_one()
        if rows:
            found.append(Need(str(column), rows))
    return found


async def waits_for(tx: Tx, one: Generation, since: datetime, now: datetime) -> list[Need]:
    """What nobody can exchange and that still needs it, `since` it was replaced."""
    if one.purpose == "pepper":
        return await _of_pepper(tx, one)
    return await _of_index(tx, one, since, now) if one.purpose == "index" else []


async def of_pepper(tx: Tx, number: int) -> list[UUID]:
    """The members who have not signed in since it was replaced."""
    wraps, who = key_tables.member_wraps.c, tables.members.c
    query = (
        select(who.id)
        .join_from(tables.members, key_tables.member_wraps, wraps.member_id == who.id, isouter=True)
        .where(who.revoked_at.is_(None), _by_pepper(number))
        .distinct()
    )
    return sorted((await tx.conn.execute(query)).scalars())


def _by_pepper(number: int) -> ColumnElement[bool]:
    wraps, who = key_tables.member_wraps.c, tables.members.c
    theirs = and_(wraps.pepper == number, wraps.wrapped.is_not(None))
    first = who.passphrase_hash.is_not(None)  # storage.tables: from before pairs
    return or_(theirs, first) if number == 1 else theirs


async def _of_pepper(tx: Tx, one: Generation) -> list[Need]:
    count = len(await of_pepper(tx, one.number))
    return [Need("member_wraps.pepper", count)] if count else []


async def _of_index(tx: Tx, one: Generation, since: datetime, now: datetime) -> list[Need]:
    who, link = tables.members.c, page_tables.way_links.c
    uses, spent = page_tables.code_uses.c, key_tables.spent_challenges.c
    wrong, feeds = key_tables.sign_in_failures.c, rota_tables.calendar_feeds.c
    staff = await given_roles.staff(tx)
    here = [one.id for one in staff if one.revoked_at is None and one.role in READERS]
    asked = [
        (key_tables.sessions.c.token_hash, key_tables.sessions.c.ends_at > now),
        (who.invitation_hash, who.invitation_ends_at > now),
        (link.code_hash, link.ends_at > now),
        (uses.address_index, uses.at > now - ASKED_FOR),
        (spent.challenge_hash, spent.ends_at > now),
        (wrong.name_index, wrong.at > now - HELD),
        (feeds.token_hash, feeds.member_id.in_(here)),
    ]
    if await _may_be_brought_again(tx, since, now):
        receipts = channel_tables.receipts.c
        asked.append((receipts.provider_hash, receipts.at.is_not(None)))
    found = []
    for column, still in asked:
        count = select(func.count()).select_from(column.table).where(_by(column, one), still)
        rows = (await tx.conn.execute(count)).scalar_one()
        if rows:
            found.append(Need(str(column), rows))
    return found


async def _may_be_brought_again(tx: Tx, since: datetime, now: datetime) -> bool:
    """Something that was received by it."""
    if now < since + RECEIVED:
        return True
    listed = select(func.min(channel_tables.listings.c.complete_from))
    earliest = (await tx.conn.execute(listed)).scalar_one()
    late = earliest is not None and earliest - AGAIN < since
    return bool(late and now < since + NEVER_LISTED)
