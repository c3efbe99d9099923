"""Who is paged about a conversation, and when? (domain.md, "The queue").

A ladder is climbed from the moment at which the conversation began to wait, or rose to its tier,
until somebody has taken it. An acknowledgement stops nothing: acknowledged is not taken.

Each step has a number of its own. What was climbed is remembered by these numbers, not by places
or times: a ladder that is changed while it is climbed neither skips a step nor repeats one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.pace import REAL, Pace
from domain.priority import Tier
from domain.rota import ShiftRole


class Whom(StrEnum):
    """Who is paged: whoever is on call as something, or people who are paged for what they are."""

    PRIMARY = "primary"
    BACKUP = "backup"
    COORDINATOR = "coordinator"
    DUTY = "duty"
    OWNER = "owner"
    """The counsellor whose conversation it is."""
    LAST = "last"
    """The last resort."""


class Ways(StrEnum):
    """By which of their ways."""

    THEIR_ORDER = "their_order"
    """The first that works, as each of them has put them in order."""
    EVERY = "every"
    """All at once."""
    SMS = "sms"
    """By text if they have that, else in their order."""
    TELEGRAM = "telegram"
    """In Telegram if they have that, else in their order."""
    PUSH = "push"
    """By a notification if they have that, else in their order."""


@dataclass(frozen=True)
class Step:
    """Page whoever is on call as this, so long after the climb began."""

    number: int
    """1 or more; never that of another step of this line and tier, whatever is changed."""
    after: timedelta
    whom: ShiftRole
    ways: Ways = Ways.THEIR_ORDER


@dataclass(frozen=True)
class LastResort:
    """Whoever is paged where nobody else can be reached."""

    member: UUID | None = None
    """A fixed function's account; None: every coordinator, on call or not."""
    after: timedelta | None = None
    """Also once this has passed, whoever was reached before; None: only where nobody was."""


OWNER_FIRST = timedelta(minutes=1)
"""So long an owner is paged alone; then the ladder begins beside them."""


@dataclass(frozen=True)
class Ladder:
    """The steps; the first one comes again, so often, until somebody has taken it."""

    steps: tuple[Step, ...]
    again: timedelta | None = None
    last: LastResort | None = None
    owner_first: timedelta = OWNER_FIRST

    @property
    def in_order(self) -> tuple[Step, ...]:
        """As they are due."""
        return tuple(sorted(self.steps, key=lambda step: (step.after, step.number)))

    def at(self, pace: Pace) -> "Ladder":
        """The same, with all its times as they are by the real clock."""
        if pace == REAL:
            return self
        last = self.last
        if last is not None and last.after is not None:
            last = replace(last, after=pace.takes(last.after))
        return Ladder(
            tuple(replace(step, after=pace.takes(step.after)) for step in self.steps),
            None if self.again is None else pace.takes(self.again),
            last,
            pace.takes(self.owner_first),
        )


def _ladder(
    *steps: tuple[float, ShiftRole], again: float | None = None, last: LastResort | None = None
) -> Ladder:
    numbered = enumerate(steps, 1)
    return Ladder(
        tuple(Step(n, timedelta(minutes=after), whom) for n, (after, whom) in numbered),
        None if again is None else timedelta(minutes=again),
        last,
    )


LADDERS: Mapping[Tier, Ladder] = {
    Tier.P1: _ladder(
        (0, ShiftRole.PRIMARY),
        (1, ShiftRole.BACKUP),
        (3, ShiftRole.COORDINATOR),
        (5, ShiftRole.DUTY),
        again=2,
        last=LastResort(),
    ),
    Tier.P2: _ladder((0, ShiftRole.PRIMARY), (10, ShiftRole.COORDINATOR)),
    Tier.P3: _ladder((30, ShiftRole.COORDINATOR)),
    Tier.P4: _ladder((120, ShiftRole.COORDINATOR)),
}
"""domain.md's table, until a coordinator writes another. It does not say who wakes whoever has to
answer a P2 within five minutes: the primary is paged at once for it, too."""

OWNERS = 0
"""The number of the owner's step, which no policy holds."""

LAST = -1
"""The number of the last resort's."""


@dataclass(frozen=True)
class Climbed:
    """How far a conversation's ladder has been climbed."""

    began: datetime
    until: datetime
    """What came again up to then is behind."""
    done: frozenset[int] = frozenset()
    """The numbers of the steps that are behind."""


