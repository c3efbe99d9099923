"""What would the line say to these texts? One conversation, without a phone or a database."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from domain.commands import Command, Kind, parse
from domain.segments import count
from triage import engine
from triage.danger import Sign, find
from triage.danger_rules import Rules
from triage.engine import Arrival, Turn
from triage.samples import filled
from triage.script import Script

SILENCE = "(silence)"
"""A line that means: nothing is written until the question's time has passed."""

_QUIET = frozenset({Kind.STOP, Kind.DELETE, Kind.DELETE_YES})
"""They are obeyed, but open nothing and answer no question (handlers/arrive.py)."""


def play(
    script: Script, texts: Iterable[str | None], language: str, *, returning: bool = False
) -> Iterator[Turn]:
    """What comes of every text (None: silence); the first opens. The engine alone decides."""
    turn: Turn | None = None
    for said in texts:
        if said is None:
            turn = engine.silence(script, turn.state) if turn else None
        elif turn is None:
            turn = engine.begin(script, language, returning=returning, first_texts=[said])
        else:
            turn = engine.answer(script, turn.state, [said])
        if turn is not None:
            yield turn


def rehearse(
    script: Script,
    lines: Iterable[str],
    language: str,
    *,
    rules: Rules | None = None,
    returning: bool = False,
) -> Iterator[str]:
    """A conversation as lines of text: what is answered, then quietly what staff would see."""
    spoken = language if language in script.languages else script.languages[0]
    talk = _Talk(script, rules, spoken, returning=returning)
    for line in lines:
        if line.strip() == SILENCE:
            yield from _silence(talk)
        else:
            yield from _text(talk, line)
        if talk.turn is not None and talk.turn.ended:
            return


@dataclass
class _Talk:
    """The conversation between two lines."""

    script: Script
    rules: Rules | None
    language: str
    returning: bool
    turn: Turn | None = None
    """None until the first question is asked."""
    opted_out: bool = False
    delete_asked: bool = False
    delete_requested: bool = False
    heard: str = ""
    """What was written just before: danger may be spread over two texts."""


def _silence(talk: _Talk) -> Iterator[str]:
    if talk.turn is None:
        yield "    [nobody has written yet]"
        return
    talk.turn = engine.silence(talk.script, talk.turn.state)
    yield _noted(talk)


def _text(talk: _Talk, line: str) -> Iterator[str]:
    command = parse(line)
    sign = _sign(talk, line)
    if sign is not None:
        yield f"    [P1 · {sign.kind}: {sign.phrase_id}]"
    for text_id in _obeyed(talk, command):
        yield from _said(talk, text_id)
    if command is None or command.kind not in _QUIET:
        talk.turn = _turn(talk, line, command, sign)
        for utterance in talk.turn.say:
            yield from _said(talk, utterance.text_id)
    yield _noted(talk)


def _sign(talk: _Talk, line: str) -> Sign | None:
    before, talk.heard = talk.heard, line
    if talk.rules is None:
        return None
    return find(line, talk.rules) or find(f"{before} {line}", talk.rules)


def _obeyed(talk: _Talk, command: Command | None) -> list[str]:
    """Do what is ordered; the ids of the texts that answer it."""
    kind = command.kind if command else None
    stopped, talk.opted_out = talk.opted_out, kind is Kind.STOP
    if kind is Kind.STOP:
        return [] if stopped else ["stop"]
    if kind is Kind.HELP:
        return ["help"]
    if kind in {Kind.DELETE, Kind.DELETE_YES}:
        confirmed = talk.delete_asked and kind is Kind.DELETE_YES
        talk.delete_asked = not confirmed
        talk.delete_requested |= confirmed
        return ["delete_noted" if confirmed else "delete_ask"]
    if command is not None and kind is Kind.LANGUAGE:
        return _speak(talk, command.language)
    return []


def _speak(talk: _Talk, wanted: str | None) -> list[str]:
    """Change to this language, or to the next one; nothing is said where the script lacks it."""
    languages = talk.script.languages
    following = languages[(languages.index(talk.language) + 1) % len(languages)]
    if (wanted or following) not in languages:
        return []
    talk.language = wanted or following
    return ["language"]


def _turn(talk: _Talk, line: str, command: Command | None, sign: Sign | None) -> Turn:
    script, state = talk.script, talk.turn.state if talk.turn else None
    if sign is not None:
        texts = [(Arrival.ARRIVED, [line])]
        return engine.alarm(script, state, f"{sign.kind}_words", texts)
    if state is None:
        first = [] if command else [line]
        return engine.begin(script, talk.language, returning=talk.returning, first_texts=first)
    if command is not None:
        return engine.change_language(script, state, talk.language)
    return engine.answer(script, state, [line])


def _said(talk: _Talk, text_id: str) -> Iterator[str]:
    said = filled(engine.text(talk.script, text_id, talk.language))
    size = count(said)
    yield said
    yield f"    [{text_id} · {size.segments} x {size.encoding}, {size.left} left]"


def _noted(talk: _Talk) -> str:
    """What staff would see, as one line."""
    notes = []
    if talk.turn is not None:
        state = talk.turn.state
        notes += [state.tier.name, f"gate {state.gate.value}"]
        notes += [note for note in (state.reason, *sorted(talk.turn.marks)) if note]
        notes += [f"ends in {state.step}"] if talk.turn.ended else []
    notes += ["opted out"] if talk.opted_out else []
    notes += ["delete_requested"] if talk.delete_requested else []
    return f"    [{' · '.join(notes) or 'not in the queue'}]"
