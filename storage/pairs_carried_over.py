"""Contacts' private halves are sealed to the team's newest pair, when it was replaced.

Asked after `contact_pairs.renew_older`, which finds by the team whose pair is to be a new one.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update

from storage.admitted import Key
from storage.contact_pairs import locked_to
from storage.database import Tx
from storage.encryption import SealBroken
from storage.pair_tables import contact_pairs
from storage.pairs import Pair, open_with, seal_to

AT_ONCE = 500
"""Sealed in one go beside the loop, which goes on meanwhile."""

Held = tuple[UUID, int, int, bytes]
"""A contact, which of their pairs, the team's generation, and the private half sealed to it."""

P = contact_pairs.c
_OLDER = select(P.contact_id, P.generation, P.team, P.private_sealed).order_by(
    P.contact_id, P.generation
)
_CHANGE = (
    update(contact_pairs)
    .where(P.contact_id == bindparam("whose"), P.generation == bindparam("which"))
    .values(private_sealed=bindparam("again"), team=bindparam("newest"))
)


def resealed(held: Sequence[Held], opened: Mapping[int, Pair], new: Key) -> list[dict[str, Any]]:
    """What each row is from now on; one that does not open stays as it is."""
    found = []
    for contact_id, generation, of_team, sealed in held:
        place = locked_to(contact_id, generation)
        try:
            private = open_with(opened[of_team], sealed, *place)
        except (KeyError, SealBroken):
            continue
        again = seal_to(new.pair.public, private, *place)
        row = {"whose": contact_id, "which": generation}
        found.append(row | {"again": again, "newest": new.generation})
    return found


async def carry_over(tx: Tx, opened: Mapping[int, Pair], new: Key) -> None:
    """All that are sealed to a team before this one; `opened`: those teams' pairs."""
    rows = await tx.conn.execute(_OLDER.where(P.team < new.generation))
    held: list[Held] = [(row[0], row[1], row[2], row[3]) for row in rows]
    for at in range(0, len(held), AT_ONCE):
        now = await asyncio.to_thread(resealed, held[at : at + AT_ONCE], opened, new)
        if now:
            await tx.conn.execute(_CHANGE, now)
