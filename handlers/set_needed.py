"""When must somebody be on call? A coordinator says it by role; a time without is a gap."""

from uuid import UUID

from domain.access import Act
from domain.member import Member
from domain.rota import Hours, ShiftRole
from handlers import rota_change
from handlers.desk import must
from handlers.errors import BadInput
from handlers.house import House
from storage import audit, rotas

MOST = 50
"""Stretches of a week, by role."""


async def set_needed(
    house: House, member: Member, rota_id: UUID, role: ShiftRole, hours: tuple[Hours, ...]
) -> None:
    """From now on, and for all days to come; no hours: nobody is needed as that.

    Raises BadInput (needed: too_many), NotFound, OnlyCoordinators or NotAllowed.
    """
    must(member, Act.WRITE_ROTA)
    if len(hours) > MOST:
        raise BadInput("needed", "too_many")
    async with house.db.write() as tx:
        await rota_change.begin(tx, member, rota_id)
        audit.note(tx, "rota", house.now(), member.id, rota_id, "needed")
        known = dict((await rotas.whole(tx, rota_id)).needed)
        known.pop(role, None)
        await rotas.need(tx, rota_id, known | ({role: hours} if hours else {}))
