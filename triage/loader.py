"""How does a script file become a script? (The format stands in triage/__init__.py.)"""

import re
from collections.abc import Mapping
from types import MappingProxyType

import yaml

from domain.gate import Gate
from domain.priority import Tier
from triage.nodes import Findings, compose, entries, fields, items, line_of, text, texts
from triage.script import (
    Ask,
    Choice,
    Effects,
    Interrupt,
    Queue,
    Rehearsal,
    Say,
    Script,
    Silence,
    Step,
    Texts,
    Way,
)

_EFFECTS = "tier reason gate mark lower"
_KINDS = ("ask", "say", "queue", "end")
_DURATION = re.compile(r"(\d{1,4})([smh])", re.ASCII)
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_RANGE = re.compile(r"(\d{1,3})-(\d{1,3})", re.ASCII)
_SKIP = Interrupt(words=(), line=1, digit="0")
"""How a question is skipped in a script that does not say."""


def load(source: str) -> Script:
    """Read a script. Raises ScriptError with every finding that its form gives rise to.

    Whether the script also keeps its promises is the linter's question.
    """
    findings = Findings()
    top = fields(
        compose(source),
        "the script",
        "script languages start returning interrupts courtesies steps texts neutral tests",
        findings,
        required="script languages start interrupts steps",
    )
    findings.stop_if_any()
    interrupts = fields(
        top["interrupts"], "interrupts", "human more skip", findings, required="human"
    )
    human = _interrupt(interrupts.get("human"), "human", findings)
    polite = top.get("courtesies")
    texts_ = list(entries(top["texts"], "texts", findings)) if "texts" in top else []
    neutral = list(entries(top["neutral"], "neutral", findings)) if "neutral" in top else []
    script = Script(
        name=text(top["script"], "script", findings),
        languages=texts(top["languages"], "languages", findings),
        start=text(top["start"], "start", findings),
        returning=text(top.get("returning", top["start"]), "returning", findings),
        human=human,
        more=_interrupt(interrupts["more"], "more", findings) if "more" in interrupts else None,
        skip=_interrupt(interrupts["skip"], "skip", findings) if "skip" in interrupts else _SKIP,
        steps=_steps(top["steps"], human.goto or "", findings),
        texts={name: _by_language(node, f"text {name!r}", findings) for name, node in texts_},
        text_lines={name: line_of(node) for name, node in texts_},
        rehearsals=tuple(
            _rehearsal(n, findings) for n in items(top.get("tests"), "tests", findings)
        ),
        courtesies={
            language: texts(words, "courtesies", findings)
            for language, words in (entries(polite, "courtesies", findings) if polite else ())
        },
        courtesies_line=line_of(polite) if polite else 1,
        neutral={name: _by_language(node, f"neutral {name!r}", findings) for name, node in neutral},
        neutral_lines={name: line_of(node) for name, node in neutral},
    )
    findings.stop_if_any()
    return script


def _interrupt(node: yaml.Node | None, name: str, findings: Findings) -> Interrupt:
    if node is None:
        return Interrupt((), 1)
    needs = {"human": "words goto", "more": "words say gate", "skip": "words"}[name]
    known = needs if name == "more" else f"{needs} digit digits"
    found = fields(node, f"interrupt {name!r}", known, findings, required=needs)
    spelt = [found[each] for each in ("digit", "digits") if each in found]
    if name != "more" and len(spelt) != 1:
        findings.error(node, f"interrupt {name!r} needs one 'digit'")
    return Interrupt(
        words=_words(found.get("words"), findings),
        line=line_of(node),
        digit=text(spelt[0], "digit", findings) or None if spelt else None,
        goto=text(found.get("goto"), "goto", findings) or None,
        say=text(found.get("say"), "say", findings) or None,
        gate=_gate(found.get("gate"), findings),
    )


