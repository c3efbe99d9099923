"""A contact is deleted as they asked: step by step, each a transaction, killed at any point it
goes on.

ASKED: unless something is open, has to be reported, is asked for by an authority or is held, their
number is forgotten, so that whatever they write next comes from somebody new. CLEARING: what is on
its way is waited for or withdrawn, then all that they told is destroyed here and asked to go at the
providers. TELLING: they are told, which is true by then, and what told them and the address go.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from domain.contact_rules import Refusal
from domain.conversation import TRANSITIONS, Outcome, State, Step
from domain.deletion import LONGEST, LOOKS_AGAIN, Stage
from domain.delivery import Delivery
from domain.message import Channel
from handlers.case import Case
from handlers.cases import known_cases
from handlers.house import House
from handlers.write_case import write
from storage import (
    aliases,
    audit,
    compacting,
    contacts,
    conversations,
    deletions,
    disclosures,
    duties,
    events,
    forgetting,
    holds,
    lines,
    messages,
    outbox,
    provider_copies,
    searches,
)
from storage.contacts import Contact
from storage.conversations import Conversation
from storage.database import Tx
from storage.deletions import Deletion
from storage.events import Event
from storage.provider_copies import Kind, NewCopy

AT_ONCE = 16

PART = "deleted_part"
"""What says that something stays: notes that the law keeps, or copies that providers keep."""

REQUESTED = "delete_requested"
"""The mark of a conversation whose contact asked, and about which a person decides."""


async def forget(house: House) -> int:
    """Take the steps that are due; how many were taken. What went is in no file of SQLite's; from
    PostgreSQL's it goes at night (`handlers.let_go`)."""
    now = house.now()
    async with house.db.read_for_work() as tx:
        due = await deletions.due(tx, now, AT_ONCE)
    taken = sum([await _step(house, contact_id, now) for contact_id in due])
    if taken:
        await compacting.truncate_log(house.db)
    return taken


async def _step(house: House, contact_id: UUID, now: datetime) -> bool:
    """False where another process is at it."""
    async with house.db.write() as tx:
        people = await deletions.everyone_at(tx, contact_id, wait=False)
        here = await deletions.of_contact(tx, contact_id) if people else None
        if here is None or here.due_at is None or here.due_at > now:
            return False
        match here.stage:
            case Stage.ASKED:
                await _begin_or_ask(house, tx, here, people, now)
            case Stage.CLEARING:
                await _clear(house, tx, here, now)
            case Stage.TELLING:
                await _finish(house, tx, here, now)
            case Stage.DONE:
                return False
    house.wake.outbox()
    return True


async def _begin_or_ask(
    house: House, tx: Tx, here: Deletion, people: Mapping[UUID, Contact], now: datetime
) -> None:
    cases = await known_cases(house, tx, people, now)
    waits = await duties.any_open(tx, cases.keys())
    waits = waits or await disclosures.any_unsettled(tx, cases.keys())
    waits = waits or bool(await holds.standing(tx, cases.keys(), now))
    if not waits and all(case.conversation.state is State.CLOSED for case in cases.values()):
        marked = any("under_18" in case.conversation.marks for case in cases.values())
        talks = {case.contact.id: case.conversation for case in cases.values()}
        await begin(tx, replace(here, keeps_notes=marked), people, talks, now)
        return
    await deletions.take_back(tx, here.contact_id)
    for case in cases.values():
        if waits or case.conversation.state is not State.CLOSED:
            case.know(delete_requested_at=here.asked_at)
            case.mark([REQUESTED])
            case.happened(REQUESTED)
        if case.contact.id == here.contact_id:
            case.say("delete_noted", await _words(house, tx, case, "delete_noted"))
    await write(tx, list(cases.values()), now)


async def begin(
    tx: Tx,
    by: Deletion,
    people: Mapping[UUID, Contact],
    talks: Mapping[UUID, Conversation],
    now: datetime,
) -> None:
    """From now on nobody finds them by their number, and nothing of theirs is open.

    `by`: of the one who is told; `talks`: by contact. All of them are locked.
    """
    deletion = replace(by, stage=Stage.CLEARING, began_at=now, due_at=now)
    await outbox.withdraw_all(tx, people, Refusal.REDACTED, now, but=())
    await contacts.save(tx, [_unknown(contact) for contact in people.values()])
    await contacts.lose(tx, people)
    for talk in talks.values():
        if talk.state is not State.CLOSED:
            await _close(tx, talk, now)
    unmarked = [
        replace(t, marks=tuple(m for m in t.marks if m != REQUESTED)) for t in talks.values()
    ]
    await conversations.save(
        tx, [replace(t, page_due_at=None, waiting_since=None) for t in unmarked]
    )
    told = by.contact_id
    theirs = [replace(deletion, contact_id=c, tells=by.tells and c == told) for c in people]
    await deletions.save(tx, theirs)
    begun = [Event(t.id, "deletion_begun", now, by.member_id) for t in talks.values()]
    await events.add(tx, begun)


def _unknown(contact: Contact) -> Contact:
    return replace(contact, delete_asked_at=None, delete_requested_at=None)


