"""The conversations: one a contact, waiting, owned or closed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, and_, bindparam, literal, or_, select, update

from domain.conversation import Outcome, State
from domain.escalation import Climbed, first_due
from domain.pace import Pace
from domain.priority import Tier
from storage import tables
from storage.database import Tx
from storage.moments import Moment
from storage.rows import change, differing, first_of, insert, made

T = tables.conversations

UNANSWERED = "unanswered"
"""The mark of a conversation whose counsellor did not answer: it stands first in its tier."""


SHORT_ANSWER = "short_answer"
"""The mark of one whose contact waits for no more than that a short answer is read."""

INNER = frozenset({UNANSWERED, SHORT_ANSWER})
"""Marks that no page shows as such."""


@dataclass(frozen=True)
class Conversation:
    """What the queue needs to know."""

    id: UUID
    contact_id: UUID
    line_id: UUID
    state: State
    owner_id: UUID | None
    tier: Tier
    provisional: bool
    """Nothing has set the tier yet: it stands in the queue as P3 until more is known."""
    reasons: tuple[str, ...]
    marks: tuple[str, ...]
    returning: bool
    earlier_owner_id: UUID | None
    opened_at: datetime
    waiting_since: datetime | None
    """When the contact began to wait for a person; None when they wait for nothing."""
    p1_said_at: datetime | None
    close_asked_at: datetime | None
    """When a counsellor's closing text asked whether we may get in touch."""
    closed_at: datetime | None
    outcome: Outcome | None
    page_from: datetime | None = None
    """When the climb of its ladder began (domain.escalation)."""
    page_at: datetime | None = None
    """Until when it has been climbed; None: not yet."""
    page_done: str | None = None
    """The numbers of the steps that are behind; None: none."""
    page_edition: int = 0
    """Of the line's policy by which it is climbed."""
    page_due_at: datetime | None = None
    """When somebody is paged next; None: nobody is. Where somebody has the conversation, this
    alone says that they are to be woken."""
    offered_until: datetime | None = None
    """Until then it is for whoever had it before (domain.caseload); None: for everybody."""
    handed_over_at: datetime | None = None
    """With a note, upon which whoever has it next has not answered yet."""
    blocked_until: datetime | None = None
    """Until then it stays closed, whatever its contact writes, unless that tells of danger."""
    alike: bytes | None = None
    """A keyed hash of its first text; of those that say nearly nothing, the same for all."""

    @property
    def calls_for_somebody(self) -> bool:
        """Pages about it are not needless."""
        woken = self.state is State.OWNED and self.page_due_at is not None
        return self.state is State.WAITING or woken


_FIELDS = tuple(Conversation.__dataclass_fields__)
COLUMNS = tuple(T.c[name] for name in _FIELDS)
_FIXED = {"id", "contact_id", "line_id", "opened_at"}
_OWNERSHIP = {"state", "owner_id", "closed_at", "outcome"}
_REOPENED = tuple(name for name in _FIELDS if name not in _FIXED)
_CHANGING = tuple(name for name in _REOPENED if name not in _OWNERSHIP)


def read(row: Sequence[object]) -> Conversation:
    """A conversation out of a row that begins with `COLUMNS`."""
    values = first_of(row, _FIELDS)
    values["state"], values["tier"] = State(values["state"]), Tier(values["tier"])
    values["outcome"] = Outcome(values["outcome"]) if values["outcome"] else None
    values["reasons"], values["marks"] = tuple(values["reasons"]), tuple(values["marks"])
    return made(Conversation, values)


async def of_contacts(
    tx: Tx, contact_ids: Iterable[UUID], *, lock: bool = True
) -> dict[UUID, Conversation]:
    """By contact; locked until the commit, so that an owner cannot change meanwhile."""
    query = select(*COLUMNS).where(T.c.contact_id.in_(set(contact_ids))).order_by(T.c.id)
    if lock and tx.postgres:
        query = query.with_for_update(key_share=True)
    rows = await tx.conn.execute(query)
    return {c.contact_id: c for c in map(read, rows)}


async def by_id(tx: Tx, conversation_id: UUID) -> Conversation | None:
    """One conversation, or None."""
    row = (await tx.conn.execute(select(*COLUMNS).where(T.c.id == conversation_id))).one_or_none()
    return read(row) if row else None


