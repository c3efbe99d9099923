"""A coordinator makes a file of all that is held about a contact, for the contact.

That it is made, by whom and on what ground, is committed to the chained log before a word of it is
read. Nothing is written to a disk: what is returned lives as long as its request.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.access import Act
from domain.export import Ground
from domain.member import Member
from domain.need import Ground as Need
from handlers.desk import must, must_not_stay_away
from handlers.errors import BadInput, NotAdmitted, NotFound
from handlers.gather import gather, gathering
from handlers.house import House
from handlers.may_open import must_open
from handlers.register_text import optional
from handlers.seen_export import Everything, Talk, There
from storage import (
    audit,
    contacts,
    conversations,
    deletions,
    duties,
    events,
    exports,
    notes,
    openings,
    queue,
    register_words,
    retention,
)
from storage.database import Tx
from storage.events import Event
from storage.exports import Export
from storage.ids import new_id
from storage.register_words import Part


@dataclass(frozen=True)
class Holdable:
    """A note, or the words of a duty, which may be kept back for somebody else's sake."""

    id: UUID
    kind: str
    """note, handover, promised or duty."""
    at: datetime


@dataclass(frozen=True)
class Exporting:
    """The page on which the ground is given. It shows no word of what is held."""

    id: UUID
    alias: str
    talks: int
    """With how many lines they have been in contact."""
    holdable: tuple[Holdable, ...]
    asides: int
    watched: bool
    """Their telephone may be watched: nothing of this is sent there."""


@dataclass(frozen=True)
class Grounds:
    """Why it is made and for whom."""

    ground: Ground
    words: str
    sure: bool
    """It is the contact who gets it."""
    held: frozenset[UUID]
    """What is kept back: it is told about somebody else, or by them (OSL 26:1)."""


async def see_exporting(house: House, member: Member, conversation_id: UUID) -> Exporting:
    """Raises NotAdmitted, MustStayAway, NeedsReason, NotFound or NotAllowed."""
    must(member, Act.EXPORT)
    async with house.db.read() as tx:
        _must_read(tx)
        standing = await queue.of_conversation(tx, conversation_id)
        if standing is None:
            raise NotFound
        await must_open(tx, member, standing, house.now())
        talks = await _talks(tx, standing.contact.id)
        every = [note for talk in talks for note in await notes.of_conversation(tx, talk)]
        owed = await duties.of_conversations(tx, talks)
    listed = [Holdable(n.id, n.purpose, n.at) for n in every if n.only_for is None]
    listed += [Holdable(duty.id, "duty", duty.raised_at) for duty in owed]
    return Exporting(
        id=conversation_id,
        alias=str(standing.alias or "?"),
        talks=len(talks),
        holdable=tuple(sorted(listed, key=lambda one: one.at)),
        watched=standing.contact.watched_at is not None,
        asides=sum(note.only_for is not None for note in every),
    )


async def export(
    house: House, member: Member, conversation_id: UUID, grounds: Grounds
) -> Everything:
    """Each time it is asked for it is made and logged anew.

    Raises BadInput (sure: unticked; more: too_long), MustStayAway, NotAdmitted, NotFound or
    NotAllowed.
    """
    must(member, Act.EXPORT)
    if not grounds.sure:
        raise BadInput("sure", "unticked")
    text = optional("more", grounds.words)
    now = house.now()
    held = await _log(house, member, conversation_id, grounds, text, now)
    async with house.db.read() as tx:
        _must_read(tx)
        talk = await conversations.by_id(tx, conversation_id)
        if talk is None:
            raise NotFound
        people = await deletions.with_address_of(tx, talk.contact_id)
        talks = await gather(await gathering(house, tx, held), people)
        terms = await retention.terms(tx)
        language = (await contacts.by_ids(tx, [talk.contact_id]))[talk.contact_id].language
    return Everything(
        made_at=now,
        ground=grounds.ground,
        language=language,
        talks=talks,
        unopened=sum(map(_unopened, talks)),
        held_back=len(held),
        terms={str(kept): days for kept, days in terms.items()},
        backup_hours=round(house.backups.total_seconds() / 3600),
    )


def _must_read(tx: Tx) -> None:
    """Raises NotAdmitted: a session that is locked, or nobody's, opens nothing."""
    if tx.reader is None or not tx.reader.is_admitted:
        raise NotAdmitted


async def _talks(tx: Tx, contact_id: UUID) -> list[UUID]:
    people = await deletions.with_address_of(tx, contact_id)
    theirs = await conversations.of_contacts(tx, people, lock=False)
    return [talk.id for talk in theirs.values()]


async def _log(
    house: House,
    member: Member,
    conversation_id: UUID,
    grounds: Grounds,
    text: str,
    now: datetime,
) -> frozenset[UUID]:
    """What is kept back of what is theirs."""
    async with house.db.write() as tx:
        _must_read(tx)
        talk = await conversations.by_id(tx, conversation_id)
        if talk is None:
            raise NotFound
        await must_not_stay_away(tx, member, conversation_id, talk.contact_id)
        talks = await _talks(tx, talk.contact_id)
        held = await _holdable(tx, talks, grounds.held)
        made = Export(new_id(now), conversation_id, member.id, grounds.ground, len(held), now)
        await exports.add(tx, made)
        where = (conversation_id, made.id)
        await register_words.add(tx, where, Part.EXPORT, member.id, text, now)
        for one in talks:
            await openings.log(tx, one, member.id, now, Need.EXPORT)
        await events.add(tx, [Event(conversation_id, "exported", now, member.id)])
        audit.note(tx, "contact_exported", now, member.id, conversation_id, grounds.ground)
    return held


async def _holdable(tx: Tx, talks: list[UUID], wanted: Collection[UUID]) -> frozenset[UUID]:
    known = {note.id for talk in talks for note in await notes.of_conversation(tx, talk)}
    known |= {duty.id for duty in await duties.of_conversations(tx, talks)}
    return frozenset(known & set(wanted))


def _unopened(talk: Talk) -> int:
    texts = [one.there for one in talk.said]
    texts += [one.there for one in talk.noted]
    texts += [one.there for one in talk.planned]
    texts += [edit.there for one in talk.said for edit in one.edits]
    texts += [one.there for duty in talk.owed for one in duty.noted]
    return texts.count(There.UNOPENED) + talk.answers_unopened