def _steps(node: yaml.Node, human: str, findings: Findings) -> Mapping[str, Step]:
    listed = entries(node, "steps", findings)
    found = {name: _step(name, value, human, findings) for name, value in listed}
    return MappingProxyType({name: step for name, step in found.items() if step is not None})


def _step(name: str, node: yaml.Node, human: str, findings: Findings) -> Step | None:
    keys = {key for key, _ in entries(node, f"step {name!r}", Findings())}
    kinds = [kind for kind in _KINDS if kind in keys]
    if not kinds:
        findings.error(node, f"step {name!r} must have one of {', '.join(_KINDS)}")
        return None
    kind = "end" if "end" in kinds else kinds[0]
    if kind == "ask":
        return _ask(name, node, human, findings)
    readers = {"say": _say, "queue": _queue, "end": _silence}
    return readers[kind](name, node, findings)


def _ask(name: str, node: yaml.Node, human: str, findings: Findings) -> Step:
    """A question; where no way to skip it is written, skipping leads to a human."""
    what = f"step {name!r}"
    needs = "ask save choices silence"
    found = fields(node, what, f"{needs} skip free optional again", findings, required=needs)
    after, goto = _silence_rule(found.get("silence"), what, findings)
    choices = entries(found["choices"], f"{what}, choices", findings) if "choices" in found else ()
    return Ask(
        name=name,
        line=line_of(node),
        texts=_by_language(found.get("ask"), what, findings),
        save=text(found.get("save"), "save", findings),
        choices=tuple(_choice(code, value, findings) for code, value in choices),
        skip=_way(found["skip"], f"{what}, skip", findings) if "skip" in found else Way(human),
        free=_way(found["free"], f"{what}, free", findings) if "free" in found else None,
        silence_after=after,
        silence_goto=goto,
        optional=_flag(found.get("optional"), "optional", findings),
        again=_words(found.get("again"), findings),
    )


def _say(name: str, node: yaml.Node, findings: Findings) -> Step:
    found = fields(node, f"step {name!r}", "say goto", findings, required="say goto")
    texts_ = _by_language(found.get("say"), f"step {name!r}", findings)
    return Say(name, line_of(node), texts_, text(found.get("goto"), "goto", findings))


def _queue(name: str, node: yaml.Node, findings: Findings) -> Step:
    what = f"step {name!r}"
    found = fields(node, what, "queue", findings)
    inner = fields(
        found["queue"], f"{what}, queue", "priority reason say alone", findings, required="priority"
    )
    effects = Effects(
        tier=_tier(inner.get("priority"), findings),
        reason=text(inner.get("reason"), "reason", findings) or None,
    )
    say = text(inner.get("say"), "say", findings) or None
    alone = text(inner.get("alone"), "alone", findings) or None
    return Queue(name, line_of(node), effects, say, alone)


def _silence(name: str, node: yaml.Node, findings: Findings) -> Step:
    what = f"step {name!r}"
    found = fields(node, what, f"say end {_EFFECTS}", findings, required="say end gate")
    if text(found.get("end"), "end", findings) != "silence":
        findings.error(node, f"{what}: the only end without a human is 'silence'")
    texts_ = _by_language(found.get("say"), what, findings)
    return Silence(name, line_of(node), texts_, _effects(found, findings))


def _choice(code: str, node: yaml.Node, findings: Findings) -> Choice:
    what = f"choice {code!r}"
    found = fields(
        node, what, f"digit words numbers goto {_EFFECTS}", findings, required="words goto"
    )
    return Choice(
        code=code,
        line=line_of(node),
        digit=text(found.get("digit"), "digit", findings) or None,
        words=_words(found.get("words"), findings),
        labels=_labels(found.get("words")),
        numbers=_numbers(found.get("numbers"), findings),
        effects=_effects(found, findings),
        goto=text(found.get("goto"), "goto", findings),
    )


def _way(node: yaml.Node, what: str, findings: Findings) -> Way:
    found = fields(node, what, f"goto words {_EFFECTS}", findings, required="goto")
    goto = text(found.get("goto"), "goto", findings)
    return Way(goto, _words(found.get("words"), findings), _effects(found, findings))


