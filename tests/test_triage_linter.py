import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage import library
from triage.linter import check
from triage.loader import load
from triage.script import Ask, Finding, ScriptError

EXIT = library.source("exit")


def errors(source: str) -> list[Finding]:
    return [finding for finding in check(source) if finding.severity == "error"]


def changed(old: str, new: str) -> str:
    assert old in EXIT
    return EXIT.replace(old, new, 1)


def line_of(source: str, part: str) -> int:
    return source[: source.index(part)].count("\n") + 1


@pytest.mark.parametrize("name", library.names())
def test_the_shipped_scripts_have_nothing_to_mend(name: str) -> None:
    assert errors(library.source(name)) == []


def test_the_size_of_every_text_is_told_in_every_language() -> None:
    notes = [f.message for f in check(EXIT) if f.severity == "note"]
    script = library.shipped("exit")
    steps = [name for name, step in script.steps.items() if hasattr(step, "texts")]
    texts = [name for name in script.texts if name != "voice"]
    assert len(notes) == 2 * (len(steps) + len(texts))
    assert all(re.search(r": 1 x GSM-7, \d+ units$", note) for note in notes)


def test_yes_and_no_are_words() -> None:
    step = library.shipped("exit").steps["greet"]
    assert isinstance(step, Ask)
    assert [choice.code for choice in step.choices] == ["yes", "no"]
    bare = load(changed('"yes":\n        digit: "1"', "yes:\n        digit: 1"))
    assert bare.steps["greet"] == step


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("goto: privacy\n", "goto: nowhere\n", "'nowhere', which is no step"),
        ("        goto: relative\n", "        goto: age\n", "'relative' is never reached"),
        ("    goto: danger\n", "    goto: privacy\n", "never leads to a human"),
        ("returning: reopened", "returning: queue", "must be a question"),
        ("    silence: {after: 10m, goto: handoff}\n", "", "needs 'silence'"),
        (
            "    silence: {after: 10m, goto: handoff}",
            "    silence: {after: 10m, goto: danger}",
            "silence must lead to a queue",
        ),
        ("after: 10m", "after: soon", "is no time"),
        ("    skip: {goto: age}\n", "", "needs 'skip'"),
        ("  reprompt:\n", "  repromt:\n", "'reprompt' is missing"),
        ('    en: "We\'ll write in English now."\n', "", "has no text in 'en'"),
        ("{min}", "{minutes}", "{min}, {minutes} does not fit"),
        ("{alias} här", "{name} här", "does not fit"),
        ("Okej. Skriv när", "Okej ✓ Skriv när", "is UCS-2: ✓"),
        ("Skriv när det passar dig.", "Skriv när det passar dig." * 8, "too long"),
        ("Okej. Skriv när det", "Polisen säger: när det", "says 'polisen' before it is safe"),
        ("En person läser. Är", "Kommunen läser. Är", "says 'kommunen' before"),
        ("gate: open\n        goto: privacy", "goto: privacy", "before it is safe"),
        ("words: {sv: [prata, snacka", "words: {sv: [prata, bostad, snacka", "means both"),
        ("words: {sv: [prata, snacka", "words: {sv: [person, snacka", "means both"),
        ("words: {sv: [prata, snacka", "words: {sv: [hoppa, snacka", "means both"),
        ("words: {sv: [prata, snacka", "words: {sv: [mer, snacka", "means both"),
        ("words: {sv: [prata, snacka", "words: {sv: [Hjälp, snacka", "provider's word"),
        ("words: {sv: [prata, snacka", "words: {sv: [sluta, snacka", "provider's word"),
        ("words: {sv: [prata, snacka", "words: {sv: [två, snacka", "is a number"),
        ("words: {sv: [prata, snacka, samtal], en", "words: {en", "has no words in 'sv'"),
        ('digit: "2"', 'digit: "9"', "already means a person"),
        ('digit: "2"', 'digit: "1"', "already means 'yes'"),
        ("numbers: 18-20", "numbers: 17-20", "overlap"),
        ("numbers: 10-17", "numbers: 1-17", "are digits"),
        ("gate: closed\n        goto: not_safe", "goto: not_safe", "go together"),
        ("gate: closed\n    end", "gate: open\n    end", "needs gate: closed"),
        (
            "        goto: how\n      over",
            "        goto: danger\n      over",
            "more than 8 messages",
        ),
        (
            "goto: danger\n\n  danger:\n",
            "goto: a\n\n  a: {say: {sv: Hej, en: Hi}, goto: danger}\n\n  danger:\n",
            "must not follow a statement",
        ),
        ("tier: P1", "tier: P9", "is no tier"),
        ("    save: need", "    save: need\n    colour: red", "'colour' is not known"),
        ("    save: need", "    save: need\n    save: want", "stands twice"),
        ("    save: need", "    save: &a need", "anchors"),
        ("    save: need", "    save: !!str need", "tags"),
        ("expect: {end: not_safe, gate", "expect: {end: queue, gate", "end is 'not_safe'"),
        ("languages: [sv, en]", "languages: []", "at least one language"),
        ("languages: [sv, en]", "languages: [sv]", "is not a language here"),
        ("script: exit", "script: exit: x", "not readable"),
    ],
)
def test_a_broken_promise_is_found(old: str, new: str, message: str) -> None:
    found = errors(changed(old, new))
    assert any(message in finding.message for finding in found), found


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "must be a mapping"),
        ("[" * 5000, "nested deeper"),
        ("a: " + "x" * 300_000, "longer than"),
        ("a: {b: 1", "not readable"),
    ],
)
def test_what_is_no_script_is_refused(source: str, message: str) -> None:
    assert message in errors(source)[0].message


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("    save: need", "    save: need\n    colour: red", "colour: red"),
        ("    save: need", "    save: need\n    save: want", "save: want"),
        ("tier: P1", "tier: P9", "P9"),
    ],
)
def test_a_finding_has_the_line_where_it_stands(old: str, new: str, part: str) -> None:
    source = changed(old, new)
    assert errors(source)[0].line == line_of(source, part)


def test_several_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    source = changed("tier: P1", "tier: P9").replace("    save: need", "    save: need\n    x: 1")
    found = errors(source)
    assert len(found) == 2
    assert [f.line for f in found] == sorted(f.line for f in found)


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=120) | st.text(alphabet="ab:{}[]-&*!|>\"' \n", max_size=120))
def test_no_file_makes_the_linter_fall_over(source: str) -> None:
    assert errors(source)
    with pytest.raises(ScriptError):
        load(source)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, EXIT.count("\n")), st.integers(1, 3))
def test_a_script_with_lines_left_out_is_judged_and_never_a_crash(at: int, many: int) -> None:
    lines = EXIT.split("\n")
    found = check("\n".join(lines[:at] + lines[at + many :]))
    assert all(finding.line >= 1 for finding in found)
