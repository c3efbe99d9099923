"""A counsellor notes how somebody may be reached, or that their telephone may be watched."""

from datetime import datetime
from uuid import UUID

from domain.member import Member
from domain.safe_contact import Way, written
from handlers.desk import theirs
from handlers.house import House
from handlers.phones import hold_phone
from storage import audit, contacts, conversations, events
from storage.contacts import Contact
from storage.database import Tx
from storage.events import Event
from storage.same_address import indexes_of


async def set_watched(
    house: House, member: Member, conversation_id: UUID, *, watched: bool
) -> None:
    """From now on nothing leaves that would betray them, nor what waits already; or it may again.

    Raises NotYours, NotFound or NotAllowed.
    """
    since = house.now() if watched else None
    kind = "watched_on" if watched else "watched_off"
    await _note(house, member, conversation_id, kind, "watched_at", since)


async def set_ways(
    house: House, member: Member, conversation_id: UUID, ways: frozenset[Way] | None
) -> None:
    """By these and no others; None: nothing was said of it.

    Raises NotYours, NotFound or NotAllowed.
    """
    kept = written(ways)
    await _note(house, member, conversation_id, "ways_set", "agreed_ways", kept)


async def set_first(
    house: House, member: Member, conversation_id: UUID, *, may: bool | None
) -> None:
    """Whether we may write first; None: nothing was said of it. Raises NotYours, NotFound or
    NotAllowed."""
    kind = {True: "first_yes", False: "first_no", None: "first_unsaid"}[may]
    await _note(house, member, conversation_id, kind, "writes_first", may)


async def _note(
    house: House, member: Member, conversation_id: UUID, kind: str, name: str, value: object
) -> None:
    now = house.now()
    async with house.db.write() as tx:
        await hold_phone(tx, conversation_id)
        talk = await theirs(tx, member, conversation_id)
        before = (await contacts.by_ids(tx, [talk.contact_id]))[talk.contact_id]
        was = getattr(before, name)
        if was == value or (name == "watched_at" and (was is None) == (value is None)):
            return
        await contacts.note(tx, talk.contact_id, {name: value})
        talks = [conversation_id]
        if name == "watched_at" and value is not None:
            talks += await _beside(tx, before, now)
        await events.add(tx, [Event(each, kind, now, member.id) for each in talks])
        audit.note(tx, "safe_contact", now, member.id, conversation_id, kind)


async def _beside(tx: Tx, contact: Contact, now: datetime) -> list[UUID]:
    """The same telephone's conversations with other lines and by other channels, watched from now
    on as well. Taking it back is said of one at a time."""
    if contact.address_index is None:
        return []
    others = await contacts.at_addresses(tx, indexes_of(tx, contact))
    changed = [one.id for one in others if one.watched_at is None and one.id != contact.id]
    for each in changed:
        await contacts.note(tx, each, {"watched_at": now})
    return [talk.id for talk in (await conversations.of_contacts(tx, changed)).values()]
