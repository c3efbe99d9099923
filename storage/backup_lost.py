"""What nobody knows any more of the contacts of a line that was restored.

What they have said since the back-up is lost: STOP, "not safe", that their telephone may be
watched. So nothing that the machine had in mind goes on by itself, and a counsellor is warned.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from domain.contact_rules import Refusal
from domain.conversation import State
from domain.gate import Gate
from storage import tables
from storage.database import Tx
from storage.plan_tables import plans
from storage.plans import Kind
from storage.plans import State as Planned

C, R, P = tables.contacts.c, tables.triages.c, plans.c
Talk = tables.conversations.c


async def doubt(tx: Tx, now: datetime) -> list[UUID]:
    """Whoever had said that it is safe, or had not been asked, is asked when they write again.
    The conversations whose pages say so."""
    known = C.gate.in_((Gate.OPEN, Gate.UNKNOWN))
    await tx.conn.execute(update(tables.contacts).where(known).values(gate=Gate.LOST))
    ends = {"ended_at": now, "answer_due_at": None, "answer_latest_at": None}
    asking = update(tables.triages).where(R.ended_at.is_(None))
    await tx.conn.execute(asking.values(**ends, silence_due_at=None))
    await _hold_plans(tx, now)
    query = select(Talk.id).join_from(
        tables.conversations, tables.contacts, C.id == Talk.contact_id
    )
    query = query.where(Talk.state != State.CLOSED, C.gate == Gate.LOST)
    return list((await tx.conn.execute(query)).scalars())


async def _hold_plans(tx: Tx, now: datetime) -> None:
    """Follow-ups are for a person to decide. A counsellor's text is looked at anew at once, and
    held back with its words, its reason and its place in the thread."""
    due = P.due_at.is_not(None)
    held = {"state": Planned.REFUSED, "refusal": Refusal.RESTORED, "due_at": None}
    follow_ups = update(plans).where(due, P.kind == Kind.FOLLOW_UP)
    await tx.conn.execute(follow_ups.values(**held, changed_at=now))
    texts = update(plans).where(due, P.kind == Kind.MESSAGE)
    await tx.conn.execute(texts.values(asked=False, due_at=now, changed_at=now))


async def may_be_watched(tx: Tx, now: datetime) -> None:
    """Where nobody can say whose telephone may be watched, anybody's may."""
    unsaid = update(tables.contacts).where(C.watched_at.is_(None))
    await tx.conn.execute(unsaid.values(watched_at=now))
