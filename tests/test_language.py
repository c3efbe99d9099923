import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.language import guess


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("hej jag behöver hjälp", "sv"),
        ("Hej", "sv"),
        ("fick ert kort", "sv"),
        ("hi i need help", "en"),
        ("can you help me please", "en"),
        ("är", "sv"),
        ("1", None),
        ("", None),
        ("??", None),
        ("مرحبا", None),
    ],
)
def test_a_first_message_tells_its_language(text: str, language: str | None) -> None:
    assert guess(text, ("sv", "en")) == language


def test_a_language_the_line_does_not_speak_is_not_guessed() -> None:
    assert guess("hi i need help", ("sv",)) is None


@given(st.text(max_size=300))
def test_any_text_gets_a_language_of_the_line_or_none(text: str) -> None:
    assert guess(text, ("sv", "en")) in {"sv", "en", None}
