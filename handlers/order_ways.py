"""By which of their ways is a member paged first? They put them in order, and take them away.

Whoever has their open session alone must not silence them: it wants a proof of the person.
"""

from uuid import UUID

from domain.access import Act
from domain.member import Member
from handlers.desk import must, still_here
from handlers.errors import BadInput, NotFound
from handlers.house import House
from handlers.next_way import leave_way
from handlers.pagers import own
from handlers.proof import Guarded, Proof, proved_by, still_opens
from handlers.sign_in import Entered
from handlers.tell_ways import tell_ways
from storage import audit, ways
from storage.database import Tx
from storage.page_routes import waiting_for

FIELD = "way_passphrase"


async def move_way(house: House, member: Member, way_id: UUID, to: int, proof: Proof = "") -> None:
    """To this place among their own, from 0; twice is once.

    `proof` may be empty while none of them is used: one that was added and stands first, whoever
    added it, is all that is paged. Raises NotFound, NotAllowed, Busy, TooManyAttempts, or BadInput
    (way_passphrase: not_it; passkey).
    """
    must(member, Act.PAGER)
    entered = await _entered(house, member, Guarded.MOVE_WAY, way_id, proof)
    async with house.db.write() as tx:
        proved = await _proved(tx, entered)
        await still_here(tx, member)
        held = await ways.held(tx, member.id)
        before = [way.id for way in held]
        if way_id not in before:
            raise NotFound
        order = [each for each in before if each != way_id]
        order.insert(to, way_id)
        if order != before and not proved and any(way.may_be_tried for way in held):
            raise BadInput(FIELD, "not_it")
        await ways.put_in_order(tx, order)
        audit.note(tx, "way", house.now(), member.id, member.id, "moved")


async def remove_way(house: House, member: Member, way_id: UUID, proof: Proof = "") -> None:
    """Nobody is paged there any more; what was to leave there goes on by another.

    `proof` may be empty for one that nobody is paged by. Raises NotFound, NotAllowed, Busy,
    TooManyAttempts, or BadInput (way_passphrase: not_it; passkey).
    """
    must(member, Act.PAGER)
    entered, now = await _entered(house, member, Guarded.REMOVE_WAY, way_id, proof), house.now()
    async with house.db.write() as tx:
        proved = await _proved(tx, entered)
        way = await own(tx, member, way_id)
        if way.may_be_tried and not proved:
            raise BadInput(FIELD, "not_it")
        for page in await waiting_for(tx, [way_id]):
            await leave_way(tx, page, now)
        if way.may_be_tried:
            await tell_ways(tx, member.id, way_id, now)
        await ways.remove(tx, way_id)
        audit.note(tx, "way", now, member.id, member.id, "removed")
    house.wake.pages()


async def _entered(
    house: House, member: Member, deed: Guarded, way_id: UUID, proof: Proof
) -> Entered | None:
    if not proof:
        return None
    entered = await proved_by(house, member, proof, deed, way_id)
    if entered is None:
        raise BadInput(FIELD, "not_it")
    return entered


async def _proved(tx: Tx, entered: Entered | None) -> bool:
    """Asked before the member is held in any other way."""
    return entered is not None and await still_opens(tx, entered)
