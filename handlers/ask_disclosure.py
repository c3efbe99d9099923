"""Somebody asks us for something: who, on what ground and for what is written down before anybody
decides. About a contact, or about somebody whom the line does not know, of whom the asker gives a
name or a number."""

from dataclasses import dataclass
from uuid import UUID

from domain.access import Act
from domain.disclosure import Authority, Ground, Scope
from domain.member import Member
from domain.working_time import next_working
from handlers.desk import found, must, once, still_here
from handlers.errors import BadInput
from handlers.house import House
from handlers.register_text import needed, optional
from storage import audit, disclosures, events, given_roles, register_words, stranger_words
from storage.disclosures import Disclosure
from storage.events import Event
from storage.ids import new_id
from storage.register_words import Part


@dataclass(frozen=True)
class Asked:
    """A request as it was written down."""

    authority: Authority
    ground: Ground
    scope: tuple[Scope, ...]
    reference: str
    """Under which number they keep it, and who asked."""
    words: str
    silent: bool
    """The law forbids to tell the contact."""


OF_STRANGERS = (Scope.EXISTS,)
"""All that can be asked for about them."""


async def ask_disclosure(
    house: House, member: Member, conversation_id: UUID, asked: Asked, *, form_key: UUID
) -> None:
    """The same form twice is one entry.

    Raises BadInput (scope: empty; reference: empty or too_long; more: too_long), NotFound or
    NotAllowed.
    """
    must(member, Act.REGISTER)
    if not asked.scope:
        raise BadInput("scope", "empty")
    reference, words = needed("reference", asked.reference), optional("more", asked.words)
    if asked.ground is Ground.OTHER and not words:
        raise BadInput("ground", "no_words")
    now = house.now()
    key = once(form_key, conversation_id, asked)
    entry = Disclosure(
        id=new_id(now),
        conversation_id=conversation_id,
        authority=asked.authority,
        ground=asked.ground,
        asked_for=tuple(dict.fromkeys(asked.scope)),
        silent=asked.silent,
        asked_by=member.id,
        asked_at=now,
    )
    async with house.db.write() as tx:
        await found(tx, member, conversation_id)
        if not await disclosures.add(tx, entry, key, next_working(now, house.zone)):
            return
        where = (conversation_id, entry.id)
        await register_words.add(tx, where, Part.REFERENCE, member.id, reference, now)
        await register_words.add(tx, where, Part.ASKED, member.id, words, now)
        await events.add(tx, [Event(conversation_id, "disclosure_asked", now, member.id)])
        audit.note(tx, "disclosure_asked", now, member.id, entry.id, asked.ground)


async def is_alone(house: House, member: Member) -> bool:
    """Nobody else coordinates: what they write down themselves nobody can agree to. Raises
    NotAllowed."""
    must(member, Act.REGISTER)
    async with house.db.read() as tx:
        there = await given_roles.staff(tx)
    leads = (e.id for e in there if e.revoked_at is None and e.member.may(Act.DISCLOSE))
    return set(leads) == {member.id}


async def ask_of_stranger(
    house: House, member: Member, asked: Asked, whom: str, *, form_key: UUID
) -> None:
    """`whom`: the name or number that they gave. It is sealed to the team, and nobody is looked up
    by it. The same form twice is one entry.

    Raises BadInput (whom or reference: empty or too_long; more: too_long), or NotAllowed.
    """
    must(member, Act.REGISTER)
    about, reference = needed("whom", whom), needed("reference", asked.reference)
    words = optional("more", asked.words)
    if asked.ground is Ground.OTHER and not words:
        raise BadInput("ground", "no_words")
    now = house.now()
    key = once(form_key, "stranger", about, asked)
    entry = Disclosure(
        id=new_id(now),
        conversation_id=None,
        authority=asked.authority,
        ground=asked.ground,
        asked_for=OF_STRANGERS,
        silent=False,
        asked_by=member.id,
        asked_at=now,
    )
    said = {Part.WHOM: about, Part.REFERENCE: reference, Part.ASKED: words}
    async with house.db.write() as tx:
        await still_here(tx, member)
        if not await disclosures.add(tx, entry, key, next_working(now, house.zone)):
            return
        for part, body in said.items():
            await stranger_words.add(tx, entry.id, part, member.id, body, now)
        audit.note(tx, "disclosure_asked", now, member.id, entry.id, asked.ground)
