"""Somebody calls: they hear that texts are read here, and stand in the queue as one who called.

A call that nobody here heard of is listed at the provider and does the same, with its own time.
Nothing is ever sent because of a call: whoever holds the phone may not be who dialled, and it may
ring out in a room full of others (issue 3, "Calls are not lost"). A call is no text either: it
lifts no opt-out, opens no gate, and neither the four hours nor the 90 days begin anew by it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from domain.call import HIDDEN, Call, Spoken
from domain.conversation import State
from domain.gate import Gate
from domain.message import Channel, InboundMessage
from handlers.blocked import is_blocked
from handlers.case import Case
from handlers.errors import CannotStore
from handlers.house import House
from handlers.opened import ONLY_CALLED, put_in_queue
from handlers.receive import cases_of, keyed
from handlers.scripts import FALLBACK
from handlers.storing import storing
from handlers.write_case import write
from storage import events, lines, receipts
from storage.database import Tx
from storage.lines import Line
from storage.receipts import Receipt
from triage import engine

CALLED = "called"
"""The reason that staff read, and the event in the thread."""

CALLED_HIDDEN = "called_hidden"
"""The event, where the number was withheld."""

ONE_ENTRY = timedelta(hours=1)
"""Calls of one number within it stand in the thread once."""

SECOND_LANGUAGE = "en"
"""Spoken after the line's own language, where the line has it."""

log = structlog.get_logger()


async def called(house: House, call: Call) -> tuple[Spoken, ...]:
    """Store the call; what the caller is to hear.

    The same for everybody: what a caller hears never tells whether their number is known here.
    The same call twice has one effect. Raises CannotStore: nothing was stored.
    """
    _, spoken = await storing(partial(_called, house, call))
    return spoken


async def found(house: House, call: Call) -> bool:
    """Store a call that is over: nobody hears anything. False where it changed nothing.

    Raises CannotStore: nothing was stored.
    """
    new, _ = await storing(partial(_called, house, call))
    return new


async def unheard_of(house: House, calls: Sequence[Call]) -> list[Call]:
    """Those of them that were never stored, in their order. Raises CannotStore."""
    return await storing(partial(_unheard_of, house, calls))


async def _unheard_of(house: House, calls: Sequence[Call]) -> list[Call]:
    async with house.db.read_for_work() as tx:
        named = [(_receipt(tx, call), call) for call in calls]
        known = await receipts.known(tx, [receipt for receipt, _ in named])
    return [call for receipt, call in named if receipt not in known]


def unstored(house: House) -> tuple[Spoken, ...]:
    """What a caller hears when the line cannot look up which line was called."""
    return _spoken(house, FALLBACK, house.scripts.current(FALLBACK).script.languages)


async def _called(house: House, call: Call) -> tuple[bool, tuple[Spoken, ...]]:
    new = False
    async with house.db.write() as tx:
        known = await lines.every(tx)
        if not known:
            raise CannotStore
        line = next((one for one in known if one.address == call.to), known[0])
        if call.caller not in {one.address for one in known}:
            new = await _note(house, tx, line, call)
    if line.address != call.to:
        log.warning("call_to_unknown_line")
    return new, _spoken(house, line.script, line.languages)


def _spoken(house: House, script: str, languages: Sequence[str]) -> tuple[Spoken, ...]:
    own = languages[0]
    both = (
        (own, SECOND_LANGUAGE)
        if SECOND_LANGUAGE in languages and own != SECOND_LANGUAGE
        else (own,)
    )
    words = house.scripts.current(script).script
    return tuple(Spoken(each, engine.text(words, "voice", each)) for each in both)


def _receipt(tx: Tx, call: Call) -> Receipt:
    return receipts.receipt(tx, "call", call.provider_id)


async def _note(house: House, tx: Tx, line: Line, call: Call) -> bool:
    """Under the same number's conversation, which is an SMS contact's: a telephone's number.

    Whether the call was unknown.
    """
    now = house.now()
    if not await receipts.take(tx, [_receipt(tx, call)], now):
        return False
    at = min(call.at, now)
    as_text = InboundMessage(
        Channel.SMS, call.provider_id, call.caller, line.address or call.to, body="", at=at
    )
    (case,) = (await cases_of(house, tx, keyed(tx, [(line, as_text)]), now)).values()
    around = (at - ONE_ENTRY, at + ONE_ENTRY)
    entered = await events.happened_since(tx, case.conversation.id, {_kind(call)}, *around)
    if not (entered and _stands(case, at)):
        ring(case, replace(call, at=at))
        await write(tx, [case], now)
    return True


def _kind(call: Call) -> str:
    return CALLED_HIDDEN if call.caller == HIDDEN else CALLED


def _stands(case: Case, at: datetime) -> bool:
    """Staff see already that somebody called and waits for a person, at least since then."""
    talk = case.conversation
    if talk.state is State.CLOSED or talk.waiting_since is None:
        return False
    return talk.waiting_since <= at and CALLED in talk.reasons


def ring(case: Case, call: Call) -> None:
    """Let one call have its effect on the case."""
    if is_blocked(case):
        case.happened(_kind(call), at=call.at)
        return
    if case.conversation.state is State.CLOSED:
        returning = case.conversation.closed_at is not None and case.contact.answerable
        put_in_queue(case, returning=returning, because=CALLED)
        case.mark([ONLY_CALLED])
    else:
        case.because(CALLED)
    since = case.conversation.waiting_since
    case.stand(waiting_since=call.at if since is None else min(since, call.at))
    case.happened(_kind(call), at=call.at)
    if case.contact.gate is Gate.OPEN and not case.asking:
        case.know(gate=Gate.UNKNOWN)
        case.happened("gate_unsure")
