"""One step of the scripted questions: pure decisions on a `Case`.

Which question a text belongs to, and what wins, is contract.md's "Timing and speech".
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.delivery import ACCEPTED, Delivery
from domain.message import Channel
from handlers import wait_words
from handlers.betraying import betraying
from handlers.case import Case
from handlers.usual_waits import Lately
from storage.messages import Message
from storage.outbox import Sending
from storage.triages import Triage
from triage import danger, engine
from triage.danger import Sign
from triage.danger_rules import Rules
from triage.engine import Arrival, Turn, Utterance
from triage.script import Ask, Script
from triage.state import State

SETTLES_IN = timedelta(seconds=0.5)
"""After which the machine looks again whether the provider has its question by now."""


@dataclass
class Step:
    """A case whose triage is due, with what it goes by."""

    case: Case
    texts: list[Message]
    question: Sending | None
    """The outbox row of the question asked last."""
    script: Script | None
    """The version that this triage began with; None when it cannot be read any more."""
    rules: Rules
    alone: bool
    staffed_at: datetime | None = None
    """When somebody is on call again, where nobody is now."""
    lately: Lately = field(default_factory=dict)
    """How long others waited."""
    overtaken: UUID | None = None
    """A question that must not leave any more."""
    postponed: datetime | None = None
    """Nothing was done: it is too early to tell which question the texts belong to."""

    @property
    def said(self) -> list[str]:
        """The texts; a picture without words is an empty one."""
        return [text.body or "" for text in self.texts]

    @property
    def wordless(self) -> bool:
        """Nothing but pictures came."""
        return bool(self.texts) and all(t.media and not (t.body or "").strip() for t in self.texts)


def take_step(step: Step, *, silent: bool) -> None:
    """Ask, understand, hand over: let the triage go one step on."""
    run, script = step.case.triage, step.script
    if run is None:
        return
    if script is None:
        give_up(step)
        return
    state = State.from_json(run.state) if run.state is not None else None
    if silent:
        _fall_silent(step, script, state)
        return
    sign = _sign(step, run)
    alarmed = run.danger or sign is not None
    if not alarmed and _is_leaving(step, run):
        _postpone(step, run)
        return
    step.case.ask(answer_due_at=None, answer_latest_at=None)
    if alarmed:
        _warn(step, script, state, sign)
    elif state is None:
        _apply(step, script, _begin(step, script))
        if step.wordless and not step.case.told_only_text and _by_telegram(step):
            _say(step, script, "only_text")
    else:
        _go_on(step, script, state)
    _wait_for_answer(step, script)


def _sign(step: Step, run: Triage) -> Sign | None:
    """Of danger, in all that came. One text alone was searched when it came, and the run knows."""
    if len(step.texts) <= 1 and not run.danger:
        return None
    return danger.find(" ".join(step.said), step.rules)


def give_up(step: Step) -> None:
    """The questions cannot go on: a human does, with what is known."""
    step.case.happened("triage_failed")
    step.case.because("engine")
    step.case.leave_to_people()


def _fall_silent(step: Step, script: Script, state: State | None) -> None:
    """Hand over; but silence begins when the provider has the question, not before."""
    question, now = step.question, step.case.now
    lasts = _silence(step, script, state) if state is not None else None
    if question is not None and lasts is not None:
        begins = now if question.pending else question.accepted_at
        if begins is not None and begins + lasts > now:
            step.case.ask(silence_due_at=begins + lasts)
            return
    if state is not None:
        _apply(step, script, engine.silence(script, state))
    step.case.leave_to_people()


def _is_leaving(step: Step, run: Triage) -> bool:
    """The question is at the provider's door at this moment, and the machine has time to wait."""
    question, latest = step.question, run.answer_latest_at
    if question is None or question.state is not Delivery.LEASED:
        return False
    overlaps = any(_arrival(step, text) is Arrival.UNKNOWN for text in step.texts)
    return overlaps and latest is not None and step.case.now < latest


def _postpone(step: Step, run: Triage) -> None:
    soon = step.case.now + SETTLES_IN
    step.postponed = min(soon, run.answer_latest_at or soon)
    step.case.ask(answer_due_at=step.postponed)


def _warn(step: Step, script: Script, state: State | None, sign: Sign | None) -> None:
    talk = step.case.conversation
    # A sign that was found when the text arrived has given its reason already.
    reason = f"{sign.kind}_words" if sign else talk.reasons[0]
    warned = talk.p1_said_at is not None
    _apply(step, script, engine.alarm(script, state, reason, _by_arrival(step), warned=warned))


def _by_telegram(step: Step) -> bool:
    """Where nobody will ever see what was sent; a person may look at what Twilio keeps."""
    return step.case.contact.channel is Channel.TELEGRAM


def _begin(step: Step, script: Script) -> Turn:
    returning = step.case.triage is not None and step.case.triage.returning
    language = step.case.contact.language
    return engine.begin(script, language, returning=returning, first_texts=step.said)


