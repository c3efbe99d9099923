"""Every word of the staff pages, in both languages: there, alike, and for every code of ours."""

import re
import string
from enum import StrEnum
from pathlib import Path

import pytest
import yaml

from domain.block import Lasts
from domain.block import Reason as Blocked
from domain.contact_rules import Refusal
from domain.conversation import Outcome, State
from domain.deletion import Decline
from domain.delivery import Delivery
from domain.disclosure import Authority, Ground, Scope
from domain.disclosure import Refusal as Refused
from domain.disclosure import State as Standing
from domain.duty import Kind as Duty
from domain.duty import Outcome as DutyOutcome
from domain.duty import Recipient, Within
from domain.escalation import Ways, Whom
from domain.export import Ground as ExportGround
from domain.gate import Gate
from domain.hold import Ground as HoldGround
from domain.member import Role
from domain.message import Channel, OptOut
from domain.rota import ShiftRole
from domain.safe_contact import Way
from handlers.blocked import BROKEN
from handlers.quiet_word import Heard
from handlers.timeline import SHOWN
from handlers.write_shift import How
from senders.media import Why
from senders.opted_out import OPTED_OUT
from staff.told import Told
from staff.words import LANGUAGES, Plural, words
from storage.notes import Purpose
from triage.state import FREE, SKIPPED
from utvag.cli_rota import PROBLEMS, WARNINGS

ROOT = Path(__file__).parent.parent
SCRIPT = yaml.safe_load((ROOT / "triage/scripts/exit.yaml").read_text(encoding="utf-8"))
TEMPLATES = sorted((ROOT / "staff/templates").glob("*.html"))
WORKER = ROOT / "staff/templates/worker.js"


def places(entry: str | Plural) -> set[str]:
    forms = [entry] if isinstance(entry, str) else entry.forms.values()
    return {name for form in forms for _, name, _, _ in string.Formatter().parse(form) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_stands_twice_so_that_the_later_one_hides_the_other(language: str) -> None:
    waits = [yaml.compose((ROOT / f"staff/words/{language}.yaml").read_text(encoding="utf-8"))]
    while waits:
        node = waits.pop()
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value]
            assert sorted(keys) == sorted(set(keys))
            waits += [value for _, value in node.value]


def test_both_languages_hold_the_same_words() -> None:
    swedish, english = (words(language).entries for language in LANGUAGES)
    assert swedish.keys() == english.keys()
    assert {k for k in swedish if places(swedish[k]) != places(english[k])} == set()
    assert {
        k for k in swedish if isinstance(swedish[k], Plural) != isinstance(english[k], Plural)
    } == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_are_empty_shouted_or_badly_quoted(language: str) -> None:
    for key, entry in words(language).entries.items():
        for form in [entry] if isinstance(entry, str) else entry.forms.values():
            assert form.strip() == form != "", key
            assert "!" not in form, key


def test_the_number_chooses_the_form() -> None:
    assert words("sv").say("queue.unread", n=1) == "1 oläst"
    assert words("sv").say("queue.unread", n=2) == "2 olästa"
    assert words("en").say("queue.count", n=1) == "1 waits"
    assert words("en").say("queue.count", n=0) == "0 wait"


@pytest.mark.parametrize(
    ("group", "codes"),
    [
        ("refusal", Refusal), ("delivery", Delivery), ("outcome", Outcome), ("gate", Gate),
        ("opt_out", OptOut), ("channel", Channel), ("role", Role), ("shift", ShiftRole),
        ("shift_short", ShiftRole), ("give.kinds", How), ("called", Whom),
        ("policy.whoms", ShiftRole), ("policy.ways_by", Ways), ("thread.purpose", Purpose),
        ("told", Told),
        ("deletion.reasons", Decline), ("deletion.state", State),
        ("block.reason", Blocked), ("block.lasts", Lasts),
        ("safe.way", Way), ("safe.agreed", Heard),
        ("duty.kind", Duty), ("duty.outcome", DutyOutcome), ("duty.recipient", Recipient),
        ("duty.within", Within), ("register.authority", Authority),
        ("register.ground", Ground), ("register.scope", Scope), ("register.state", Standing),
        ("register.refusal", Refused), ("export.ground", ExportGround), ("hold.ground", HoldGround),
        ("hold.deletion", HoldGround), ("export.by", Role),
    ],
)  # fmt: skip
def test_every_code_of_the_domain_has_words(group: str, codes: type[StrEnum]) -> None:
    for language in LANGUAGES:
        assert {f"{group}.{code}" for code in codes} <= words(language).entries.keys()


def branches(tree: object) -> list[dict[str, object]]:
    inner = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    found = [one for branch in inner for one in branches(branch)]
    return [tree, *found] if isinstance(tree, dict) else found