async def _close(tx: Tx, talk: Conversation, now: datetime) -> None:
    await conversations.pass_on(
        tx,
        talk.id,
        expect=(talk.state, talk.owner_id),
        then=(TRANSITIONS[talk.state, Step.FORGET], None),
        earlier_owner_id=talk.owner_id or talk.earlier_owner_id,
        closed_at=now,
        outcome=Outcome.NO_FURTHER_CONTACT,
        handed_over_at=None,
    )


async def _clear(house: House, tx: Tx, here: Deletion, now: datetime) -> None:
    person = (await contacts.by_ids(tx, [here.contact_id]))[here.contact_id]
    cases = await known_cases(house, tx, {person.id: person}, now)
    await outbox.withdraw_all(tx, [person.id], Refusal.REDACTED, now, but=())
    if await _is_awaited(tx, cases, here, now):
        await deletions.save(tx, [replace(here, due_at=now + LOOKS_AGAIN)])
        return
    if not house.keeps_copies:
        await _ask_providers(tx, person, cases, now)
    await forgetting.destroy(tx, cases.keys(), now, keeps_notes=here.keeps_notes)
    case = next(iter(cases.values()), None)
    part = here.keeps_notes or house.keeps_copies
    if case is None or not here.tells:
        await _end(tx, here, cases, now, part=part)
        return
    text_id = PART if part else "deleted"
    row = case.say(text_id, await _words(house, tx, case, text_id))
    telling = replace(here, stage=Stage.TELLING, told_row_id=row.id, due_at=now + LOOKS_AGAIN)
    await deletions.save(tx, [telling])
    await write(tx, [case], now)


async def _is_awaited(tx: Tx, cases: Mapping[UUID, Case], here: Deletion, now: datetime) -> bool:
    """Something is being sent, or nobody knows whether it was: then the provider is asked, which
    wants its words to compare."""
    if now - (here.began_at or here.asked_at) >= LONGEST:
        return False
    rows = [row for talk in cases for row in (await outbox.of_conversation(tx, talk)).values()]
    return any(row.pending for row in rows)


async def _ask_providers(
    tx: Tx, person: Contact, cases: Mapping[UUID, Case], now: datetime
) -> None:
    known = await forgetting.at_providers(tx, cases.keys())
    chat = ""
    if person.channel is Channel.TELEGRAM:
        chat = (await contacts.addresses(tx, [person.id]))[person.id].theirs
    rows = [row for talk in cases for row in (await outbox.of_conversation(tx, talk)).values()]
    await provider_copies.not_for(tx, (row.id for row in rows))
    await provider_copies.add(
        tx,
        [NewCopy(one.channel, Kind.MESSAGE, one.made_at, one.provider_id, chat) for one in known],
        now,
    )


async def _finish(house: House, tx: Tx, here: Deletion, now: datetime) -> None:
    rows = await outbox.locked(tx, [here.told_row_id] if here.told_row_id else [])
    waited = now - (here.began_at or here.asked_at)
    if any(row.pending for row in rows.values()) and waited < LONGEST:
        await deletions.save(tx, [replace(here, due_at=now + LOOKS_AGAIN)])
        return
    person = (await contacts.by_ids(tx, [here.contact_id]))[here.contact_id]
    talks = await conversations.of_contacts(tx, [person.id])
    await outbox.withdraw_all(tx, [person.id], Refusal.REDACTED, now, but=())
    chat = (await contacts.addresses(tx, [person.id]))[person.id].theirs
    in_chat = chat if person.channel is Channel.TELEGRAM else ""
    told = [
        NewCopy(row.channel, Kind.MESSAGE, row.accepted_at or now, row.provider_id, in_chat)
        for row in rows.values()
        if row.provider_id and row.channel is not Channel.TELEGRAM and not house.keeps_copies
    ]
    part = bool(await messages.with_text(tx, [talk.id for talk in talks.values()], PART))
    await provider_copies.add(tx, told, now)
    await forgetting.wipe_texts(tx, [talk.id for talk in talks.values()], now)
    reached = any(row.state in {Delivery.SENT, Delivery.DELIVERED} for row in rows.values())
    mine = {talk.id: talk for talk in talks.values()}
    await _end(tx, here, mine, now, part=part, told=reached)


async def _end(
    tx: Tx,
    here: Deletion,
    talks: Mapping[UUID, object],
    now: datetime,
    *,
    part: bool,
    told: bool = False,
) -> None:
    await aliases.spend(tx, [here.contact_id], now)
    await forgetting.destroy_address(tx, [here.contact_id], keeps_notes=here.keeps_notes)
    await searches.end(tx, now)  # somebody may have looked for them by name
    done = replace(here, stage=Stage.DONE, due_at=None, told_row_id=None, done_at=now)
    await deletions.save(tx, [done])
    kind = PART if part else "deleted"
    kept = "notes_kept" if here.keeps_notes else "all"
    for talk in talks:
        audit.note(tx, "deleted", now, object_id=talk, detail=kept)
    await events.add(tx, [Event(talk, kind, now, None, "told" if told else None) for talk in talks])


async def _words(house: House, tx: Tx, case: Case, text_id: str) -> str:
    line = next(line for line in await lines.every(tx) if line.id == case.contact.line_id)
    script = house.scripts.current(line.script).script
    hours = round(house.backups.total_seconds() / 3600)
    return case.voice(script).says(text_id).replace("{h}", str(hours))
