"""Where does a contact stand in the script? A value that is kept between texts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from domain.gate import Gate
from domain.priority import Tier

BROKEN = "(broken)"
"""The step of a state that could not be read; no script has such a step."""

SKIPPED = "skipped"
FREE = "words"
"""The values of an answer that is no choice."""


@dataclass(frozen=True)
class Answer:
    """An answer as it was understood (`value`) and as it was written (`text`)."""

    step: str
    save: str
    value: str
    text: str


@dataclass(frozen=True)
class State:
    """What the engine must know to go on.

    tier, reason, gate: what triage has found so far (P3 is provisional); sent: counted messages;
    reprompts: how often something was not understood; before: the state in which the last answer
    was given, so that a text which belongs to that question can still change it.
    """

    language: str
    step: str
    answers: tuple[Answer, ...] = ()
    ended: bool = False
    tier: Tier = Tier.P3
    reason: str | None = None
    gate: Gate = Gate.UNKNOWN
    sent: int = 0
    reprompts: int = 0
    before: "State | None" = None

    def to_json(self) -> dict[str, Any]:
        """A plain dictionary for JSON; it holds the contact's words, so it is stored encrypted."""
        plain = self._scalars() | {
            "answers": [[a.step, a.save, a.value, a.text] for a in self.answers],
        }
        if self.before is not None:
            plain["before"] = self.before._scalars() | {"answers": len(self.before.answers)}
        return plain

    @classmethod
    def from_json(cls, plain: object) -> "State":
        """The state again; whatever cannot be read becomes a state that hands over to a human."""
        try:
            return _read(cls, plain)
        except (TypeError, ValueError, KeyError, AttributeError):
            return cls(language="", step=BROKEN)

    def _scalars(self) -> dict[str, Any]:
        return {
            "language": self.language,
            "step": self.step,
            "ended": self.ended,
            "tier": int(self.tier),
            "reason": self.reason,
            "gate": self.gate.value,
            "sent": self.sent,
            "reprompts": self.reprompts,
        }


def _read(cls: type[State], plain: object) -> State:
    if not isinstance(plain, Mapping):
        raise TypeError
    answers = tuple(Answer(*map(_text, listed)) for listed in plain["answers"])
    state = replace(_scalars(cls, plain), answers=answers)
    before = plain.get("before")
    if before is None:
        return state
    earlier = replace(_scalars(cls, before), answers=answers[: int(before["answers"])])
    return replace(state, before=earlier)


def _scalars(cls: type[State], plain: Mapping[str, Any]) -> State:
    reason = plain["reason"]
    return cls(
        language=_text(plain["language"]),
        step=_text(plain["step"]),
        ended=plain["ended"] is True,
        tier=Tier(plain["tier"]),
        reason=None if reason is None else _text(reason),
        gate=Gate(plain["gate"]),
        sent=int(plain["sent"]),
        reprompts=int(plain["reprompts"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
