"""A coordinator writes whom a line pages. What is climbed meanwhile goes on by the new ladder."""

from dataclasses import replace
from uuid import UUID

from domain.access import Act
from domain.escalation import LADDERS, Ladder
from domain.member import Member
from domain.policy import Fault, faults, numbered
from domain.priority import Tier
from domain.rota import ShiftRole
from handlers.desk import must, still_here
from handlers.errors import BadInput, NotFound
from handlers.house import House
from handlers.see_policy import edition_of, is_reached
from storage import audit, lines, policies
from storage.database import Tx
from storage.policies import Written


async def write_policy(
    house: House, member: Member, line_id: UUID, tier: Tier, ladder: Ladder, *, seen: int
) -> None:
    """From now on; the same again changes nothing. `seen`: the edition that the page showed.

    A step keeps its number where that is known and means the same role, else it is a new one.
    Raises BadInput (a field of `domain.policy`, or policy: changed), NotFound, OnlyCoordinators or
    NotAllowed.
    """
    must(member, Act.WRITE_POLICY)
    for field, fault in faults(tier, ladder).items():
        raise BadInput(field, fault)
    now = house.now()
    async with house.db.write() as tx:
        await still_here(tx, member)
        if line_id not in await lines.rotas(tx):
            raise NotFound
        await _must_reach_the_last(house, tx, ladder)
        written = await policies.history(tx, line_id)
        ours = [one for one in written if one.tier is tier]
        fresh = numbered(ladder, _known(tier, ours))
        standing = ours[-1].ladder if ours else LADDERS[tier]
        if _plain(fresh) == _plain(standing):
            return
        if edition_of(written, tier) != seen:
            raise BadInput("policy", Fault.CHANGED)
        edition = max((one.edition for one in written), default=0) + 1
        if not await policies.write(tx, line_id, Written(edition, tier, fresh, member.id, now)):
            raise BadInput("policy", Fault.CHANGED)
        audit.note(tx, "policy", now, member.id, line_id, tier)
    house.wake.pages()


def _known(tier: Tier, ours: list[Written]) -> dict[int, ShiftRole]:
    """Whom each number has ever meant: it never means anybody else."""
    every = [LADDERS[tier], *(one.ladder for one in ours)]
    return {step.number: step.whom for ladder in every for step in ladder.steps}


def _plain(ladder: Ladder) -> Ladder:
    """Without what makes no difference to whom it pages."""
    return replace(ladder, steps=tuple(replace(step, number=0) for step in ladder.in_order))


async def _must_reach_the_last(house: House, tx: Tx, ladder: Ladder) -> None:
    if ladder.last is None or ladder.last.member is None:
        return
    if not await is_reached(house, tx, ladder.last.member):
        raise BadInput("last", Fault.UNREACHABLE)
