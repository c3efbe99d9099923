"""What keeps everything of a conversation from going by rule, however old it is?

Whoever adds a duty, a request or a task that must be seen to first adds its condition here.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Table, and_, exists, false, or_, text

from domain.deletion import Stage
from storage import tables
from storage.deletion_tables import deletions, holds
from storage.plan_tables import TASK, plans
from storage.register_tables import (
    OPEN,
    UNSETTLED,
    disclosures,
    duties,
    exports,
    register_words,
)

Talk, P, O = tables.conversations.c, tables.contacts.c, tables.outbox.c  # noqa: E741 - as in outbox
D, Plan, H = deletions.c, plans.c, holds.c

OF_PLANS = TASK.replace("kind", "plans.kind").replace("state", "plans.state")


STAYS: Mapping[Table, str] = dict.fromkeys(
    (disclosures, duties, exports, register_words), "conversation_id"
)
"""Tables that are a register of their own, and by which column each points to a conversation. They
have a term of their own (`storage.outlived_register`), and a conversation that stands in one keeps
its bare rows for as long."""


def registered() -> ColumnElement[bool]:
    """Of a conversation: it stands in a register."""
    return or_(false(), *(exists().where(t.c[name] == Talk.id) for t, name in STAYS.items()))


def held(now: datetime) -> ColumnElement[bool]:
    """Of a query over conversations with their contacts."""
    return or_(
        # A deletion is asked for, or under way: it has steps of its own.
        P.delete_requested_at.is_not(None),
        exists().where(D.contact_id == Talk.contact_id, D.stage != Stage.DONE),
        # Something is on its way to them, or nobody knows whether it has left.
        exists().where(O.conversation_id == Talk.id, O.pending),
        # Something is to be sent later, or a follow-up is to be seen to.
        exists().where(
            Plan.conversation_id == Talk.id,
            or_(Plan.due_at.is_not(None), text(OF_PLANS)),
        ),
        # Something is to be reported, or somebody asked and has no answer yet.
        exists().where(duties.c.conversation_id == Talk.id, text(OPEN)),
        exists().where(disclosures.c.conversation_id == Talk.id, text(UNSETTLED)),
        # A coordinator keeps it, on a ground and until a day.
        exists().where(H.conversation_id == Talk.id, H.lifted_at.is_(None), H.until > now),
        # Whoever is blocked is known by their number until it is over.
        and_(Talk.blocked_until.is_not(None), Talk.blocked_until > now),
    )
