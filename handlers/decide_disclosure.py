"""Two people agree that something is given, one of them a coordinator; or one refuses it."""

from datetime import datetime
from uuid import UUID

from domain.access import Act
from domain.disclosure import Refusal, Scope, State
from domain.member import Member
from domain.noted import Noted
from domain.wall import moment
from handlers.as_admitted import must_be_as_admitted
from handlers.desk import found, must, still_here
from handlers.errors import AlreadyDecided, BadInput, NotFound
from handlers.forged_agreement import forged
from handlers.house import House
from handlers.register_text import optional
from storage import (
    agreements,
    audit,
    disclosures,
    events,
    given_roles,
    members,
    register_words,
    stranger_words,
)
from storage.database import Tx
from storage.disclosures import Disclosure
from storage.events import Event
from storage.register_words import Part


async def agree(house: House, member: Member, entry_id: UUID) -> None:
    """Whoever wrote it down is none of the two. Pressed twice it counts once.

    Raises BadInput (agree: own, twice, leads: neither of the two coordinates, or forged),
    AlreadyDecided, NotAdmitted, NotFound or NotAllowed.
    """
    must(member, Act.REGISTER)
    now = house.now()
    async with house.db.write() as tx:
        await still_here(tx, member)
        leads = await _leads(tx, member)
        await must_be_as_admitted(tx)
        entry = await _held(tx, member, entry_id)
        await _must_be_true(tx, entry)
        if entry.state not in {State.ASKED, State.HALF}:
            raise await _decided(tx, entry)
        if entry.asked_by == member.id:
            raise BadInput("agree", "own")
        if entry.state is State.HALF and not (leads or entry.led):
            mine = any(one.member_id == member.id for one in entry.counted)
            raise BadInput("agree", "twice" if mine else "leads")
        if not await agreements.add(tx, entry_id, member.id, now, leads=leads):
            raise BadInput("agree", "twice")
        await _tell(tx, entry, "disclosure_agreed", member, now)
        which = "second" if entry.counted else "first"
        audit.note(tx, Noted.DISCLOSURE_AGREED, now, member.id, entry_id, which)


async def _leads(tx: Tx, member: Member) -> bool:
    """As the log will say it from the commit on: they are given no other role before it."""
    given = await given_roles.of_member(tx, member.id)
    return given is not None and given.member.may(Act.DISCLOSE)


async def refuse(
    house: House, member: Member, entry_id: UUID, refusal: Refusal, words: str
) -> None:
    """Nothing is given, also where one or two had agreed and nothing was given yet. Nothing leaves
    by it, and so one person does, who may be the one that wrote it down.

    Raises BadInput (more: too_long), AlreadyDecided, NotFound or NotAllowed.
    """
    must(member, Act.REGISTER)
    now, text = house.now(), optional("more", words)
    async with house.db.write() as tx:
        entry = await _held(tx, member, entry_id)
        if not await disclosures.refuse(tx, entry_id, member.id, refusal, now):
            raise await _decided(tx, entry)
        await _write(tx, entry, Part.REFUSED, member, text, now)
        await _tell(tx, entry, "disclosure_refused", member, now)
        audit.note(tx, "disclosure_refused", now, member.id, entry_id, refusal)


async def give(
    house: House,
    member: Member,
    entry_id: UUID,
    scope: tuple[Scope, ...],
    at: datetime,
    words: str,
) -> None:
    """What was given is written down, once two have agreed who both work here still.

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
        await _stay_at_work(tx, member, entry_id)
        await must_be_as_admitted(tx)
        entry = await _held(tx, member, entry_id)
        await _must_be_true(tx, entry)
        if not set(scope) <= set(entry.asked_for):
            raise BadInput("scope", "beyond")
        if (entry.asked_at - given_on).days > 30:
            raise BadInput("at", "long_ago")
        given = tuple(dict.fromkeys(scope))
        if not await disclosures.give(tx, entry_id, member.id, given, given_on, now):
            raise await _decided(tx, entry)
        await _write(tx, entry, Part.GIVEN, member, text, now)
        await _tell(tx, entry, "disclosure_given", member, now)
        before = entry.agreed_at is not None and is_before(given_on, entry.agreed_at)
        audit.note(
            tx, "disclosure_given", now, member.id, entry_id, "before_agreed" if before else ""
        )


def is_before(given_on: datetime, agreed_at: datetime) -> bool:
    """It was given before two had agreed: forms know whole minutes."""
    return given_on < agreed_at.replace(second=0, microsecond=0)


async def _stay_at_work(tx: Tx, member: Member, entry_id: UUID) -> None:
    """Nobody who agreed is revoked between the question whether they count and the commit."""
    await still_here(tx, member)
    agreed = (await agreements.of_entries(tx, [entry_id])).get(entry_id, [])
    for one in sorted(agreed, key=lambda one: one.member_id):
        await members.at_work(tx, one.member_id)


async def _must_be_true(tx: Tx, entry: Disclosure) -> None:
    """Raises BadInput where who agreed was written into the database."""
    if await forged(tx, [entry]):
        raise BadInput("agree", "forged")


async def _held(tx: Tx, member: Member, entry_id: UUID) -> Disclosure:
    """Nobody else decides about it until the commit. Raises NotFound or NotAllowed."""
    known = await disclosures.by_id(tx, entry_id)
    if known is None:
        raise NotFound
    if known.entry.conversation_id is not None:
        await found(tx, member, known.entry.conversation_id)
    await disclosures.hold(tx, entry_id)
    again = await disclosures.by_id(tx, entry_id)
    return (again or known).entry


async def _write(
    tx: Tx, entry: Disclosure, part: Part, member: Member, text: str, now: datetime
) -> None:
    if entry.conversation_id is None:
        await stranger_words.add(tx, entry.id, part, member.id, text, now)
    else:
        where = (entry.conversation_id, entry.id)
        await register_words.add(tx, where, part, member.id, text, now)


async def _tell(tx: Tx, entry: Disclosure, kind: str, member: Member, now: datetime) -> None:
    """Open pages hear of it; of one without a conversation by `storage.roster`."""
    if entry.conversation_id is not None:
        await events.add(tx, [Event(entry.conversation_id, kind, now, member.id)])


async def _decided(tx: Tx, entry: Disclosure) -> AlreadyDecided:
    last = entry.counted[-1].member_id if entry.state is State.APPROVED else None
    by = entry.given_by or entry.refused_by or last
    known = await members.by_id(tx, by) if by else None
    return AlreadyDecided(known.name if known else None)
