"""How much is there of some conversations? Numbers alone, for what is about to go."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select

from domain.message import Author
from storage import tables
from storage.channel_tables import pictures
from storage.database import Tx
from storage.plan_tables import plans

M, N = tables.messages, tables.notes


async def of_conversations(tx: Tx, talk_ids: Collection[UUID]) -> tuple[tuple[str, int], ...]:
    """By what it is: heard, said, pictures, notes and planned."""
    theirs = M.c.conversation_id.in_(talk_ids)
    drawn = select(func.count()).select_from(pictures).join(M, M.c.id == pictures.c.message_id)
    queries = {
        "heard": select(func.count()).where(theirs, M.c.author == Author.CONTACT),
        "said": select(func.count()).where(theirs, M.c.author != Author.CONTACT),
        "pictures": drawn.where(theirs),
        "notes": select(func.count()).where(N.c.conversation_id.in_(talk_ids)),
        "planned": select(func.count()).where(
            plans.c.conversation_id.in_(talk_ids), plans.c.due_at.is_not(None)
        ),
    }
    return tuple(
        [
            (name, int((await tx.conn.execute(query)).scalar_one()))
            for name, query in queries.items()
        ]
    )
