"""Who asked for help, who came, and who took a conversation over: by counsellor, so that what one
is still to be told does not end with what the next one asks."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update

from domain.alias import Alias
from storage import desk_tables, tables
from storage.database import Tx
from storage.rows import upsert
from storage.shift_tables import helps

T = helps.c


@dataclass(frozen=True)
class Help:
    """What one counsellor asked for and got in one conversation."""

    counsellor_id: UUID
    asked_at: datetime | None
    helper_id: UUID | None
    joined_at: datetime | None
    taken_over_at: datetime | None


@dataclass(frozen=True)
class TakenOver:
    """A conversation that somebody had until a coordinator took it over."""

    conversation_id: UUID
    alias: Alias | None
    by: UUID
    at: datetime


_COLUMNS = (T.counsellor_id, T.asked_at, T.helper_id, T.joined_at, T.taken_over_at)


async def of_conversation(tx: Tx, conversation_id: UUID) -> dict[UUID, Help]:
    """By counsellor: of whoever has it, and of those who are still to be told that it was taken
    over from them."""
    query = select(*_COLUMNS).where(T.conversation_id == conversation_id)
    return {row.counsellor_id: Help(*row) for row in await tx.conn.execute(query)}


async def put(tx: Tx, conversation_id: UUID, help_: Help) -> None:
    """In the place of what there was of this counsellor."""
    row = {name: getattr(help_, name) for name in Help.__dataclass_fields__}
    statement = upsert(tx, helps).values(conversation_id=conversation_id, **row)
    await tx.conn.execute(
        statement.on_conflict_do_update(
            index_elements=["conversation_id", "counsellor_id"], set_=row
        )
    )


async def forget(tx: Tx, conversation_id: UUID, owner_id: UUID | None) -> None:
    """It is this one's now, or nobody's: nobody asked for help with it or is with them. That it was
    taken over stays until its counsellor knows, or has it again."""
    over = T.taken_over_at.is_(None) | (T.counsellor_id == owner_id)
    await tx.conn.execute(delete(helps).where(T.conversation_id == conversation_id, over))


async def told(tx: Tx, conversation_id: UUID, member_id: UUID) -> bool:
    """The counsellor knows that it was taken over. False where there was nothing to know."""
    theirs = (T.conversation_id == conversation_id) & (T.counsellor_id == member_id)
    gone = delete(helps).where(theirs, T.taken_over_at.is_not(None))
    return (await tx.conn.execute(gone)).rowcount > 0


async def leave(tx: Tx, member_id: UUID) -> None:
    """Whom this member helps, they help no more."""
    theirs = (T.helper_id == member_id) & T.taken_over_at.is_(None)
    await tx.conn.execute(update(helps).where(theirs).values(helper_id=None, joined_at=None))


async def leave_one(tx: Tx, conversation_id: UUID, member_id: UUID) -> None:
    """They are with its counsellor no more."""
    theirs = (T.conversation_id == conversation_id) & (T.helper_id == member_id)
    gone = update(helps).where(theirs, T.taken_over_at.is_(None))
    await tx.conn.execute(gone.values(helper_id=None, joined_at=None))


async def taken_from(tx: Tx, member_id: UUID) -> list[TakenOver]:
    """What was taken over from this member, who has not said that they know; the oldest first."""
    a, c = desk_tables.aliases.c, tables.conversations.c
    query = (
        select(T.conversation_id, a.word, a.number, T.helper_id, T.taken_over_at)
        .join_from(helps, tables.conversations, c.id == T.conversation_id)
        .join(desk_tables.aliases, a.contact_id == c.contact_id, isouter=True)
        .where(T.counsellor_id == member_id, T.taken_over_at.is_not(None))
        .order_by(T.taken_over_at)
    )
    return [
        TakenOver(
            row.conversation_id,
            Alias(row.word, row.number) if row.word else None,
            row.helper_id,
            row.taken_over_at,
        )
        for row in await tx.conn.execute(query)
    ]
