"""The rotas kept in memory, each until its edition in the database is another."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.on_call import expand
from domain.rota import Rota, Span
from domain.wall import on_the_wall
from storage import answering, rotas
from storage.database import Tx

BACK = timedelta(days=62)
"""How far back what is kept in memory goes: this month and the last."""

AHEAD = timedelta(days=8)
"""How far ahead it is expanded at once, for the many who ask who is on call now."""


class Rotas:
    """Of one process. Asked by edition: a rota that another process changed is read again."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._whole: dict[UUID, tuple[int, datetime, Rota]] = {}
        self._now: dict[UUID, tuple[int, datetime, list[Span]]] = {}

    async def of(self, tx: Tx, rota_id: UUID, zone: ZoneInfo, now: datetime) -> Rota:
        """The rota from BACK on. Raises LookupError where there is none."""
        edition = await rotas.edition(tx, rota_id)
        if edition is None:
            raise LookupError(rota_id)
        known = self._whole.get(rota_id)
        if known is None or known[0] != edition or abs(now - known[1]) > BACK / 2:
            since = on_the_wall(now - BACK, zone)
            known = edition, now, await rotas.whole(tx, rota_id, since)
            self._whole[rota_id] = known
            self._now.pop(rota_id, None)
        return known[2]

    async def spans(self, tx: Tx, rota_id: UUID, zone: ZoneInfo, now: datetime) -> list[Span]:
        """Who is on call from an hour ago until a week ahead; cut at both ends.

        Whoever was not admitted to the team does not count. When somebody is, every rota is another
        (`storage.rotas.touch_all`).
        """
        rota = await self.of(tx, rota_id, zone, now)
        edition = self._whole[rota_id][0]
        known = self._now.get(rota_id)
        if known is None or known[0] != edition or not _near(known[1], now):
            start = now - timedelta(hours=1)
            spans = expand(rota, zone, start, now + AHEAD)
            out = await answering.sealed_out(tx)
            known = edition, now, [span for span in spans if span.member not in out]
            self._now[rota_id] = known
        return known[2]


def _near(then: datetime, now: datetime) -> bool:
    """Also where the clock stepped back a little."""
    return timedelta(minutes=-30) < now - then < timedelta(days=1)
