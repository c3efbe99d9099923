"""What concerns the reader alone: since when they are at work, and what they are to be told."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from domain.member import Member
from handlers.seen_shift import NO_SHIFT, Debrief, OwnShift, TakenOver
from storage import debriefs, helps, worked
from storage.database import Tx


async def see_own_shift(
    tx: Tx, member: Member, names: Mapping[UUID, str], now: datetime
) -> OwnShift:
    """Nothing for roles that do not read. `names`: what the members are called."""
    if not member.reads:
        return NO_SHIFT
    return OwnShift(
        since=await worked.since(tx, member.id, now),
        taken_over=tuple(
            TakenOver(one.conversation_id, str(one.alias or "?"), names.get(one.by, ""), one.at)
            for one in await helps.taken_from(tx, member.id)
        ),
        debriefs=tuple(Debrief(*one) for one in await debriefs.unanswered(tx, member.id)),
    )
