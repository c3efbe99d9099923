"""Can this colleague be given a conversation?"""

from datetime import datetime
from uuid import UUID

from domain.pace import Pace
from handlers.caseload import must_not_be_full
from handlers.errors import BadInput, NotThere, StaysAway
from storage import conflicts, given_roles, members, worked
from storage.conversations import Conversation
from storage.database import Tx
from storage.members import Entry


async def must_receive(
    tx: Tx,
    to: UUID,
    colleague: Entry | None,
    talk: Conversation,
    now: datetime,
    pace: Pace,
    *,
    at_work: bool = False,
) -> None:
    """`colleague`: who `to` is, their row locked; None: nobody who works here. `at_work`: it is
    given because they were at work on the page that was looked at, and goes to nobody who has gone
    home since.

    Raises BadInput (to: unknown), NotThere, StaysAway or CaseloadFull.
    """
    if colleague is None:
        known = await members.by_id(tx, to)
        if known is not None and known.revoked_at is not None:
            raise NotThere(known.name, revoked=True)
    given = await given_roles.of_member(tx, to) if colleague else None
    if colleague is None or given is None or not given.member.reads:
        raise BadInput("to", "unknown")
    if to in await conflicts.away_from(tx, talk.contact_id):
        raise StaysAway(colleague.name)
    if at_work and to not in await worked.there(tx, now):
        raise NotThere(colleague.name, revoked=False)
    await must_not_be_full(tx, to, talk, now, pace, handed=True)
