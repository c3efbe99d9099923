"""Who is on call now? On a line without a rota, everybody who reads (contract.md)."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.rota import ANSWERING, Span
from handlers import seen
from handlers.house import House
from storage import answering
from storage.database import Tx
from storage.lines import Line


async def left_alone(
    house: House, tx: Tx, rotas: Mapping[UUID, UUID | None], now: datetime
) -> Mapping[UUID, bool]:
    """By line, whether nobody is on call who answers: then no person is promised.

    `rotas`: by which rota each line goes, or None.
    """
    nobody = None in rotas.values() and not await answering.anybody_on_call(tx, now)
    alone = dict.fromkeys(rotas, nobody)
    for line_id, rota_id in rotas.items():
        if rota_id is not None:
            spans = await house.rotas.spans(tx, rota_id, house.zone, now)
            alone[line_id] = not any(s.holds(now) and s.role in ANSWERING for s in spans)
    return alone


async def next_staffed(
    house: House, tx: Tx, rota_id: UUID | None, now: datetime
) -> datetime | None:
    """When the next one who answers comes on call; None where no shift says so within a week."""
    if rota_id is None:
        return None
    spans = await house.rotas.spans(tx, rota_id, house.zone, now)
    return min((s.start for s in spans if s.start > now and s.role in ANSWERING), default=None)


async def see_on_call(
    house: House, tx: Tx, lines: Iterable[Line], names: Mapping[UUID, str], now: datetime
) -> tuple[seen.OnCall, ...]:
    """Who is on call now and who comes next in each role, of every rota; by whom comes first.

    A line without a rota adds everybody who reads, without a role and without an end. `names`: what
    the members are called.
    """
    lines = list(lines)
    found: list[seen.OnCall] = []
    for rota_id in dict.fromkeys(line.rota_id for line in lines):
        served = tuple(line.name for line in lines if line.rota_id == rota_id)
        if rota_id is None:
            everybody = await answering.on_call(tx, now)
            found += [seen.OnCall(entry.name, None, None, None, served) for entry in everybody]
            continue
        spans = await house.rotas.spans(tx, rota_id, house.zone, now)
        ours = [_seen(span, names, served, now) for span in _now_and_next(spans, now)]
        found += [replace(one, rota_id=rota_id) for one in ours]
    return tuple(found)


def alone(lines: Iterable[Line], on_call: Iterable[seen.OnCall]) -> tuple[Line, ...]:
    """The lines on which, of these, nobody is on call now."""
    there = {one.rota_id for one in on_call if one.begins is None}
    return tuple(line for line in lines if line.rota_id not in there)


def _now_and_next(spans: list[Span], now: datetime) -> list[Span]:
    there = [span for span in spans if span.holds(now)]
    coming = [span for span in spans if span.start > now]
    first = {span.role: span for span in reversed(coming)}
    return [*there, *sorted(first.values(), key=lambda span: span.start)]


def _seen(
    span: Span, names: Mapping[UUID, str], served: tuple[str, ...], now: datetime
) -> seen.OnCall:
    begins = span.start if span.start > now else None
    until = span.end if span.end - now < timedelta(days=7) else None
    return seen.OnCall(names.get(span.member, ""), span.role, begins, until, served)
