"""Who agreed to a disclosure, and did they lead then? As far as the log about staff says so.

A row says both; whoever writes into the database writes that, too. Whether somebody led is what
they had been given when the entry of their agreement was written.
"""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import select

from domain.access import Act, may
from domain.noted import Noted
from storage import audit, given_roles
from storage.database import Tx

T = audit.T.c

Agreed = Mapping[UUID, bool]
"""By member: whether they led."""


async def of_entries(tx: Tx, entry_ids: Collection[UUID]) -> dict[UUID, Agreed]:
    """By entry of the register; nothing more is asked where nobody agreed."""
    query = select(audit.T).where(T.object_id.in_(entry_ids), T.act == Noted.DISCLOSURE_AGREED)
    rows = (await tx.conn.execute(query)).all() if entry_ids else []
    said = [one for one in map(audit.entry_of, rows) if audit.is_genuine(tx, one)]
    steps = [(one.object_id, one.member_id, one.number) for one in said]
    roles = await given_roles.at(tx, {(who, number) for _, who, number in steps if who})
    found: dict[UUID, dict[UUID, bool]] = {one: {} for one in entry_ids}
    for entry_id, who, number in steps:
        if entry_id is not None and who is not None:
            found[entry_id][who] = may(roles.get((who, number)), Act.DISCLOSE)
    return dict(found)
