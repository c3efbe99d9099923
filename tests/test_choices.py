"""The answers that a question offers are read off its own words."""

import pytest

from domain.choices import Choice, choices
from handlers import shipped
from triage.script import Ask


def listed(text: str) -> list[tuple[str, str]]:
    return [(c.digit, c.label) for c in choices(text)]


def test_each_answer_has_its_digit_and_what_the_text_calls_it() -> None:
    text = "Är det fara? 1 Ja, nu 2 Kanske i dag 3 Nej 0 Vill inte svara. Skriv 9 när du vill"
    assert listed(text) == [
        ("1", "Ja, nu"),
        ("2", "Kanske i dag"),
        ("3", "Nej"),
        ("0", "Vill inte svara"),
    ]


def test_numbers_within_an_answer_are_words_of_it() -> None:
    text = "Ålder? 1 Under 18 2 18-20 3 Över 20 0 Vill inte svara"
    assert [c.label for c in choices(text)] == ["Under 18", "18-20", "Över 20", "Vill inte svara"]


def test_an_answer_ends_with_its_sentence() -> None:
    assert choices("Hej. Säkert att skriva? 1 Ja 2 Nej. Fara nu: ring 112") == (
        Choice("1", "Ja"),
        Choice("2", "Nej"),
    )


@pytest.mark.parametrize(
    "before", ["Vi ses kl 1 i dag. ", "Ta buss 1 eller 2 hit! ", "Nr 1: du.\n"]
)
def test_numbers_in_words_that_stand_before_a_question_are_no_answers_to_it(before: str) -> None:
    close = "Tack. Får vi höra av oss i morgon? 1 Ja 2 Nej, jag skriver"
    assert listed(before + close) == [("1", "Ja"), ("2", "Nej, jag skriver")]


def test_numbers_in_words_that_follow_the_answers_change_none_of_them() -> None:
    assert listed("Säkert? 1 Ja 2 Nej. Svara inom 1 timme.") == [("1", "Ja"), ("2", "Nej")]


@pytest.mark.parametrize(
    "text",
    ["", "Svara RADERA JA inom 1 timme.", "Ring 112 nu", "Skriv 9", "2 Nej 1 Ja", "0", "1 2"],
)
def test_a_text_that_lists_no_answers_asks_nothing(text: str) -> None:
    assert choices(text) == ()


def test_every_question_of_the_script_lists_exactly_the_digits_that_it_understands() -> None:
    script = shipped.script("exit")
    for step in script.steps.values():
        if isinstance(step, Ask):
            digits = {choice.digit for choice in step.choices if choice.digit}
            for text in step.texts.values():
                assert {c.digit for c in choices(text)} - {"0"} == digits, text
