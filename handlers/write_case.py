"""What was gathered about contacts is written, a statement a table.

Whoever has just told us not to write is heard by all that waits for them.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from domain.contact_rules import EXCEPTIONS, Refusal
from domain.gate import Gate
from domain.message import Channel, OptOut
from handlers.case import CHANGED, Case
from handlers.owe import owe
from storage import (
    contact_pairs,
    contacts,
    conversations,
    deletions,
    events,
    messages,
    outbox,
    plans,
    triages,
    waits,
)
from storage.database import Tx
from storage.same_address import indexes_of_all, is_same
from storage.waits import LEFT_ALONE


def _silenced(cases: Iterable[Case]) -> dict[Refusal, list[UUID]]:
    """Who has just told us not to write: what waits for them stays, also if they write again."""
    found: dict[Refusal, list[UUID]] = {}
    for case in cases:
        if case.contact.opt_out is not OptOut.NONE and case.loaded.opt_out is OptOut.NONE:
            blocked = case.contact.opt_out is OptOut.BLOCKED
            why = Refusal.BLOCKED if blocked else Refusal.OPTED_OUT
            found.setdefault(why, []).append(case.contact.id)
        elif case.contact.gate is Gate.CLOSED and case.loaded.gate is not Gate.CLOSED:
            found.setdefault(Refusal.GATE_CLOSED, []).append(case.contact.id)
    return found


def _writes_later(case: Case) -> bool:
    """They have just said that they will write: what the machine has not sent yet stays."""
    return any(wait.chosen in LEFT_ALONE for wait in case.changed_waits)


async def _same_chat(tx: Tx, cases: list[Case]) -> list[Case]:
    """Telegram's lines share one bot and so one chat: who says there that nobody may write to them
    has said so to every line. What waits with the other lines, as cases of their own."""
    silent = [c for c in cases if c.forbids_writing and c.contact.channel is Channel.TELEGRAM]
    indexes = indexes_of_all(tx, (case.contact for case in silent))
    if not indexes:
        return []
    here = {case.contact.id: case for case in cases}
    found = {c.id: c for c in await contacts.in_chats(tx, Channel.TELEGRAM, indexes)}
    talks = await conversations.of_contacts(tx, found.keys() - here.keys())
    runs = await triages.running(tx, [talk.id for talk in talks.values()])
    first = silent[0]
    beside = [
        Case(found[contact], talk, runs.get(talk.id), first.now, first.zone, first.pace)
        for contact, talk in talks.items()
    ]
    for case in [*beside, *(here[contact] for contact in found if contact in here)]:
        for one in silent:
            if one is not case and is_same(tx, one.contact, case.contact):
                case.fall_silent_with(one)
    return beside


async def _same_phone(tx: Tx, cases: list[Case]) -> list[Case]:
    """Whoever has just said that their telephone may be watched has said it of the telephone: by
    which line or channel ever it is known here. Cases of their own, but for those at hand."""
    watched = [case for case in cases if case.is_watched_now]
    indexes = indexes_of_all(tx, (case.contact for case in watched))
    if not indexes:
        return []
    here = {case.contact.id: case for case in cases}
    found = {c.id: c for c in await contacts.at_addresses(tx, indexes)}
    talks = await conversations.of_contacts(tx, found.keys() - here.keys())
    runs = await triages.running(tx, [talk.id for talk in talks.values()])
    first = watched[0]
    beside = [
        Case(found[contact], talk, runs.get(talk.id), first.now, first.zone, first.pace)
        for contact, talk in talks.items()
    ]
    for case in [*beside, *cases]:
        for one in watched:
            if is_same(tx, one.contact, case.contact):
                case.is_watched_with(one)
    return beside


async def _learn(tx: Tx, cases: list[Case], now: datetime) -> None:
    """To whom is sealed what they wrote, what was written to them, and what they answered."""
    writing = [case for case in cases if case.messages or case.runs]
    talks = {case.conversation.id: case.contact for case in writing}
    await contact_pairs.learn(tx, talks, now)


async def write(tx: Tx, cases: list[Case], now: datetime) -> None:
    """Write all that was gathered, a statement a table."""
    cases = [*cases, *await _same_chat(tx, cases)]
    cases = [*cases, *await _same_phone(tx, cases)]
    await conversations.add(tx, [case.conversation for case in cases if case.new])
    await conversations.reopen(tx, [c.conversation for c in cases if c.reopened and not c.new])
    standing_ones = [c for c in cases if c.conversation_changed and not (c.new or c.reopened)]
    talks = {case.conversation.id: case.loaded_conversation for case in standing_ones}
    await conversations.save(tx, [case.conversation for case in standing_ones], talks)
    people = {case.contact.id: case.loaded for case in cases}
    await contacts.save(tx, [case.contact for case in cases if case.contact_changed], people)
    await _learn(tx, cases, now)
    runs = [(run, run.id in case.begun) for case in cases for run in case.runs.values()]
    await triages.add(tx, [run for run, begun in runs if begun])
    asked = {run.id: run for case in cases if (run := case.loaded_triage) is not None}
    await triages.save(tx, [run for run, begun in runs if not begun], asked)
    await messages.add(tx, [message for case in cases for message in case.messages])
    await waits.forget(tx, [case.conversation.id for case in cases if case.wait_over])
    await waits.save(tx, [wait for case in cases for wait in case.changed_waits])
    await plans.save(tx, [plan for case in cases for plan in case.changed_plans])
    for reason, contact_ids in _silenced(cases).items():
        await outbox.withdraw_all(tx, contact_ids, reason, now, but=EXCEPTIONS)
    leaving = [case.contact.id for case in cases if _writes_later(case)]
    if leaving:
        await outbox.withdraw_all(
            tx, leaving, Refusal.OVERTAKEN, now, but=EXCEPTIONS, by_hand=False
        )
    await outbox.add(tx, [row for case in cases for row in case.rows], now)
    await deletions.ask(tx, [case.contact.id for case in cases if case.forgets], now)
    if any(case.owed for case in cases):
        await owe(tx, cases, now)
    for case in cases:
        if case.shows_otherwise and not case.events:
            case.happened(CHANGED)
    await events.add(tx, [event for case in cases for event in case.events])