@dataclass(frozen=True)
class Call:
    """One of those whom a look pages."""

    whom: Whom
    ways: Ways
    again: bool = False
    """It only comes again; nobody new is asked for."""


@dataclass(frozen=True)
class Climb:
    """What is to be done now, and when there is more to do."""

    calls: tuple[Call, ...]
    """Each of these is paged, once, however many steps are overdue."""
    climbed: Climbed
    due_at: datetime | None
    """None: the ladder is at its end."""
    spent: bool = False
    """Everybody whom it names has had their turn; what is left only comes again."""


def climb(ladder: Ladder, climbed: Climbed, now: datetime, *, owned: bool = False) -> Climb:
    """From where it stands. After an outage what is overdue is one page, not a burst.

    `owned`: the owner is paged first and again. Where the clock has stepped back the climb goes on
    from as far as it had come, by the new clock.
    """
    at = _by_this_clock(climbed, now)
    rungs = _rungs(ladder, owned=owned)
    due = [r for r in rungs if r.number not in at.done and at.began + r.after <= now]
    calls = {rung.whom: Call(rung.whom, rung.ways) for rung in due}
    if _again_within(ladder, at, now, owned=owned):
        for whom, ways in _called_again(ladder, owned=owned):
            calls.setdefault(whom, Call(whom, ways, again=True))
    if calls:
        at = Climbed(at.began, now, at.done | {rung.number for rung in due})
    left = [at.began + r.after for r in rungs if r.number not in at.done]
    due_at = min([*left, *_next(ladder, at, now, owned=owned)], default=None)
    return Climb(tuple(calls.values()), at, due_at, spent=not left)


def first_due(tier: Tier, began: datetime, pace: Pace, *, owned: bool = False) -> datetime:
    """When the first step is due, where no coordinator has written otherwise."""
    return began if owned else began + pace.takes(_FIRST[tier])


_FIRST = {tier: ladder.in_order[0].after for tier, ladder in LADDERS.items()}


@dataclass(frozen=True)
class _Rung:
    """A step, the owner's or the last resort's, in its place on the way up."""

    number: int
    after: timedelta
    whom: Whom
    ways: Ways


def _rungs(ladder: Ladder, *, owned: bool) -> list[_Rung]:
    later = ladder.owner_first if owned else timedelta()
    rungs = [_Rung(s.number, s.after + later, Whom(s.whom.value), s.ways) for s in ladder.in_order]
    if ladder.last is not None and ladder.last.after is not None:
        rungs.append(_Rung(LAST, ladder.last.after + later, Whom.LAST, Ways.THEIR_ORDER))
    if owned:
        rungs.insert(0, _Rung(OWNERS, timedelta(), Whom.OWNER, Ways.THEIR_ORDER))
    return rungs


def _called_again(ladder: Ladder, *, owned: bool) -> list[tuple[Whom, Ways]]:
    first = [(Whom(step.whom.value), step.ways) for step in ladder.in_order[:1]]
    return [(Whom.OWNER, Ways.THEIR_ORDER), *first] if owned else first


def _by_this_clock(climbed: Climbed, now: datetime) -> Climbed:
    back = max(climbed.until, climbed.began) - now
    if back <= timedelta():
        return climbed
    return Climbed(climbed.began - back, climbed.until - back, climbed.done)


def _next(ladder: Ladder, at: Climbed, now: datetime, *, owned: bool) -> list[datetime]:
    """When it comes again, after what is behind."""
    if ladder.again is None or not ladder.steps:
        return []
    first = _first(ladder, at, owned=owned)
    times = max((max(at.until, now) - first) // ladder.again, 0) + 1
    return [first + times * ladder.again]


def _again_within(ladder: Ladder, at: Climbed, now: datetime, *, owned: bool) -> bool:
    """Whether it came again after what is behind and until now."""
    if ladder.again is None or not ladder.steps:
        return False
    first = _first(ladder, at, owned=owned)
    times = (now - first) // ladder.again
    return times >= 1 and first + times * ladder.again > at.until


def _first(ladder: Ladder, at: Climbed, *, owned: bool) -> datetime:
    return at.began if owned else at.began + ladder.in_order[0].after


ORDER = (Whom.PRIMARY, Whom.BACKUP, Whom.COORDINATOR, Whom.DUTY)
"""Where nobody is on call as what the step says, the next of these is paged."""
