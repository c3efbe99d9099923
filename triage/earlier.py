"""Do texts change the answer to the question before the one that was asked last?"""

from collections.abc import Sequence

from triage.script import Ask, Script
from triage.state import SKIPPED, State
from triage.understand import Kind, Reading, read_all, weight


def replaces(step: Ask, reading: Reading, given: Reading | None) -> bool:
    """Whether what is read now takes the place of the answer given: only as urgent or more so."""
    if reading.kind is Kind.UNCLEAR:
        return False
    if given is None or reading.kind is Kind.HUMAN:
        return True
    if (reading.kind, reading.choice) == (given.kind, given.choice):
        return False
    return weight(step, reading) >= weight(step, given)


def given_before(step: Ask, state: State, before: State) -> Reading | None:
    """The reading that was answered to the question before, None when it was a re-prompt."""
    if len(state.answers) <= len(before.answers):
        return None
    value = state.answers[len(before.answers)].value
    for choice in step.choices:
        if choice.code == value:
            return Reading(Kind.CHOICE, choice)
    return Reading(Kind.SKIP if value == SKIPPED else Kind.FREE)


def earlier_weight(script: Script, state: State, texts: Sequence[str]) -> tuple[int, int]:
    """How strongly the texts answer the question before; (0, 0) when they do not."""
    before = script.steps.get(state.before.step) if state.before else None
    if not isinstance(before, Ask):
        return (0, 0)
    return weight(before, read_all(script, before, texts))
