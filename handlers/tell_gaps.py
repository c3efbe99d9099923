"""Coordinators are told that nobody will be on call: a day ahead and four hours ahead, once each.

One transaction for each rota: what was told is committed with its pages, so that any number of
processes, killed at any line, tell it once. Where no coordinator can be reached nothing is told,
and the next look tries again.
"""

from datetime import datetime, timedelta
from uuid import UUID

from domain.gap_notice import DAY, Plan, plan
from domain.on_call import gaps
from handlers.house import House
from handlers.whom import coordinators
from storage import answering, gap_notices, lines, pages
from storage.database import Tx
from storage.pages import Kind, Wanted

BACK = timedelta(days=1)
"""How far back it is looked, so that a gap that has begun is known again."""

FORWARD = timedelta(days=8)
"""How far ahead, to know how long a gap lasts."""


async def tell_gaps(house: House) -> int:
    """Tell what is due; of how many rotas that was."""
    now = house.now()
    async with house.db.read_for_work() as tx:
        used = sorted({rota for rota in (await lines.rotas(tx)).values() if rota is not None})
        due = [rota for rota in used if _is_due(await _plan(house, tx, rota, now))]
    told = 0
    for rota_id in due:
        async with house.db.write() as tx:
            await gap_notices.hold(tx, rota_id)
            told += await _tell(tx, rota_id, await _plan(house, tx, rota_id, now), now)
    if told:
        house.wake.pages()
    return told


def _is_due(found: Plan) -> bool:
    return bool(found.fresh or found.longer or found.over)


async def _plan(house: House, tx: Tx, rota_id: UUID, now: datetime) -> Plan:
    rota = await house.rotas.of(tx, rota_id, house.zone, now)
    out = await answering.sealed_out(tx)
    open_ = gaps(rota, house.zone, now - BACK, now + FORWARD, out)
    return plan(open_, await gap_notices.of_rota(tx, rota_id), now)


async def _tell(tx: Tx, rota_id: UUID, found: Plan, now: datetime) -> bool:
    await gap_notices.lengthen(tx, found.longer)
    await gap_notices.forget(tx, found.over)
    if found.tell is None:
        return False
    kind = Kind.GAP_DAY if found.tell == DAY else Kind.GAP_SOON
    wanted = [Wanted(kind, member, way) for member, way in await coordinators(tx)]
    if not wanted:
        return False
    await pages.add(tx, wanted, now)
    await gap_notices.add(tx, rota_id, found.fresh, now)
    return True
