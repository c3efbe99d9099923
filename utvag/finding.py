"""One check's result, as `utvag doctor` prints it."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """FAIL makes the exit status 1; NOTE is for a person to read."""

    OK = "ok"
    NOTE = "note"
    FAIL = "FAIL"


@dataclass(frozen=True)
class Finding:
    """One check's result."""

    verdict: Verdict
    text: str

    @property
    def failed(self) -> bool:
        """Whether the line must not be used like this."""
        return self.verdict is Verdict.FAIL

    @property
    def line(self) -> str:
        """As it is printed."""
        return f"{self.verdict:<4}  {self.text}"


def check(holds: bool, good: str, bad: str) -> Finding:
    """`good` where it holds, else a failure that says `bad`."""
    return Finding(Verdict.OK, good) if holds else Finding(Verdict.FAIL, bad)
