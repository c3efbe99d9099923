"""Before a person's words leave: is what the rows say of their contact what was said?

A counsellor reads whom they write to by what was said before. Who only writes into the database can
put another contact under it; what was said does not open there, and nothing is sent then. They can
take out of a row that a telephone may be watched; the log knows who noted it.
"""

from dataclasses import replace
from uuid import UUID

from domain.contact_rules import Refusal, Standing
from domain.noted import Noted
from handlers.case import standing
from handlers.errors import MayNotLeave
from storage import attested, messages
from storage.contacts import Contact
from storage.conversations import Conversation
from storage.database import Tx

ON, OFF = "watched_on", "watched_off"


async def standing_with(tx: Tx, contact: Contact, talk: Conversation) -> Standing:
    """What the contact rules ask for. Raises MayNotLeave."""
    await must_belong(tx, talk.id)
    here = standing(contact, talk)
    if here.watched:
        return here
    noted = await attested.last(tx, Noted.SAFE_CONTACT, talk.id, (ON, OFF))
    return replace(here, watched=noted == ON)


async def must_belong(tx: Tx, conversation_id: UUID) -> None:
    """Raises MayNotLeave.

    The oldest text tells: whoever puts another contact there cannot take it away unseen. Where it
    was only damaged by a disk, redacting it lets them be answered.
    """
    oldest = await messages.oldest(tx, conversation_id)
    if oldest is not None and oldest.unreadable:
        raise MayNotLeave(Refusal.NOT_OURS)
