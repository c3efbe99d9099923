"""The bank of ready phrases: whoever writes to contacts sees it, coordinators change it."""

import re
from uuid import UUID

from domain.access import Act
from domain.member import Member
from handlers import seen
from handlers.desk import must, once
from handlers.errors import BadInput, NotFound
from handlers.house import House
from handlers.offered import first_name
from handlers.reply import LONGEST
from handlers.seen_phrases import Bank, BankPhrase
from storage import audit, lines, members, phrases
from storage.contacts import Contact
from storage.database import Tx
from storage.phrases import Phrase

LONGEST_NAME = 60

_PLACE = re.compile(r"\{[^}]*\}?|\}")


async def see_phrases(house: House, member: Member) -> Bank:
    """All phrases of the languages that the lines speak, and of others there are phrases in.

    Raises NotAllowed.
    """
    must(member, Act.SEE_PHRASES)
    async with house.db.read() as tx:
        found = await phrases.every(tx)
        spoken = [language for line in await lines.every(tx) for language in line.languages]
        names = {entry.id: entry.name for entry in await members.every(tx)}
    languages = tuple(dict.fromkeys([*spoken, *(phrase.language for phrase in found)]))
    return Bank(
        languages=languages,
        phrases=tuple(
            BankPhrase(
                p.id,
                p.language,
                p.name,
                p.body,
                p.edition,
                names.get(p.member_id, ""),
                p.changed_at,
            )
            for p in found
        ),
        may_change=member.may(Act.WRITE_PHRASES),
    )


async def add_phrase(
    house: House, member: Member, language: str, name: str, body: str, *, form_key: UUID
) -> None:
    """The same words with the same `form_key` twice add one. Raises BadInput, OnlyCoordinators or
    NotAllowed."""
    must(member, Act.WRITE_PHRASES)
    spoken = (await see_phrases(house, member)).languages
    if language not in spoken:
        raise BadInput("language", "unknown")
    name, body = _checked(name, body)
    async with house.db.write() as tx:
        now, fresh = house.now(), once(form_key, language, name, body)
        if await phrases.add(tx, Phrase(fresh, language, name, body, 1, member.id, now)):
            audit.note(tx, "phrase", now, member.id, fresh, "added")


async def change_phrase(
    house: House, member: Member, phrase_id: UUID, name: str, body: str, *, edition: int
) -> None:
    """`edition`: the one that the page showed; a later one is not written over.

    Raises BadInput (phrase: changed), NotFound, OnlyCoordinators or NotAllowed.
    """
    must(member, Act.WRITE_PHRASES)
    name, body = _checked(name, body)
    async with house.db.write() as tx:
        known = {phrase.id: phrase for phrase in await phrases.every(tx)}
        if phrase_id not in known:
            raise NotFound
        language = known[phrase_id].language
        changed = Phrase(phrase_id, language, name, body, edition + 1, member.id, house.now())
        if not await phrases.change(tx, changed):
            raise BadInput("phrase", "changed")
        audit.note(tx, "phrase", house.now(), member.id, phrase_id, "changed")


async def remove_phrase(house: House, member: Member, phrase_id: UUID) -> None:
    """What was sent stays sent. Raises OnlyCoordinators or NotAllowed."""
    must(member, Act.WRITE_PHRASES)
    async with house.db.write() as tx:
        await phrases.remove(tx, phrase_id)
        audit.note(tx, "phrase", house.now(), member.id, phrase_id, "removed")


async def ready_for(tx: Tx, member: Member, contact: Contact) -> tuple[seen.Phrase, ...]:
    """In the contact's language, with the counsellor's own first name for `{alias}`."""
    return tuple(
        seen.Phrase(p.id, p.name, p.body.replace("{alias}", first_name(member)))
        for p in await phrases.every(tx, contact.language)
    )


def _checked(name: str, body: str) -> tuple[str, str]:
    name = " ".join(name.replace("\x00", "").split())
    body = body.replace("\r\n", "\n").replace("\x00", "").strip()
    for what, text, longest in (("name", name, LONGEST_NAME), ("body", body, LONGEST)):
        if not text or len(text) > longest:
            raise BadInput(f"phrase_{what}", "too_long" if text else "empty")
    if any(place != "{alias}" for place in _PLACE.findall(body)):
        raise BadInput("phrase_body", "place")
    return name, body
