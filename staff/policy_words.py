"""What happens by a ladder, in sentences?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from domain.escalation import LAST, Ladder, Step, Ways
from handlers.see_policy import Change, Foreseen
from staff.visit import Visit


@dataclass(frozen=True)
class Sentence:
    """One thing that happens, and who that would be now."""

    said: str
    now: str | None = None
    nobody: bool = False
    """Nobody could be paged by it now."""


@dataclass(frozen=True)
class Said:
    """A change, by the sentences that went and those that came."""

    change: Change
    gone: tuple[str, ...]
    come: tuple[str, ...]


def sentences(visit: Visit, foreseen: Foreseen, names: Mapping[UUID, str]) -> tuple[Sentence, ...]:
    """In the order in which it happens."""
    ladder = foreseen.ladder
    found = [_now(visit, _step(visit, s), foreseen.now[s.number]) for s in ladder.in_order]
    if not found:
        return (Sentence(visit.words.say("policy.nobody"), nobody=True),)
    again = _again(visit, ladder)
    last = _last(visit, ladder, names)
    if again:
        found.append(Sentence(again))
    if last:
        found += [_now(visit, last[0], foreseen.now[LAST]), *map(Sentence, last[1:])]
    return tuple(found)


def said(visit: Visit, change: Change, names: Mapping[UUID, str]) -> Said:
    """What is different."""
    before, after = (_plain(visit, each, names) for each in (change.before, change.after))
    return Said(
        change,
        tuple(line for line in before if line not in after),
        tuple(line for line in after if line not in before),
    )


def _plain(visit: Visit, ladder: Ladder, names: Mapping[UUID, str]) -> list[str]:
    again = _again(visit, ladder)
    steps = [_step(visit, step) for step in ladder.in_order]
    return [*steps, *([again] if again else []), *_last(visit, ladder, names)]


def _step(visit: Visit, step: Step) -> str:
    say = visit.words.say
    whom = visit.words.code("policy.whoms", step.whom)
    if step.ways is not Ways.THEIR_ORDER:
        whom = f"{whom} {visit.words.code('policy.by', step.ways)}"
    if not step.after:
        return say("policy.at_once", whom=whom)
    return say("policy.later", length=_length(visit, step.after), whom=whom)


def _again(visit: Visit, ladder: Ladder) -> str | None:
    if ladder.again is None or not ladder.steps:
        return None
    whom = visit.words.code("policy.whoms", ladder.in_order[0].whom)
    return visit.words.say("policy.again_said", whom=whom, length=_length(visit, ladder.again))


def _last(visit: Visit, ladder: Ladder, names: Mapping[UUID, str]) -> list[str]:
    last = ladder.last
    if last is None:
        return []
    say = visit.words.say
    fixed = names.get(last.member, "") if last.member else ""
    whom = fixed or say("policy.coordinators")
    found = [say("policy.last_said", whom=whom)]
    if last.after is not None:
        length = _length(visit, last.after)
        found.append(say("policy.last_too", length=length, whom=whom))
    return found


def _now(visit: Visit, said_: str, people: tuple[str, ...]) -> Sentence:
    if not people:
        return Sentence(said_, visit.words.say("policy.now_nobody"), nobody=True)
    return Sentence(said_, visit.words.say("policy.now", names=", ".join(people)))


def _length(visit: Visit, length: timedelta) -> str:
    return visit.times.length(length)
