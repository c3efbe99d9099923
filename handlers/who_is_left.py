"""Who is on call for a conversation and may read it, now that some must stay away?"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from domain.rota import ANSWERING
from handlers.house import House
from storage import answering, conflicts, lines
from storage.conversations import Conversation
from storage.database import Tx


async def who_is_left(house: House, tx: Tx, talk: Conversation, now: datetime) -> tuple[UUID, ...]:
    """Whoever answers, each once."""
    rotas = await lines.rotas(tx)
    there = await _there(house, tx, rotas[talk.line_id], now)
    away = await conflicts.away_from(tx, talk.contact_id)
    return tuple(one for one in there if one not in away)


async def _there(house: House, tx: Tx, rota_id: UUID | None, now: datetime) -> list[UUID]:
    if rota_id is None:
        return [entry.id for entry in await answering.on_call(tx, now)]
    spans = await house.rotas.spans(tx, rota_id, house.zone, now)
    here = (span.member for span in spans if span.holds(now) and span.role in ANSWERING)
    return list(dict.fromkeys(here))


async def left_by_all(
    house: House,
    tx: Tx,
    talks: Iterable[Conversation],
    alone: Mapping[UUID, bool],
    now: datetime,
) -> frozenset[UUID]:
    """Of these conversations, those from which everybody on call must stay away, though their line
    has somebody: to their contacts nobody is promised either. `alone`: by line."""
    kept = {one.contact_id for one in await conflicts.standing(tx)}
    if not kept:
        return frozenset()
    found = [talk for talk in talks if not alone[talk.line_id]]
    return frozenset([t.id for t in found if not await who_is_left(house, tx, t, now)])
