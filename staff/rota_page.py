"""The rota: who is on call now and next, where nobody is, a week or a month of it."""

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode
from uuid import UUID

from starlette.responses import Response

from domain.rota import Gap, ShiftRole
from handlers.see_rota_page import FARTHEST, see_lines, see_rota_page
from handlers.seen_rota import RotaPage
from staff.on_call_words import coming, there
from staff.render import render
from staff.rota_strips import about, blocks_of, days, press_address, roles_of
from staff.rota_words import RotaTimes
from staff.troubles import Trouble
from staff.visit import SignedIn

WEEK = 7


@dataclass(frozen=True)
class View:
    """Which days of which rota are looked at."""

    rota_id: UUID
    month: bool
    day: date
    """One of them."""
    role: ShiftRole
    """Of which the month is shown."""

    @property
    def first(self) -> date:
        """The first day that is shown: of a month, the Monday before it begins."""
        day = self.day.replace(day=1) if self.month else self.day
        return day - timedelta(days=day.weekday())

    @property
    def count(self) -> int:
        """How many days are shown."""
        if not self.month:
            return WEEK
        last = self.day.replace(day=monthrange(self.day.year, self.day.month)[1])
        return ((last - self.first).days // WEEK + 1) * WEEK

    def moved(self, by: int) -> date:
        """A day of the week or the month before (-1) or after (1)."""
        if not self.month:
            return self.day + timedelta(days=WEEK * by)
        edge = self.day.replace(day=1)
        return (edge + timedelta(days=45) if by > 0 else edge - timedelta(days=1)).replace(day=1)

    def address(self, **other: object) -> str:
        """Of this view, or of one that differs in what is given."""
        known: dict[str, object] = {"rota": self.rota_id, "day": self.day}
        if self.month:
            known |= {"view": "month", "role": self.role}
        known |= other
        return f"/rota?{urlencode({name: str(value) for name, value in known.items()})}"


async def rota_page(visit: SignedIn) -> Response:
    """Of one rota; where no line goes by any, how it is without. Raises NotAllowed."""
    return await shown(visit)


async def shown(
    visit: SignedIn, trouble: Trouble | None = None, rota_id: UUID | None = None
) -> Response:
    """Also what could not be done with it, of the rota that it was about. Raises NotAllowed."""
    lines = await see_lines(visit.house, visit.member)
    times = RotaTimes(visit.times)
    view = _asked(visit, [rota.id for rota in lines.rotas], [r.id for r in lines.used])
    if view is not None and rota_id in {rota.id for rota in lines.rotas}:
        view = replace(view, rota_id=rota_id or view.rota_id)
    if view is None:
        return render(visit, "rota_none.html", {"lines": lines, "path": "/rota"})
    page = await see_rota_page(visit.house, visit.member, view.rota_id, view.first, view.count)
    values = _values(visit, page, view, times)
    return render(visit, "rota.html", values | {"path": "/rota"}, trouble=trouble)


def _asked(visit: SignedIn, known: list[UUID], used: list[UUID]) -> View | None:
    """What is asked for in a way that cannot be meant is as if it were not asked for."""
    query = visit.request.query_params
    today = RotaTimes(visit.times).wall(visit.now).date()
    if not used:
        return None
    try:
        rota_id = UUID(query.get("rota", ""))
    except ValueError:
        rota_id = used[0]
    try:
        day = date.fromisoformat(query.get("day", ""))
    except ValueError:
        day = today
    role = query.get("role", "")
    return View(
        rota_id=rota_id if rota_id in known else used[0],
        month=query.get("view") == "month",
        day=day if abs(day - today) < FARTHEST else today,
        role=ShiftRole(role) if role in set(ShiftRole) else ShiftRole.PRIMARY,
    )


def _values(visit: SignedIn, page: RotaPage, view: View, times: RotaTimes) -> dict[str, object]:
    me = visit.member.id
    values: dict[str, object] = {
        "page": page,
        "view": view,
        "say": times,
        "there": there(visit, page.on_call),
        "coming": coming(visit, page.on_call),
        "missing": [_missing(page, times, gap) for gap in page.coming_gaps],
        "press": lambda block: press_address(view.rota_id, block, may_change=page.may_change),
        "today": times.wall(visit.now).date(),
        "roles": roles_of(page),
    }
    if view.month:
        shown = [view.first + timedelta(days=n) for n in range(view.count)]
        blocks = [(day, blocks_of(page, times, me, view.role, day)) for day in shown]
        weeks = [blocks[n : n + WEEK] for n in range(0, len(blocks), WEEK)]
        return values | {"weeks": weeks}
    return values | {"days": days(page, times, me, view.first, view.count)}


def _missing(page: RotaPage, times: RotaTimes, gap: Gap) -> tuple[Gap, str, str]:
    """A gap, how it is said, and where it is filled."""
    start, end = times.wall(gap.start), times.wall(gap.end)
    address = f"/rota/{page.rota.id}/give?{about(gap.role, start, end)}"
    return gap, times.stretch(start, end), address
