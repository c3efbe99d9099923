"""Somebody asks us for something about a contact: who, on what ground and for what is written down
before anybody decides."""

from dataclasses import dataclass
from uuid import UUID

from domain.access import Act
from domain.disclosure import Authority, Ground, Scope
from domain.member import Member
from handlers.desk import found, must, once
from handlers.errors import BadInput
from handlers.house import House
from handlers.register_text import needed, optional
from storage import audit, disclosures, events, register_words
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
        if not await disclosures.add(tx, entry, key):
            return
        where = (conversation_id, entry.id)
        await register_words.add(tx, where, Part.REFERENCE, member.id, reference, now)
        await register_words.add(tx, where, Part.ASKED, member.id, words, now)
        await events.add(tx, [Event(conversation_id, "disclosure_asked", now, member.id)])
        audit.note(tx, "disclosure_asked", now, member.id, entry.id, asked.ground)
