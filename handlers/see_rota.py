"""Who is on call when, and where nobody is: for a page, a program or a calendar."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.on_call import expand, gaps
from domain.rota import Gap, Rota, ShiftRole, Span
from domain.wall import on_the_wall
from handlers.errors import BadInput, NotFound
from handlers.house import House
from storage import answering, lines, members, rotas
from storage.database import Tx
from storage.lines import Line

LONGEST = timedelta(days=800)
"""Asked for at once."""


@dataclass(frozen=True)
class There:
    """Somebody on call, and until when (UTC) without a break."""

    role: ShiftRole | None
    """None on a line without a rota."""
    name: str
    until: datetime | None


async def line_called(house: House, name: str) -> Line:
    """The line of this name, or of this number. Raises NotFound, or BadInput (line: several)."""
    wanted = members.folded(name)
    async with house.db.read() as tx:
        every = await lines.every(tx)
    found = [line for line in every if wanted in {members.folded(line.name), line.address}]
    if not found:
        raise NotFound
    if len(found) > 1:
        raise BadInput("line", "several")
    return found[0]


async def who(house: House, line: Line, at: datetime) -> list[There]:
    """Everybody on call on this line at a moment, by role; later and earlier than now too."""
    async with house.db.read() as tx:
        if line.rota_id is None:
            return [There(None, e.name, None) for e in await answering.on_call(tx, at)]
        rota = await _near(house, tx, line.rota_id, at)
        names = {entry.id: entry.name for entry in await members.every(tx)}
        out = await answering.sealed_out(tx)
    spans = [s for s in expand(rota, house.zone, at, at + LONGEST / 2) if s.member not in out]
    order = list(ShiftRole)
    there = sorted((s for s in spans if s.holds(at)), key=lambda s: order.index(s.role))
    return [There(span.role, names.get(span.member, ""), _until(span, at)) for span in there]


async def gaps_between(house: House, line: Line, start: datetime, end: datetime) -> list[Gap]:
    """Where nobody is on call as what is needed. A line without a rota has none: everybody is.

    Raises BadInput (to: empty or too_long).
    """
    if end <= start:
        raise BadInput("to", "empty")
    if end - start > LONGEST:
        raise BadInput("to", "too_long")
    if line.rota_id is None:
        return []
    async with house.db.read() as tx:
        rota = await _near(house, tx, line.rota_id, start)
        out = await answering.sealed_out(tx)
    return gaps(rota, house.zone, start, end, out)


async def _near(house: House, tx: Tx, rota_id: UUID, start: datetime) -> Rota:
    since = on_the_wall(start - timedelta(days=2), house.zone)
    return await rotas.whole(tx, rota_id, since)


def _until(span: Span, at: datetime) -> datetime | None:
    return span.end if span.end < at + LONGEST / 2 else None
