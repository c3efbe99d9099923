"""Signs of danger: found however they are spelled, measured on sentences that were put aside."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.shipped import danger_rules
from triage.danger import Sign, find, search
from triage.danger_rules import Rules, compile_rules
from triage.script import ScriptError

TUNED = ("seen.yaml", "fresh.yaml", "varied.yaml", "streets.yaml")
ASIDE = ("held_out.yaml", "fresh_held_out.yaml", "aside.yaml", "later.yaml")
HERE = Path(__file__).parent / "danger_sentences"
RULES = danger_rules()

SMALL = """
lists: {me: [mig, oss]}
negations: [inte]
danger:
  kill: ["(döda~|skjuta) ... {me}", "fara nu?"]
self_harm:
  live: "vill inte leva"
calm:
  laugh: "döda~ av skratt"
"""


def sentences(name: str) -> dict[str, list[str]]:
    return cast(dict[str, list[str]], yaml.safe_load((HERE / name).read_text("utf-8")))


@dataclass(frozen=True)
class Figures:
    """Of dangerous texts the share that was found, of calm ones the share that was taken for it."""

    recall: float
    alarms: float
    told: str


def measured(name: str) -> Figures:
    listed = sentences(name)
    dangerous, calm = listed["danger"] + listed["self_harm"], listed["calm"]
    missed = [text for text in dangerous if find(text, RULES) is None]
    alarms = [text for text in calm if find(text, RULES) is not None]
    recall, false = 1 - len(missed) / len(dangerous), len(alarms) / len(calm)
    told = (
        f"{name:20} recall {recall:4.0%} of {len(dangerous):3}, "
        f"false alarms {false:3.0%} of {len(calm):3}"
    )
    return Figures(recall, false, told)


@pytest.mark.parametrize(
    ("name", "least_recall", "most_alarms"),
    [
        # The patterns were tuned on these.
        ("seen.yaml", 0.96, 0.04),
        ("fresh.yaml", 0.96, 0.04),
        ("varied.yaml", 0.96, 0.02),
        ("streets.yaml", 0.96, 0.02),
        # These were put aside: they tell what to expect of a text that nobody thought of. What
        # the patterns miss, a human still reads, as P3.
        ("held_out.yaml", 0.93, 0.07),
        ("fresh_held_out.yaml", 0.92, 0.05),
        ("aside.yaml", 0.90, 0.06),
        # In words far from the patterns on purpose.
        ("later.yaml", 0.65, 0.10),
    ],
)
def test_dangerous_texts_are_found_and_calm_ones_left_alone(
    name: str, least_recall: float, most_alarms: float, record_property: Callable[..., None]
) -> None:
    figures = measured(name)
    record_property("signs of danger", figures.told)
    assert figures.recall >= least_recall
    assert figures.alarms <= most_alarms


def test_sixty_dangerous_and_sixty_calm_texts_stand_half_aside() -> None:
    aside = sentences("held_out.yaml")
    assert len(aside["danger"]) + len(aside["self_harm"]) == 30
    assert len(aside["calm"]) == 30
    used = {t for name in TUNED for listed in sentences(name).values() for t in listed}
    for name in ASIDE:
        assert used.isdisjoint(text for listed in sentences(name).values() for text in listed)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("DOM SKA DÖDA MIG", "danger"),
        ("dom ska doda mig", "danger"),
        ("dom skaa dödda mig!!", "danger"),
        ("de kommer skjuta mig", "danger"),
        ("nån står utanför min dörr", "danger"),
        ("they gonna kill me", "danger"),
        ("he got a gun on me", "danger"),
        ("vill inte leva längre", "self_harm"),
        ("jag vill bara dö", "self_harm"),
        ("nu vill jag inte leva", "self_harm"),
        ("tack för allt, nu orkar jag inte mer", "self_harm"),
        ("dom kommer till min port", "danger"),
        ("nu orkar jag inte mer läxor", None),
        ("pizzan kommer till min dörr", None),
        ("I don't want to live", "self_harm"),
        ("kan inte gå hem inatt", "danger"),
        ("kan inte åka hem", "danger"),
        ("vågar inte gå hem", "danger"),
        ("I can't go home tonight", "danger"),
        ("jag ska göra ett jobb ikväll", "danger"),
        ("they want me to do a job tonight", "danger"),
        ("jag kan inte gå hem i  natt", "danger"),
        ("Kan inte gå hem I KVA\u0308LL, brorsan är där", "danger"),
        ("kan inte gå hem, inblandad i nåt", "danger"),
        ("kan inte gå hem, kan ni ge råd?", "danger"),
        ("kan inte gå hem förrän fem", None),
        ("kan inte åka hem, har inte råd", None),
        ("det är inte säkert att jag kan vara hemma", None),
        ("vi gör ett jobb i nåt ämne", None),
        ("jag ska jobba ikväll", None),
        ("jag har jobb ikväll", None),
        ("jag har arbete ikväll", None),
        ("I have work tonight", None),
        # What everybody here wants: it says nothing of when, nor of a danger.
        ("vill bara ut ur allt", None),
        ("I just want out of it all", None),
        ("dör av skratt", None),
        ("mördande trött", None),
        ("dödstrött", None),
        ("just killing time", None),
        ("dom kommer inte döda mig", None),
        ("jag vill sluta", None),
        ("1", None),
        ("", None),
    ],
)
def test_signs_are_forgiving_about_spelling_and_careful_with_figures_of_speech(
    text: str, kind: str | None
) -> None:
    sign = find(text, RULES)
    assert (sign.kind if sign else None) == kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dödade oss", Sign("danger", "kill")),
        ("döda x y z mig", Sign("danger", "kill")),
        ("döda x y z å mig", None),
        ("döda x. mig", None),
        ("inte döda mig", None),
        ("skjutas mig", Sign("danger", "kill")),  # one typing error of a long word
        ("dödaste människan", None),
        ("fara", Sign("danger", "kill")),
        ("vill inte leva", Sign("self_harm", "live")),
        ("döda av skratt mig", None),
        ("vill leva", None),
    ],
)
def test_the_notation_means_what_the_file_says(text: str, expected: Sign | None) -> None:
    assert find(text, compile_rules(SMALL)) == expected


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("{me}", "{you}", 5, "list that does not exist"),
        ("fara nu?", "nu?", 5, "must be there"),
        ("fara nu?", "(fara nu", 5, "brackets"),
        ("fara nu?", "!! nu", 5, "not one word"),
        ("negations:", "denials:", 3, "not known"),
        ("  laugh:", "  laugh: a\n  laugh:", 10, "twice"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_line(
    old: str, new: str, line: int, message: str
) -> None:
    with pytest.raises(ScriptError) as told:
        compile_rules(SMALL.replace(old, new))
    assert any(f.line == line and message in f.message for f in told.value.findings)


def widest(rules: Rules) -> int:
    return sum(len(pattern.parts) for pattern in rules.patterns)


@pytest.mark.parametrize("length", [400, 1600, 20_000])
@pytest.mark.parametrize(
    "unit", ["dom ska ", "inte dom ska döda mig ", "vill jag dö inte ", "ä", "a ", "he has got a "]
)
def test_a_hostile_text_takes_steps_linear_in_its_words(unit: str, length: int) -> None:
    text = (unit * length)[:length]
    words = min(len(text.split()), 501)
    assert search(text, RULES)[1] <= words * widest(RULES) * 16


def test_twice_the_text_takes_about_twice_the_steps() -> None:
    once, twice = ("dom vill inte ska ha kniv på " * n for n in (20, 40))
    assert search(twice, RULES)[1] <= 2.2 * search(once, RULES)[1] + 100


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_any_text_can_be_searched(text: str) -> None:
    sign = find(text, RULES)
    assert sign is None or sign.kind in ("danger", "self_harm")


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sentences("seen.yaml")["danger"]), st.text(alphabet="abc 1", max_size=30))
def test_words_on_another_line_hide_no_danger(text: str, other: str) -> None:
    assert find(f"{other}\n{text}\n{other}", RULES) is not None
