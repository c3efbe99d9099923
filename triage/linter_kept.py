"""Does what a script names fit where the line keeps it? (storage/tables.py)."""

import re
from collections.abc import Iterator

from triage.script import Ask, Effects, Finding, Queue, Script, Silence, Step

LONGEST = 32
"""Characters: the width of the columns."""

_CODE = re.compile(rf"[a-z0-9_]{{1,{LONGEST}}}")


def lengths(script: Script) -> Iterator[Finding]:
    """The names of steps and texts, which are kept beside every message."""
    named = [(name, step.line) for name, step in script.steps.items()]
    for name, line in (*named, *script.text_lines.items()):
        if len(name) > LONGEST:
            yield Finding(line, "error", f"{name!r} is longer than {LONGEST} characters")


def codes(script: Script) -> Iterator[Finding]:
    """Reasons and marks, which are kept with the conversation and translated for staff."""
    for step in script.steps.values():
        for line, effects in _effects(step):
            for code in (effects.reason, effects.mark):
                if code is not None and not _CODE.fullmatch(code):
                    message = f"{code!r} is no code; write at most {LONGEST} of a-z, 0-9 and _"
                    yield Finding(line, "error", message)


def _effects(step: Step) -> Iterator[tuple[int, Effects]]:
    if isinstance(step, Queue | Silence):
        yield step.line, step.effects
    elif isinstance(step, Ask):
        yield from ((choice.line, choice.effects) for choice in step.choices)
        yield step.line, step.skip.effects
        if step.free is not None:
            yield step.line, step.free.effects
