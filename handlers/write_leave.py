"""Somebody is away: they write it themselves, or a coordinator does."""

from datetime import datetime
from uuid import UUID

from domain.access import Act
from domain.member import Member
from domain.rota import Leave, faults_of_leave
from handlers.desk import must, once, still_here
from handlers.errors import BadInput, NotFound
from handlers.house import House
from handlers.rota_change import refuse
from storage import audit, members, rotas


async def write_leave(
    house: House, member: Member, whose: UUID, start: datetime, end: datetime, *, form_key: UUID
) -> None:
    """On the wall clock. It holds over all rotas at once; the same form twice writes it once.

    Raises BadInput (member: unknown; leave: empty), OnlyCoordinators or NotAllowed.
    """
    _must_be_theirs(member, whose)
    leave = Leave(once(form_key, whose, start, end), whose, start, end)
    refuse("leave", faults_of_leave(leave))
    async with house.db.write() as tx:
        await still_here(tx, member)
        entry = await members.by_id(tx, whose)
        if entry is None or entry.revoked_at:
            raise BadInput("member", "unknown")
        await rotas.touch_all(tx)
        await rotas.add_leave(tx, leave, member.id, house.now())
        audit.note(tx, "leave", house.now(), member.id, whose, "written")


async def strike_leave(house: House, member: Member, leave_id: UUID) -> None:
    """They are there after all. Raises NotFound, OnlyCoordinators or NotAllowed."""
    must(member, Act.OWN_LEAVE)
    async with house.db.write() as tx:
        await still_here(tx, member)
        await rotas.touch_all(tx)
        leave = await rotas.leave(tx, leave_id)
        if leave is None:
            raise NotFound
        _must_be_theirs(member, leave.member)
        await rotas.remove_leave(tx, leave_id)
        audit.note(tx, "leave", house.now(), member.id, leave.member, "struck")


def _must_be_theirs(member: Member, whose: UUID) -> None:
    must(member, Act.OWN_LEAVE)
    if whose != member.id:
        must(member, Act.WRITE_LEAVE)
