"""Who is on call, said in words: "Alva until 06:00, Bo (backup)"."""

from domain.rota import ShiftRole
from handlers.seen import OnCall
from staff.visit import SignedIn


def there(visit: SignedIn, on_call: tuple[OnCall, ...]) -> list[str]:
    """Who is on call now."""
    return [_said(visit, one) for one in on_call if one.begins is None]


def coming(visit: SignedIn, on_call: tuple[OnCall, ...]) -> list[str]:
    """Who comes next, each with the time."""
    return [
        visit.words.say("on_call.from", who=_named(visit, one), time=visit.times.clock(one.begins))
        for one in on_call
        if one.begins is not None
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
