import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers import shipped
from triage.linter import check
from triage.loader import load
from triage.script import Ask, Finding, ScriptError

EXIT = shipped.source("exit")
HEJ = "{sv: Hej, en: Hi}"
LONG = "a" * 33
KEPT = "is longer than 32 characters"


def errors(source: str) -> list[Finding]:
    return [finding for finding in check(source) if finding.severity == "error"]


def changed(old: str, new: str) -> str:
    assert old in EXIT
    return EXIT.replace(old, new, 1)


def line_of(source: str, part: str) -> int:
    return source[: source.index(part)].count("\n") + 1


@pytest.mark.parametrize("name", shipped.names())
def test_the_shipped_scripts_have_nothing_to_mend(name: str) -> None:
    assert errors(shipped.source(name)) == []


def test_the_size_of_every_text_is_told_in_every_language() -> None:
    notes = [f.message for f in check(EXIT) if f.severity == "note"]
    script = shipped.script("exit")
    steps = [name for name, step in script.steps.items() if hasattr(step, "texts")]
    texts = [name for name in script.texts if name != "voice"]
    assert len(notes) == 2 * (len(steps) + len(texts))
    assert all(re.search(r": 1 x GSM-7, \d+ units$", note) for note in notes)


def test_yes_and_no_are_words() -> None:
    step = shipped.script("exit").steps["greet"]
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
        ("gate_unclear, goto: handoff", "gate_unclear, goto: not_safe", "only a choice may lead"),
        ("free: {goto: queue}", "free: {goto: not_safe}", "only a choice may lead"),
        ("    goto: handoff\n  #", "    goto: greet\n  #", "'human' must lead to a queue"),
        ("say: wait, alone", "say: hello, alone", "'hello' is no text"),
        ("alone: wait_alone", "alone: hello", "'hello' is no text"),
        ("    say: privacy_more", "    say: hello", "'hello' is no text"),
        ("  reprompt:\n", f"  greet: {HEJ}\n  reprompt:\n", "both a step and a text"),
        ('digit: "2"', 'digit: "22"', "needs a digit of its own"),
        ('        digit: "2"\n', "", "needs a digit of its own"),
        ('digit: "2"', 'digit: "२"', "needs a digit of its own"),
        ("words: {sv: [prata, snacka", 'words: {sv: [prata, "?!", snacka', "has no letters"),
        (
            "        goto: relative\n",
            "        goto: relative\n        lower: P4\n",
            "relatives' path",
        ),
        ("    gate: open\n  #", "    gate: closed\n  #", "'more' needs gate: open"),
        ("name: danger today,", "name: is sixteen,", "two tests are called 'is sixteen'"),
        ('say: [hej, "0"]', "say: []", "'skips the first question' says nothing"),
        ('say: [hej, "0"]', "say: [(silence)]", "'skips the first question' says nothing"),
        ("say: p1, alone: p1_alone", "say: p1", "'urgent': `alone` must name"),
        ("say: p1, alone: p1_alone", "say: p1, alone: wait", "'urgent': `alone` must name"),
        ("say: wait, alone: wait_alone", "say: wait", "'queue': `alone` must name"),
        ("say: wait, alone: wait_alone", "say: wait, alone: p1", "'queue': `alone` must name"),
        ("after: 10m", "after: 25h", "'greet': silence begins within 24h"),
        ("after: 10m", "after: 1441m", "'greet': silence begins within 24h"),
        ('    digit: "9"', '    digit: "99"', "interrupt 'human' needs one digit"),
        ('    digit: "0"', "    digit: x", "interrupt 'skip' needs one digit"),
        ('    digit: "9"', '    digit: "0"', "need different digits"),
        ("goto: danger\n", f"goto: {LONG}\n\n  {LONG}:\n    say: {HEJ}\n    goto: danger\n", KEPT),
        ("  reprompt:\n", f"  {LONG}: {HEJ}\n  reprompt:\n", KEPT),
        ("mark: under_18", "mark: Under 18", "'Under 18' is no code"),
        ("mark: under_18", f"mark: {LONG}", "is no code"),
        ("reason: danger_now", "reason: danger-now", "'danger-now' is no code"),
        ("reason: gate_unclear", f"reason: {LONG}", "is no code"),
        ("free: {goto", "free: {reason: Ω, goto", "'Ω' is no code"),
        ("priority: P3, reason: wants_help", "priority: P3, reason: Wants", "'Wants' is no code"),
        ("gate: closed\n    end", "gate: closed\n    reason: N\n    end", "'N' is no code"),
        ("languages: [sv, en]", "languages: []", "at least one language"),
        ("languages: [sv, en]", "languages: [sv]", "is not a language here"),
        ("script: exit", "script: exit: x", "not readable"),
    ],
)
def test_a_broken_promise_is_found(old: str, new: str, message: str) -> None:
    found = errors(changed(old, new))
    assert any(message in finding.message for finding in found), found


def test_a_step_without_choices_is_no_question() -> None:
    found = errors(
        re.sub(r"(?s)(  need:\n.*?    choices:).*?(    skip)", r"\1 {}\n\2", EXIT, count=1)
    )
    assert any("step 'need' has no choices" in finding.message for finding in found), found


def test_a_script_without_tests_is_noted_and_may_be_used() -> None:
    source = EXIT[: EXIT.index("\ntests:\n") + 1]
    assert errors(source) == []
    assert "the script has no tests of its own" in [finding.message for finding in check(source)]


def test_silence_may_last_a_day_and_a_name_be_as_long_as_its_column() -> None:
    whole = changed("after: 10m", "after: 24h").replace("not_safe", LONG[1:])
    assert errors(whole.replace("reason: gate_unclear", f"reason: {LONG[1:]}")) == []


def test_a_text_that_promises_nobody_needs_no_other_when_nobody_is_on_call() -> None:
    assert errors(changed("say: wait, alone: wait_alone", "say: wait_alone")) != []
    source = changed("say: wait, alone: wait_alone", "say: wait_alone").split("\ntests:\n")[0]
    assert errors(source + "\n") == []


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
