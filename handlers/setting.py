"""What does a text that arrives meet, beside its own case?"""

from dataclasses import dataclass

from handlers.scripts import Edition
from storage.lines import Line
from triage.danger_rules import Rules


@dataclass(frozen=True)
class Setting:
    """What an arrival needs to know beside its case."""

    line: Line
    edition: Edition
    rules: Rules
    alone: bool
    """Nobody is on call."""
