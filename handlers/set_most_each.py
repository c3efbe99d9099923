"""How many conversations may one counsellor have who takes from this line?"""

from dataclasses import dataclass
from uuid import UUID

from domain.access import Act
from domain.caseload import MOST
from domain.member import Member
from handlers.desk import must, still_here
from handlers.errors import BadInput, NotFound
from handlers.house import House
from storage import audit, lines


@dataclass(frozen=True)
class LineCaseload:
    """One line and its number."""

    id: UUID
    name: str
    most_each: int


async def see_most_each(house: House, member: Member) -> tuple[LineCaseload, ...]:
    """Of every line. Raises OnlyCoordinators."""
    must(member, Act.MOST_EACH)
    async with house.db.read() as tx:
        return tuple(LineCaseload(x.id, x.name, x.most_each) for x in await lines.every(tx))


async def set_most_each(house: House, member: Member, line_id: UUID, most: int) -> None:
    """Whoever has more keeps what they have. Raises BadInput (most: unknown), NotFound,
    OnlyCoordinators or NotAllowed."""
    must(member, Act.MOST_EACH)
    if not 1 <= most <= MOST:
        raise BadInput("most", "unknown")
    async with house.db.write() as tx:
        await still_here(tx, member)
        if not await lines.set_most_each(tx, line_id, most):
            raise NotFound
        audit.note(tx, "most_each", house.now(), member.id, line_id, most)
