"""A day of the rota as a strip of 24 hours, in half hours, one for each role."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from uuid import UUID

from domain.rota import Gap, ShiftRole, Span
from domain.wall import moment
from handlers.seen_rota import RotaPage
from staff.rota_words import RotaTimes, field, figures

PLACES = 48
"""Half hours of a day on the wall; the long day's second hour shares its first one's place."""

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Block:
    """Somebody's part of a day, or a gap's."""

    role: ShiftRole
    member: UUID | None
    """None in a gap."""
    name: str
    start: datetime
    """On the wall; of the whole where that is no longer than a day, else of this day's part."""
    end: datetime
    figures: str
    said: str
    at: int
    """The half hour in which it begins, from 0."""
    length: int
    """In half hours."""
    lane: int
    """From 1; two at the same time lie under each other."""
    mine: bool
    past: bool
    """It is over: what was missing then is no alarm any more."""


@dataclass(frozen=True)
class Strip:
    """One role's day."""

    role: ShiftRole
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Day:
    """One day of the week view."""

    day: date
    today: bool
    now_at: int | None
    """The half hour in which we are, today."""
    strips: tuple[Strip, ...]
    away: tuple[str, ...]
    """Who is on leave for some of it."""


def days(page: RotaPage, times: RotaTimes, me: UUID, first: date, count: int) -> list[Day]:
    """So many days from the first on, each with a strip for every role that they use."""
    roles = roles_of(page)
    here = times.wall(times.times.now)
    found = []
    for day in (first + n * _DAY for n in range(count)):
        strips = tuple(_strip(page, times, me, role, day) for role in roles)
        begins, ends = _wall(day), _wall(day + _DAY)
        away = dict.fromkeys(a.name for a in page.leaves if a.start < ends and a.end > begins)
        now_at = here.hour * 2 + here.minute // 30 if here.date() == day else None
        found.append(Day(day, now_at is not None, now_at, strips, tuple(away)))
    return found


def roles_of(page: RotaPage) -> list[ShiftRole]:
    """The roles in which somebody is on call or missing on these days; primary always."""
    used = {span.role for span in page.spans} | {gap.role for gap in page.gaps}
    used |= {ShiftRole.PRIMARY}
    return [role for role in ShiftRole if role in used]


def blocks_of(
    page: RotaPage, times: RotaTimes, me: UUID, role: ShiftRole, day: date
) -> list[Block]:
    """A role's day, in order."""
    stretches: Iterable[Span | Gap] = (*page.spans, *page.gaps)
    zone = times.times.zone
    start, end = moment(_wall(day), zone), moment(_wall(day + _DAY), zone)
    met = [s for s in stretches if s.role is role and s.start < end and s.end > start]
    blocks: list[Block] = []
    for each in sorted(met, key=lambda s: (s.start, s.end)):
        part = max(each.start, start), min(each.end, end)
        blocks.append(_block(page, times, me, each, part, _free_lane(blocks, times, part)))
    return blocks


def press_address(rota_id: UUID, block: Block, *, may_change: bool) -> str | None:
    """Where a coordinator gives it to somebody; where others ask to swap what is theirs."""
    if not may_change and not block.mine:
        return None
    page = "give" if may_change else "swap"
    return f"/rota/{rota_id}/{page}?{about(block.role, block.start, block.end)}"


def about(role: ShiftRole, start: datetime, end: datetime) -> str:
    """A stretch as the query of an address."""
    return urlencode({"role": role, "from": field(start), "to": field(end)})


def _strip(page: RotaPage, times: RotaTimes, me: UUID, role: ShiftRole, day: date) -> Strip:
    blocks = blocks_of(page, times, me, role, day)
    return Strip(role, tuple(blocks))


def _block(
    page: RotaPage, times: RotaTimes, me: UUID, each: Span | Gap,
    part: tuple[datetime, datetime], lane: int,
) -> Block:  # fmt: skip
    member = each.member if isinstance(each, Span) else None
    whole = (each.start, each.end) if each.end - each.start <= _DAY else part
    start, end = times.wall(whole[0]), times.wall(whole[1])
    at, until = _places(times, part)
    return Block(
        role=each.role,
        member=member,
        name=page.names.get(member, "") if member else "",
        start=start,
        end=end,
        figures=figures(start, end),
        said=times.stretch(start, end),
        at=at,
        length=until - at,
        lane=lane,
        mine=member == me,
        past=part[1] <= times.times.now,
    )


def _places(times: RotaTimes, part: tuple[datetime, datetime]) -> tuple[int, int]:
    """From which half hour until which; at least one."""
    start, end = times.wall(part[0]), times.wall(part[1])
    at = min(round((start.hour * 60 + start.minute) / 30), PLACES - 1)
    last = end.hour * 60 + end.minute if end.date() == start.date() else 24 * 60
    return at, max(at + 1, round(last / 30))


def _free_lane(blocks: Sequence[Block], times: RotaTimes, part: tuple[datetime, datetime]) -> int:
    at, _ = _places(times, part)
    taken = {block.lane for block in blocks if block.at + block.length > at}
    return next(lane for lane in range(1, len(blocks) + 2) if lane not in taken)


def _wall(day: date) -> datetime:
    return datetime.combine(day, time())
