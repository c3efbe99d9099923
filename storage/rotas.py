"""The rotas: read whole, written line by line. Whoever writes raises the edition first, which is
also the lock: two who write at once do so one after the other.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select, update

from domain.rota import ALWAYS, Hours, Kind, Leave, Pattern, Rota, Shift, ShiftRole, Turn
from storage import tables
from storage.database import Tx
from storage.ids import new_id
from storage.rota_tables import leaves, rota_patterns, rotas, shifts
from storage.rows import insert_new

T, P, S, L = rotas.c, rota_patterns.c, shifts.c, leaves.c

Needed = Mapping[ShiftRole, tuple[Hours, ...]]


async def make(tx: Tx, now: datetime) -> UUID:
    """A new rota with nothing written in it: somebody has to be there as primary, always."""
    row = new_id(now)
    await make_once(tx, row, now)
    return row


async def make_once(tx: Tx, row: UUID, now: datetime) -> bool:
    """As `make`, with this id; False where there is one already."""
    needed = _needed_to_json({ShiftRole.PRIMARY: ALWAYS})
    values = {"id": row, "edition": 1, "needed": needed, "made_at": now}
    return bool(await insert_new(tx, rotas, [values], "id"))


async def every(tx: Tx) -> list[tuple[UUID, datetime]]:
    """All rotas, also those that no line goes by, and when each was made; the oldest first."""
    query = select(T.id, T.made_at).order_by(T.made_at, T.id)
    return [(row[0], row[1]) for row in await tx.conn.execute(query)]


async def of_lines(tx: Tx) -> dict[UUID, UUID | None]:
    """By which rota each line goes; no other transaction changes it until the commit."""
    lines = tables.lines.c
    query = select(lines.id, lines.rota_id).order_by(lines.id)
    locked = query.with_for_update(key_share=True) if tx.postgres else query
    return {row[0]: row[1] for row in await tx.conn.execute(locked)}


async def give(tx: Tx, line_id: UUID, rota_id: UUID | None) -> bool:
    """The line goes by this rota from now on; by none: everybody is on call."""
    lines = tables.lines
    changed = update(lines).where(lines.c.id == line_id).values(rota_id=rota_id)
    return (await tx.conn.execute(changed)).rowcount == 1


async def edition(tx: Tx, rota_id: UUID) -> int | None:
    """How often it was changed; None where there is none."""
    found: int | None = (
        await tx.conn.execute(select(T.edition).where(T.id == rota_id))
    ).scalar_one_or_none()
    return found


async def begin_change(tx: Tx, rota_id: UUID) -> bool:
    """Lock it and raise its edition; False where there is none."""
    raised = update(rotas).where(T.id == rota_id).values(edition=T.edition + 1)
    return (await tx.conn.execute(raised)).rowcount == 1


async def touch_all(tx: Tx) -> None:
    """Every rota is another now: somebody's leave or account changed."""
    ids = (await tx.conn.execute(select(T.id).order_by(T.id))).scalars().all()
    for rota_id in ids:
        await begin_change(tx, rota_id)


async def whole(tx: Tx, rota_id: UUID, since: datetime | None = None) -> Rota:
    """Everything in it; `since` (on the wall): shifts and leave that ended before are left out."""
    needed = (await tx.conn.execute(select(T.needed).where(T.id == rota_id))).scalar_one()
    patterns = select(*rota_patterns.c).where(P.rota_id == rota_id).order_by(P.begins, P.id)
    single = select(*shifts.c).where(S.rota_id == rota_id).order_by(S.id)
    away = select(*leaves.c).order_by(L.id)
    if since is not None:
        single, away = single.where(S.ends >= since), away.where(L.ends >= since)
    members = tables.members.c
    ended = select(members.id, members.revoked_at).where(members.revoked_at.is_not(None))
    return Rota(
        patterns=tuple(_pattern(row) for row in await tx.conn.execute(patterns)),
        shifts=tuple(_shift(row) for row in await tx.conn.execute(single)),
        leaves=tuple(_leave(row) for row in await tx.conn.execute(away)),
        gone={row.id: row.revoked_at for row in await tx.conn.execute(ended)},
        needed=_needed_from_json(needed),
    )


async def need(tx: Tx, rota_id: UUID, needed: Needed) -> None:
    """From now on somebody has to be on call then."""
    await tx.conn.execute(
        update(rotas).where(T.id == rota_id).values(needed=_needed_to_json(needed))
    )


async def add_pattern(
    tx: Tx, rota_id: UUID, pattern: Pattern, written_by: UUID | None, now: datetime
) -> None:
    """Write down a pattern; one with its id stays as it is: it was sent twice."""
    row = {
        "id": pattern.id,
        "rota_id": rota_id,
        "role": pattern.role,
        "begins": pattern.begins,
        "ends": pattern.ends,
        "weeks": pattern.weeks,
        "turns": [_turn_to_json(turn) for turn in pattern.turns],
        "written_by": written_by,
        "at": now,
    }
    await insert_new(tx, rota_patterns, [row], "id")


