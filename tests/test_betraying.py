"""The list of words that betray: what is found, what is not, and that no neutral text has any."""

import pytest

from domain.safe_contact import P1_TEXTS
from domain.segments import count
from handlers import shipped
from handlers.betraying import betraying
from triage.betraying import compile_words
from triage.linter import check
from triage.samples import OPTIONAL, REQUIRED, SAMPLES, filled
from triage.script import Ask, ScriptError, Silence
from triage.voice import Voice

SCRIPT = shipped.script("exit")

FOUND = [
    ("Polisen är här", ("Polisen",)),
    ("civilpolisen ringde", ("civilpolisen",)),
    ("du kan lämna gänget nu", ("gänget",)),
    ("gatugänget", ("gatugänget",)),
    ("vill du hoppa av? jag är din rådgivare", ("hoppa av", "rådgivare")),
    ("hoppade av, hoppar av, HOPPA AV", ("hoppade av", "hoppar av", "HOPPA AV")),
    ("socialtjänsten och kommunens avhopparverksamhet",
     ("socialtjänsten", "kommunens", "avhopparverksamhet")),
    ("soc kan hjälpa", ("soc",)),
    ("är du i fara?", ("fara",)),
    ("du är hotad", ("hotad",)),
    ("I'm your counsellor at the council", ("counsellor", "council")),
    ("leave the gang", ("gang",)),
    ("the police, the POLICE", ("police", "POLICE")),
    ("are you safe", ("safe",)),
    ("Utväg", ("Utväg",)),
    ("ga\u0308nget", ("gänget",)),
    ("po\u200blisen", ("polisen",)),
    ("ｐｏｌｉｓ", ("polis",)),
    ("_polis_", ("polis",)),
    ("polis/soc", ("polis", "soc")),
]  # fmt: skip

CALM = [
    "", "hej", "Ring 112", "en gång till, igång, ingång", "Passar det att skriva nu?",
    "det är hot i dag i solen"[:6], "kommunicera gärna", "kommer du i morgon?", "sociala medier",
    "Vi ses klockan 15 vid fiket", "brottas", "ok, jag skriver i morgon", "Is this a good time?",
    "See you at the cafe at 3", "I scope the cost", "a network of friends", "tack för i dag",
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), FOUND)
def test_a_word_that_betrays_is_found_as_it_was_written(text: str, words: tuple[str, ...]) -> None:
    assert betraying(text) == words


@pytest.mark.parametrize("text", CALM)
def test_what_anybody_might_write_is_let_be(text: str) -> None:
    assert betraying(text) == ()


def test_danger_may_be_named_to_a_p1_and_who_we_are_may_not() -> None:
    for text_id in P1_TEXTS:
        assert betraying("Är du i fara?", text_id) == ()
        assert betraying("Är du i fara? Polisen", text_id) == ("Polisen",)
    assert betraying("Är du i fara?", "danger") == ("fara",)


NEVER = {"privacy_more", "voice"}
"""Who writes MORE wants to know; whoever dials hears the same as everybody."""


@pytest.mark.parametrize("language", SCRIPT.languages)
@pytest.mark.parametrize("text_id", sorted(SCRIPT.texts.keys() - NEVER))
def test_every_text_of_the_line_has_neutral_words(text_id: str, language: str) -> None:
    said = filled(Voice(SCRIPT, language, neutral=True).says(text_id))
    assert betraying(said) == ()
    assert (count(said).segments, count(said).encoding) == (1, "GSM-7")
    wanted = REQUIRED.get(text_id) or OPTIONAL.get(text_id, frozenset())
    plain = Voice(SCRIPT, language).says(text_id)
    neutral = Voice(SCRIPT, language, neutral=True).says(text_id)
    for name in SAMPLES:
        assert ("{" + name + "}" in neutral) == ("{" + name + "}" in plain) == (name in wanted)


@pytest.mark.parametrize("language", SCRIPT.languages)
def test_the_question_of_the_gate_and_the_end_of_it_have_neutral_words(language: str) -> None:
    asked = {SCRIPT.start, SCRIPT.returning}
    ends = {name for name, step in SCRIPT.steps.items() if isinstance(step, Silence)}
    for name in asked | ends:
        assert betraying(Voice(SCRIPT, language, neutral=True).says(name)) == ()


@pytest.mark.parametrize("language", SCRIPT.languages)
def test_a_neutral_question_offers_the_same_answers(language: str) -> None:
    for name, step in SCRIPT.steps.items():
        if isinstance(step, Ask) and name in SCRIPT.neutral:
            said = Voice(SCRIPT, language, neutral=True).says(name)
            assert all(f"{choice.digit} " in said for choice in step.choices)


@pytest.mark.parametrize(
    "source", ["who: {sv: [a]}", "who: {sv: ['*']}\nwhat: {sv: [a]}", "who: []\nwhat: []"]
)
def test_a_list_that_cannot_be_used_is_refused(source: str) -> None:
    with pytest.raises(ScriptError):
        compile_words(source)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("neutral:\n  greet:", "neutral:\n  greets:", "neutral 'greets' stands for no text"),
        ("inom ca {min} min. Du kan göra annat, svaret kommer hit. Brådskar", "Brådskar",
         "neutral 'wait' in 'sv': {min} does not fit"),
        ('    en: "Done. Everything we have is gone within {h} hours."\n', "",
         "neutral 'deleted' has no text in 'en'"),
        ("Klart. Allt vi har är borta inom {h} timmar.", "Klart 😀 {h}",
         "neutral 'deleted' in 'sv' takes more than one segment"),
    ],
)  # fmt: skip
def test_a_neutral_text_that_does_not_fit_is_found(old: str, new: str, message: str) -> None:
    source = shipped.source("exit")
    assert old in source
    found = check(source.replace(old, new, 1))
    assert message in [one.message for one in found if one.severity == "error"]
