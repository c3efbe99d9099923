"""How soon does what is due in some minutes come? (UTVAG_CLOCK_SPEED, docs/decisions/0023.)"""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Pace:
    """How many times as fast people's waiting goes by. On a line that is for people: once."""

    speed: float = 1.0

    def takes(self, length: timedelta) -> timedelta:
        """How long this length of waiting lasts by the real clock."""
        return length if self.speed == 1 else length / self.speed


REAL = Pace()
"""A minute is a minute."""
