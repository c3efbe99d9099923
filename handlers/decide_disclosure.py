"""Two people agree that something is given, one of them a coordinator; or one refuses it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from domain.access import Act
from domain.disclosure import Refusal, Scope, State
from domain.member import Member
from domain.noted import Noted
from domain.wall import moment
from handlers.desk import found, must
from handlers.errors import AlreadyDecided, BadInput, NotFound
from handlers.house import House
from handlers.register_text import optional
from storage import attested, audit, disclosures, events, members, register_words
from storage.attested import Step
from storage.database import Tx
from storage.disclosures import Disclosure
from storage.events import Event
from storage.register_words import Part

AGREED = str(Noted.DISCLOSURE_AGREED)
"""The act under which the log has each of the two."""


async def agree(house: House, member: Member, entry_id: UUID) -> None:
    """Whoever wrote it down may be one of the two. Pressed twice it counts once.

    Raises BadInput (agree: twice, leads: neither of the two coordinates, or forged),
    AlreadyDecided, NotFound or NotAllowed.
    """
    must(member, Act.REGISTER)
    now, leads = house.now(), member.may(Act.DISCLOSE)
    async with house.db.write() as tx:
        entry = await _held(tx, member, entry_id)
        await _must_be_true(tx, entry)
        if entry.first_by == member.id and entry.state is State.HALF:
            raise BadInput("agree", "twice")
        if entry.state is State.HALF and not (leads or entry.first_leads):
            raise BadInput("agree", "leads")
        step = disclosures.agree_first if entry.state is State.ASKED else disclosures.agree_second
        if not await step(tx, entry_id, member.id, now, leads=leads):
            raise await _decided(tx, entry)
        which = "first" if entry.state is State.ASKED else "second"
        said = Event(entry.conversation_id, "disclosure_agreed", now, member.id)
        await events.add(tx, [said])
        audit.note(tx, AGREED, now, member.id, entry_id, which)


async def refuse(
    house: House, member: Member, entry_id: UUID, refusal: Refusal, words: str
) -> None:
    """Nothing is given, also where one or two had agreed and nothing was given yet.

    Raises BadInput (more: too_long), AlreadyDecided, NotFound or NotAllowed.
    """
    must(member, Act.REGISTER)
    now, text = house.now(), optional("more", words)
    async with house.db.write() as tx:
        entry = await _held(tx, member, entry_id)
        if not await disclosures.refuse(tx, entry_id, member.id, refusal, now):
            raise await _decided(tx, entry)
        where = (entry.conversation_id, entry_id)
        await register_words.add(tx, where, Part.REFUSED, member.id, text, now)
        said = Event(entry.conversation_id, "disclosure_refused", now, member.id)
        await events.add(tx, [said])
        audit.note(tx, "disclosure_refused", now, member.id, entry_id, refusal)


async def give(
    house: House,
    member: Member,
    entry_id: UUID,
    scope: tuple[Scope, ...],
    at: datetime,
    words: str,
) -> None:
    """What was given is written down, once two have agreed.

    `at`: when it was given, on the wall clock of the line's zone. It may be before they agreed: in
    an emergency somebody telephones, and the register says so rather than something untrue.
    Raises BadInput (scope: empty or beyond what was asked; at: ahead or long_ago; agree: forged;
    more: too_long), AlreadyDecided, NotFound or NotAllowed.
    """
    must(member, Act.DISCLOSE)
    now, text, given_on = house.now(), optional("more", words), moment(at, house.zone)
    if not scope:
        raise BadInput("scope", "empty")
    if given_on > now:
        raise BadInput("at", "ahead")
    async with house.db.write() as tx:
        entry = await _held(tx, member, entry_id)
        await _must_be_true(tx, entry)
        if not set(scope) <= set(entry.asked_for):
            raise BadInput("scope", "beyond")
        if (entry.asked_at - given_on).days > 30:
            raise BadInput("at", "long_ago")
        given = tuple(dict.fromkeys(scope))
        if not await disclosures.give(tx, entry_id, member.id, given, given_on, now):
            raise await _decided(tx, entry)
        where = (entry.conversation_id, entry_id)
        await register_words.add(tx, where, Part.GIVEN, member.id, text, now)
        said = Event(entry.conversation_id, "disclosure_given", now, member.id)
        await events.add(tx, [said])
        before = entry.second_at is not None and is_before(given_on, entry.second_at)
        audit.note(
            tx, "disclosure_given", now, member.id, entry_id, "before_agreed" if before else ""
        )


def is_before(given_on: datetime, agreed_at: datetime) -> bool:
    """It was given before two had agreed: forms know whole minutes."""
    return given_on < agreed_at.replace(second=0, microsecond=0)


def is_forged(entry: Disclosure, agreed: Collection[Step]) -> bool:
    """Whether it stands as agreed to by somebody of whom the log does not say so."""
    said = [(entry.first_by, "first"), (entry.second_by, "second")]
    return any(by is not None and (by, which) not in agreed for by, which in said)


async def _must_be_true(tx: Tx, entry: Disclosure) -> None:
    """Raises BadInput where who agreed was written into the database."""
    if is_forged(entry, (await attested.steps(tx, AGREED, [entry.id]))[entry.id]):
        raise BadInput("agree", "forged")


async def _held(tx: Tx, member: Member, entry_id: UUID) -> Disclosure:
    """Nobody else decides about it until the commit. Raises NotFound or NotAllowed."""
    known = await disclosures.by_id(tx, entry_id)
    if known is None:
        raise NotFound
    await found(tx, member, known.entry.conversation_id)
    again = await disclosures.by_id(tx, entry_id)
    return (again or known).entry


async def _decided(tx: Tx, entry: Disclosure) -> AlreadyDecided:
    by = entry.given_by or entry.refused_by or entry.second_by
    known = await members.by_id(tx, by) if by else None
    return AlreadyDecided(known.name if known else None)
