"""What staff are shown of how a contact may be reached."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.contact_rules import Standing
from domain.safe_contact import OF_CHANNEL, Way, written
from storage.contacts import Contact

First = Literal["yes", "no", "unsaid"]


@dataclass(frozen=True)
class AgreedWay:
    """One way, whether it is agreed upon, and what is agreed upon once it is pressed."""

    way: Way
    agreed: bool
    then: str


@dataclass(frozen=True)
class Agreed:
    """What the page says of it; never the word."""

    how: str
    by: str | None
    at: datetime
    given_at: datetime | None
    """When it was written last; None: not yet, which says nothing of who writes."""
    sealed: bool
    """Who looks was not admitted: nothing is compared for them."""


@dataclass(frozen=True)
class Safe:
    """The page's one place of safe contact."""

    mine: bool
    """Who looks may change it: it is theirs, or they have joined whoever has it."""
    watched_at: datetime | None
    ways: tuple[AgreedWay, ...]
    ways_said: bool
    """Somebody has said by which; else the way by which they write is the one."""
    first: First
    word: Agreed | None


def seen_safe(contact: Contact, here: Standing, word: Agreed | None, *, mine: bool) -> Safe:
    """What is known of this contact."""
    own = OF_CHANNEL[contact.channel]
    known = frozenset({own}) if here.ways is None else here.ways
    listed = [way for way in Way if way is not Way.WHATSAPP or Way.WHATSAPP in {own, *known}]
    first: dict[bool | None, First] = {True: "yes", False: "no", None: "unsaid"}
    return Safe(
        mine=mine,
        watched_at=contact.watched_at,
        ways=tuple(
            AgreedWay(way, way in known, written(known ^ {way}) or "none") for way in listed
        ),
        ways_said=here.ways is not None,
        first=first[contact.writes_first],
        word=word,
    )