def _silence_rule(node: yaml.Node | None, what: str, findings: Findings) -> tuple[float, str]:
    if node is None:
        return 0.0, ""
    found = fields(node, f"{what}, silence", "after goto", findings, required="after goto")
    after = text(found.get("after"), "after", findings)
    match = _DURATION.fullmatch(after)
    if match is None or int(match[1]) == 0:
        findings.error(node, f"{what}: {after!r} is no time; write 600s, 10m or 1h")
    seconds = int(match[1]) * _SECONDS[match[2]] if match else 0.0
    return seconds, text(found.get("goto"), "goto", findings)


def _effects(found: Mapping[str, yaml.Node], findings: Findings) -> Effects:
    return Effects(
        tier=_tier(found.get("tier"), findings),
        reason=text(found.get("reason"), "reason", findings) or None,
        gate=_gate(found.get("gate"), findings),
        mark=text(found.get("mark"), "mark", findings) or None,
        lower=_tier(found.get("lower"), findings),
    )


def _tier(node: yaml.Node | None, findings: Findings) -> Tier | None:
    if node is None:
        return None
    name = text(node, "a tier", findings)
    if name not in Tier.__members__:
        findings.error(node, f"{name!r} is no tier; write P1, P2, P3 or P4")
        return None
    return Tier[name]


def _gate(node: yaml.Node | None, findings: Findings) -> Gate | None:
    if node is None:
        return None
    name = text(node, "gate", findings)
    if name not in ("open", "closed"):
        findings.error(node, f"{name!r} is no gate; write open or closed")
        return None
    return Gate(name)


def _numbers(node: yaml.Node | None, findings: Findings) -> range:
    if node is None:
        return range(0)
    match = _RANGE.fullmatch(text(node, "numbers", findings))
    if match is None:
        findings.error(node, "numbers are written as 10-17")
        return range(0)
    return range(int(match[1]), int(match[2]) + 1)


def _flag(node: yaml.Node | None, what: str, findings: Findings) -> bool:
    value = text(node, what, findings) if node is not None else "false"
    if value not in ("true", "false"):
        findings.error(node or 1, f"{what} is true or false")
    return value == "true"


def _words(node: yaml.Node | None, findings: Findings) -> tuple[str, ...]:
    if node is None:
        return ()
    by_language = entries(node, "words", findings)
    return tuple(w for _, listed in by_language for w in texts(listed, "words", findings))


def _labels(node: yaml.Node | None) -> tuple[tuple[str, str], ...]:
    unheard = Findings()
    found = entries(node, "words", unheard) if node is not None else ()
    words = ((language, texts(listed, "words", unheard)) for language, listed in found)
    return tuple((language, listed[0]) for language, listed in words if listed)


def _by_language(node: yaml.Node | None, what: str, findings: Findings) -> Texts:
    if node is None:
        return {}
    found = entries(node, f"{what}, texts", findings)
    return {language: text(value, what, findings) for language, value in found}


def _rehearsal(node: yaml.Node, findings: Findings) -> Rehearsal:
    found = fields(
        node, "a test", "name language returning say expect", findings, required="name say expect"
    )
    expect: dict[str, str | tuple[str, ...]] = {}
    if "expect" in found:
        known = "end sent tier reason gate answers marks"
        for name, value in fields(found["expect"], "expect", known, findings).items():
            many = isinstance(value, yaml.SequenceNode)
            expect[name] = texts(value, name, findings) if many else text(value, name, findings)
    said = texts(found.get("say"), "say", findings)
    return Rehearsal(
        name=text(found.get("name"), "name", findings),
        line=line_of(node),
        language=text(found.get("language"), "language", findings),
        returning=_flag(found.get("returning"), "returning", findings),
        say=tuple(None if line == "(silence)" else line for line in said),
        expect=expect,
    )
