"""The pages: made with what is due, leased one by one, sent again where it is not sure.

Twice is better than never: unlike a text to a contact, a page may leave twice.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, or_, select, update

from domain.priority import Tier
from storage import tables
from storage.database import Tx
from storage.encryption import SealBroken
from storage.ids import new_id
from storage.moments import Moment
from storage.page_tables import pages
from storage.rows import insert

T = pages.c
Talk = tables.conversations.c

CODE_RESTS = timedelta(hours=24)
"""A member's code means one page for so long."""

LATEST = timedelta(minutes=2)
"""No page that waits to leave, or to be tried again, is due later than so."""


class Kind(StrEnum):
    """What a page says."""

    NEEDED = "needed"
    """A conversation waits."""
    VERIFY = "verify"
    """Answer with the code, and you are paged here."""
    ACKNOWLEDGED = "acknowledged"
    WRONG_CODE = "wrong_code"
    TAKEN = "taken"
    """You acknowledged what somebody has taken already."""
    VERIFIED = "verified"
    EXPIRED = "expired"
    """You answered with a code that was asked for too long ago, or guessed at too often."""
    TEST = "test"
    """As if somebody waited: a member sees whether pages arrive."""
    TESTED = "tested"
    LINK_SPENT = "link_spent"  # you opened the bot with a code that was used, or is over
    CHAT_TAKEN = "chat_taken"
    """A colleague is paged in this chat."""
    CODE_ON_PAGE = "code_on_page"
    """The code that you wrote in the chat has to be given on your own page."""
    NOT_HERE = "not_here"
    """Nobody reads what you write in the chat in which you are paged."""
    WAY_LOST = "way_lost"
    """By another of your ways nobody can reach you any more."""
    WAYS_CHANGED = "ways_changed"  # another of your ways was added, or taken away
    GAP_DAY = "gap_day"
    """Within a day nobody is on call where somebody is needed."""
    GAP_SOON = "gap_soon"
    """Within four hours, or now."""
    DUTY_LATE = "duty_late"  # something that has to be reported is overdue
    DECIDE = "decide"  # somebody's request waits for a decision


GAPS = frozenset({Kind.GAP_DAY, Kind.GAP_SOON})


class State(StrEnum):
    """How far it has come; only forward."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    NEEDLESS = "needless"
    """Somebody had taken the conversation before it left."""


@dataclass(frozen=True)
class Page:
    """One page to one member by one way."""

    id: UUID
    kind: Kind
    member_id: UUID
    way_id: UUID | None
    conversation_id: UUID | None
    tier: Tier | None
    code: str
    state: State
    attempts: int
    made_at: datetime
    acknowledged_at: datetime | None


_FIELDS = tuple(Page.__dataclass_fields__)
COLUMNS = tuple(T[name] for name in _FIELDS)
"""As `read` wants them."""


def read(row: Sequence[Any]) -> Page:
    """A row with these columns."""
    values = dict(zip(_FIELDS, row, strict=True))
    values["kind"], values["state"] = Kind(values["kind"]), State(values["state"])
    values["tier"] = Tier(values["tier"]) if values["tier"] else None
    return Page(**values)


@dataclass(frozen=True)
class Wanted:
    """A page that is to be made."""

    kind: Kind
    member_id: UUID
    way_id: UUID | None
    conversation_id: UUID | None = None
    tier: Tier | None = None
    code: str | None = None
    """None: a new one, the same for all that tell one member of one conversation."""
    chat: str = ""
    """A chat that is nobody's way, which is answered there."""


async def add(tx: Tx, wanted: Sequence[Wanted], now: datetime) -> None:
    """Make pages, due at once."""
    for one in wanted:
        await _supersede(tx, one)
    used = await _codes(tx, {one.member_id for one in wanted}, now - CODE_RESTS)
    given: dict[tuple[UUID, UUID | None], str] = {}
    rows = []
    for one in wanted:
        about = one.member_id, one.conversation_id
        code = one.code or given.get(about) or _fresh(used.setdefault(one.member_id, set()))
        given[about] = code
        row = new_id(now)
        chat = tx.keys.seal("address", one.chat, "pages", row, "chat") if one.chat else None
        rows.append(
            {
                "id": row,
                "chat_sealed": chat,
                "kind": one.kind,
                "member_id": one.member_id,
                "way_id": one.way_id,
                "conversation_id": one.conversation_id,
                "tier": one.tier,
                "code": code,
                "state": State.QUEUED,
                "attempts": 0,
                "made_at": now,
                "due_at": now,
            }
        )
    await insert(tx, pages, rows)


