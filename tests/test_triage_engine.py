import json
from dataclasses import replace

import pytest

from domain.gate import Gate
from domain.priority import Tier
from handlers import shipped
from triage import engine
from triage.engine import Arrival, Turn, Utterance
from triage.loader import load
from triage.state import Answer, State

SCRIPT = shipped.script("exit")


def after(*texts: str, language: str = "sv", returning: bool = False) -> Turn:
    turn = engine.begin(SCRIPT, language, returning=returning)
    for text in texts:
        turn = engine.answer(SCRIPT, turn.state, [text])
    return turn


def said(turn: Turn) -> list[str]:
    return [utterance.text_id for utterance in turn.say]


def test_the_first_question_is_whether_it_is_safe() -> None:
    turn = after()
    assert turn.say == (Utterance("greet", question=True),)
    assert turn.state.gate is Gate.UNKNOWN
    assert turn.gate is None


def test_a_first_text_is_no_answer_but_may_ask_for_a_person() -> None:
    assert said(engine.begin(SCRIPT, "sv", first_texts=["ja"])) == ["greet"]
    turn = engine.begin(SCRIPT, "sv", first_texts=["9"])
    assert turn.ended
    assert turn.reason == "human"
    assert turn.say == (Utterance("wait", "wait_alone"),)


def test_yes_opens_the_gate_and_goes_on_to_privacy_and_danger() -> None:
    turn = after("ja")
    assert turn.gate is Gate.OPEN
    assert turn.say == (Utterance("privacy"), Utterance("danger", question=True))


def test_no_closes_the_gate_says_one_thing_and_ends() -> None:
    turn = after("nej")
    assert (turn.gate, said(turn), turn.ended) == (Gate.CLOSED, ["not_safe"], True)
    later = engine.answer(SCRIPT, turn.state, ["ja"])
    assert (later.say, later.ended) == ((), True)


def test_danger_now_is_p1_and_asks_nothing_more() -> None:
    turn = after("1", "1")
    assert (turn.tier, turn.reason, turn.ended) == (Tier.P1, "danger_now", True)
    assert turn.say == (Utterance("p1", "p1_alone"),)


def test_a_tier_is_told_only_when_it_changes() -> None:
    today = after("1", "2")
    assert (today.tier, today.reason) == (Tier.P2, "danger_today")
    further = engine.answer(SCRIPT, today.state, ["0"])
    assert (further.tier, further.reason) == (None, None)


def test_under_18_is_marked_even_when_the_tier_was_already_p2() -> None:
    turn = after("1", "2", "3", "1", "1")
    assert turn.marks == {"under_18"}
    assert turn.tier is None


def test_only_the_relatives_path_lowers_and_only_from_p3() -> None:
    lowered = after("1", "3", "3", "4", "3")
    assert (lowered.tier, lowered.lower) == (Tier.P4, True)
    kept = after("1", "2", "3", "4", "3")
    assert (kept.tier, kept.lower, kept.state.tier) == (None, False, Tier.P2)


def test_the_words_of_how_are_kept() -> None:
    turn = after("1", "3", "3", "1", "2", "ring efter 17, inte hemma")
    assert turn.state.answers[-1] == Answer("how", "how", "words", "ring efter 17, inte hemma")


def test_one_reprompt_then_how_is_left_out_then_a_human() -> None:
    turn = after("1", "blabla")
    assert said(turn) == ["reprompt"]
    turn = engine.answer(SCRIPT, turn.state, ["blabla"])
    assert (turn.reason, turn.ended) == ("not_understood", True)
    assert said(after("1", "blabla", "3", "3", "1", "2")) == ["wait"]


def test_silence_hands_over_what_is_known_and_says_nothing() -> None:
    asked = after("1", "2")
    turn = engine.silence(SCRIPT, asked.state)
    assert (turn.say, turn.ended, turn.state.tier) == ((), True, Tier.P2)
    assert engine.silence(SCRIPT, after().state).reason == "silence"
    assert engine.silence_after(SCRIPT, asked.state) == 600
    assert engine.silence_after(SCRIPT, turn.state) is None


def test_another_language_asks_the_same_question_again() -> None:
    asked = after("1")
    turn = engine.change_language(SCRIPT, asked.state, "en")
    assert turn.say == (Utterance("danger", question=True),)
    assert turn.cancel
    assert turn.state.sent == asked.state.sent
    assert engine.change_language(SCRIPT, asked.state, "fi").say == ()
    assert engine.text(SCRIPT, "danger", "en").startswith("Are you")
    assert engine.text(SCRIPT, "danger", "fi").startswith("Är du")


def test_more_needs_an_open_gate_and_stays_at_the_question() -> None:
    turn = after("1", "MER")
    assert said(turn) == ["privacy_more"]
    assert turn.state == after("1").state
    assert said(after("MER")) == ["reprompt"]


