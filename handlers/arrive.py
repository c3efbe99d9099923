"""One text arrives: what it changes about its contact, the conversation and the triage.

Pure decisions on a `Case`; `receive` loads and writes it. The rules are those of contract.md,
"Timing and speech that others rely on".
"""

from datetime import timedelta

from domain import commands
from domain.commands import Command, Kind
from domain.conversation import State
from domain.gate import Gate
from domain.message import Author, Channel, InboundMessage, OptOut
from handlers.alarm import answered_late, cannot_call, danger_in, stop_writing, tell
from handlers.asks_nothing import asks_nothing, wait_for_an_answer
from handlers.blocked import stays_blocked
from handlers.case import Case
from handlers.chosen import choose, writes_again
from handlers.follow_up import answers_the_closing_question, ends_the_question
from handlers.opened import ask_the_gate, reopen
from handlers.setting import Setting
from handlers.small_words import NOT_SAFE_NOW, YES
from handlers.watched import heed
from storage.ids import new_id
from storage.messages import Message
from triage import engine
from triage.state import State as Asked
from triage.words import tokens

ANSWER_AFTER = timedelta(seconds=1.5)
ANSWER_LATEST = timedelta(seconds=8)
LATE = timedelta(minutes=15)
DELETE_COUNTS = timedelta(minutes=60)

QUIET = frozenset({Kind.STOP, Kind.DELETE, Kind.DELETE_YES})
"""They act, but do not open a closed conversation."""


def arrive(case: Case, message: InboundMessage, setting: Setting) -> None:
    """Let one text have its effect on the case."""
    before, gate = case.contact.opt_out, case.contact.gate
    lost = gate is Gate.LOST and message.caught_up
    late = lost or (message.caught_up and case.now - message.at > LATE)
    command = _command(case, message, late=late)
    quiet = command is not None and command.kind in QUIET
    heed(case, message.body)
    asked_to_delete = case.contact.delete_asked_at == case.contact.last_inbound_at
    _consent(case, message, command)
    case.know(last_inbound_at=max(case.contact.last_inbound_at, message.at))
    if _opens_nothing(case, command, message, setting):
        return
    if not quiet:
        _open(case, setting, unblocked=_unblocked(case, before), lost=lost)
        if command is not None or not asks_nothing(case, message, setting):
            wait_for_an_answer(case, message.at)
    confirming = command is None and asked_to_delete and tokens(message.body) in YES
    past = _is_past(case, message)
    unread = case.asking and command is None and not (late or confirming or past)
    _keep(case, message, for_triage=unread)
    if message.wordless and not late and not unread:
        _only_text(case, setting)
    if confirming and not late:
        tell(case, "delete_ask", setting)
    if command is None and tokens(message.body) in NOT_SAFE_NOW:
        stop_writing(case, setting, silent=late or gate is Gate.CLOSED)
    if past:
        answered_late(case, message, setting, silent=late or gate is Gate.CLOSED)
    if command is not None:
        handled = message.provider_opt_out is not None
        again = command.kind is Kind.STOP and before is not OptOut.NONE
        _obey(case, command, message, setting, silent=late or handled or again)
    danger_in(case, message.body, setting, late=late)
    if command is None and not confirming:
        choose(case, message, setting, late=late)
    elif not quiet:
        writes_again(case, alone=setting.alone, late=late)
    if not late and message.answers_to is None:
        cannot_call(case, message.body, setting)
    _when_to_answer(case, command, late=late)


def _open(case: Case, setting: Setting, *, unblocked: bool, lost: bool) -> None:
    """`lost`: it may be of before a restore, and another one after it gone at the provider."""
    if case.conversation.state is State.CLOSED:
        reopen(case, setting.edition)
    if lost:
        case.know(gate=Gate.LOST)
    else:
        ask_the_gate(case, setting.edition, unblocked=unblocked)


def _opens_nothing(
    case: Case, command: Command | None, message: InboundMessage, setting: Setting
) -> bool:
    """A blocked sender's text, or a closed conversation's answer to its closing question: kept, and
    nobody is called by it."""
    blocked = stays_blocked(case, message.body, setting, message.answers_to)
    if blocked and command is not None:
        _obey(case, command, message, setting, silent=True)
    closed = case.conversation.state is State.CLOSED and command is None
    kept = blocked or (closed and answers_the_closing_question(case, message))
    if kept:
        _keep(case, message, for_triage=False)
    return kept


def _command(case: Case, message: InboundMessage, *, late: bool) -> Command | None:
    """The order that the text is. A late DELETE is read by people: no machine asks it back."""
    handled = (message.provider_opt_out or "").upper()
    if handled in {"STOP", "START", "HELP"}:
        return Command(Kind[handled])
    found = commands.parse(message.body)
    deleting = found is not None and found.kind in {Kind.DELETE, Kind.DELETE_YES}
    return None if deleting and late and not _confirms(case, found, message) else found


