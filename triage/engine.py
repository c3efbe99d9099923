"""What does the line say next, and how urgent is it? (domain.md "Triage", contract.md "Timing").

Pure and deterministic. No text, no state and no script makes these functions raise: what they
cannot follow is handed over to a human with the reason "engine".
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from domain.gate import Gate
from domain.priority import Tier
from triage.earlier import earlier_weight, given_before, replaces
from triage.script import Ask, Effects, Queue, Say, Script, Silence
from triage.state import FREE, SKIPPED, Answer, State
from triage.understand import Kind, Reading, effects_of, greets, is_human, read_all, weight

MAX_MESSAGES = 8
"""Counted messages of one triage (contract.md); answers to commands and MER do not count."""


class Arrival(Enum):
    """Had the provider accepted the current question before these texts came?"""

    ARRIVED = "arrived"
    NOT_YET = "not_yet"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Utterance:
    """A text to send. `alone`: the text id used instead when nobody is on call."""

    text_id: str
    alone: str | None = None
    question: bool = False


@dataclass(frozen=True)
class Turn:
    """What came of a text.

    tier: only when it rises (or, with `lower`, when the relatives' path lowers P3 to P4);
    reason: the code for the tier or for the handover, when it is new; gate: when it changes;
    cancel: the last question that the provider has not accepted is overtaken, do not send it;
    ended: triage is over, because a human goes on or because silence was asked for.
    """

    state: State
    say: tuple[Utterance, ...] = ()
    tier: Tier | None = None
    reason: str | None = None
    lower: bool = False
    gate: Gate | None = None
    marks: frozenset[str] = frozenset()
    cancel: bool = False
    ended: bool = False


def begin(
    script: Script, language: str, *, returning: bool = False, first_texts: Sequence[str] = ()
) -> Turn:
    """The first question. Texts that came before it are no answers, but `9` reaches a human."""
    known = language if language in script.languages else next(iter(script.languages), language)
    start = script.returning if returning else script.start
    turn = Turn(State(language=known, step=start))
    if any(is_human(script, first) for first in first_texts):
        return _settled(turn.state, _hand_over(script, turn, "human"))
    return _settled(turn.state, _enter(script, turn, start))


def answer(
    script: Script, state: State, texts: Sequence[str], arrival: Arrival = Arrival.ARRIVED
) -> Turn:
    """What the texts, merged into one answer, lead to. After the end nothing more is said."""
    if state.ended:
        return Turn(state, ended=True)
    step = script.steps.get(state.step)
    if not isinstance(step, Ask):
        return _settled(state, _hand_over(script, Turn(state), "engine"))
    if arrival is Arrival.ARRIVED:
        turn = _answer_now(script, state, step, read_all(script, step, texts), texts)
        return _settled(state, turn)
    if arrival is Arrival.NOT_YET:
        return _answer_before(script, state, texts, arrival) or Turn(state)
    return _answer_either(script, state, step, texts)


def silence(script: Script, state: State) -> Turn:
    """Nothing came within the question's time: a human goes on with what is known, unsaid."""
    if state.ended:
        return Turn(state, ended=True)
    step = script.steps.get(state.step)
    goto = step.silence_goto if isinstance(step, Ask) else None
    reason = "silence" if goto else "engine"
    return _settled(state, replace(_hand_over(script, Turn(state), reason, goto), say=()))


def leave(script: Script, state: State, reason: str) -> Turn:
    """A human goes on with what is known, from wherever it is."""
    return _settled(state, _hand_over(script, Turn(state), reason))


def alarm(
    script: Script,
    state: State | None,
    reason: str,
    texts: Sequence[tuple[Arrival, Sequence[str]]] = (),
    *,
    warned: bool = False,
) -> Turn:
    """A sign of danger in the words (danger.py): P1 at once, 112 said once, a human goes on.

    A state of None: nothing was asked yet. `texts` by arrival: whoever says in the same breath
    that it is not safe to write is told that and nothing else. `warned`: 112 was said before.
    """
    before = state or State(next(iter(script.languages), ""), script.start)
    urgent = Effects(tier=Tier.P1, reason=reason)
    if before.ended:
        return replace(_settled(before, _with(Turn(before), urgent)), ended=True)
    answers = [answer(script, state, said, arrival) for arrival, said in texts if state]
    turn = next((each for each in answers if each.gate is Gate.CLOSED), None)
    if turn is None:
        turn = Turn(before) if warned else _said(Turn(before), Utterance("p1", "p1_alone"))
        turn = _ended(turn, script.human.goto or before.step)
    turn = _ended(_with(turn, urgent), turn.state.step)
    return replace(_settled(before, turn), cancel=True)


def change_language(script: Script, state: State, language: str) -> Turn:
    """The current question again in another language; the re-prompt and the eight are untouched.

    The line says its own `language` text; a language that the script does not have changes nothing.
    """
    if language not in script.languages or language == state.language:
        return Turn(state, ended=state.ended)
    changed = replace(state, language=language)
    if state.ended:
        return Turn(changed, ended=True)
    step = script.steps.get(state.step)
    if not isinstance(step, Ask):
        return _settled(state, _hand_over(script, Turn(changed), "engine"))
    return Turn(changed, (Utterance(step.name, question=True),), cancel=True)


def asked_lately(state: State, step: str) -> bool:
    """Whether an answer to this step still counts: it was asked last, or just before that."""
    before = state.before.step if state.before else None
    return not state.ended and step in {state.step, before}


def pressed(script: Script, step: str, digit: str) -> Effects:
    """What an answer given by a button does by itself, also long after its question."""
    asked = script.steps.get(step)
    choices = asked.choices if isinstance(asked, Ask) else ()
    return next((choice.effects for choice in choices if choice.digit == digit), Effects())


def silence_after(script: Script, state: State) -> float | None:
    """Seconds until silence at the current question; None when no question is open."""
    step = script.steps.get(state.step)
    return step.silence_after if isinstance(step, Ask) and not state.ended else None


def text(script: Script, text_id: str, language: str) -> str:
    """The template of a text or of a step; in the script's first language where there is no other.

    Raises KeyError for an id that the script does not have.
    """
    step = script.steps.get(text_id)
    texts = step.texts if isinstance(step, Ask | Say | Silence) else script.texts[text_id]
    return texts.get(language) or texts[script.languages[0]]


def _answer_either(script: Script, state: State, step: Ask, texts: Sequence[str]) -> Turn:
    """Try the texts on both questions and keep the more urgent reading (contract.md)."""
    earlier = _answer_before(script, state, texts, Arrival.UNKNOWN)
    now, then = read_all(script, step, texts), earlier_weight(script, state, texts)
    if earlier is not None and then > weight(step, now):
        return earlier
    if now.kind is Kind.UNCLEAR and then > (0, 0):
        return Turn(state)
    return _settled(state, _answer_now(script, state, step, now, texts))


def _answer_now(
    script: Script, state: State, step: Ask, reading: Reading, texts: Sequence[str]
) -> Turn:
    before = replace(state, before=None)
    turn = Turn(replace(state, before=before))
    if reading.kind is Kind.HUMAN:
        return _hand_over(script, turn, "human")
    if reading.kind is Kind.MORE:
        more = script.more.say if script.more and state.gate is script.more.gate else None
        if more is not None:
            return Turn(state, (Utterance(more),))
        reading = Reading(Kind.UNCLEAR)
    if reading.kind is Kind.UNCLEAR:
        greeted = all(greets(step, each) for each in texts)
        again = Utterance(step.name, question=True) if greeted else Utterance("reprompt")
        return _misunderstood(script, turn, again)
    turn = _with(_noted(turn, step, reading, texts), effects_of(step, reading))
    return _enter(script, turn, _goto(step, reading))


def _noted(turn: Turn, step: Ask, reading: Reading, texts: Sequence[str]) -> Turn:
    value = {Kind.SKIP: SKIPPED, Kind.FREE: FREE}.get(reading.kind)
    code = value or (reading.choice.code if reading.choice else FREE)
    given = Answer(step.name, step.save, code, "\n".join(texts))
    return replace(turn, state=replace(turn.state, answers=(*turn.state.answers, given)))


def _goto(step: Ask, reading: Reading) -> str:
    if reading.choice is not None:
        return reading.choice.goto
    return step.free.goto if reading.kind is Kind.FREE and step.free else step.skip.goto


def _misunderstood(script: Script, turn: Turn, again: Utterance) -> Turn:
    state = turn.state
    turn = replace(turn, state=replace(state, reprompts=state.reprompts + 1))
    if state.reprompts or state.sent + 2 > MAX_MESSAGES:
        return _hand_over(script, turn, "not_understood")
    return _said(turn, again)


def _answer_before(
    script: Script, state: State, texts: Sequence[str], arrival: Arrival
) -> Turn | None:
    """The way on when the texts change the answer to the question before; None when they do not."""
    before = state.before
    step = script.steps.get(before.step) if before else None
    if before is None or not isinstance(step, Ask):
        human = any(is_human(script, each) for each in texts)
        return _overtaken(script, state) if human else None
    reading, given = read_all(script, step, texts), given_before(step, state, before)
    if reading.kind is Kind.HUMAN:
        return _overtaken(script, state)
    if reading.kind is Kind.MORE or not replaces(step, reading, given):
        return None
    words = [state.answers[-1].text, *texts] if given is not None else texts
    turn = _answer_now(script, _back(state, before, arrival), step, reading, words)
    turn = _kept_risen(state, turn)
    if given is not None and turn.state.step == state.step and not turn.ended:
        kept = replace(turn.state, sent=state.sent)
        return _settled(state, replace(turn, state=kept, say=()))
    return replace(_settled(state, turn), cancel=True)


def _overtaken(script: Script, state: State) -> Turn:
    return replace(_settled(state, _hand_over(script, Turn(state), "human")), cancel=True)


def _back(state: State, before: State, arrival: Arrival) -> State:
    """The state before the last answer; a question that may have been accepted counts as sent."""
    sent = state.sent - (arrival is Arrival.NOT_YET)
    return replace(before, language=state.language, sent=sent)


def _kept_risen(state: State, turn: Turn) -> Turn:
    """The turn, with the tier that an answer now replaced had already raised."""
    if turn.state.tier <= state.tier:
        return turn
    risen = replace(turn.state, tier=state.tier, reason=state.reason)
    return replace(turn, state=risen, lower=False)


def _enter(script: Script, turn: Turn, name: str) -> Turn:
    """Go on from a step until a question, a human or an allowed silence."""
    for _ in range(len(script.steps) + 1):
        step = script.steps.get(name)
        if isinstance(step, Ask) and step.optional and turn.state.reprompts:
            name = step.skip.goto
        elif isinstance(step, Ask | Say) and turn.state.sent + 2 > MAX_MESSAGES:
            return _hand_over(script, turn, "too_long")
        elif isinstance(step, Say):
            turn, name = _said(turn, Utterance(name)), step.goto
        elif isinstance(step, Ask):
            turn = _said(turn, Utterance(name, question=True))
            return replace(turn, state=replace(turn.state, step=name))
        elif isinstance(step, Queue):
            return _queued(turn, step)
        elif isinstance(step, Silence):
            turn = _with(_said(turn, Utterance(name)), step.effects)
            return _ended(turn, name)
        else:
            break
    return _hand_over(script, turn, "engine")


def _hand_over(script: Script, turn: Turn, reason: str, goto: str | None = None) -> Turn:
    """A human takes over with what is known."""
    step = script.steps.get(goto or script.human.goto or "")
    turn = _with(turn, Effects(reason=reason))
    if reason == "engine":
        turn = replace(turn, state=replace(turn.state, reason=reason))
    if isinstance(step, Queue):
        return _queued(turn, step)
    return _ended(turn, turn.state.step)


def _queued(turn: Turn, step: Queue) -> Turn:
    turn = _with(turn, step.effects)
    if step.say is not None:
        turn = _said(turn, Utterance(step.say, step.alone))
    return _ended(turn, step.name)


def _ended(turn: Turn, name: str) -> Turn:
    state = replace(turn.state, step=name, ended=True)
    return replace(turn, state=state, ended=True)


def _said(turn: Turn, utterance: Utterance) -> Turn:
    state = replace(turn.state, sent=turn.state.sent + 1)
    return replace(turn, state=state, say=(*turn.say, utterance))


def _with(turn: Turn, effects: Effects) -> Turn:
    """Apply effects: tiers only rise, but for P3 lowered on the relatives' path.

    A reason is kept while its tier stands; without a tier it only fills an empty place.
    """
    state, lower = turn.state, turn.lower
    if effects.tier is not None and effects.tier < state.tier:
        state, lower = replace(state, tier=effects.tier, reason=effects.reason), False
    elif effects.lower is not None and state.tier is Tier.P3:
        state, lower = replace(state, tier=effects.lower, reason=effects.reason), True
    elif state.reason is None:
        state = replace(state, reason=effects.reason)
    if effects.gate is not None:
        state = replace(state, gate=effects.gate)
    marks = turn.marks | ({effects.mark} if effects.mark else frozenset())
    return replace(turn, state=state, lower=lower, marks=marks)


def _settled(before: State, turn: Turn) -> Turn:
    """Tell what differs from the state before."""
    after = turn.state
    return replace(
        turn,
        tier=after.tier if after.tier != before.tier else None,
        reason=after.reason if after.reason != before.reason else None,
        gate=after.gate if after.gate != before.gate else None,
        lower=turn.lower and after.tier != before.tier,
    )
