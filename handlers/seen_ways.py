"""Which ways of paging somebody do not work, and whom can nothing wake?"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class BrokenWay:
    """A way of paging somebody that does not work."""

    member: str
    mine: bool
    kind: str
    since: datetime | None
    """None: that channel is off."""


@dataclass(frozen=True)
class Unwakable:
    """Somebody who is on call and whom nothing can wake."""

    name: str
    why: str
    """none: they have no way that may be used; broken: no page got through by any of them."""
