"""Who is on call, said in words: "Alva until 06:00, Bo (backup)"."""

from domain.rota import ShiftRole
from handlers.seen import OnCall
from staff.visit import SignedIn


def there(visit: SignedIn, on_call: tuple[OnCall, ...], lines: tuple[str, ...] = ()) -> list[str]:
    """Who is on call now; on which lines, where there are others among `lines`."""
    return [_on(visit, one, _said(visit, one), lines) for one in on_call if one.begins is None]


def coming(visit: SignedIn, on_call: tuple[OnCall, ...], lines: tuple[str, ...] = ()) -> list[str]:
    """Who comes next, each with the time, and with the lines as above."""
    said = [(one, _named(visit, one), one.begins) for one in on_call if one.begins is not None]
    return [
        _on(
            visit,
            one,
            visit.words.say("on_call.from", who=who, time=visit.times.clock(begins)),
            lines,
        )
        for one, who, begins in said
    ]


def _on(visit: SignedIn, one: OnCall, who: str, lines: tuple[str, ...]) -> str:
    if len(one.lines) >= len(lines):
        return who
    return visit.words.say("on_call.of_line", who=who, lines=" + ".join(one.lines))


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
