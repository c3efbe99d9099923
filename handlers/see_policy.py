"""Whom does a line page, whom would that be now, and who has changed it?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.access import Act
from domain.escalation import LADDERS, LAST, Call, Ladder, Ways, Whom
from domain.member import Member
from domain.priority import Tier
from handlers.desk import must
from handlers.errors import NotFound
from handlers.house import House
from handlers.whom import There, there, woken
from storage import lines, members, policies
from storage.database import Tx
from storage.policies import Policy, Written


@dataclass(frozen=True)
class Foreseen:
    """A ladder, and whom it would page if a contact wrote now."""

    ladder: Ladder
    now: Mapping[int, tuple[str, ...]]
    """By the number of a step, the names; `LAST` is the last resort's."""


@dataclass(frozen=True)
class Change:
    """Somebody wrote a ladder in place of another."""

    tier: Tier
    by: str
    at: datetime
    before: Ladder
    after: Ladder


@dataclass(frozen=True)
class PolicyPage:
    """Of one line."""

    line_id: UUID
    line: str
    lines: tuple[tuple[UUID, str], ...]
    ladders: Mapping[Tier, Foreseen]
    editions: Mapping[Tier, int]
    """Of each tier's last change; 0 where it is as the field has it."""
    functions: tuple[tuple[UUID, str], ...]
    """Who can be a last resort: whoever can be paged at all."""
    names: Mapping[UUID, str]
    changes: tuple[Change, ...]
    """The newest first."""


async def first_line(house: House, member: Member) -> UUID:
    """Raises NotFound, OnlyCoordinators or NotAllowed."""
    must(member, Act.WRITE_POLICY)
    async with house.db.read() as tx:
        every = await lines.every(tx)
    if not every:
        raise NotFound
    return every[0].id


async def see_policy(house: House, member: Member, line_id: UUID) -> PolicyPage:
    """Raises NotFound, OnlyCoordinators or NotAllowed."""
    must(member, Act.WRITE_POLICY)
    async with house.db.read() as tx:
        every = await lines.every(tx)
        line = next((one for one in every if one.id == line_id), None)
        if line is None:
            raise NotFound
        entries = await members.every(tx)
        names = {entry.id: entry.name for entry in entries}
        written = await policies.history(tx, line_id)
        policy = (await policies.every(tx)).get(line_id, Policy())
        ladders = {tier: policy.ladder(tier) for tier in Tier}
        at_work = [e.id for e in entries if e.joined_at and not e.revoked_at]
        known = await there(house, tx, line.rota_id, house.now(), at_work)
    return PolicyPage(
        line_id=line_id,
        line=line.name,
        lines=tuple((one.id, one.name) for one in every),
        ladders={tier: _foreseen(known, names, ladder) for tier, ladder in ladders.items()},
        editions={tier: edition_of(written, tier) for tier in Tier},
        functions=tuple((m, names[m]) for m in at_work if _is_reached(known, m)),
        names=names,
        changes=tuple(reversed(_changes(written, names))),
    )


async def foresee(house: House, member: Member, line_id: UUID, ladder: Ladder) -> Foreseen:
    """Whom a ladder that is not written yet would page now. Raises as `see_policy`."""
    must(member, Act.WRITE_POLICY)
    async with house.db.read() as tx:
        rotas = await lines.rotas(tx)
        if line_id not in rotas:
            raise NotFound
        names = {entry.id: entry.name for entry in await members.every(tx)}
        fixed = [ladder.last.member] if ladder.last is not None else []
        known = await there(house, tx, rotas[line_id], house.now(), fixed)
    return _foreseen(known, names, ladder)


async def is_reached(house: House, tx: Tx, member_id: UUID) -> bool:
    """Whether somebody works here and can be paged by any way."""
    if await members.at_work(tx, member_id) is None:
        return False
    return _is_reached(await there(house, tx, None, house.now(), [member_id]), member_id)


def edition_of(written: list[Written], tier: Tier) -> int:
    """Of the tier's last change; 0 where there was none."""
    return max((one.edition for one in written if one.tier is tier), default=0)


def _is_reached(known: There, member_id: UUID) -> bool:
    return bool(known.reached([member_id], Ways.THEIR_ORDER, Whom.LAST))


def _foreseen(known: There, names: Mapping[UUID, str], ladder: Ladder) -> Foreseen:
    calls = {step.number: Call(Whom(step.whom.value), step.ways) for step in ladder.steps}
    calls[LAST] = Call(Whom.LAST, Ways.THEIR_ORDER)
    found = {number: woken(known, call, ladder.last, None) for number, call in calls.items()}
    return Foreseen(
        ladder,
        {
            number: tuple(dict.fromkeys(names.get(one.way.member_id, "") for one in some))
            for number, some in found.items()
        },
    )


def _changes(written: list[Written], names: Mapping[UUID, str]) -> list[Change]:
    before = dict(LADDERS)
    found = []
    for one in written:
        by = names.get(one.by, "")
        found.append(Change(one.tier, by, one.at, before[one.tier], one.ladder))
        before[one.tier] = one.ladder
    return found
