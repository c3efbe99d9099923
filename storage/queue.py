"""Everything that is open, as the queue shows it, in a few queries however many there are."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, select, update

from domain.alias import Alias
from domain.conversation import TRANSITIONS, State, Step
from domain.message import Author
from domain.priority import Tier
from storage import contacts, conversations, tables, troubles
from storage.contacts import Contact
from storage.conversations import Conversation
from storage.database import Tx
from storage.desk_tables import aliases
from storage.moments import Moment
from storage.pair_tables import contact_keys
from storage.shift_tables import helps

C, P, M, A = tables.conversations.c, tables.contacts.c, tables.messages.c, aliases.c
H = helps.c

_OF_OWNER = (
    (H.conversation_id == C.id) & (H.counsellor_id == C.owner_id) & H.taken_over_at.is_(None)
)
"""What an earlier counsellor asked for holds no more."""

_OPEN = C.state != literal(str(State.CLOSED), literal_execute=True)
"""Written out in the statement, so that PostgreSQL knows it for the condition of the index."""


@dataclass(frozen=True)
class Standing:
    """One conversation with its contact and what is to be seen to."""

    conversation: Conversation
    contact: Contact
    unread: int
    trouble: int
    alias: Alias | None
    """None until somebody looks."""
    help_asked_at: datetime | None = None
    """Its counsellor has asked for help."""
    helper_id: UUID | None = None
    """The coordinator who is with them."""


async def still_open(tx: Tx) -> list[Standing]:
    """Every waiting and every owned conversation."""
    return await _standing(tx, _OPEN)


async def how_many_of(tx: Tx, member_id: UUID) -> int:
    """Of the open ones, how many this member has."""
    query = select(func.count()).select_from(tables.conversations).where(_OPEN)
    return int((await tx.conn.execute(query.where(C.owner_id == member_id))).scalar_one())


async def held(tx: Tx, without: Collection[UUID] = ()) -> dict[UUID, list[tuple[UUID, Tier]]]:
    """By member: which open conversations they have, and how urgent each is; less these."""
    query = select(C.owner_id, C.id, C.tier).where(_OPEN, C.owner_id.is_not(None))
    if without:
        query = query.where(C.id.not_in(without))
    found: dict[UUID, list[tuple[UUID, Tier]]] = {}
    for row in await tx.conn.execute(query):
        found.setdefault(row.owner_id, []).append((row.id, Tier(row.tier)))
    return found


async def wanting_deletion(tx: Tx) -> list[Standing]:
    """Closed ones whose contacts asked for deletion: nobody takes these, somebody must see them."""
    asked = select(P.id).where(P.delete_requested_at.is_not(None))
    return await _standing(tx, (C.state == State.CLOSED) & C.contact_id.in_(asked))


async def of_conversation(tx: Tx, conversation_id: UUID) -> Standing | None:
    """One conversation, or None."""
    found = await _standing(tx, C.id == conversation_id)
    return found[0] if found else None


async def of_conversations(tx: Tx, conversation_ids: Collection[UUID]) -> list[Standing]:
    """These conversations, in no order."""
    return await _standing(tx, C.id.in_(conversation_ids))


async def _standing(tx: Tx, which: ColumnElement[bool]) -> list[Standing]:
    query = (
        select(*conversations.COLUMNS, *contacts.COLUMNS, H.asked_at, H.helper_id, A.word, A.number)
        .join_from(tables.conversations, tables.contacts, P.id == C.contact_id)
        .join(contact_keys, contacts.KEYS_OF, isouter=True)
        .join(aliases, A.contact_id == P.id, isouter=True)
        .join(helps, _OF_OWNER, isouter=True)
        .where(which)
    )
    rows = (await tx.conn.execute(query)).all()
    if not rows:
        return []
    mine = len(conversations.COLUMNS)
    found = [(conversations.read(row), contacts.read(row[mine:]), row) for row in rows]
    unread = await _unread(tx, which)
    trouble = await troubles.counted(tx, select(C.id).where(which))
    return [
        Standing(
            conversation,
            contact,
            unread.get(conversation.id, 0),
            trouble.get(conversation.id, 0),
            _alias(row),
            row[-4],
            row[-3],
        )
        for conversation, contact, row in found
    ]


def _alias(row: Sequence[Any]) -> Alias | None:
    word, number = row[-2:]
    return Alias(word, number) if word else None


async def _unread(tx: Tx, which: ColumnElement[bool]) -> dict[UUID, int]:
    query = (
        select(M.conversation_id, func.count())
        .where(M.conversation_id.in_(select(C.id).where(which)))
        .where(M.read_at.is_(None), M.author == Author.CONTACT)
        .group_by(M.conversation_id)
    )
    return {row[0]: row[1] for row in await tx.conn.execute(query)}


async def hold(tx: Tx, conversation_ids: Iterable[UUID]) -> None:
    """Lock the contacts of these conversations until the commit, always in the same order.

    Whoever changes a conversation does this first, as whoever takes in a text does: two that
    took their locks in different orders would wait for each other.
    """
    if tx.postgres:
        theirs = select(C.contact_id).where(C.id.in_(set(conversation_ids)))
        query = select(P.id).where(P.id.in_(theirs)).order_by(P.id)
        await tx.conn.execute(query.with_for_update(key_share=True))


async def give_back(tx: Tx, member_id: UUID, now: datetime) -> list[UUID]:
    """All that this member has stands in the queue again; which conversations that was."""
    theirs = (C.owner_id == member_id) & (C.state == State.OWNED)
    held = (await tx.conn.execute(select(C.id).where(theirs))).scalars()
    await hold(tx, held)
    released = await tx.conn.execute(
        update(tables.conversations)
        .where(theirs)
        .values(
            state=TRANSITIONS[State.OWNED, Step.RELEASE],
            owner_id=None,
            earlier_owner_id=member_id,
            waiting_since=func.coalesce(C.waiting_since, literal(now, Moment)),
            page_from=now,
            page_at=None,
            page_done=None,
            page_edition=0,
            page_due_at=now,
        )
        .returning(C.id)
    )
    return list(released.scalars())
