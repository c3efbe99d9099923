"""Shifts come from a calendar file: what would change is shown first, then it is written down.

The file is the truth about its role: what an earlier reading wrote and the file no longer says is
struck out; what people wrote by hand stays. What has begun stays as it was.
"""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate
from operator import attrgetter
from uuid import UUID

from domain.access import Act
from domain.member import Member
from domain.rota import Fault, Kind, Rota, Shift, ShiftRole, faults_of_shift
from domain.wall import on_the_wall
from handlers.calendar_apart import read_apart
from handlers.calendar_reading import Entry, Problem
from handlers.desk import must, still_here
from handlers.errors import NotFound
from handlers.house import House
from storage import audit, given_roles, lines, members, rotas
from storage.database import Tx
from storage.ids import new_id


@dataclass(frozen=True)
class Planned:
    """One shift that would be written down or struck out."""

    name: str
    start: datetime
    """On the wall clock, as `end`."""
    end: datetime


@dataclass(frozen=True)
class Plan:
    """What a file changes. With problems nothing is written down."""

    added: tuple[Planned, ...] = ()
    struck: tuple[Planned, ...] = ()
    kept: int = 0
    """Shifts of the file that stand there already."""
    begun: tuple[Planned, ...] = ()
    """Those of the file that say something else of a shift that has begun, and change nothing."""
    warnings: tuple[str, ...] = ()
    """Codes: first_rota (everybody who does not stand in it is off call), no_primary (nobody is
    written down as primary), second_hour (a shift lies wholly within the second time of an hour
    that occurs twice, and is left out)."""
    problems: tuple[Problem, ...] = ()


async def import_shifts(
    house: House, member: Member | None, line_id: UUID, role: ShiftRole, content: bytes, *,
    preview: bool,
) -> Plan:  # fmt: skip
    """`member` is the coordinator who asks; None at the command line. Each entry's summary is a
    member's name. A line without a rota gets one of its own, if the file has any shift: an empty
    one would take everybody off call.

    Raises OnlyCoordinators, NotAllowed or NotFound.
    """
    if member is not None:
        must(member, Act.WRITE_ROTA)
    now = house.now()
    read = await read_apart(content, house.zone, now)
    if read.problems:
        return Plan(problems=read.problems)
    if preview:
        async with house.db.read() as tx:
            rota_id = _of(await lines.rotas(tx), line_id)
            found = await _compared(house, tx, rota_id, role, read.entries, now)
        return found.plan
    async with house.db.write() as tx:
        if member is not None:
            await still_here(tx, member)
        rota_id = _of(await rotas.of_lines(tx), line_id)
        if rota_id is not None:
            await rotas.begin_change(tx, rota_id)
        found = await _compared(house, tx, rota_id, role, read.entries, now)
        if found.plan.problems:
            return found.plan
        if rota_id is None and found.added:
            rota_id = await _new_rota(tx, line_id, now)
        if rota_id is not None:
            await rotas.remove_shifts(tx, rota_id, found.struck)
            await rotas.add_shifts(tx, rota_id, found.added, member.id if member else None, now)
            audit.note(tx, "rota", now, member.id if member else None, rota_id, "import")
    return found.plan


def _of(known: Mapping[UUID, UUID | None], line_id: UUID) -> UUID | None:
    if line_id not in known:
        raise NotFound
    return known[line_id]


async def _new_rota(tx: Tx, line_id: UUID, now: datetime) -> UUID:
    rota_id = await rotas.make(tx, now)
    await rotas.give(tx, line_id, rota_id)
    return rota_id


@dataclass(frozen=True)
class _Compared:
    plan: Plan
    added: dict[UUID, tuple[Shift, bytes | None]]
    struck: list[UUID]


async def _compared(
    house: House, tx: Tx, rota_id: UUID | None, role: ShiftRole, entries: tuple[Entry, ...],
    now: datetime,
) -> _Compared:  # fmt: skip
    people = {e.id: e for e in await given_roles.staff(tx)}
    whole = await rotas.whole(tx, rota_id) if rota_id else Rota()
    there = await rotas.entries(tx, rota_id, role) if rota_id else {}
    wall = on_the_wall(now, house.zone)
    said = {_known(tx, role, entry, there): entry for entry in entries if not entry.unwritable}
    warnings = ["second_hour"] if any(entry.unwritable for entry in entries) else []
    struck = {h: s for h, s in there.items() if h not in said and s.start > wall}
    gone = {shift.id for shift in struck.values()}
    stays = replace(whole, shifts=tuple(s for s in whole.shifts if s.id not in gone))
    begun = [s for h, s in there.items() if h not in struck]
    new = {h: entry for h, entry in said.items() if h not in there}
    meets = meeting(begun)
    late = {h: e for h, e in new.items() if e.start <= wall and meets(e.start, e.end)}
    fresh = {h: entry for h, entry in new.items() if h not in late}
    added, problems = _shifts(fresh, role, people, now)
    problems += _faults(added, stays, people)
    if added:
        warnings += _warnings(rota_id, added.values(), stays, wall)
    ignored = _other(late.values(), begun, people)
    return _Compared(
        Plan(
            added=tuple(_planned(shift, people) for shift in added.values()),
            struck=tuple(_planned(shift, people) for shift in struck.values()),
            kept=len(said) - len(fresh) - len(ignored),
            begun=ignored,
            warnings=tuple(warnings),
            problems=tuple(problems),
        ),
        {shift.id: (shift, entry_hash) for entry_hash, shift in added.items()},
        [shift.id for shift in struck.values()],
    )


