"""Six words drawn by the machine are worth 60 bits; what people choose is looked at."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.generated import LANGUAGES, WORDS, generated, listed
from handlers.guessable import why_guessable


@pytest.mark.parametrize("language", LANGUAGES)
def test_six_words_of_either_list_are_at_least_sixty_bits(language: str) -> None:
    words = listed(language)
    assert len(words) >= 1296
    assert len(set(words)) == len(words)
    assert WORDS * math.log2(len(words)) >= 60


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_short_and_written_in_small_letters(language: str) -> None:
    for word in listed(language):
        assert 3 <= len(word) <= 13, word
        assert word.isalpha(), word
        assert word == word.lower()


def test_no_two_words_of_a_list_differ_only_by_an_accent() -> None:
    for language in LANGUAGES:
        plain = [word.translate(str.maketrans("é", "e")) for word in listed(language)]
        assert len(set(plain)) == len(plain)


@pytest.mark.parametrize("language", [*LANGUAGES, "fi"])
def test_what_is_drawn_is_six_words_and_never_guessable(language: str) -> None:
    for _ in range(20):
        drawn = generated(language)
        assert len(drawn.split()) == WORDS
        assert set(drawn.split()) <= set(listed(language if language in LANGUAGES else "sv"))
        assert why_guessable(drawn, ["Alva"]) is None


def test_no_two_draws_are_the_same() -> None:
    assert len({generated("sv") for _ in range(50)}) == 50


@given(st.text(max_size=200), st.lists(st.text(max_size=30), max_size=3))
def test_whatever_somebody_writes_is_looked_at_without_an_error(
    passphrase: str, names: list[str]
) -> None:
    known = {None, "too_common", "named", "repeats", "in_a_row"}
    assert why_guessable(passphrase, names) in known


@pytest.mark.parametrize(
    "passphrase",
    [
        "three calm evenings",
        "en lång mening om hösten",
        "sjön är blå i maj",
        "7f3a90c41be25d86f0a9c3e1",
    ],
)
def test_a_sentence_of_ones_own_is_worth_having(passphrase: str) -> None:
    assert why_guessable(passphrase, ["Alva", "Card 2026"]) is None