def test_a_returning_contact_is_asked_the_gate_and_nothing_else() -> None:
    assert said(after(returning=True)) == ["reopened"]
    turn = after("1", returning=True)
    assert (said(turn), turn.gate, turn.reason) == (["wait"], Gate.OPEN, "returning")


@pytest.mark.parametrize("step", ["nowhere", "", "queue", "privacy"])
def test_a_state_that_the_script_does_not_know_goes_to_a_human(step: str) -> None:
    broken = replace(after("1").state, step=step)
    for turn in (
        engine.answer(SCRIPT, broken, ["1"]),
        engine.silence(SCRIPT, broken),
        engine.change_language(SCRIPT, broken, "en"),
        engine.answer(SCRIPT, broken, ["1"], Arrival.NOT_YET),
    ):
        assert (turn.reason, turn.ended) == ("engine", True)


def test_a_script_whose_way_leads_nowhere_goes_to_a_human() -> None:
    steps = {name: step for name, step in SCRIPT.steps.items() if name not in {"need", "handoff"}}
    turn = engine.answer(replace(SCRIPT, steps=steps), after("1", "3").state, ["3"])
    assert (turn.reason, turn.ended, turn.say) == ("engine", True, ())


@pytest.mark.parametrize("plain", [None, 1, [], {}, {"language": "sv"}, {"answers": [["a"]]}])
def test_what_was_stored_and_cannot_be_read_goes_to_a_human(plain: object) -> None:
    turn = engine.answer(SCRIPT, State.from_json(plain), ["1"])
    assert (turn.reason, turn.ended) == ("engine", True)


def test_a_state_survives_json() -> None:
    for texts in [(), ("1",), ("1", "blabla"), ("1", "2", "3", "4"), ("1", "1")]:
        state = after(*texts).state
        assert State.from_json(json.loads(json.dumps(state.to_json()))) == state


def test_before_any_question_arrived_only_a_person_counts() -> None:
    asked = after().state
    assert engine.answer(SCRIPT, asked, ["ja"], Arrival.NOT_YET) == Turn(asked)
    turn = engine.answer(SCRIPT, asked, ["9"], Arrival.NOT_YET)
    assert (turn.ended, turn.cancel, turn.reason) == (True, True, "human")


def test_a_text_from_before_the_question_changes_the_answer_before() -> None:
    asked = after("ja").state
    turn = engine.answer(SCRIPT, asked, ["nej inte nu"], Arrival.NOT_YET)
    assert (said(turn), turn.cancel, turn.gate) == (["not_safe"], True, Gate.CLOSED)
    assert turn.state.answers == (Answer("greet", "safe", "no", "ja\nnej inte nu"),)


def test_a_more_urgent_answer_replaces_a_calm_one_but_not_the_other_way() -> None:
    calm = after("1", "3").state
    turn = engine.answer(SCRIPT, calm, ["1"], Arrival.NOT_YET)
    assert (turn.tier, turn.cancel, said(turn)) == (Tier.P1, True, ["p1"])
    urgent = after("1", "2").state
    assert engine.answer(SCRIPT, urgent, ["3"], Arrival.NOT_YET) == Turn(urgent)


def test_the_same_question_that_follows_is_not_sent_twice() -> None:
    calm = after("1", "3").state
    turn = engine.answer(SCRIPT, calm, ["2"], Arrival.NOT_YET)
    assert (turn.say, turn.cancel, turn.tier) == ((), False, Tier.P2)
    assert turn.state.step == "self_harm"
    assert turn.state.answers[-1].value == "today"
    assert turn.state.sent == calm.sent


def test_chatter_from_before_the_question_changes_nothing() -> None:
    asked = after("1").state
    for text in ("hmm", "ja det är lugnt", "blabla", "MER"):
        assert engine.answer(SCRIPT, asked, [text], Arrival.NOT_YET) == Turn(asked)


def test_an_answer_that_crossed_with_the_reprompt_takes_it_back() -> None:
    reprompted = after("1", "blabla").state
    turn = engine.answer(SCRIPT, reprompted, ["3"], Arrival.NOT_YET)
    assert (said(turn), turn.cancel, turn.state.reprompts) == (["self_harm"], True, 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", ["p1"]),
        ("2", ["not_safe"]),
        ("3", ["self_harm"]),
        ("9", ["wait"]),
        ("det är lugnt", []),
    ],
)
def test_when_it_is_unknown_what_arrived_the_more_urgent_reading_is_kept(
    text: str, expected: list[str]
) -> None:
    asked = after("1").state
    assert said(engine.answer(SCRIPT, asked, [text], Arrival.UNKNOWN)) == expected


