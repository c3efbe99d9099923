"""One conversation on the board, and to whom it could be given."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from domain.conversation import State
from domain.member import Member
from domain.priority import Tier
from handlers.desk import must_coordinate
from handlers.errors import NotFound
from handlers.house import House
from handlers.naming import name
from handlers.on_call import see_on_call
from handlers.see_queue import row
from handlers.seen_board import Candidate, Reassigning
from storage import board, lines, members, queue
from storage.board import Glance
from storage.members import Entry


async def see_reassigning(house: House, member: Member, conversation_id: UUID) -> Reassigning:
    """Raises NotFound, OnlyCoordinators or NotAllowed."""
    must_coordinate(member)
    now = house.now()
    await name(house, [conversation_id])
    async with house.db.read() as tx:
        standing = await queue.of_conversation(tx, conversation_id)
        if standing is None:
            raise NotFound
        glances = await board.glance(tx)
        staff = await members.every(tx)
        served = await lines.every(tx)
        there = await see_on_call(house, tx, served, {entry.id: entry.name for entry in staff}, now)
    names, cards = {e.id: e.name for e in staff}, {line.id: line.name for line in served}
    shown = row(standing, names, cards, now, house.pace)
    owner = standing.conversation.owner_id if shown.state is State.OWNED else None
    here = {one.name for one in there if one.begins is None}
    others = (entry for entry in staff if entry.id not in {owner, member.id})
    return Reassigning(shown, owner, _candidates(others, glances, here))


def _candidates(
    staff: Iterable[Entry], glances: Sequence[Glance], here: set[str]
) -> tuple[Candidate, ...]:
    found = [
        Candidate(
            entry.id,
            entry.name,
            count=sum(one.owner_id == entry.id for one in glances),
            urgent=sum(one.owner_id == entry.id and one.tier is Tier.P1 for one in glances),
            on_call=entry.name in here,
        )
        for entry in staff
        if entry.joined_at and not entry.revoked_at and entry.member.reads
    ]
    return tuple(sorted(found, key=lambda c: (not c.on_call, c.count, c.urgent, c.name)))
