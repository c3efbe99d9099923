"""Does a script keep what the line promises? (design.md, "The linter proves")."""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

from domain.commands import plain, reserved
from domain.gate import Gate
from triage import linter_courtesies, linter_kept, linter_texts
from triage.engine import MAX_MESSAGES, Turn
from triage.loader import load
from triage.rehearse import play
from triage.script import (
    Ask,
    Finding,
    Queue,
    Say,
    Script,
    ScriptError,
    Silence,
    Step,
)
from triage.understand import NUMBER_WORDS
from triage.words import tokens

Rule = Callable[[Script], Iterator[Finding]]

LONGEST_SILENCE = 24 * 60 * 60
"""Seconds after which a human goes on at the latest, where nobody answers."""


def check(source: str) -> list[Finding]:
    """Every finding in the order of the file; with no error among them the script may be used."""
    try:
        script = load(source)
    except ScriptError as wrong:
        return list(wrong.findings)
    found = [finding for rule in RULES for finding in rule(script)]
    if not any(finding.severity == "error" for finding in found):
        found.extend(_rehearsed(script))
    return sorted(found, key=lambda finding: finding.line)


def ways(step: Step) -> Iterator[str]:
    """Every step that may follow."""
    if isinstance(step, Ask):
        yield from (choice.goto for choice in step.choices)
        yield from (step.skip.goto, step.silence_goto)
        if step.free is not None:
            yield step.free.goto
    elif isinstance(step, Say):
        yield step.goto


def _error(line: int, message: str) -> Finding:
    return Finding(line, "error", message)


def _names_exist(script: Script) -> Iterator[Finding]:
    if not script.languages or len(set(script.languages)) < len(script.languages):
        yield _error(1, "languages must name at least one language, each once")
    for name, what in ((script.start, "start"), (script.returning, "returning")):
        if not isinstance(script.steps.get(name), Ask):
            yield _error(1, f"{what}: {name!r} must be a question")
    if not isinstance(script.steps.get(script.human.goto or ""), Queue):
        yield _error(script.human.line, "interrupt 'human' must lead to a queue step")
    for step in script.steps.values():
        for goto in ways(step):
            if goto not in script.steps:
                yield _error(step.line, f"step {step.name!r} leads to {goto!r}, which is no step")
    said = [
        (s.line, t) for s in script.steps.values() if isinstance(s, Queue) for t in (s.say, s.alone)
    ]
    more = [(script.more.line, script.more.say)] if script.more else []
    for line, text_id in (*said, *more):
        if text_id is not None and text_id not in script.texts:
            yield _error(line, f"{text_id!r} is no text")


def _reachable(script: Script) -> Iterator[Finding]:
    reached: set[str] = set()
    waiting = [script.start, script.returning, script.human.goto or ""]
    while waiting:
        name = waiting.pop()
        if name not in reached and name in script.steps:
            reached.add(name)
            waiting.extend(ways(script.steps[name]))
    for name, step in script.steps.items():
        if name not in reached:
            yield _error(step.line, f"step {name!r} is never reached")


def _ends(script: Script) -> Iterator[Finding]:
    """Every step leads to a human or to an allowed silence, whatever is answered on the way."""
    good = {n for n, s in script.steps.items() if isinstance(s, Queue | Silence)}
    for _ in script.steps:
        good |= {n for n, s in script.steps.items() if any(goto in good for goto in ways(s))}
    for name, step in script.steps.items():
        if name not in good:
            yield _error(step.line, f"step {name!r} never leads to a human")
        if isinstance(step, Ask) and not isinstance(script.steps.get(step.silence_goto), Queue):
            yield _error(step.line, f"step {name!r}: silence must lead to a queue step")
        if isinstance(step, Silence) and step.effects.gate is not Gate.CLOSED:
            yield _error(step.line, f"step {name!r}: silence without a human needs gate: closed")


def _closing(script: Script) -> Iterator[Finding]:
    """An answer leads to silence if and only if it says that it is not safe."""
    for step in _asks(script):
        others = [step.skip.goto, *([step.free.goto] if step.free else [])]
        if any(isinstance(script.steps.get(goto), Silence) for goto in others):
            yield _error(step.line, f"step {step.name!r}: only a choice may lead to silence")
        for choice in step.choices:
            closes = isinstance(script.steps.get(choice.goto), Silence)
            if closes != (choice.effects.gate is Gate.CLOSED):
                yield _error(
                    choice.line, f"choice {choice.code!r}: gate closed and silence go together"
                )
            if choice.effects.lower and not step.name.startswith("relative"):
                yield _error(choice.line, "only the relatives' path lowers a tier")


def _statements(script: Script) -> Iterator[Finding]:
    """At most one statement before a question, so no loop is without a question."""
    for step in script.steps.values():
        if isinstance(step, Say) and isinstance(script.steps.get(step.goto), Say):
            yield _error(step.line, f"step {step.name!r}: a statement must not follow a statement")


