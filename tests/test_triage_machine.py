from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain.gate import Gate
from domain.priority import Tier
from handlers import shipped
from triage import engine
from triage.engine import MAX_MESSAGES, Arrival, Turn
from triage.loader import load
from triage.script import Queue, Silence
from triage.state import State

TEXTS = st.one_of(
    st.sampled_from(["0", "1", "2", "3", "4", "5", "9", "16", "25", "ja", "nej", "kanske"]),
    st.sampled_from(["mer", "hej", "skip", "prata", "anhörig", "blabla"]),
    st.sampled_from(["inte nu", "ja men inte nu", "vet inte", "jag orkar inte", "en människa", ""]),
    st.text(max_size=40),
)


class Triage(RuleBasedStateMachine):
    """Any sequence of inputs ends with a human or in an allowed silence."""

    script = shipped.script("exit")

    @initialize(returning=st.booleans(), language=st.sampled_from(["sv", "en", "xx"]))
    def begins(self, returning: bool, language: str) -> None:
        self.turn = engine.begin(self.script, language, returning=returning)
        self.lowest, self.counted, self.cancelled = Tier.P3, len(self.turn.say), 0
        self.gate = Gate.UNKNOWN

    def go(self, turn: Turn, *, counts: bool = True) -> None:
        before = self.turn.state
        assert turn.state.ended == turn.ended
        assert not before.ended or (turn.ended and not turn.say)
        if turn.tier is not None:
            if turn.lower:
                assert (before.tier, turn.tier) == (Tier.P3, Tier.P4)
            else:
                assert turn.tier < before.tier
        else:
            assert turn.state.tier == before.tier
        self.gate = turn.gate or self.gate
        assert self.gate == turn.state.gate
        self.counted += sum(said.text_id != "privacy_more" for said in turn.say) if counts else 0
        self.turn = turn

    @rule(texts=st.lists(TEXTS, min_size=1, max_size=3))
    def writes(self, texts: list[str]) -> None:
        turn = engine.answer(self.script, self.turn.state, texts)
        assert not turn.cancel
        self.go(turn)

    @rule(text=TEXTS)
    def writes_too_early(self, text: str) -> None:
        turn = engine.answer(self.script, self.turn.state, [text], Arrival.NOT_YET)
        self.counted -= turn.cancel
        self.go(turn)

    @rule(text=TEXTS)
    def writes_meanwhile(self, text: str) -> None:
        self.go(engine.answer(self.script, self.turn.state, [text], Arrival.UNKNOWN))

    @rule(language=st.sampled_from(["sv", "en", "xx"]))
    def changes_language(self, language: str) -> None:
        before = self.turn.state
        self.go(engine.change_language(self.script, before, language), counts=False)
        assert (self.turn.state.step, self.turn.state.answers) == (before.step, before.answers)

    @rule(rare=st.integers(0, 9))
    def speaks_of_danger(self, rare: int) -> None:
        if rare:
            return
        turn = engine.alarm(self.script, self.turn.state, "danger")
        assert turn.state.tier is Tier.P1
        self.counted -= turn.cancel
        self.go(turn)

    @rule()
    def is_stored_and_read(self) -> None:
        state = self.turn.state
        assert State.from_json(state.to_json()) == state

    @invariant()
    def no_more_than_eight_messages(self) -> None:
        if hasattr(self, "turn"):
            assert self.counted <= MAX_MESSAGES

    @invariant()
    def every_end_is_a_human_or_an_allowed_silence(self) -> None:
        if not hasattr(self, "turn"):
            return
        step = self.script.steps[self.turn.state.step]
        if self.turn.ended:
            assert isinstance(step, Queue | Silence)
            assert not isinstance(step, Silence) or self.gate is Gate.CLOSED
        else:
            assert engine.silence_after(self.script, self.turn.state) == 600

    @invariant()
    def silence_and_asking_for_a_person_always_reach_a_human(self) -> None:
        if not hasattr(self, "turn") or self.turn.ended:
            return
        state = self.turn.state
        for turn in (engine.silence(self.script, state), engine.answer(self.script, state, ["9"])):
            assert isinstance(self.script.steps[turn.state.step], Queue)
        assert engine.silence(self.script, state).say == ()


class Round(Triage):
    """The same promises where a script goes round: the linter refuses it, the engine bears it."""

    script = load(
        shipped.source("exit").replace("goto: how\n      over", "goto: danger\n      over")
    )


TestRound = Round.TestCase
TestRound.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestTriage = Triage.TestCase
TestTriage.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
