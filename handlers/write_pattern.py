"""A coordinator writes down what comes again every so many weeks, or ends it."""

from datetime import date
from uuid import UUID

from domain.access import Act
from domain.member import Member
from domain.rota import Pattern, ShiftRole, Turn, faults_of_pattern
from handlers import rota_change
from handlers.desk import must, once
from handlers.errors import BadInput, NotFound
from handlers.house import House
from storage import audit, rotas

MOST_TURNS = 1_500
"""Of one pattern: four a day for a year."""


async def write_pattern(
    house: House, member: Member, rota_id: UUID, role: ShiftRole, begins: date, weeks: int,
    turns: tuple[Turn, ...], *, form_key: UUID,
) -> None:  # fmt: skip
    """It holds from this Monday on, over whatever pattern the role had. Sent twice it is one.

    Raises BadInput (member, or pattern: a Fault or too_many), NotFound, OnlyCoordinators or
    NotAllowed.
    """
    must(member, Act.WRITE_ROTA)
    if len(turns) > MOST_TURNS:
        raise BadInput("pattern", "too_many")
    key = once(form_key, role, begins, weeks, turns)
    pattern = Pattern(key, role, begins, weeks, turns)
    rota_change.refuse("pattern", faults_of_pattern(pattern))
    async with house.db.write() as tx:
        await rota_change.begin(tx, member, rota_id)
        audit.note(tx, "rota", house.now(), member.id, rota_id, "pattern")
        for who in {turn.member for turn in turns}:
            await rota_change.must_be_able(tx, who, role)
        await rotas.add_pattern(tx, rota_id, pattern, member.id, house.now())


async def end_pattern(
    house: House, member: Member, rota_id: UUID, pattern_id: UUID, ends: date
) -> None:
    """`ends`: the first day on which nothing of it begins; an earlier pattern does not come back.

    Raises NotFound, OnlyCoordinators or NotAllowed.
    """
    must(member, Act.WRITE_ROTA)
    async with house.db.write() as tx:
        await rota_change.begin(tx, member, rota_id)
        audit.note(tx, "rota", house.now(), member.id, rota_id, "pattern_ended")
        if not await rotas.end_pattern(tx, rota_id, pattern_id, ends):
            raise NotFound
