"""Everything that is held about one contact is gathered, from every table that has something.

Only within a request of somebody who was admitted: what does not open for them is named.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.before import before, of_now
from domain.message import Author
from handlers import seen_export as seen
from handlers.gather_register import disclosed, exported, owed
from handlers.house import House
from handlers.seen_export import There
from handlers.timeline import SHOWN
from handlers.without_word import without_word
from storage import (
    aliases,
    blocks,
    contacts,
    conversations,
    events,
    given_roles,
    lines,
    messages,
    notes,
    openings,
    outbox,
    pictures,
    plans,
    quiet_words,
    revisions,
    triages,
    troubles,
    waits,
)
from storage.contacts import Contact
from storage.conversations import Conversation
from storage.database import Tx
from storage.messages import Message
from storage.notes import Note
from storage.outbox import Sending
from storage.revisions import Revision
from storage.texts import NO_WORDS, Words
from triage import state as triage_state

SUFFIXES = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif"}


@dataclass(frozen=True)
class Gathering:
    """What the parts share."""

    house: House
    tx: Tx
    roles: Mapping[UUID, str]
    lines: Mapping[UUID, str]
    held: frozenset[UUID]
    """The notes, and the duties whose words, are kept back."""

    def role(self, member_id: UUID | None) -> str:
        """What somebody of ours is here; never who."""
        return self.roles.get(member_id, "") if member_id else ""


async def gathering(house: House, tx: Tx, held: Collection[UUID]) -> Gathering:
    """For one transaction."""
    roles = {entry.id: str(entry.role) for entry in await given_roles.staff(tx)}
    known = {line.id: line.name for line in await lines.every(tx)}
    return Gathering(house, tx, roles, known, frozenset(held))


async def gather(g: Gathering, contact_ids: Collection[UUID]) -> tuple[seen.Talk, ...]:
    """Of these contacts, who are one person: each line's by itself, the first one first."""
    people = await contacts.by_ids(g.tx, contact_ids)
    talks = await conversations.of_contacts(g.tx, people.keys(), lock=False)
    ordered = sorted(talks.items(), key=lambda one: (people[one[0]].first_inbound_at, one[0]))
    return tuple([await _talk(g, people[contact], talk) for contact, talk in ordered])


async def _talk(g: Gathering, contact: Contact, talk: Conversation) -> seen.Talk:
    tx = g.tx
    noted = await notes.of_conversation(tx, talk.id)
    runs = await triages.of_conversation(tx, talk.id)
    word = await quiet_words.of_contact(tx, contact.id)
    alias = (await aliases.of_contacts(tx, [contact.id])).get(contact.id)
    made = seen.Talk(
        line=g.lines.get(talk.line_id, ""),
        channel=contact.channel,
        address=(await contacts.addresses(tx, [contact.id]))[contact.id].theirs,
        alias=str(alias or ""),
        language=contact.language,
        gate=contact.gate,
        opt_out=contact.opt_out,
        safe_hours=contact.safe_hours,
        watched_at=contact.watched_at,
        ways=None if contact.ways is None else tuple(sorted(contact.ways)),
        writes_first=contact.writes_first,
        quiet_word_at=word.agreed_at if word else None,
        first_at=contact.first_inbound_at,
        last_at=contact.last_inbound_at,
        delete_requested_at=contact.delete_requested_at,
        state=talk.state,
        tier=talk.tier.name,
        reasons=of_now(talk.reasons),
        before=tuple(
            seen.Earlier(one.tier.name, one.reason, one.month) for one in before(talk.reasons)
        ),
        marks=tuple(talk.marks),
        opened_at=talk.opened_at,
        closed_at=talk.closed_at,
        outcome=talk.outcome,
        said=await _said(g, contact, talk.id),
        answers=tuple(a for run in runs for a in _answers(run.state)),
        answers_unopened=sum(run.sealed or run.state == {} for run in runs),
        noted=tuple(_noted(g, one) for one in noted if one.only_for is None),
        between_colleagues=sum(one.only_for is not None for one in noted),
        planned=await _planned(g, talk.id),
        waited=await _waited(g, talk.id),
        undelivered=(await troubles.of_one(tx, talk.id)),
        done=tuple(
            seen.Done(e.at, e.kind, g.role(e.member_id) or None, _code(e.detail))
            for e in await events.of_conversation(tx, talk.id)
            if e.kind in SHOWN
        ),
        opened=tuple(
            seen.Opened(at, g.role(who)) for who, at in await openings.of_conversation(tx, talk.id)
        ),
        owed=await owed(tx, talk.id, g.roles, g.held),
        disclosed=await disclosed(tx, talk.id),
        exported=await exported(tx, talk.id, g.roles),
        blocked=tuple(
            seen.Blocked(b.reason, b.began_at, b.ends_at, b.lifted_at)
            for b in await blocks.of_conversation(tx, talk.id)
        ),
    )
    return without_word(made, word.word if word else None)


