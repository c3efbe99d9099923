"""Who says something of their telephone or chat says it of all that is known of it here. Who that
is, is locked before anybody else, in one statement: two who each held one of them and waited for
the other would both wait until the database ends it.

SQLite has one writer, who waits for nobody.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from domain.message import Channel
from handlers.place import Placed
from handlers.watched import says_so
from storage import contacts, conversations, deletions
from storage.contacts import Contact
from storage.database import Tx
from storage.same_address import indexes_of_all


async def hold_phone(tx: Tx, conversation_id: UUID) -> None:
    """Whoever has the address of this conversation's contact, locked until the commit."""
    talk = await conversations.by_id(tx, conversation_id) if tx.postgres else None
    if talk is not None:
        await contacts.held(tx, await deletions.with_address_of(tx, talk.contact_id))


async def hold_phones(tx: Tx, placed: Sequence[Placed], *, lines: int) -> None:
    """The contacts of these messages, with all of a telephone or chat where one of them may say
    something of it."""
    if not tx.postgres:
        return
    wide = {m.sender for _, m in placed if says_so(m.body)}
    if lines > 1:  # whoever may not be written to in a chat has said so to every line
        wide |= {m.sender for _, m in placed if m.channel is Channel.TELEGRAM}
    if wide:
        everywhere = [index for sender in wide for index in tx.keys.indexes("address", sender)]
        single = {index for _, m in placed for index in tx.keys.indexes("address", m.sender)}
        ids = await contacts.ids_at(tx, {line.id for line, _ in placed}, single)
        await contacts.held(tx, ids | await contacts.ids_at(tx, None, everywhere))


async def free_with_chats(tx: Tx, contact_ids: Iterable[UUID]) -> dict[UUID, Contact]:
    """By id: those that no other transaction holds, locked; less whoever shares a chat with one
    that another holds. Nobody is waited for."""
    people = await contacts.free(tx, contact_ids)
    telegram = [c for c in people.values() if c.channel is Channel.TELEGRAM]
    chats = indexes_of_all(tx, telegram)
    if not tx.postgres or not chats:
        return people
    beside = await contacts.ids_at(tx, None, chats)
    beside -= people.keys()
    others = beside - (await contacts.free(tx, beside)).keys()
    busy = indexes_of_all(tx, (await contacts.by_ids(tx, others)).values())
    return {id_: c for id_, c in people.items() if c.address_index not in busy}
