"""What does every change of a rota ask first, and what does it refuse?"""

from collections.abc import Iterable
from uuid import UUID

from domain.access import Act
from domain.member import Member
from domain.rota import Fault, ShiftRole
from handlers.desk import must, still_here
from handlers.errors import BadInput, NotFound
from storage import given_roles, rotas
from storage.database import Tx


async def begin(tx: Tx, member: Member, rota_id: UUID) -> None:
    """The rota is this coordinator's to change until the commit.

    Raises NotFound, OnlyCoordinators or NotAllowed.
    """
    must(member, Act.WRITE_ROTA)
    await still_here(tx, member)
    if not await rotas.begin_change(tx, rota_id):
        raise NotFound


async def must_be_able(tx: Tx, member_id: UUID, role: ShiftRole) -> None:
    """They work here, and open conversations where the role asks for it: the duty function alone
    may be anybody. Raises BadInput (member: unknown or cannot_read).
    """
    entry = await given_roles.counted(tx, member_id)
    if entry is None or entry.revoked_at:
        raise BadInput("member", "unknown")
    if role is not ShiftRole.DUTY and not entry.member.reads:
        raise BadInput("member", "cannot_read")


def refuse(field: str, faults: Iterable[Fault]) -> None:
    """Raises BadInput with the first of them, where there is one."""
    for fault in sorted(faults):
        raise BadInput(field, fault)