async def end_pattern(tx: Tx, rota_id: UUID, pattern_id: UUID, ends: date) -> bool:
    """It holds until this day; one that would never have held is taken out."""
    ours = (P.id == pattern_id) & (P.rota_id == rota_id)
    removed = await tx.conn.execute(delete(rota_patterns).where(ours, P.begins >= ends))
    if removed.rowcount:
        return True
    shortened = update(rota_patterns).where(ours, or_(P.ends.is_(None), P.ends > ends))
    return (await tx.conn.execute(shortened.values(ends=ends))).rowcount == 1


async def add_shifts(
    tx: Tx,
    rota_id: UUID,
    added: Mapping[UUID, tuple[Shift, bytes | None]],
    written_by: UUID | None,
    now: datetime,
) -> None:
    """Write down shifts by their ids, each with the hash of the calendar entry it came from."""
    rows: list[dict[str, Any]] = [
        {
            "id": row,
            "rota_id": rota_id,
            "role": shift.role,
            "member_id": shift.member,
            "starts": shift.start,
            "ends": shift.end,
            "kind": shift.kind,
            "beside": shift.beside,
            "entry_hash": entry,
            "written_by": written_by,
            "at": now,
        }
        for row, (shift, entry) in added.items()
    ]
    await insert_new(tx, shifts, rows, "id")


async def remove_shifts(tx: Tx, rota_id: UUID, ids: list[UUID]) -> int:
    """Strike out shifts; how many were there."""
    struck = delete(shifts).where(S.rota_id == rota_id, S.id.in_(ids))
    return (await tx.conn.execute(struck)).rowcount


async def entries(tx: Tx, rota_id: UUID, role: ShiftRole) -> dict[bytes, Shift]:
    """The shifts of a role that came from a calendar, by the hash of their entry."""
    query = select(*shifts.c).where(S.rota_id == rota_id, S.role == role, S.entry_hash.is_not(None))
    return {row.entry_hash: _shift(row) for row in await tx.conn.execute(query)}


async def add_leave(tx: Tx, leave: Leave, written_by: UUID | None, now: datetime) -> None:
    """Write down leave; one with its id stays as it is."""
    row = {
        "id": leave.id,
        "member_id": leave.member,
        "starts": leave.start,
        "ends": leave.end,
        "written_by": written_by,
        "at": now,
    }
    await insert_new(tx, leaves, [row], "id")


async def leaves_since(tx: Tx, since: datetime) -> list[Leave]:
    """Everybody's that ends at this time on the wall or later."""
    query = select(*leaves.c).where(L.ends >= since).order_by(L.id)
    return [_leave(row) for row in await tx.conn.execute(query)]


async def leave(tx: Tx, leave_id: UUID) -> Leave | None:
    """One, or None."""
    row = (await tx.conn.execute(select(*leaves.c).where(L.id == leave_id))).one_or_none()
    return _leave(row) if row else None


async def remove_leave(tx: Tx, leave_id: UUID) -> bool:
    """They are there after all; False where there was no such leave."""
    return (await tx.conn.execute(delete(leaves).where(L.id == leave_id))).rowcount == 1


def _pattern(row: Any) -> Pattern:
    turns = tuple(_turn_from_json(turn) for turn in row.turns)
    return Pattern(row.id, ShiftRole(row.role), row.begins, row.weeks, turns, row.ends)


def _shift(row: Any) -> Shift:
    return Shift(
        row.id,
        ShiftRole(row.role),
        row.member_id,
        row.starts,
        row.ends,
        Kind(row.kind),
        row.beside,
    )


def _leave(row: Any) -> Leave:
    return Leave(row.id, row.member_id, row.starts, row.ends)


def _turn_to_json(turn: Turn) -> list[object]:
    return [turn.week, *_hours_to_json(turn.hours), turn.member.hex]


def _turn_from_json(kept: list[Any]) -> Turn:
    week, *hours, member = kept
    return Turn(week, _hours_from_json(hours), UUID(member))


def _hours_to_json(hours: Hours) -> list[object]:
    return [hours.weekday, hours.start.isoformat("minutes"), hours.end.isoformat("minutes")]


def _hours_from_json(kept: list[Any]) -> Hours:
    weekday, start, end = kept
    return Hours(weekday, time.fromisoformat(start), time.fromisoformat(end))


def _needed_to_json(needed: Needed) -> dict[str, list[list[object]]]:
    return {str(role): [_hours_to_json(each) for each in hours] for role, hours in needed.items()}


def _needed_from_json(kept: dict[str, list[list[Any]]]) -> Needed:
    return {
        ShiftRole(role): tuple(_hours_from_json(each) for each in hours)
        for role, hours in kept.items()
    }
