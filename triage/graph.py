"""How does a script go? A Mermaid flowchart that a counsellor can read."""

from collections.abc import Iterator

from domain.gate import Gate
from triage.script import Ask, Choice, Effects, Queue, Say, Script, Silence, Step

_SKIP = {"sv": "hoppar över", "en": "skips"}
_OWN_WORDS = {"sv": "egna ord", "en": "own words"}
_HUMAN = {"sv": "en människa tar över", "en": "a human takes over"}
_SILENCE = {"sv": "tyst tills de skriver igen", "en": "silent until they write again"}
_SHUT = {"sv": "inte säkert", "en": "not safe"}
_NOTE = {
    "sv": "Från varje fråga når {human} en människa. Inget svar på {minutes} min: en människa.",
    "en": "{human} reaches a human from every question. No answer for {minutes} min: a human.",
}
_STYLE = "classDef p1 stroke:#b01e13,stroke-width:3px\nclassDef p2 stroke:#9a4a00,stroke-width:2px"


def mermaid(script: Script, language: str) -> str:
    """The flowchart in a language of the script (another one: the script's first)."""
    spoken = language if language in script.languages else script.languages[0]
    lines = ["flowchart TD", *_STYLE.splitlines()]
    for step in script.steps.values():
        lines.append(f"{_id(step.name)}{_box(step, spoken)}")
        lines.extend(_arrows(script, step, spoken))
        if isinstance(step, Queue) and step.effects.tier in (1, 2):
            lines.append(f"class {_id(step.name)} p{int(step.effects.tier)}")
    waits = [int(s.silence_after // 60) for s in script.steps.values() if isinstance(s, Ask)]
    note = _word(_NOTE, spoken).format(human=script.human.digit, minutes=max(waits, default=0))
    lines.append(f'note["{_safe(note)}"]')
    return "\n".join(lines) + "\n"


def _id(name: str) -> str:
    """A node's name that is none of Mermaid's own words, as "end" is."""
    return "s_" + "".join(c if c.isascii() and c.isalnum() else f"_{ord(c):x}_" for c in name)


def _box(step: Step, language: str) -> str:
    if isinstance(step, Queue):
        tier = step.effects.tier.name if step.effects.tier else ""
        return f'(["{_safe(f"{step.name}: {tier}, {_word(_HUMAN, language)}")}"])'
    said = _safe(step.texts.get(language, ""))
    title = f"<b>{_safe(step.name)}</b><br/>{said}"
    if isinstance(step, Silence):
        return f'[["{title}<br/><i>{_word(_SILENCE, language)}</i>"]]'
    return f'["{title}"]'


def _arrows(script: Script, step: Step, language: str) -> Iterator[str]:
    if isinstance(step, Say):
        yield f"{_id(step.name)} --> {_id(step.goto)}"
    if not isinstance(step, Ask):
        return
    for choice in step.choices:
        yield _arrow(step.name, _label(choice, language), choice.effects, choice.goto, language)
    skip = f"{script.skip.digit} {_word(_SKIP, language)}"
    yield _arrow(step.name, skip, step.skip.effects, step.skip.goto, language)
    if step.free is not None:
        own = _word(_OWN_WORDS, language)
        yield _arrow(step.name, own, step.free.effects, step.free.goto, language)


def _arrow(name: str, label: str, effects: Effects, goto: str, language: str) -> str:
    tier = effects.tier or effects.lower
    notes = [tier.name] if tier else []
    notes += [effects.mark] if effects.mark else []
    notes += [_word(_SHUT, language)] if effects.gate is Gate.CLOSED else []
    told = f"{label} ({', '.join(notes)})" if notes else label
    return f'{_id(name)} -- "{_safe(told)}" --> {_id(goto)}'


def _label(choice: Choice, language: str) -> str:
    return f"{choice.digit} {dict(choice.labels).get(language, choice.code)}"


def _word(words: dict[str, str], language: str) -> str:
    return words.get(language) or words["en"]


def _safe(text: str) -> str:
    """Text inside quotation marks, where Mermaid reads character codes and HTML."""
    codes = {'"': "#quot;", "<": "#lt;", ">": "#gt;", "#": "#35;", "&": "#amp;"}
    return "".join(codes.get(char, " " if char.isspace() else char) for char in text)