def _known(tx: Tx, role: ShiftRole, entry: Entry, there: Collection[bytes]) -> bytes:
    """By which hash of all that a shift is made of it is there, or is to be: an entry that changed
    is another."""
    hashes = tx.keys.indexes("calendar", f"{role} {entry.uid} {entry.end} {entry.name}")
    return next((one for one in hashes if one in there), hashes[0])


def meeting(shifts: Iterable[Shift]) -> Callable[[datetime, datetime], bool]:
    """Whether one of these meets a stretch: asked for thousands of stretches of thousands."""
    ordered = sorted(shifts, key=attrgetter("start"))
    starts = [shift.start for shift in ordered]
    latest = list(accumulate((shift.end for shift in ordered), max))

    def meets(start: datetime, end: datetime) -> bool:
        before = bisect_left(starts, end)
        return before > 0 and latest[before - 1] > start

    return meets


def _other(
    entries: Iterable[Entry], begun: Iterable[Shift], people: Mapping[UUID, members.Entry]
) -> tuple[Planned, ...]:
    """Those that are no shift as it stands: the same one may have come under another id."""
    there = {(members.folded(people[s.member].name), s.start, s.end) for s in begun}
    return tuple(
        Planned(entry.name, entry.start, entry.end)
        for entry in entries
        if (members.folded(entry.name), entry.start, entry.end) not in there
    )


def _warnings(
    rota_id: UUID | None, added: Iterable[Shift], stays: Rota, wall: datetime
) -> list[str]:
    found = ["first_rota"] if rota_id is None else []
    shifts = any(s.role is ShiftRole.PRIMARY and s.end > wall for s in (*stays.shifts, *added))
    holding = (p for p in stays.patterns if p.ends is None or p.ends > wall.date())
    if not shifts and not any(p.role is ShiftRole.PRIMARY for p in holding):
        found.append("no_primary")
    return found


def _shifts(
    entries: Mapping[bytes, Entry], role: ShiftRole, people: Mapping[UUID, members.Entry],
    now: datetime,
) -> tuple[dict[bytes, Shift], list[Problem]]:  # fmt: skip
    by_name = {members.folded(e.name): e for e in people.values() if not e.revoked_at}
    found, problems = dict[bytes, Shift](), []
    for entry_hash, entry in entries.items():
        who = by_name.get(members.folded(entry.name))
        if who is None:
            problems.append(Problem("nobody", entry.name, entry.start))
        elif role is not ShiftRole.DUTY and not who.member.reads:
            problems.append(Problem("cannot_read", entry.name, entry.start))
        else:
            found[entry_hash] = Shift(new_id(now), role, who.id, entry.start, entry.end)
    return found, problems


def _faults(
    added: Mapping[bytes, Shift], stays: Rota, people: Mapping[UUID, members.Entry]
) -> list[Problem]:
    """Each on its own, then each against the one before it: pairs of thousands would take long."""
    alone = replace(stays, shifts=())
    found = [
        _problem(fault, shift, people)
        for shift in added.values()
        for fault in sorted(faults_of_shift(shift, alone))
    ]
    role = next((shift.role for shift in added.values()), None)
    ours = {shift.id for shift in added.values()}
    beside = [s for s in stays.shifts if s.role is role and s.kind is Kind.SINGLE and not s.beside]
    last: Shift | None = None
    for shift in sorted([*beside, *added.values()], key=attrgetter("start")):
        if last is not None and shift.start < last.end and ours & {shift.id, last.id}:
            mine = shift if shift.id in ours else last
            found.append(_problem(Fault.OVERLAP, mine, people))
        if last is None or shift.end > last.end:
            last = shift
    return found


def _problem(fault: Fault, shift: Shift, people: Mapping[UUID, members.Entry]) -> Problem:
    return Problem(str(fault), people[shift.member].name, shift.start)


def _planned(shift: Shift, people: Mapping[UUID, members.Entry]) -> Planned:
    return Planned(people[shift.member].name, shift.start, shift.end)