def _confirms(case: Case, command: Command | None, message: InboundMessage) -> bool:
    asked = case.contact.delete_asked_at
    confirming = command is not None and command.kind is Kind.DELETE_YES
    if asked is None or not confirming:
        return False
    return timedelta() <= message.at - asked <= DELETE_COUNTS


def _consent(case: Case, message: InboundMessage, command: Command | None) -> None:
    kind = command.kind if command else None
    before = case.contact.opt_out
    after = before
    if kind is Kind.STOP:
        imposed = message.provider_opt_out is not None or before is OptOut.PROVIDER
        after = OptOut.PROVIDER if imposed else OptOut.OWN
    elif kind is Kind.START or before in {OptOut.OWN, OptOut.BLOCKED}:
        after = OptOut.NONE
    if after is not before:
        case.know(opt_out=after)
        if OptOut.NONE in {before, after}:
            lifted = "unblocked" if before is OptOut.BLOCKED else "opted_in"
            case.happened(lifted if after is OptOut.NONE else "opted_out")


def _unblocked(case: Case, before: OptOut) -> bool:
    """The contact's START has lifted what the provider imposed."""
    return before is OptOut.PROVIDER and case.contact.opt_out is OptOut.NONE


def _only_text(case: Case, setting: Setting) -> None:
    """Once a conversation; while the questions run, their own step says it. What comes by Twilio
    can be looked at by a person, what comes by Telegram cannot."""
    if case.contact.channel is Channel.TELEGRAM and not case.told_only_text:
        tell(case, "only_text", setting)
        case.told_only_text = True


def _keep(case: Case, message: InboundMessage, *, for_triage: bool) -> None:
    case.messages.append(
        Message(
            id=new_id(case.now),
            conversation_id=case.conversation.id,
            author=Author.CONTACT,
            at=message.at,
            body=message.body,
            provider_id=message.provider_id,
            answers_to=message.answers_to,
            media=message.media,
            caught_up=message.caught_up,
            for_triage=for_triage,
        )
    )
    case.happened("message")


def _obey(
    case: Case, command: Command, message: InboundMessage, setting: Setting, *, silent: bool
) -> None:
    ends_the_question(case)
    text_id: str | None
    match command.kind:
        case Kind.STOP:
            by_twilio = case.contact.channel is not Channel.TELEGRAM
            text_id = "stop_start" if setting.line.provider_stops and by_twilio else "stop"
        case Kind.HELP:
            text_id = "help"
        case Kind.LANGUAGE if _speak(case, command.language, setting.line.languages):
            text_id = "language"
        case Kind.DELETE | Kind.DELETE_YES:
            text_id = _delete(case, command, message)
        case _:
            return
    if not silent and text_id is not None:
        tell(case, text_id, setting)


def _speak(case: Case, language: str | None, languages: tuple[str, ...]) -> bool:
    """Change to this language, or to the line's next one; False when the line lacks it."""
    if language is None:
        place = languages.index(case.contact.language) if case.contact.language in languages else -1
        language = languages[(place + 1) % len(languages)]
    if language not in languages:
        return False
    case.know(language=language, language_chosen=True)
    return True


def _delete(case: Case, command: Command, message: InboundMessage) -> str | None:
    """With nothing open it runs by itself (`forget`), and they are told when it is true."""
    if case.forgets and command.kind is Kind.DELETE_YES:
        return None
    if not _confirms(case, command, message):
        case.know(delete_asked_at=message.at)
        return "delete_ask"
    if case.conversation.state is State.CLOSED:
        case.know(delete_asked_at=None)
        case.forgets = True
        return None
    case.know(delete_asked_at=None, delete_requested_at=case.now)
    case.mark(["delete_requested"])
    case.happened("delete_requested")
    return "delete_noted"


def _is_past(case: Case, message: InboundMessage) -> bool:
    """A button was pressed under a question that is not being asked any more."""
    if message.answers_to is None:
        return False
    state = case.triage.state if case.triage is not None and case.asking else None
    return state is None or not engine.asked_lately(Asked.from_json(state), message.answers_to)


def _when_to_answer(case: Case, command: Command | None, *, late: bool) -> None:
    if case.triage is None or not case.asking or late:
        return
    if command is not None and command.kind is Kind.STOP:
        case.ask(answer_due_at=None, answer_latest_at=None)
        return
    blocked = case.contact.opt_out is OptOut.PROVIDER
    if blocked or (command is not None and command.kind in QUIET):
        return
    latest = case.triage.answer_latest_at or case.now + ANSWER_LATEST
    at_once = command is not None or case.triage.danger
    soon = case.now if at_once else case.now + ANSWER_AFTER
    case.ask(answer_due_at=min(soon, latest), answer_latest_at=latest, silence_due_at=None)
