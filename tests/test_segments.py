import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.segments import BASIC, EXTENSION, Segments, count, culprits, plain
from tests.segment_cases import TYPOGRAPHIC


def test_the_alphabets_have_their_standard_sizes() -> None:
    assert len(BASIC) == 127  # 128 places, one of them the escape
    assert len(EXTENSION) == 10


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Segments("GSM-7", 0, 0, 0)),
        ("a" * 160, Segments("GSM-7", 1, 160, 0)),
        ("a" * 161, Segments("GSM-7", 2, 161, 153 - 8)),
        ("a" * 306, Segments("GSM-7", 2, 306, 0)),
        ("a" * 307, Segments("GSM-7", 3, 307, 152)),
        ("€" * 80, Segments("GSM-7", 1, 160, 0)),
        ("hej å ä ö Å Ä Ö é", Segments("GSM-7", 1, 17, 143)),
        ("ş" * 70, Segments("UCS-2", 1, 70, 0)),
        ("ş" * 71, Segments("UCS-2", 2, 71, 67 - 4)),
        ("😀" * 35, Segments("UCS-2", 1, 70, 0)),
    ],
)
def test_counts_as_the_standard_says(text: str, expected: Segments) -> None:
    assert count(text) == expected


def test_an_escape_pair_is_not_split_over_a_boundary() -> None:
    assert count("a" * 152 + "€" + "a" * 151) == Segments("GSM-7", 2, 305, 0)
    assert count("a" * 152 + "€" + "a" * 152).segments == 3


def test_a_surrogate_pair_is_not_split_over_a_boundary() -> None:
    assert count("ş" * 66 + "😀" + "ş" * 65).segments == 2
    assert count("ş" * 66 + "😀" + "ş" * 66).segments == 3


def test_culprits_are_named_once_in_order() -> None:
    assert culprits("a ş 😀 ş [ok] ’") == ("ş", "😀", "’")
    assert culprits("åäö €") == ()


@given(st.text(max_size=400))
def test_segments_are_never_fewer_than_the_units_need(text: str) -> None:
    found = count(text)
    part = 153 if found.encoding == "GSM-7" else 67
    assert found.segments * (part + 7) >= found.units
    assert (found.segments == 0) == (text == "")
    assert found.left >= 0


@pytest.mark.parametrize("text", TYPOGRAPHIC[:14])
def test_what_a_word_processor_put_in_is_said_in_plain_characters(text: str) -> None:
    assert culprits(text)
    assert not culprits(plain(text))


def test_plain_characters_say_the_same() -> None:
    assert plain("“Kom kl 9–12…” sa hon, ‘nu’") == "\"Kom kl 9-12...\" sa hon, 'nu'"
    assert plain("A\u030asa o\u0308ver 1\u00a0000 m") == "Åsa över 1 000 m"


def test_letters_of_other_languages_are_left_as_they_are() -> None:
    for text in ("ş ğ ı", "مرحبا", "🙂", "hej, å ä ö é [ok] €"):
        assert plain(text) == text


@given(st.text(max_size=200))
def test_plain_is_plain_at_once_and_never_adds_a_culprit(text: str) -> None:
    once = plain(text)
    assert plain(once) == once
    assert len(culprits(once)) <= len(culprits(unicodedata.normalize("NFC", text)))