async def locked(tx: Tx, conversation_id: UUID) -> Conversation | None:
    """One conversation, locked until the commit, or None."""
    query = select(*COLUMNS).where(T.c.id == conversation_id)
    rows = await tx.conn.execute(query.with_for_update(key_share=True) if tx.postgres else query)
    row = rows.one_or_none()
    return read(row) if row else None


async def answered(
    tx: Tx,
    talk: Conversation,
    waiting_since: datetime | None,
    *,
    close_asked_at: datetime | None,
) -> None:
    """A person has replied; the contact waits for nothing, but for what they wrote meanwhile.
    Only where that is nothing their counsellor need not be woken any more."""
    row: dict[str, object] = {"waiting_since": waiting_since, "close_asked_at": close_asked_at}
    stops = {} if waiting_since else {"page_due_at": None}
    row |= {"handed_over_at": None, "marks": [m for m in talk.marks if m != SHORT_ANSWER]}
    await change(tx, T, [{"id": talk.id, **row, **stops}])


async def asked_to_close(tx: Tx, conversation_id: UUID, at: datetime | None) -> None:
    """The closing question was sent once more; None: something else was, which ends it."""
    await change(tx, T, [{"id": conversation_id, "close_asked_at": at}])


async def add(tx: Tx, conversations: Sequence[Conversation]) -> None:
    """Add new ones."""
    await insert(tx, T, [_values(c, _FIELDS) for c in conversations])


async def save(
    tx: Tx,
    conversations: Sequence[Conversation],
    before: Mapping[UUID, Conversation] = MappingProxyType({}),
) -> None:
    """Write back what the contact's messages and the triage change; never who owns it. `before`: as
    they were read."""
    names = differing(conversations, before, _CHANGING)
    await change(tx, T, [_values(c, ("id", *names)) for c in conversations])


async def reopen(tx: Tx, conversations: Sequence[Conversation]) -> None:
    """Put closed ones back into the queue."""
    await change(tx, T, [_values(c, ("id", *_REOPENED)) for c in conversations])


async def pass_on(
    tx: Tx,
    conversation_id: UUID,
    *,
    expect: tuple[State, UUID | None],
    then: tuple[State, UUID | None],
    **also: object,
) -> bool:
    """One conditional update: from this state and owner to that one; False when it was too late."""
    state, owner = expect
    mine = T.c.owner_id.is_(None) if owner is None else T.c.owner_id == owner
    result = await tx.conn.execute(
        update(T)
        .where(T.c.id == conversation_id, T.c.state == state, mine)
        .values(state=then[0], owner_id=then[1], **also)
    )
    return result.rowcount == 1


async def page_due(tx: Tx, now: datetime, limit: int) -> list[UUID]:
    """Those about which somebody is to be paged now."""
    found = await tx.conn.execute(_PAGE_DUE, {"now": now, "limit": limit})
    return list(found.scalars())


_PAGE_DUE = (
    select(T.c.id)
    .where(T.c.page_due_at.is_not(None), T.c.page_due_at <= bindparam("now", type_=Moment()))
    .order_by(T.c.page_due_at)
    .limit(bindparam("limit", type_=Integer()))
)
"""Built once: it is asked with every look."""


async def waiting_alike(tx: Tx, alike: Collection[bytes]) -> list[Conversation]:
    """Those that wait, whose first texts say the same as one of these."""
    waits = (T.c.state == State.WAITING) & (T.c.state != State.CLOSED)
    query = select(*COLUMNS).where(waits, T.c.alike.in_(alike))
    return [read(row) for row in await tx.conn.execute(query)]


async def unanswered(tx: Tx, until: datetime) -> list[Conversation]:
    """Somebody has these, and the contact has waited for their answer since then or longer."""
    return [read(row) for row in await tx.conn.execute(_UNANSWERED, {"until": until})]


_UNANSWERED = (
    select(*COLUMNS)
    .where(
        T.c.state == literal(str(State.OWNED), literal_execute=True),
        T.c.waiting_since <= bindparam("until", type_=Moment()),
    )
    .order_by(T.c.waiting_since)
)
"""Built once: it is asked with every look."""


