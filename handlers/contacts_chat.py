"""Does a contact write to the line in this chat, and are they waited for or answered?"""

from domain.conversation import State
from domain.message import Channel
from storage import contacts, conversations
from storage.database import Tx


async def is_a_contacts(tx: Tx, chat: str) -> bool:
    """Then it becomes nobody's way of being paged: whoever has brought them a code takes the line
    from nobody."""
    people = await contacts.in_chats(tx, Channel.TELEGRAM, tx.keys.indexes("address", chat))
    theirs = await conversations.of_contacts(tx, [person.id for person in people], lock=False)
    return any(talk.state is not State.CLOSED for talk in theirs.values())
