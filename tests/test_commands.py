import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commands import Command, Kind, parse, plain, reserved


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("STOP", Command(Kind.STOP)),
        (" stopp! ", Command(Kind.STOP)),
        ("”Avsluta.”", Command(Kind.STOP)),
        ("ＳＴＯＰ", Command(Kind.STOP)),
        ("Start", Command(Kind.START)),
        ("hjälp!!", Command(Kind.HELP)),
        ("HJALP", Command(Kind.HELP)),
        ("hja\u0308lp", Command(Kind.HELP)),
        ("Radera", Command(Kind.DELETE)),
        ("radera   ja", Command(Kind.DELETE_YES)),
        ("Delete\nyes.", Command(Kind.DELETE_YES)),
        ("English", Command(Kind.LANGUAGE, "en")),
        ("På svenska?", Command(Kind.LANGUAGE, "sv")),
        ("in english", Command(Kind.LANGUAGE, "en")),
        ("SPRÅK", Command(Kind.LANGUAGE)),
        ("lang", Command(Kind.LANGUAGE)),
    ],
)
def test_a_command_is_the_whole_text(text: str, expected: Command) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "jag vill sluta",
        "sluta nu",
        "stoppa",
        "stp",
        "help me",
        "snälla hjälp",
        "",
        "!!!",
        "radera nej",
    ],
)
def test_nothing_else_is_a_command(text: str) -> None:
    assert parse(text) is None


@given(st.text(max_size=200))
def test_any_text_can_be_tried(text: str) -> None:
    command = parse(text)
    assert (command is not None) == (plain(text) in reserved())
