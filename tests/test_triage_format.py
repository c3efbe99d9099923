"""The form of a script file: what may be left out, and how a digit may be spelt."""

import pytest

from triage import engine
from triage.linter import check
from triage.loader import load
from triage.samples import REQUIRED
from triage.script import Ask, Finding, ScriptError, Way

EXAMPLE = """
script: exit
languages: [sv, en]
start: greet
interrupts:
  human: {words: {sv: [person, människa], en: [person, human]}, digits: "9", goto: handoff}
steps:
  greet:
    ask: {sv: "Är det säkert? 1 Ja 2 Nej", en: "Is it safe? 1 Yes 2 No"}
    save: safe
    choices:
      "yes": {digit: "1", words: {sv: [ja], en: ["yes"]}, goto: privacy}
      "no":  {digit: "2", words: {sv: [nej], en: ["no"]}, goto: not_safe, gate: closed}
    silence: {after: 10m, goto: handoff}
  privacy: {say: {sv: "Du kan vara anonym.", en: "You can stay anonymous."}, goto: handoff}
  not_safe: {say: {sv: "Okej.", en: "OK."}, gate: closed, end: silence}
  handoff: {queue: {priority: P3}}
tests:
  - {name: says it is not safe, say: [hej, "2"], expect: {end: not_safe, sent: [greet, not_safe]}}
"""
"""The example of the design, with the steps that it leads to."""


def errors(source: str) -> list[Finding]:
    return [finding for finding in check(source) if finding.severity == "error"]


def texts() -> str:
    lines = ["texts:"]
    for text_id, names in REQUIRED.items():
        said = " ".join(f"{{{name}}}" for name in sorted(names)) or "Text."
        lines.append(f'  {text_id}: {{sv: "{said}", en: "{said}"}}')
    return "\n".join(lines) + "\n"


def test_the_designs_example_with_all_that_the_line_says_has_nothing_to_mend() -> None:
    assert errors(EXAMPLE + texts()) == []


def test_every_text_that_is_missing_is_named() -> None:
    found = [finding.message for finding in errors(EXAMPLE)]
    assert found == [f"the text {text_id!r} is missing" for text_id in REQUIRED]


@pytest.mark.parametrize("spelt", ['digits: "9"', 'digit: "9"'])
def test_the_digit_of_an_interrupt_may_be_spelt_as_in_the_example(spelt: str) -> None:
    script = load(EXAMPLE.replace('digits: "9"', spelt))
    assert script.human.digit == "9"
    turn = engine.begin(script, "sv", first_texts=["9"])
    assert (turn.ended, turn.state.step) == (True, "handoff")


@pytest.mark.parametrize("spelt", ['digits: "9", digit: "9", ', ""])
def test_an_interrupt_has_its_digit_once(spelt: str) -> None:
    with pytest.raises(ScriptError, match="interrupt 'human' needs one 'digit'"):
        load(EXAMPLE.replace('digits: "9", ', spelt))


def test_whoever_returns_is_asked_the_first_question_where_no_other_is_named() -> None:
    script = load(EXAMPLE)
    assert script.returning == "greet"
    assert engine.begin(script, "sv", returning=True).state.step == "greet"


def test_a_question_without_a_way_to_skip_it_is_skipped_to_a_human_by_0() -> None:
    script = load(EXAMPLE)
    assert (script.skip.digit, script.skip.words) == ("0", ())
    greet = script.steps["greet"]
    assert isinstance(greet, Ask)
    assert greet.skip == Way("handoff")
    turn = engine.answer(script, engine.begin(script, "sv").state, ["0"])
    assert (turn.ended, turn.state.step) == (True, "handoff")