async def _supersede(tx: Tx, one: Wanted) -> None:
    """What waits to leave about the same conversation, as after an outage, need not any more: a
    page is one, not a burst."""
    if one.kind is Kind.NEEDED:
        older = update(pages).where(
            T.conversation_id == one.conversation_id,
            T.member_id == one.member_id,
            T.kind == Kind.NEEDED,
            T.state == State.QUEUED,
        )
        await tx.conn.execute(older.values(state=State.NEEDLESS, due_at=None, leased_until=None))


def _fresh(used: set[str]) -> str:
    """Four digits that mean nothing else to this member now."""
    while True:
        code = f"{secrets.randbelow(9000) + 1000}"
        if code not in used or len(used) > 8000:
            used.add(code)
            return code


async def _codes(tx: Tx, member_ids: Collection[UUID], since: datetime) -> dict[UUID, set[str]]:
    query = select(T.member_id, T.code).where(T.member_id.in_(member_ids), T.made_at >= since)
    found: dict[UUID, set[str]] = {}
    for row in await tx.conn.execute(query):
        found.setdefault(row.member_id, set()).add(row.code)
    return found


async def any_due(tx: Tx, now: datetime) -> bool:
    """Whether one is to be sent."""
    asked = {"now": now, "beyond": beyond(now)}
    return (await tx.conn.execute(ANY_DUE.limit(1), asked)).first() is not None


def beyond(now: datetime) -> datetime:
    """No page is made due later than this: where one is, the clock has stepped back since."""
    return now + LATEST


_NOW, _BEYOND = (bindparam(name, type_=Moment()) for name in ("now", "beyond"))
_DUE = T.due_at.is_not(None) & or_(T.due_at <= _NOW, T.due_at > _BEYOND)
ANY_DUE = select(T.id).where(_DUE)


async def lease(tx: Tx, now: datetime, until: datetime, limit: int) -> list[Page]:
    """Take up to `limit` that are due; they are due again when the lease has run out."""
    query = select(*COLUMNS).where(_DUE).order_by(T.due_at, T.id).limit(limit)
    if tx.postgres:
        query = query.with_for_update(skip_locked=True)
    asked = {"now": now, "beyond": beyond(now)}
    found = [read(row) for row in await tx.conn.execute(query, asked)]
    if found:
        ours = update(pages).where(T.id.in_([page.id for page in found]))
        await tx.conn.execute(
            ours.values(due_at=until, leased_until=until, attempts=T.attempts + 1)
        )
    return found


async def chat_of(tx: Tx, page_id: UUID) -> str:
    """Where a page without a way goes; empty where its way was removed."""
    sealed = (
        await tx.conn.execute(select(T.chat_sealed).where(T.id == page_id))
    ).scalar_one_or_none()
    if sealed is None:
        return ""
    try:
        return tx.keys.open("address", sealed, "pages", page_id, "chat")
    except SealBroken:
        return ""


async def by_id(tx: Tx, page_id: UUID) -> Page | None:
    """One page, or None."""
    row = (await tx.conn.execute(select(*COLUMNS).where(T.id == page_id))).one_or_none()
    return read(row) if row else None


async def become(tx: Tx, page_id: UUID, state: State, error_code: int | None = None) -> bool:
    """From queued; False when it is something else already."""
    queued = update(pages).where(T.id == page_id, T.state == State.QUEUED)
    changed = await tx.conn.execute(
        queued.values(state=state, error_code=error_code, due_at=None, leased_until=None)
    )
    return changed.rowcount == 1


async def told(tx: Tx, page_id: UUID, state: State, error_code: int | None = None) -> Page | None:
    """What its provider tells of it, who may be faster than we write down that it left. None where
    that is known already, or it had come to its end."""
    under_way = T.state.in_([State.QUEUED, State.SENT])
    changed = await tx.conn.execute(
        update(pages)
        .where(T.id == page_id, under_way)
        .values(state=state, error_code=error_code, due_at=None, leased_until=None)
    )
    if not changed.rowcount:
        return None
    return read((await tx.conn.execute(select(*COLUMNS).where(T.id == page_id))).one())


