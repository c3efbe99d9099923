"""By which rota does a line go? A coordinator gives it one of its own, another one, or none."""

from uuid import UUID

from domain.access import Act
from domain.member import Member
from handlers.desk import must, once, still_here
from handlers.errors import NotFound
from handlers.house import House
from storage import audit, rotas
from storage.database import Tx


async def go_by_its_own(house: House, member: Member, line_id: UUID, *, form_key: UUID) -> None:
    """A new, empty rota, unless it has one that no other line goes by. Sent twice it is one.

    Raises NotFound, OnlyCoordinators or NotAllowed.
    """
    must(member, Act.WRITE_ROTA)
    fresh = once(form_key, line_id)
    async with house.db.write() as tx:
        known = await _lines(tx, member, line_id)
        rota_id = known[line_id]
        alone = rota_id is not None and list(known.values()).count(rota_id) == 1
        if not alone and await rotas.make_once(tx, fresh, house.now()):
            await rotas.give(tx, line_id, fresh)
            audit.note(tx, "rota_of_line", house.now(), member.id, line_id, "own")


async def go_by(house: House, member: Member, line_id: UUID, rota_id: UUID | None) -> None:
    """A rota that there is already, also one that no line goes by now; by none: everybody who
    reads is on call. What stands in the rota that it leaves stays there.

    Raises NotFound, OnlyCoordinators or NotAllowed.
    """
    must(member, Act.WRITE_ROTA)
    async with house.db.write() as tx:
        await _lines(tx, member, line_id)
        if rota_id is not None and not await rotas.begin_change(tx, rota_id):
            raise NotFound
        await rotas.give(tx, line_id, rota_id)
        audit.note(
            tx, "rota_of_line", house.now(), member.id, line_id, "another" if rota_id else "none"
        )


async def _lines(tx: Tx, member: Member, line_id: UUID) -> dict[UUID, UUID | None]:
    """By which rota each line goes, until the commit."""
    await still_here(tx, member)
    known = await rotas.of_lines(tx)
    if line_id not in known:
        raise NotFound
    return known