async def climbing_by_another(tx: Tx, editions: Mapping[UUID, int], limit: int) -> list[UUID]:
    """Of lines with these editions of their policy, those that are climbed by another one."""
    if not editions:
        return []
    by_another = or_(
        *(
            and_(T.c.line_id == line, T.c.page_edition != edition)
            for line, edition in editions.items()
        )
    )
    query = select(T.c.id).where(_OPEN, _CLIMBING, by_another).limit(limit)
    return list((await tx.conn.execute(query)).scalars())


async def climbing_ahead(tx: Tx, now: datetime, limit: int) -> list[UUID]:
    """Those that were climbed at a time that is yet to come: the clock has stepped back."""
    ahead = or_(T.c.page_from > now, T.c.page_at > now)
    query = select(T.c.id).where(_OPEN, _CLIMBING, ahead).limit(limit)
    return list((await tx.conn.execute(query)).scalars())


_OPEN = T.c.state != literal(str(State.CLOSED), literal_execute=True)
"""Written out in the statement, so that PostgreSQL knows it for the condition of the index."""

_CLIMBING = T.c.page_from.is_not(None) & or_(
    T.c.state == State.WAITING, T.c.page_due_at.is_not(None)
)


def rings_anew(tier: Tier, now: datetime, pace: Pace, *, owned: bool = False) -> dict[str, Any]:
    """The columns of one whose ladder is climbed from now on. Of which policy is found out by the
    first look: what takes in a text need not ask."""
    return {
        "page_from": now,
        "page_at": None,
        "page_done": None,
        "page_edition": 0,
        "page_due_at": first_due(tier, now, pace, owned=owned),
    }


async def ring_anew(tx: Tx, talk: Conversation, now: datetime, pace: Pace) -> None:
    """Its ladder is climbed from now on."""
    owned = talk.state is State.OWNED
    await change(tx, T, [{"id": talk.id, **rings_anew(talk.tier, now, pace, owned=owned)}])


def passes_on(talk: Conversation, now: datetime, pace: Pace) -> dict[str, Any]:
    """The columns of one that is handed on: where the giver was to be woken, the taker is."""
    return {} if talk.page_due_at is None else rings_anew(talk.tier, now, pace, owned=True)


def waits_again(talk: Conversation, now: datetime, pace: Pace) -> dict[str, Any]:
    """The columns of one that goes back to the queue: its contact waits on, and the ladder begins
    anew."""
    since = talk.waiting_since or now
    return {"waiting_since": since, **rings_anew(talk.tier, now, pace)}


async def climbed(
    tx: Tx, conversation_id: UUID, so_far: Climbed, edition: int, due_at: datetime | None
) -> None:
    """So far its ladder has been climbed, by this edition of the line's policy."""
    row = {
        "id": conversation_id,
        "page_from": so_far.began,
        "page_at": so_far.until,
        "page_done": _numbers(so_far.done),
        "page_edition": edition,
        "page_due_at": due_at,
    }
    await change(tx, T, [row])


MOST_NUMBERS = 60
"""Of steps that one climb remembers, however often its ladder is changed meanwhile."""


def _numbers(done: Collection[int]) -> str | None:
    ours = sorted(number for number in done if number > 0)[-MOST_NUMBERS:]
    return " ".join(map(str, [*sorted(n for n in done if n <= 0), *ours])) or None


def so_far(talk: Conversation) -> Climbed | None:
    """How far its ladder has been climbed; None where it never was."""
    if talk.page_from is None:
        return None
    done = frozenset(map(int, (talk.page_done or "").split()))
    return Climbed(talk.page_from, talk.page_at or talk.page_from, done)


async def end_offer(tx: Tx, conversation_id: UUID) -> None:
    """It is everybody's now."""
    await change(tx, T, [{"id": conversation_id, "offered_until": None}])


async def stop(tx: Tx, conversation_id: UUID) -> None:
    """Nobody is paged about it any more."""
    await change(tx, T, [{"id": conversation_id, "page_due_at": None}])


def _values(conversation: Conversation, names: Iterable[str]) -> dict[str, object]:
    row = {name: getattr(conversation, name) for name in names}
    return row | {name: list(row[name]) for name in _LISTS & row.keys()}


_LISTS = frozenset({"reasons", "marks"})