def _code(detail: str | None) -> str | None:
    """An event's detail, unless it is an id: that is a colleague's."""
    try:
        UUID(detail or "")
    except ValueError:
        return detail
    return None


def there(words: Words, *, removed: bool = True) -> tuple[There, str]:
    """Whether there are words, and these. `removed`: there were some, so that they are gone."""
    if words.sealed or words.unreadable:
        return There.UNOPENED, ""
    if words.body is None:
        return (There.REMOVED if removed else There.NONE), ""
    return (There.WORDS if words.body else There.NONE), words.body


async def _said(g: Gathering, contact: Contact, talk_id: UUID) -> tuple[seen.Said, ...]:
    said = await messages.of_conversation(g.tx, talk_id)
    rows = await outbox.of_conversation(g.tx, talk_id)
    edits = await revisions.of_conversation(g.tx, talk_id)
    return tuple([await _one(g, contact, m, rows.get(m.id), edits.get(m.id, ())) for m in said])


async def _one(
    g: Gathering,
    contact: Contact,
    message: Message,
    row: Sending | None,
    edits: Collection[Revision],
) -> seen.Said:
    state, words = there(Words(message.body, message.unreadable, message.sealed))
    by = g.role(message.member_id) or str(Author(message.author))
    return seen.Said(
        at=message.at,
        by=by,
        way=row.channel if row else contact.channel,
        there=state,
        words=words,
        delivery=row.state if row else None,
        delivery_at=row.changed_at if row else None,
        refusal=row.refusal if row else None,
        edits=tuple(
            seen.Edit(edit.at, *there(Words(edit.body, edit.unreadable, edit.sealed)))
            for edit in edits
        ),
        pictures=tuple([await _picture(g, message, n) for n in range(len(message.media))]),
    )


async def _picture(g: Gathering, message: Message, number: int) -> seen.Picture:
    kind = message.media[number].content_type
    found = await pictures.find(g.tx, message.id, number)
    if found is None:
        return seen.Picture(kind, "", b"")
    suffix = SUFFIXES.get(found.content_type, "bin")
    name = f"{message.at:%Y%m%d-%H%M%S}-{number + 1}-{message.id.hex[-6:]}.{suffix}"
    return seen.Picture(found.content_type, name, found.content)


def _noted(g: Gathering, note: Note) -> seen.Noted:
    state, words = there(Words(note.body, note.unreadable, note.sealed))
    if note.id in g.held:
        state, words = There.HELD_BACK, ""
    return seen.Noted(note.at, g.role(note.member_id), note.purpose, state, words)


def _answers(state: Mapping[str, Any] | None) -> list[seen.Answered]:
    if not state:
        return []
    answers = triage_state.State.from_json(state).answers
    return [seen.Answered(a.save, a.value, a.text) for a in answers]


async def _planned(g: Gathering, talk_id: UUID) -> tuple[seen.Planned, ...]:
    later = await plans.of_conversation(g.tx, talk_id)
    bodies = await plans.bodies(g.tx, later)
    return tuple(
        seen.Planned(
            plan.due_at,
            plan.kind is plans.Kind.FOLLOW_UP,
            g.role(plan.member_id),
            *there(bodies.get(plan.id, NO_WORDS), removed=False),
        )
        for plan in later
        if plan.due_at is not None
    )


async def _waited(g: Gathering, talk_id: UUID) -> seen.Waited | None:
    wait = (await waits.of_conversations(g.tx, [talk_id])).get(talk_id)
    if wait is None:
        return None
    return seen.Waited(wait.since, wait.told, wait.chosen, wait.answered_at)
