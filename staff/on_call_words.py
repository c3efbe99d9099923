"""Who is on call, said in words: "Alva until 06:00, Bo (backup)"."""

from dataclasses import dataclass

from domain.rota import ShiftRole
from handlers.seen import OnCall
from staff.visit import SignedIn


@dataclass(frozen=True)
class LineOnCall:
    """Who is on call on a line, now and next; `line` is empty where it is so on all of them."""

    line: str
    there: list[str]
    coming: list[str]


def by_line(
    visit: SignedIn, on_call: tuple[OnCall, ...], lines: tuple[str, ...]
) -> list[LineOnCall]:
    """One entry where all lines have the same, else one for each, as they were added."""
    if all(len(one.lines) >= len(lines) for one in on_call):
        return [LineOnCall("", there(visit, on_call), coming(visit, on_call))]
    found = [(line, tuple(one for one in on_call if line in one.lines)) for line in lines]
    return [LineOnCall(line, there(visit, its), coming(visit, its)) for line, its in found]


def there(visit: SignedIn, on_call: tuple[OnCall, ...]) -> list[str]:
    """Who is on call now."""
    return [_said(visit, one) for one in on_call if one.begins is None]


def coming(visit: SignedIn, on_call: tuple[OnCall, ...]) -> list[str]:
    """Who comes next, each with the time."""
    said = [(_named(visit, one), one.begins) for one in on_call if one.begins is not None]
    return [
        visit.words.say("on_call.from", who=who, time=visit.times.clock(begins))
        for who, begins in said
    ]


def _said(visit: SignedIn, one: OnCall) -> str:
    if one.until is None:
        return _named(visit, one)
    until = visit.times.clock(one.until)
    return visit.words.say("on_call.until", who=_named(visit, one), time=until)


def _named(visit: SignedIn, one: OnCall) -> str:
    """With the role, unless it is the one that everybody expects."""
    if one.role in {None, ShiftRole.PRIMARY}:
        return one.name
    return visit.words.say("on_call.as", name=one.name, role=visit.words.code("shift", one.role))
