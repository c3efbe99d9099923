"""What would the line say to these texts? One conversation, without a phone or a database."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from domain.commands import Command, Kind, parse
from domain.segments import count
from triage import engine
from triage.danger import find
from triage.danger_rules import Rules
from triage.engine import Turn, Utterance
from triage.samples import filled
from triage.script import Script

SILENCE = "(silence)"
"""A line that means: nothing is written until the question's time has passed."""

_ANSWERED = {
    Kind.STOP: "stop",
    Kind.HELP: "help",
    Kind.DELETE: "delete_ask",
    Kind.DELETE_YES: "deleted",
}


@dataclass(frozen=True)
class Heard:
    """A text (None: silence) and what came of it."""

    text: str | None
    turn: Turn


def play(
    script: Script, texts: Iterable[str | None], language: str, *, returning: bool = False
) -> Iterator[Heard]:
    """Every text with its turn; the first opens the conversation. The engine alone decides."""
    turn: Turn | None = None
    for said in texts:
        if turn is None:
            first = () if said is None else (said,)
            turn = engine.begin(script, language, returning=returning, first_texts=first)
        elif said is None:
            turn = engine.silence(script, turn.state)
        else:
            turn = engine.answer(script, turn.state, [said])
        yield Heard(said, turn)


def rehearse(
    script: Script,
    lines: Iterable[str],
    language: str,
    *,
    rules: Rules | None = None,
    returning: bool = False,
) -> Iterator[str]:
    """A conversation as lines of text: what is answered, then quietly what staff would see."""
    turn: Turn | None = None
    for line in lines:
        before, command = turn, parse(line)
        sign = find(line, rules) if rules is not None else None
        if sign is not None:
            yield f"    [P1 · {sign.kind}: {sign.phrase_id}]"
        if turn is None:
            turn = engine.begin(script, language, returning=returning, first_texts=[line])
        elif line.strip() == SILENCE:
            turn = engine.silence(script, turn.state)
        elif command is not None:
            turn = _commanded(script, turn, command)
        else:
            turn = engine.answer(script, turn.state, [line])
        if sign is not None:
            turn = engine.alarm(script, before.state if before else turn.state, sign.kind)
        yield from _shown(script, turn)
        if turn.ended:
            return


def _commanded(script: Script, turn: Turn, command: Command) -> Turn:
    """Commands act outside the script; here only their texts are shown."""
    if command.kind is Kind.LANGUAGE:
        at = script.languages.index(turn.state.language)
        following = script.languages[(at + 1) % len(script.languages)]
        changed = engine.change_language(script, turn.state, command.language or following)
        return Turn(changed.state, (Utterance("language"), *changed.say), ended=changed.ended)
    said = _ANSWERED.get(command.kind)
    return Turn(turn.state, (Utterance(said),) if said is not None else ())


def _shown(script: Script, turn: Turn) -> Iterator[str]:
    for utterance in turn.say:
        said = filled(engine.text(script, utterance.text_id, turn.state.language))
        size = count(said)
        yield said
        yield f"    [{utterance.text_id} · {size.segments} x {size.encoding}, {size.left} left]"
    state = turn.state
    notes = [state.tier.name, f"gate {state.gate.value}"]
    notes += [note for note in (state.reason, *sorted(turn.marks)) if note]
    if turn.ended:
        notes.append(f"ends in {state.step}")
    yield f"    [{' · '.join(notes)}]"