def test_every_reason_and_mark_of_the_script_has_words() -> None:
    said = words("sv").entries.keys()
    reasons = {str(b["reason"]) for b in branches(SCRIPT["steps"]) if "reason" in b}
    reasons |= {
        "new",
        "danger_words",
        "self_harm_words",
        "human",
        "not_understood",
        "silence",
        "too_long",
        "engine",
    }
    reasons |= {"triage", "waited_long", "unanswered", "returning"}
    marks = {str(b["mark"]) for b in branches(SCRIPT["steps"]) if "mark" in b}
    marks |= {
        "delete_requested",
        "not_answerable",
        "wants_call",
        "writes_later",
        "may_write",
        BROKEN,
    }
    assert len(reasons) > 15
    assert {f"reason.{r}" for r in reasons} | {f"mark.{m}" for m in marks} <= said


def test_every_question_and_every_answer_of_the_script_has_words() -> None:
    said = words("en").entries.keys()
    asked = [step for step in SCRIPT["steps"].values() if "save" in step]
    assert len(asked) >= 7
    for step in asked:
        assert f"question.{step['save']}" in said
        for value in (*step["choices"], SKIPPED, FREE):
            assert f"answer.{step['save']}.{value}" in said


def test_everything_that_happens_in_a_thread_has_words() -> None:
    assert {f"happened.{kind}" for kind in SHOWN} <= words("sv").entries.keys()


def test_every_reason_why_a_picture_cannot_be_shown_has_words() -> None:
    codes = {*Why, "other_type", "broken", "refused", "redacted"}
    assert {f"no_picture.{code}" for code in codes} <= words("sv").entries.keys()


def test_every_problem_of_a_calendar_file_has_words() -> None:
    said = words("sv").entries.keys()
    assert {f"import.problem.{code}" for code in PROBLEMS} <= said
    assert {f"import.warning.{code}" for code in WARNINGS} <= said


def test_every_error_that_stops_us_for_good_has_words() -> None:
    assert {f"error.{code}" for code in OPTED_OUT} <= words("sv").entries.keys()


def test_a_code_without_words_does_not_break_a_page() -> None:
    assert words("en").code("reason", "from_a_later_version") == "Other reason"
    assert words("sv").code("error", 99999, number=99999) == "Leverantören sade nej (kod 99999)."


def test_a_key_without_words_is_an_error() -> None:
    with pytest.raises(KeyError):
        words("en").say("queue.nonsense")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_words_of_its_own(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    text = re.sub(r"\{% block body_class %\}.*?\{% endblock %\}", " ", text)
    bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", text, flags=re.DOTALL)
    spoken = re.findall(r'(?:title|placeholder|aria-label|alt)="([^"]*)"', bare)
    bare = re.sub(r"<meta[^>]*>", " ", bare)
    between = re.sub(r"<[^>]*>", " ", bare)
    left = [word for part in [between, *spoken] for word in re.findall(r"[^\W\d_]{2,}", part)]
    assert left == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_key_that_a_template_names_has_words(template: Path) -> None:
    said = words("sv").entries.keys()
    named = set(re.findall(r'\bt\("([^"]+)"\s*[,)]', template.read_text(encoding="utf-8")))
    assert named - said == set()


def test_every_word_is_used_somewhere() -> None:
    source = "".join(p.read_text(encoding="utf-8") for p in [*TEMPLATES, WORKER])
    source += "".join(p.read_text(encoding="utf-8") for p in (ROOT / "staff").glob("*.py"))
    coded = ("refusal", "delivery", "outcome", "gate", "opt_out", "channel", "role", "reason",
             "mark", "question", "answer", "happened", "error", "media", "field", "trouble",
             "switch", "language", "reply.text", "no_picture", "shift", "shift_short",
             "give.hows", "give.kinds", "needed.whens",
             "import.problem", "import.warning", "way", "ways.tested", "called", "policy.tiers",
             "policy.whoms", "policy.by", "policy.ways_by", "policy.lasts", "unwakable.why",
             "unwakable.theirs", "thread.purpose", "browser", "system", "told",
             "team_news", "deletion.count", "deletion.reasons", "deletion.state",
             "block.reason", "block.lasts", "audit.act", "audit.what", "audit.found",
             "audit.stood", "audit.reason", "audit.asked", "audit.detail", "duty.kind",
             "duty.outcome", "duty.recipient", "duty.within", "register.authority",
             "register.ground", "register.scope", "register.state", "register.refusal",
             "hold.ground", "hold.deletion",
             "export.ground", "export.there", "export.by", "export.holdable",
             "safe.way", "safe.firsts", "safe.agreed",
             "retention.kept", "retention.is", "retention.why",
             "retention.count", "retention.fault", "retention.copies_are",
             "settings.group", "settings.card", "swap.hindered")  # fmt: skip
    unused = {
        key
        for key in words("sv").entries
        if f'"{key}"' not in source and not key.startswith(tuple(f"{group}." for group in coded))
    }
    assert sorted(unused) == []
