"""Which ways of paging somebody do not work?"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class BrokenWay:
    """A way of paging somebody that does not work."""

    member: str
    mine: bool
    kind: str
    since: datetime
