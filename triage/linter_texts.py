"""Is every text there, in every language, short enough, and neutral where it must be?"""

import re
from collections.abc import Iterator

from domain.gate import Gate
from domain.segments import count, culprits
from triage.samples import AFTER_OPEN, OPTIONAL, REQUIRED, SAMPLES, SPOKEN, filled
from triage.script import Ask, Finding, Queue, Say, Script, Silence

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_WORD = re.compile(r"\w+")

REVEALING = (
    *("polis", "kommun", "socialtjänst", "avhopp", "exit", "gäng", "kriminell", "nätverk"),
    *("police", "municipal", "city", "council", "criminal", "gang", "social"),
)
"""Beginnings of words that no text may have before it is known to be safe to write."""


def complete(script: Script) -> Iterator[Finding]:
    """Every text in every language of the script, with just the placeholders that are filled."""
    for text_id in REQUIRED:
        if text_id not in script.texts:
            yield Finding(1, "error", f"the text {text_id!r} is missing")
    for line, text_id, texts in _all(script):
        if text_id in script.texts and text_id in script.steps:
            yield Finding(line, "error", f"{text_id!r} is both a step and a text")
        for language in script.languages:
            if not texts.get(language, "").strip():
                yield Finding(line, "error", f"{text_id!r} has no text in {language!r}")
        for language, written in texts.items():
            if language not in script.languages:
                yield Finding(line, "error", f"{text_id!r}: {language!r} is not a language here")
            found = set(_PLACEHOLDER.findall(written))
            wanted = REQUIRED.get(text_id) or OPTIONAL.get(text_id, frozenset[str]())
            if found != wanted:
                names = ", ".join(f"{{{name}}}" for name in sorted(found ^ wanted))
                yield Finding(line, "error", f"{text_id!r} in {language!r}: {names} does not fit")


def sizes(script: Script) -> Iterator[Finding]:
    """Every text fits one GSM-7 segment with sample values; the size of each is a note."""
    for line, text_id, texts in _all(script):
        for language, written in texts.items():
            if text_id in SPOKEN:
                continue
            said = filled(written, SAMPLES)
            size = count(said)
            told = f"{text_id} ({language}): {size.segments} x {size.encoding}, {size.units} units"
            yield Finding(line, "note", told)
            if size.encoding != "GSM-7":
                forced = " ".join(culprits(said))
                yield Finding(line, "error", f"{text_id!r} in {language!r} is UCS-2: {forced}")
            elif size.segments > 1:
                over = size.units - 160
                yield Finding(line, "error", f"{text_id!r} in {language!r} is {over} too long")


def neutral(script: Script) -> Iterator[Finding]:
    """Nothing that may be sent before the gate is open reveals what the line is (domain.md)."""
    early = _before_open(script) | (set(script.texts) - AFTER_OPEN)
    for line, text_id, texts in _all(script):
        for language, written in texts.items() if text_id in early else ():
            for word in _WORD.findall(written.casefold()):
                if word.startswith(REVEALING):
                    message = f"{text_id!r} in {language!r} says {word!r} before it is safe"
                    yield Finding(line, "error", message)
    if script.more is not None and script.more.gate is not Gate.OPEN:
        yield Finding(script.more.line, "error", "interrupt 'more' needs gate: open")


def said_instead(script: Script) -> Iterator[Finding]:
    """What is said on a watched telephone stands for a text, in every language, in one segment."""
    plain = {text_id: texts for _, text_id, texts in _all(script)}
    for text_id, texts in script.neutral.items():
        line, known = script.neutral_lines[text_id], plain.get(text_id)
        if known is None:
            yield Finding(line, "error", f"neutral {text_id!r} stands for no text")
            continue
        for language in sorted({*script.languages} - texts.keys()):
            yield Finding(line, "error", f"neutral {text_id!r} has no text in {language!r}")
        for language, written in texts.items():
            wanted = set(_PLACEHOLDER.findall(known.get(language, "")))
            for name in sorted(wanted ^ set(_PLACEHOLDER.findall(written))):
                message = f"neutral {text_id!r} in {language!r}: {{{name}}} does not fit"
                yield Finding(line, "error", message)
            size = count(filled(written, SAMPLES))
            if size.encoding != "GSM-7" or size.segments > 1:
                message = f"neutral {text_id!r} in {language!r} takes more than one segment"
                yield Finding(line, "error", message)


def honest(script: Script) -> Iterator[Finding]:
    """With nobody on call nothing is said that promises a person at once or a time."""
    for step in script.steps.values():
        if not isinstance(step, Queue) or not _promises(script, step.say):
            continue
        if step.alone is None or _promises(script, step.alone):
            message = f"step {step.name!r}: `alone` must name a text that promises nobody"
            yield Finding(step.line, "error", message)


def _promises(script: Script, text_id: str | None) -> bool:
    texts = script.texts.get(text_id or "", {})
    return text_id == "p1" or any("{min}" in written for written in texts.values())


def _before_open(script: Script) -> set[str]:
    """The steps that can be reached without an answer that opens the gate."""
    reached: set[str] = set()
    waiting = [script.start, script.returning]
    while waiting:
        name = waiting.pop()
        step = script.steps.get(name)
        if step is None or name in reached:
            continue
        reached.add(name)
        if isinstance(step, Ask):
            shut = [c.goto for c in step.choices if c.effects.gate is not Gate.OPEN]
            waiting += [*shut, step.skip.goto, step.silence_goto]
            waiting += [step.free.goto] if step.free else []
        elif isinstance(step, Say):
            waiting.append(step.goto)
    return reached


def _all(script: Script) -> Iterator[tuple[int, str, dict[str, str]]]:
    for name, step in script.steps.items():
        if isinstance(step, Ask | Say | Silence):
            yield step.line, name, dict(step.texts)
    for text_id, texts in script.texts.items():
        yield script.text_lines[text_id], text_id, dict(texts)