async def all_failed(tx: Tx, conversation_id: UUID, since: datetime) -> bool:
    """Somebody was paged about it since then, and none of these pages got through."""
    about = (T.conversation_id == conversation_id) & (T.kind == Kind.NEEDED) & (T.made_at >= since)
    states = set((await tx.conn.execute(select(T.state).where(about))).scalars())
    return states == {State.FAILED}


async def paged_since(
    tx: Tx, conversation_ids: Collection[UUID], member_id: UUID, since: datetime
) -> set[UUID]:
    """Those of these conversations because of which this member was woken since then."""
    query = select(T.conversation_id).where(
        T.member_id == member_id, T.made_at >= since, T.kind == Kind.NEEDED
    )
    rows = await tx.conn.execute(query.where(T.conversation_id.in_(conversation_ids)))
    return set(rows.scalars())


async def again(tx: Tx, page_id: UUID, due_at: datetime) -> None:
    """It did not leave, or nobody knows."""
    queued = update(pages).where(T.id == page_id, T.state == State.QUEUED)
    await tx.conn.execute(queued.values(due_at=due_at, leased_until=None))


async def coded(tx: Tx, member_id: UUID, code: str, since: datetime) -> list[Page]:
    """This member's pages with this code, the newest first."""
    query = (
        select(*COLUMNS)
        .where(T.member_id == member_id, T.made_at >= since, T.code == code)
        .where(T.kind.in_([Kind.NEEDED, Kind.VERIFY, Kind.TEST]))
        .order_by(T.id.desc())
    )
    return [read(row) for row in await tx.conn.execute(query)]


async def answered(tx: Tx, way_id: UUID, kind: Kind, since: datetime) -> int:
    """How often somebody there was answered like this."""
    return await _count(tx, (T.way_id == way_id) & (T.kind == kind) & (T.made_at >= since))


async def made(tx: Tx, member_id: UUID, kind: Kind, since: datetime) -> int:
    """How many of a kind were made for a member."""
    return await _count(tx, (T.member_id == member_id) & (T.kind == kind) & (T.made_at >= since))


async def _count(tx: Tx, which: ColumnElement[bool]) -> int:
    return int(await tx.conn.scalar(select(func.count(T.id)).where(which)) or 0)


async def newest(
    tx: Tx, way_ids: Collection[UUID], kind: Kind, since: datetime
) -> dict[UUID, Page]:
    """By way, the last page of a kind that was made for it."""
    those = T.way_id.in_(way_ids) & (T.kind == kind) & (T.made_at >= since)
    query = select(*COLUMNS).where(those).order_by(T.id)
    return {page.way_id: page for page in map(read, await tx.conn.execute(query)) if page.way_id}


async def read_one(tx: Tx, page_id: UUID, now: datetime) -> bool:
    """A page about no conversation was acknowledged; False when it was before."""
    one = update(pages).where(T.id == page_id, T.acknowledged_at.is_(None))
    return bool((await tx.conn.execute(one.values(acknowledged_at=now))).rowcount)


async def acknowledge(tx: Tx, member_id: UUID, conversation_id: UUID, now: datetime) -> bool:
    """All of this member's pages about it, at once; False when there was none left to."""
    theirs = update(pages).where(
        T.conversation_id == conversation_id,
        T.member_id == member_id,
        T.kind == Kind.NEEDED,
        T.acknowledged_at.is_(None),
    )
    return bool((await tx.conn.execute(theirs.values(acknowledged_at=now))).rowcount)


async def asking(tx: Tx, member_id: UUID) -> list[Page]:
    """The pages of conversations that still call for somebody, which this member has not
    acknowledged."""
    query = (
        select(*COLUMNS)
        .join(tables.conversations, Talk.id == T.conversation_id)
        .where(T.member_id == member_id, T.acknowledged_at.is_(None), T.kind == Kind.NEEDED)
        .where(or_(Talk.state == "waiting", Talk.page_due_at.is_not(None)))
        .where(T.made_at >= Talk.page_from)
        .order_by(T.id)
    )
    return [read(row) for row in await tx.conn.execute(query)]
