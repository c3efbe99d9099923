"""What is a script of questions, once it is read? Frozen values, no behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from domain.gate import Gate
from domain.priority import Tier

Texts = Mapping[str, str]
"""The same text by language."""


@dataclass(frozen=True)
class Finding:
    """Something to say about a line of a script; an error means that it must not be used."""

    line: int
    severity: Literal["error", "note"]
    message: str


class ScriptError(ValueError):
    """The script cannot be used: `findings` say why, each with its line."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        super().__init__("; ".join(f"line {f.line}: {f.message}" for f in findings))


@dataclass(frozen=True)
class Effects:
    """What an answer, or a step that is reached, does to the conversation.

    tier: raises to it, never lowers; lower: the relatives' path alone, from the provisional P3;
    reason: a code that the staff pages translate; mark: a code that staff see, as `under_18`.
    """

    tier: Tier | None = None
    reason: str | None = None
    gate: Gate | None = None
    mark: str | None = None
    lower: Tier | None = None


@dataclass(frozen=True)
class Choice:
    """One answer to a question.

    words: of all languages; labels: (language, first word of it); numbers: that mean it too.
    """

    code: str
    line: int
    digit: str | None
    words: tuple[str, ...]
    labels: tuple[tuple[str, str], ...]
    numbers: range
    effects: Effects
    goto: str


@dataclass(frozen=True)
class Way:
    """Where an answer without a choice of its own leads: skipped, or said in free words."""

    goto: str
    words: tuple[str, ...] = ()
    effects: Effects = field(default_factory=Effects)


@dataclass(frozen=True)
class Ask:
    """A question. `optional`: left out once the re-prompt is spent. `silence_after`: seconds."""

    name: str
    line: int
    texts: Texts
    save: str
    choices: tuple[Choice, ...]
    skip: Way
    free: Way | None
    silence_after: float
    silence_goto: str
    optional: bool
    again: tuple[str, ...] = ()
    """Whole texts that are no answer and no misunderstanding: the question is asked once more."""


@dataclass(frozen=True)
class Say:
    """A statement that goes on by itself."""

    name: str
    line: int
    texts: Texts
    goto: str


@dataclass(frozen=True)
class Queue:
    """A human takes over. `say` is a text id, `alone` the one used when nobody is on call."""

    name: str
    line: int
    effects: Effects
    say: str | None
    alone: str | None


@dataclass(frozen=True)
class Silence:
    """An allowed end without a human: the one text is said, then nothing."""

    name: str
    line: int
    texts: Texts
    effects: Effects


Step = Ask | Say | Queue | Silence


@dataclass(frozen=True)
class Interrupt:
    """Words that count at every question.

    human: `goto`; more: `say`, only with the gate `gate`; skip: the question's own way.
    """

    words: tuple[str, ...]
    line: int
    digit: str | None = None
    goto: str | None = None
    say: str | None = None
    gate: Gate | None = None


@dataclass(frozen=True)
class Rehearsal:
    """A test that stands in the file: what is said, and what must come of it."""

    name: str
    line: int
    language: str
    returning: bool
    say: tuple[str | None, ...]
    expect: Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True)
class Script:
    """A script as the engine runs it."""

    name: str
    languages: tuple[str, ...]
    start: str
    returning: str
    human: Interrupt
    more: Interrupt | None
    skip: Interrupt
    steps: Mapping[str, Step]
    texts: Mapping[str, Texts]
    text_lines: Mapping[str, int]
    rehearsals: tuple[Rehearsal, ...] = ()
    courtesies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By language: whole texts that end a talk and wait for no answer."""
    courtesies_line: int = 1
    neutral: Mapping[str, Texts] = field(default_factory=dict)
    """By the id of a text or a step: what is said instead where a telephone may be watched."""
    neutral_lines: Mapping[str, int] = field(default_factory=dict)
