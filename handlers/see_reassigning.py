"""One conversation on the board, and to whom it could be given."""

from collections.abc import Iterable
from uuid import UUID

from domain.access import Act
from domain.caseload import full
from domain.conversation import State
from domain.member import Member
from domain.priority import Tier
from handlers.desk import must
from handlers.errors import MustStayAway, NotFound
from handlers.house import House
from handlers.naming import name
from handlers.on_call import see_on_call
from handlers.see_queue import row
from handlers.seen_board import Candidate, Reassigning
from storage import conflicts, given_roles, lines, queue, worked
from storage.members import Entry


async def see_reassigning(house: House, member: Member, conversation_id: UUID) -> Reassigning:
    """Raises NotFound, OnlyCoordinators or NotAllowed."""
    must(member, Act.REASSIGN)
    now = house.now()
    await name(house, [conversation_id])
    async with house.db.read() as tx:
        standing = await queue.of_conversation(tx, conversation_id)
        if standing is None:
            raise NotFound
        away = await conflicts.away_from(tx, standing.contact.id)
        if member.id in away:
            raise MustStayAway(conversation_id)
        held, working = (
            await queue.held(tx, await conflicts.kept_from(tx, member.id)),
            await worked.there(tx, now),
        )
        staff = await given_roles.staff(tx)
        served = await lines.every(tx)
        there = await see_on_call(house, tx, served, {entry.id: entry.name for entry in staff}, now)
    names, cards = {e.id: e.name for e in staff}, {line.id: line.name for line in served}
    shown = row(standing, names, cards, now, house.pace)
    owner = standing.conversation.owner_id if shown.state is State.OWNED else None
    here = {one.name for one in there if one.begins is None}
    others = (entry for entry in staff if entry.id not in {owner, member.id, *away})
    most = next(line.most_each for line in served if line.id == standing.conversation.line_id)
    candidates = [
        _candidate(entry, held.get(entry.id, ()), most, entry.id in working, entry.name in here)
        for entry in others
        if entry.joined_at and not entry.revoked_at and entry.member.reads
    ]
    ordered = sorted(candidates, key=lambda c: (c.place, c.full is not None, c.count, c.name))
    return Reassigning(shown, owner, tuple(ordered))


def _candidate(
    entry: Entry, held: Iterable[tuple[UUID, Tier]], most: int, at_work: bool, on_call: bool
) -> Candidate:
    tiers = [tier for _, tier in held]
    return Candidate(
        entry.id,
        entry.name,
        count=len(tiers),
        urgent=tiers.count(Tier.P1),
        at_work=at_work,
        on_call=on_call,
        full=full(tiers, most),
    )
