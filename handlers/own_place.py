"""Does a member read what was sealed to the team, or do they wait to be admitted?"""

from dataclasses import dataclass
from enum import StrEnum

from domain.member import Member
from domain.six_words import six_words
from storage import admitted, members, team
from storage.database import Tx


class Place(StrEnum):
    """Of a signed-in member, towards the team."""

    NO_TEAM = "no_team"
    """Texts lie under the server's key: everybody who may reads them."""
    READS = "reads"
    WAITS = "waits"
    OUTSIDE = "outside"
    """Their role does not read."""


@dataclass(frozen=True)
class OwnPlace:
    """And who lets them in."""

    place: Place
    readers: tuple[str, ...] = ()
    """To one who waits: who can admit them."""
    words: tuple[str, ...] = ()
    """To one who waits: what they and a reader compare; empty while they have no pair."""


async def own_place(tx: Tx, member: Member) -> OwnPlace:
    """Of whoever asked for this."""
    if not member.reads:
        return OwnPlace(Place.OUTSIDE)
    if tx.reader and tx.reader.is_admitted:
        return OwnPlace(Place.READS)
    key = tx.reader.member if tx.reader else None
    there = await team.public_key(tx)
    if there is None:
        return OwnPlace(Place.NO_TEAM)
    generation, public = there
    said = six_words(public, key.pair.public, generation) if key else ()
    return OwnPlace(Place.WAITS, await who_can_admit(tx, generation), said)


async def who_can_admit(tx: Tx, generation: int) -> tuple[str, ...]:
    """As far as can be told by who does not read."""
    names = await members.names(tx)
    those = [e for e in await admitted.entries(tx, generation) if admitted.stands(tx, e)]
    return tuple(names.get(e.member.member_id, "") for e in those)
