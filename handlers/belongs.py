"""Do a conversation and its contact belong together?

A counsellor reads whom they write to by what was said before. Who only writes into the database can
put another contact under it; what was said does not open there, and nothing is sent then.
"""

from uuid import UUID

from domain.contact_rules import Refusal
from handlers.errors import MayNotLeave
from storage import messages
from storage.database import Tx


async def must_belong(tx: Tx, conversation_id: UUID) -> None:
    """Before a person's words leave. Raises MayNotLeave.

    The oldest text tells: whoever puts another contact there cannot take it away unseen. Where it
    was only damaged by a disk, redacting it lets them be answered.
    """
    oldest = await messages.oldest(tx, conversation_id)
    if oldest is not None and oldest.unreadable:
        raise MayNotLeave(Refusal.NOT_OURS)