def _length(script: Script) -> Iterator[Finding]:
    """No way sends more than eight messages; a way back to a question has no end."""
    for name in (script.start, script.returning):
        level = {name}
        for _ in range(MAX_MESSAGES):
            steps = [script.steps[each] for each in level if each in script.steps]
            level = {goto for step in steps for goto in ways(step)}
        last = [script.steps[each] for each in level if each in script.steps]
        if any(not isinstance(step, Queue) or step.say is not None for step in last):
            line = script.steps[name].line if name in script.steps else 1
            yield _error(line, f"from {name!r} more than {MAX_MESSAGES} messages can be sent")


def _answers(script: Script) -> Iterator[Finding]:
    for step in _asks(script):
        if not step.choices:
            yield _error(step.line, f"step {step.name!r} has no choices")
        if step.silence_after > LONGEST_SILENCE:
            yield _error(step.line, f"step {step.name!r}: silence begins within 24h")
        for choice in step.choices:
            for language in set(script.languages) - {language for language, _ in choice.labels}:
                yield _error(choice.line, f"choice {choice.code!r} has no words in {language!r}")
        yield from _digits(script, step)
        yield from _collisions(script, step)


def _interrupts(script: Script) -> Iterator[Finding]:
    for name, interrupt in (("human", script.human), ("skip", script.skip)):
        if not _is_digit(interrupt.digit):
            yield _error(interrupt.line, f"interrupt {name!r} needs one digit")
    if script.human.digit == script.skip.digit:
        yield _error(script.human.line, "a person and skipping need different digits")


def _digits(script: Script, step: Ask) -> Iterator[Finding]:
    taken = {script.human.digit: "a person", script.skip.digit: "skipping"}
    for choice in step.choices:
        if not _is_digit(choice.digit):
            yield _error(choice.line, f"choice {choice.code!r} needs a digit of its own")
        elif choice.digit in taken:
            yield _error(choice.line, f"digit {choice.digit} already means {taken[choice.digit]}")
        taken[choice.digit] = repr(choice.code)
        if choice.numbers and choice.numbers.start < 10:
            yield _error(choice.line, f"choice {choice.code!r}: numbers below 10 are digits")
    spans = sorted((c.numbers for c in step.choices if c.numbers), key=lambda span: span.start)
    for lower, upper in pairwise(spans):
        if upper.start < lower.stop:
            yield _error(step.line, f"step {step.name!r}: the numbers of two choices overlap")


def _is_digit(written: str | None) -> bool:
    return written in frozenset("0123456789")


def _collisions(script: Script, step: Ask) -> Iterator[Finding]:
    meanings: list[tuple[int, str, tuple[str, ...]]] = [
        (script.human.line, "a person", script.human.words),
        (script.skip.line, "skipping", script.skip.words),
        (step.line, "skipping", step.skip.words),
        *((choice.line, repr(choice.code), choice.words) for choice in step.choices),
    ]
    if script.more is not None:
        meanings.append((script.more.line, "reading more", script.more.words))
    taken: dict[tuple[str, ...], str] = {}
    for line, meaning, words in meanings:
        for word in words:
            key = tokens(word)
            if not key:
                yield _error(line, f"{word!r} has no letters")
            elif plain(word) in reserved():
                yield _error(line, f"{word!r} is a command or a provider's word")
            elif len(key) == 1 and key[0] in NUMBER_WORDS:
                yield _error(line, f"{word!r} is a number")
            elif taken.setdefault(key, meaning) != meaning:
                yield _error(line, f"{word!r} means both {taken[key]} and {meaning}")


def _asks(script: Script) -> list[Ask]:
    return [step for step in script.steps.values() if isinstance(step, Ask)]


def _rehearsed(script: Script) -> Iterator[Finding]:
    if not script.rehearsals:
        yield Finding(1, "note", "the script has no tests of its own")
    for name, times in Counter(test.name for test in script.rehearsals).items():
        if times > 1:
            yield _error(1, f"two tests are called {name!r}")
    for test in script.rehearsals:
        language = test.language or script.languages[0]
        turns = list(play(script, test.say, language, returning=test.returning))
        if not turns:
            yield _error(test.line, f"test {test.name!r} says nothing")
            continue
        got = _outcome(turns)
        for what, expected in test.expect.items():
            if _listed(expected) != _listed(got[what]):
                message = f"test {test.name!r}: {what} is {got[what]!r}, expected {expected!r}"
                yield _error(test.line, message)


def _listed(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def _outcome(turns: list[Turn]) -> dict[str, str | tuple[str, ...]]:
    state = turns[-1].state
    return {
        "end": state.step if state.ended else "",
        "sent": tuple(said.text_id for turn in turns for said in turn.say),
        "tier": state.tier.name,
        "reason": state.reason or "",
        "gate": state.gate.value,
        "answers": tuple(f"{given.save}={given.value}" for given in state.answers),
        "marks": tuple(sorted({mark for turn in turns for mark in turn.marks})),
    }


RULES: tuple[Rule, ...] = (
    _names_exist,
    _reachable,
    _ends,
    _closing,
    _statements,
    _length,
    _answers,
    _interrupts,
    linter_courtesies.courtesies,
    linter_kept.lengths,
    linter_kept.codes,
    linter_texts.complete,
    linter_texts.sizes,
    linter_texts.neutral,
    linter_texts.said_instead,
    linter_texts.honest,
)