def _go_on(step: Step, script: Script, state: State) -> None:
    spoken, wanted = state.language, step.case.contact.language
    if wanted in script.languages:
        state = replace(state, language=wanted)
    for arrival, said in _by_arrival(step):
        if not state.ended:
            turn = engine.answer(script, state, said, arrival)
            _apply(step, script, turn)
            state = turn.state
    if step.case.asking and not step.case.rows:
        if state.language != spoken:
            before = replace(state, language=spoken)
            _apply(step, script, engine.change_language(script, before, state.language))
        elif _never_asked(step):
            _ask_again(step, script, state)


def _ask_again(step: Step, script: Script, state: State) -> None:
    if isinstance(script.steps.get(state.step), Ask):
        _apply(step, script, Turn(state, (Utterance(state.step, question=True),)))


def _by_arrival(step: Step) -> list[tuple[Arrival, list[str]]]:
    """The texts by the question that they belong to, the earlier question first."""
    found: dict[Arrival, list[str]] = {}
    for text, body in zip(step.texts, step.said, strict=True):
        found.setdefault(_arrival(step, text), []).append(body)
    order = (Arrival.NOT_YET, Arrival.UNKNOWN, Arrival.ARRIVED)
    return [(arrival, found[arrival]) for arrival in order if arrival in found]


def _arrival(step: Step, text: Message) -> Arrival:
    """Had the provider accepted the last question when this text came?"""
    question = step.question
    if text.answers_to is not None:
        return Arrival.ARRIVED if text.answers_to == _asked(step) else Arrival.NOT_YET
    if question is None:
        return Arrival.ARRIVED
    if question.state in ACCEPTED and question.accepted_at is not None:
        return Arrival.ARRIVED if text.at >= question.accepted_at else Arrival.NOT_YET
    if question.state in {Delivery.LEASED, Delivery.UNKNOWN} and question.first_leased_at:
        return Arrival.UNKNOWN if text.at >= question.first_leased_at else Arrival.NOT_YET
    return Arrival.NOT_YET


def _asked(step: Step) -> str | None:
    run = step.case.triage
    return State.from_json(run.state).step if run is not None and run.state is not None else None


def _never_asked(step: Step) -> bool:
    """The question could not leave (a STOP that is lifted by now): it is asked again."""
    question = step.question
    return question is not None and question.state in {Delivery.WITHHELD, Delivery.FAILED}


def _wait_for_answer(step: Step, script: Script) -> None:
    run = step.case.triage
    if run is None or not step.case.asking or run.state is None:
        return
    silence = _silence(step, script, State.from_json(run.state))
    if silence is None:
        step.case.leave_to_people()
    else:
        step.case.ask(silence_due_at=step.case.now + silence)


def _silence(step: Step, script: Script, state: State) -> timedelta | None:
    seconds = engine.silence_after(script, state)
    return None if seconds is None else step.case.pace.takes(timedelta(seconds=seconds))


def _apply(step: Step, script: Script, turn: Turn) -> None:
    case = step.case
    _note(case, turn)
    if turn.cancel and step.question is not None:
        step.overtaken = step.question.id
    if not _may_say(step, script, turn):
        turn = engine.leave(script, turn.state, "watched")
        _note(case, turn)
    for utterance in turn.say:
        text_id = utterance.alone if step.alone and utterance.alone else utterance.text_id
        row_id = _say(step, script, text_id)
        if utterance.question:
            case.ask(question_row_id=row_id)
    case.ask(state=turn.state.to_json())
    if turn.ended:
        case.leave_to_people()


def _may_say(step: Step, script: Script, turn: Turn) -> bool:
    """Where somebody else may read it a person goes on, before anything would tell what this is."""
    if step.case.contact.watched_at is None:
        return True
    ids = [u.alone if step.alone and u.alone else u.text_id for u in turn.say]
    ids += [] if turn.ended else [turn.state.step]
    return not any(betraying(_words(step, script, text_id)[1], text_id) for text_id in ids)


def _note(case: Case, turn: Turn) -> None:
    if turn.gate is not None and turn.gate is not case.contact.gate:
        case.know(gate=turn.gate)
        case.happened(f"gate_{turn.gate}")
    if turn.tier is not None and turn.lower:
        case.lower_provisional(turn.tier, turn.reason or "relative")
    elif turn.tier is not None:
        case.raise_tier(turn.tier, turn.reason or "triage")
    elif turn.reason is not None:
        case.because(turn.reason)
    case.mark(sorted(turn.marks))


def _say(step: Step, script: Script, text_id: str) -> UUID:
    if text_id == "reprompt" and step.wordless and not step.case.told_only_text:
        text_id = "only_text"
    step.case.told_only_text |= text_id == "only_text"
    if text_id in {"p1", "p1_alone"}:
        step.case.stand(p1_said_at=step.case.now)
    return step.case.say(*_words(step, script, text_id)).id


def _words(step: Step, script: Script, text_id: str) -> wait_words.Said:
    """The text, which may be another one by how long it takes, or when somebody is here again."""
    case = step.case
    voice, tier = case.voice(script), case.conversation.tier
    if text_id == "wait":
        return wait_words.wait(voice, tier, step.lately.get(tier, ()))
    if text_id == "wait_alone":
        return wait_words.alone(voice, step.staffed_at, case.now, case.zone)
    return text_id, voice.says(text_id)
