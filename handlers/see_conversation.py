"""The conversation page: the thread, the answers, what may be written now. Opening is logged."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter
from uuid import UUID

from domain import contact_rules as rules
from domain.access import Act
from domain.choices import choices
from domain.contact_rules import refusal
from domain.delivery import TROUBLE, Delivery
from domain.member import Member
from domain.message import Author, Channel
from handlers import seen
from handlers.case import standing
from handlers.colleagues import colleagues
from handlers.desk import must
from handlers.episodes import episodes
from handlers.errors import NotFound
from handlers.house import House
from handlers.may_open import must_open
from handlers.naming import name
from handlers.offered import offered
from handlers.phrases import ready_for
from handlers.see_queue import row
from handlers.seen_blocked import with_blocked
from handlers.seen_help import is_with, seen_help
from handlers.seen_plans import planned
from handlers.seen_safe import seen_safe
from handlers.seen_word import less, marked, seen_word
from handlers.show_picture import may_fetch
from handlers.timeline import SHOWN, is_for_people
from storage import (
    conflicts,
    drafts,
    events,
    given_roles,
    helps,
    lines,
    messages,
    notes,
    openings,
    outbox,
    pictures,
    plans,
    queue,
    quiet_words,
    revisions,
    triages,
    troubles,
)
from storage.database import Tx
from storage.drafts import Box
from storage.events import Event
from storage.helps import Help
from storage.lines import Line
from storage.members import Entry
from storage.messages import Message
from storage.notes import Note
from storage.outbox import Sending
from storage.plans import Plan
from storage.queue import Standing
from storage.quiet_words import QuietWord
from storage.revisions import Revision
from storage.texts import Words
from storage.triages import Triage
from triage import engine
from triage import state as triage_state
from triage.script import Script

STILL_OPEN = timedelta(minutes=15)
"""A page that refreshes itself for longer is logged again."""


@dataclass(frozen=True)
class _Found:
    event: int
    standing: Standing
    why: str
    said: list[Message]
    pictures: Mapping[UUID, frozenset[int]]
    rows: Mapping[UUID, Sending]
    edits: Mapping[UUID, list[Revision]]
    script: Script
    noted: list[Note]
    happened: list[Event]
    runs: list[Triage]
    staff: Mapping[UUID, Entry]
    lines: Mapping[UUID, Line]
    draft: str
    note_draft: str
    texts: tuple[tuple[str, str], ...]
    phrases: tuple[seen.Phrase, ...]
    away: frozenset[UUID]
    noted_troubles: set[tuple[UUID, Delivery]]
    helps: Mapping[UUID, Help]
    planned: list[Plan]
    planned_bodies: Mapping[UUID, Words]
    word: QuietWord | None


async def see_conversation(
    house: House, member: Member, conversation_id: UUID, *, opening: bool = True
) -> seen.Conversation:
    """What a reader is shown. Raises NeedsReason, NotFound or NotAllowed.

    `opening`: a person opens the page, which is logged, and read by its owner; False for a page
    that only refreshes itself, which is logged now and then: nobody reads past the log.
    """
    must(member, Act.READ)
    now = house.now()
    async with house.db.read() as tx:
        found = await _find(house, tx, member, conversation_id)
        known = await openings.logged_since(tx, conversation_id, member.id, now - STILL_OPEN)
    if found.standing.alias is None and await name(house, [conversation_id]):
        async with house.db.read() as tx:
            found = await _find(house, tx, member, conversation_id)
    if opening:
        found = await _opened(house, member, found, now)
    elif not known:
        async with house.db.write() as tx:
            await openings.log(tx, conversation_id, member.id, now, found.why)
    return await with_blocked(house, _shown(house, member, found, now))


async def _opened(house: House, member: Member, found: _Found, now: datetime) -> _Found:
    """With the number of the reading itself, if nothing else happened: it makes no page stale."""
    talk = found.standing.conversation
    unread = [m.id for m in found.said if m.author is Author.CONTACT and m.read_at is None]
    async with house.db.write() as tx:
        await openings.log(tx, talk.id, member.id, now, found.why)
        if talk.owner_id == member.id and unread:
            await messages.mark_read(tx, talk.id, now, _newest(found))
            await events.add(tx, [Event(talk.id, "read", now, member.id)])
        happened = await events.after(tx, found.event, 2, talk.id)
    alone = unread and talk.owner_id == member.id and len(happened) == 1
    return replace(found, event=happened[0][0]) if alone else found


async def _find(house: House, tx: Tx, member: Member, conversation_id: UUID) -> _Found:
    event = await events.newest(tx, conversation_id)
    standing = await queue.of_conversation(tx, conversation_id)
    if standing is None:
        raise NotFound
    why = await must_open(tx, member, standing, house.now())
    said = await messages.of_conversation(tx, conversation_id)
    known = {line.id: line for line in await lines.every(tx)}
    later = await plans.of_conversation(tx, conversation_id)
    return _Found(
        event=event,
        standing=standing,
        why=why,
        said=said,
        pictures=await pictures.kept(tx, [m.id for m in said if m.media]),
        rows=await outbox.of_conversation(tx, conversation_id),
        edits=await revisions.of_conversation(tx, conversation_id),
        script=house.scripts.current(known[standing.contact.line_id].script).script,
        noted=await notes.of_conversation(tx, conversation_id),
        happened=await events.of_conversation(tx, conversation_id),
        runs=await triages.of_conversation(tx, conversation_id),
        staff={entry.id: entry for entry in await given_roles.staff(tx)},
        lines=known,
        draft=await drafts.kept(tx, Box.REPLY, conversation_id, member.id),
        note_draft=await drafts.kept(tx, Box.NOTE, conversation_id, member.id),
        texts=await offered(house, tx, member, standing.contact),
        phrases=await ready_for(tx, member, standing.contact),
        away=await conflicts.away_from(tx, standing.contact.id),
        noted_troubles=await troubles.noted(tx, conversation_id),
        helps=await helps.of_conversation(tx, conversation_id),
        planned=later,
        planned_bodies=await plans.bodies(tx, later) if later else {},
        word=await quiet_words.of_contact(tx, standing.contact.id),
    )


def _shown(house: House, member: Member, found: _Found, now: datetime) -> seen.Conversation:
    talk, contact = found.standing.conversation, found.standing.contact
    names = {entry.id: entry.name for entry in found.staff.values()}
    cards = {line.id: line.name for line in found.lines.values()}
    here = standing(contact, talk)
    thread = marked(_thread(found, names, member), found.word)
    word = seen_word(found.word, thread, names)
    return seen.Conversation(
        row=row(found.standing, names, cards, now, house.pace),
        mine=talk.owner_id == member.id,
        thread=thread,
        answers=less(_answers(found.runs), found.word),
        triage_runs=any(run.ended_at is None for run in found.runs),
        safe_hours=contact.safe_hours,
        refusal=refusal(here, Author.COUNSELLOR, "", now, house.zone, asked=False),
        window=_window(house, here, found, now),
        media_refused=found.lines[talk.line_id].media_refused,
        draft=found.draft,
        note_draft=found.note_draft,
        texts=found.texts,
        phrases=found.phrases,
        suggested=_suggested(found, member),
        colleagues=colleagues(member, found.staff, found.away),
        episodes=episodes(talk, found.happened, found.said, names),
        opened_at=talk.opened_at,
        closed_at=talk.closed_at,
        outcome=talk.outcome,
        newest=_newest(found),
        event=found.event,
        help=seen_help(member, talk.owner_id, found.helps, names),
        owner_id=talk.owner_id,
        may_step_in=member.may(Act.STEP_IN) and talk.owner_id not in {None, member.id},
        planned=planned(found.planned, found.planned_bodies, names),
        safe=seen_safe(contact, here, word, mine=is_with(member, talk.owner_id, found.helps)),
        answers_sealed=any(run.sealed for run in found.runs),
    )


def _newest(found: _Found) -> UUID | None:
    edits = (edit.id for versions in found.edits.values() for edit in versions)
    return max((*(message.id for message in found.said), *edits), default=None)


def _window(house: House, here: rules.Standing, found: _Found, now: datetime) -> seen.Window | None:
    ends = rules.window_ends(here)
    if ends is None:
        return None
    reason = refusal(here, Author.COUNSELLOR, rules.TEMPLATE, now, house.zone, asked=False)
    line = found.lines[found.standing.conversation.line_id]
    return seen.Window(ends, now < ends, bool(line.whatsapp_template), reason)


def _suggested(found: _Found, member: Member) -> str | None:
    """Before this counsellor's first text since they got it, handover, which says that they have
    read; once the contact has answered that and all is answered, close.
    """
    talk = found.standing.conversation
    if talk.owner_id != member.id:
        return None
    since = max(
        (e.at for e in found.happened if e.kind in {"taken", "transferred", "taken_over"}),
        default=None,
    )
    mine = [m for m in found.said if m.member_id == member.id and (not since or m.at >= since)]
    theirs = [m.at for m in found.said if m.author is Author.CONTACT]
    if not mine or not theirs:
        return "handover" if theirs else None
    if max(theirs) < mine[0].at:
        return None
    last = mine[-1]
    row = found.rows.get(last.id)
    if talk.waiting_since is not None or last.text_id == "close" or (row and row.state in TROUBLE):
        return None
    return "close"


def _thread(
    found: _Found, names: Mapping[UUID, str], member: Member
) -> tuple[seen.Said | seen.Noted | seen.Happened, ...]:
    channel = found.standing.contact.channel
    said = [
        _with_pictures(_said(m, found, names, member), channel, found.pictures) for m in found.said
    ]
    noted = [_noted(n, names) for n in found.noted if n.is_for(member.id)]
    happened = [_happened(e, names) for e in found.happened if e.kind in SHOWN]
    return tuple(sorted([*said, *noted, *happened], key=attrgetter("at")))


def _said(message: Message, found: _Found, names: Mapping[UUID, str], member: Member) -> seen.Said:
    sending = found.rows.get(message.id)
    troubled = sending is not None and sending.state in TROUBLE and not sending.pending
    owner = found.standing.conversation.owner_id
    return seen.Said(
        id=message.id,
        author=message.author,
        text_id=message.text_id,
        counsellor=names.get(message.member_id) if message.member_id else None,
        body=message.body,
        media=message.media,
        at=message.at,
        caught_up=message.caught_up,
        delivery=sending.state if sending else None,
        delivery_at=sending.changed_at if sending else None,
        error_code=sending.error_code if sending else None,
        refusal=sending.refusal if sending else None,
        may_resend=troubled and owner == member.id and message.body is not None,
        may_note=owner in {None, member.id} and _is_a_task(sending, found.noted_troubles),
        unread=message.author is Author.CONTACT and message.read_at is None,
        unreadable=message.unreadable,
        sealed=message.sealed,
        unsettled=troubled and sending is not None and sending.state is Delivery.UNKNOWN,
        pressed=_pressed(message, found.script, found.standing.contact.language),
        rewritten=tuple(_rewritten(message, edit) for edit in found.edits.get(message.id, ())),
    )


def _rewritten(message: Message, edit: Revision) -> seen.Rewritten:
    gone = message.redacted_at
    words = edit.body is not None or edit.sealed or edit.unreadable
    refused = not words and gone is not None and edit.at >= gone
    return seen.Rewritten(edit.body, edit.at, edit.unreadable, refused, edit.sealed)


def _with_pictures(
    said: seen.Said, channel: Channel, fetched: Mapping[UUID, frozenset[int]]
) -> seen.Said:
    if not said.media or said.body is None:
        return said
    places = {p for p, one in enumerate(said.media) if may_fetch(channel, one)}
    return replace(said, may_fetch=frozenset(places), fetched=fetched.get(said.id, frozenset()))


def _pressed(message: Message, script: Script, language: str) -> str | None:
    """What the button said; None where it was typed, or the question is none of today's script."""
    if message.answers_to is None or message.body is None:
        return None
    try:
        asked = engine.text(script, message.answers_to, language)
    except KeyError:
        return None
    return next((one.label for one in choices(asked) if one.digit == message.body), None)


def _is_a_task(sending: Sending | None, noted: set[tuple[UUID, Delivery]]) -> bool:
    """What the machine held back is no trouble: the rules of the line did."""
    if sending is None or sending.state not in TROUBLE or (sending.id, sending.state) in noted:
        return False
    return is_for_people(sending)


def _noted(note: Note, names: Mapping[UUID, str]) -> seen.Noted:
    by = names.get(note.member_id, "")
    only_for = names.get(note.only_for) if note.only_for else None
    return seen.Noted(
        note.id, by, note.body, note.at, note.unreadable, note.purpose, only_for, note.sealed
    )


def _happened(event: Event, names: Mapping[UUID, str]) -> seen.Happened:
    by = names.get(event.member_id) if event.member_id else None
    detail = event.detail
    if event.kind in {"transferred", "taken_over", "kept_away", "let_back"} and detail:
        detail = names.get(UUID(detail))
    return seen.Happened(event.kind, by, detail, event.at)


def _answers(runs: list[Triage]) -> tuple[seen.Answered, ...]:
    found = []
    for run in runs:
        if run.state is not None:
            answers = triage_state.State.from_json(run.state).answers
            found += [seen.Answered(a.save, a.value, a.text) for a in answers]
    return tuple(found)