def test_a_sign_of_danger_is_p1_from_every_step_and_112_is_said_once() -> None:
    for texts in [(), ("1",), ("1", "2"), ("1", "3", "3", "1")]:
        turn = engine.alarm(SCRIPT, after(*texts).state, "danger_words")
        assert (turn.tier, turn.reason, turn.cancel) == (Tier.P1, "danger_words", True)
        assert turn.say == (Utterance("p1", "p1_alone"),)
        assert turn.ended
        assert turn.state.step == "handoff"
        assert engine.alarm(SCRIPT, turn.state, "danger_words").say == ()
        warned = engine.alarm(SCRIPT, after(*texts).state, "danger_words", warned=True)
        assert (warned.tier, warned.say, warned.ended) == (Tier.P1, (), True)
    ended = engine.alarm(SCRIPT, after("1", "3", "3", "4", "3").state, "self_harm_words")
    assert (ended.tier, ended.reason, ended.lower) == (Tier.P1, "self_harm_words", False)
    assert (ended.say, ended.ended) == ((), True)


def test_whoever_speaks_of_danger_and_says_that_it_is_not_safe_is_told_nothing_of_112() -> None:
    asked = after().state
    turn = engine.alarm(SCRIPT, asked, "danger_words", [(Arrival.ARRIVED, ["hjälp mig", "2"])])
    assert (said(turn), turn.gate, turn.ended) == (["not_safe"], Gate.CLOSED, True)
    assert (turn.tier, turn.reason, turn.cancel) == (Tier.P1, "danger_words", True)
    earlier = [(Arrival.NOT_YET, ["nej inte nu"]), (Arrival.ARRIVED, ["1"])]
    turn = engine.alarm(SCRIPT, after("ja").state, "danger_words", earlier)
    assert (said(turn), turn.tier, turn.gate) == (["not_safe"], Tier.P1, Gate.CLOSED)


def test_before_anything_was_asked_no_word_beside_the_danger_is_an_answer() -> None:
    for texts in (["2"], ["9"], ["nej"]):
        turn = engine.alarm(SCRIPT, None, "danger_words", [(Arrival.ARRIVED, texts)])
        assert (said(turn), turn.tier, turn.gate) == (["p1"], Tier.P1, None)
        assert turn.ended


def test_a_question_taken_back_counts_only_when_it_may_have_been_sent() -> None:
    asked = after("1").state
    assert asked.sent == 3
    assert engine.answer(SCRIPT, asked, ["2"], Arrival.NOT_YET).state.sent == 3
    assert engine.answer(SCRIPT, asked, ["2"], Arrival.UNKNOWN).state.sent == 4


def test_of_two_equally_urgent_readings_the_current_question_is_answered() -> None:
    asked = after("1", "3").state
    turn = engine.answer(SCRIPT, asked, ["0"], Arrival.UNKNOWN)
    assert [given.value for given in turn.state.answers] == ["yes", "none", "skipped"]


def test_an_answer_put_right_has_its_own_reason() -> None:
    skipped = after("1", "0").state
    turn = engine.answer(SCRIPT, skipped, ["2"], Arrival.NOT_YET)
    assert (turn.tier, turn.reason) == (None, "danger_today")


def test_when_the_next_question_stays_the_same_it_is_not_counted_again() -> None:
    calm = after("1", "3").state
    turn = engine.answer(SCRIPT, calm, ["i dag"], Arrival.UNKNOWN)
    assert (turn.say, turn.tier, turn.state.sent) == ((), Tier.P2, calm.sent)


def test_an_answer_put_right_takes_back_no_tier() -> None:
    source = shipped.source("exit").replace(
        "job, money]\n        goto: age",
        "job, money]\n        gate: closed\n        goto: not_safe",
    )
    script = load(source)
    turn = engine.begin(script, "sv")
    for text in ["1", "3", "3", "2"]:
        turn = engine.answer(script, turn.state, [text])
    turn = engine.answer(script, turn.state, ["bostad"], Arrival.NOT_YET)
    assert (said(turn), turn.gate) == (["not_safe"], Gate.CLOSED)
    assert (turn.tier, turn.state.tier, turn.state.reason) == (None, Tier.P2, "wants_safety")


def test_no_reprompt_is_the_eighth_message() -> None:
    source = shipped.source("exit").replace("goto: how\n      over", "goto: danger\n      over")
    looping = load(source)
    turn = engine.begin(looping, "sv")
    for text in ["1", "3", "3", "1", "2"]:
        turn = engine.answer(looping, turn.state, [text])
    assert turn.state.sent == 7
    turn = engine.answer(looping, turn.state, ["blabla"])
    assert (said(turn), turn.reason) == (["wait"], "not_understood")


def test_a_script_that_goes_round_is_cut_off_before_the_ninth_message() -> None:
    source = shipped.source("exit").replace("goto: how\n      over", "goto: danger\n      over")
    looping = load(source)
    turn = engine.begin(looping, "sv")
    sent = len(turn.say)
    for text in ["1", "3", "3", "1", "2", "3", "3", "1", "2", "3"]:
        turn = engine.answer(looping, turn.state, [text])
        sent += len(turn.say)
    assert (turn.ended, turn.state.reason, sent) == (True, "too_long", 8)
