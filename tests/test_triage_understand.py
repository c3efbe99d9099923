import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers import shipped
from triage.script import Ask
from triage.understand import Kind, read, read_all
from triage.words import near, tokens

SCRIPT = shipped.script("exit")


def step(name: str) -> Ask:
    found = SCRIPT.steps[name]
    assert isinstance(found, Ask)
    return found


def meaning(question: str, *texts: str) -> str:
    reading = read_all(SCRIPT, step(question), texts)
    return reading.choice.code if reading.choice else reading.kind.value


@pytest.mark.parametrize(
    "text",
    [
        "1",
        "1.",
        "1)",
        " 1 ",
        "(1)",
        "nr 1",
        "svar 1",
        "１",
        "١",
        "۱",
        "፩",
        "1️⃣",
        "ett",
        "En",
        "one",
        "Ja!",
        "JA",
        "jaaa",
        "ja tack",
        "ja det är lugnt",
        "säkrt",
        "säkertt",
        "yes",
        "its ok",
        "👍",
    ],
)
def test_yes_is_understood_however_it_is_typed(text: str) -> None:
    assert meaning("greet", text) == "yes"


@pytest.mark.parametrize(
    "text",
    [
        "2",
        "två",
        "nej",
        "Neeej",
        "nej inte nu",
        "inte säkert",
        "Inte säkrt",
        "not safe",
        "osäkert",
        "no its not safe",
        "it isn't safe",
        "ja men inte nu",
        "nej det är lugnt",
        "det är inte lugnt",
    ],
)
def test_not_safe_wins_over_everything_beside_it(text: str) -> None:
    assert meaning("greet", text) == "no"


@pytest.mark.parametrize(
    "text",
    [
        "jag tror inte det är säkert",
        "inte helt säkert",
        "not really safe",
        "int säkert",
        "aldrig ok",
        "vem är du",
        "inte",
        "1 2",
        "12",
        "3",
        "",
        "   ",
        "?",
        "\x00",
        "😀",
    ],
)
def test_what_is_not_clearly_yes_is_not_yes(text: str) -> None:
    assert meaning("greet", text) == "unclear"


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("danger", "nej inte nu", "none"),
        ("danger", "jag är inte i fara", "none"),
        ("danger", "kanske ikväll", "today"),
        ("danger", "just nu", "now"),
        ("danger", "ja inte nu", "unclear"),
        ("danger", "nej jag är inte säker", "unclear"),
        ("danger", "3 killar följer mig", "unclear"),
        ("need", "jag vill prata", "talk"),
        ("need", "jag vill inte prata", "free"),
        ("need", "prata eller jobb", "free"),
        ("need", "trygghett", "safe"),
        ("age", "16 år", "under_18"),
        ("age", "jag är 19", "from_18"),
        ("age", "18-20", "from_18"),
        ("age", "under 18", "under_18"),
        ("age", "över 20", "over_20"),
        ("how", "ring efter 9", "call"),
        ("how", "1 efter 17", "text"),
        ("how", "efter 9 på kvällen", "free"),
        ("how", "inte ringa", "free"),
    ],
)
def test_each_question_reads_its_own_answers(question: str, text: str, expected: str) -> None:
    assert meaning(question, text) == expected


@pytest.mark.parametrize(
    "text", ["0", "noll", "skip", "Hoppa över", "hopa över", "vill inte svara"]
)
@pytest.mark.parametrize("question", ["greet", "danger", "self_harm", "need", "age", "how"])
def test_every_question_can_be_skipped(question: str, text: str) -> None:
    assert meaning(question, text) == "skip"


@pytest.mark.parametrize(
    "text", ["jag vill hoppa av", "hoppa framför tåget", "skippa skolan gick bra"]
)
def test_a_skip_word_inside_a_sentence_skips_nothing(text: str) -> None:
    assert meaning("danger", text) == "unclear"


@pytest.mark.parametrize(
    "text",
    ["9", "nio", "9 tack", "människa", "manniska!", "är du en människa?", "a real person pls"],
)
@pytest.mark.parametrize("question", ["greet", "danger", "self_harm", "need", "age"])
def test_a_person_is_reached_from_every_question(question: str, text: str) -> None:
    assert meaning(question, text) == "human"


@pytest.mark.parametrize("text", ["efter 9", "kl 9", "vill inte prata med en person"])
def test_a_nine_that_is_a_time_and_a_person_not_wanted_call_nobody(text: str) -> None:
    assert meaning("need", text) != "human"


def test_more_is_the_whole_text_only() -> None:
    assert meaning("danger", "MER") == "more"
    assert meaning("danger", "vill veta mer om det") == "unclear"


@pytest.mark.parametrize(
    ("question", "texts", "expected"),
    [
        ("greet", ("ja", "nej förresten inte nu"), "no"),
        ("greet", ("nej", "ja"), "no"),
        ("greet", ("inte", "säkert"), "no"),
        ("greet", ("jag tror inte", "det är säkert"), "unclear"),
        ("greet", ("säkert", "inte"), "unclear"),
        ("greet", ("ja", "jag orkar inte mer"), "yes"),
        ("greet", ("1", "det är inte lätt"), "yes"),
        ("danger", ("3", "1"), "now"),
        ("danger", ("1", "3"), "now"),
        ("danger", ("3", "0"), "skip"),
        ("need", ("1", "3"), "home"),
        ("danger", ("1", "9"), "human"),
        ("danger", ("hmm", "vet du", "kanske"), "today"),
    ],
)
def test_texts_in_a_row_are_one_answer(
    question: str, texts: tuple[str, ...], expected: str
) -> None:
    assert meaning(question, *texts) == expected


def test_a_word_between_two_choices_is_neither() -> None:
    assert near("tryggg", "trygg")
    assert near("tyrgg", "trygg")
    assert not near("otrygg", "trygg")
    assert not near("tryg", "tryggt")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.sampled_from(["greet", "danger", "need", "age", "how"]))
def test_any_text_has_a_reading(text: str, question: str) -> None:
    reading = read(SCRIPT, step(question), text)
    assert (reading.kind is Kind.CHOICE) == (reading.choice is not None)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=20))
def test_a_negation_before_safe_is_never_yes(filler: str) -> None:
    if any(word.isdecimal() for word in tokens(filler)):
        return
    assert meaning("greet", f"inte {filler} säkert") != "yes"
