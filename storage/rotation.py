"""The team's pair is replaced, in one transaction, and nothing that it opened is lost.

Whoever holds the old one opens what they copied before, and nothing that is written from now on:
the new one is sealed to those who are on the roster validly and work here still, the old one and
the contacts' private halves to the new, and each contact gets a new pair with the next text.
"""

from datetime import datetime
from uuid import UUID

from storage import (
    admitted,
    contact_pairs,
    pairs_carried_over,
    rotas,
    sheets,
    stranger_words,
    team,
    team_news,
)
from storage.admitted import Key
from storage.database import Tx
from storage.pairs import new_pair


async def rotate(tx: Tx, old: Key, by: UUID, now: datetime) -> Key | None:
    """The new one; None when somebody else was faster, and nothing is changed.

    `old` is the newest, opened by a reader in this transaction, after `team.hold`.
    """
    entries = await admitted.entries(tx, old.generation)
    valid = [e for e in entries if admitted.is_valid(tx, old.pair, e)]
    return await replace(tx, old, valid, by, now)


async def replace(
    tx: Tx, old: Key, those: list[admitted.Entry], by: UUID, now: datetime
) -> Key | None:
    """As `rotate`, sealed to the members of these entries as they are now."""
    new = Key(old.generation + 1, new_pair())
    papers = [s for s in await sheets.every(tx) if s.holds and sheets.is_valid(tx, old, s)]
    if not await team.add(tx, new.generation, new.pair, old.pair, by, now):
        return None
    await admitted.carry_over(tx, new, those)
    await sheets.carry_over(tx, new, papers)
    await contact_pairs.renew_older(tx, new.generation)
    opened = await _before(tx, old)
    await pairs_carried_over.carry_over(tx, opened, new)
    await stranger_words.carry_over(tx, opened, new)
    await rotas.touch_all(tx)
    await team_news.tell(tx, team_news.ROTATED, by, by, now)
    return new


async def catch_up(tx: Tx, held: Key) -> None:
    """Once more: what began before the team was replaced may have made pairs for the old one."""
    await contact_pairs.renew_older(tx, held.generation)
    opened = await _before(tx, held)
    await pairs_carried_over.carry_over(tx, opened, held)
    await stranger_words.carry_over(tx, opened, held)


async def _before(tx: Tx, held: Key) -> team.Opened:
    """This pair and those that it opens."""
    known = [one for one in await team.every(tx) if one.generation <= held.generation]
    return team.Opened(held.pair, known)
