"""Members are invited by a link that works once, and their accounts are ended."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from domain.member import Role
from domain.pace import Pace
from handlers.errors import BadInput, NotFound
from handlers.house import House
from handlers.next_way import leave_member
from storage import (
    audit,
    calendar_feeds,
    drafts,
    events,
    given_roles,
    helps,
    invitations,
    member_keys,
    members,
    plans,
    queue,
    rotas,
    sessions,
    worked,
)
from storage.database import Tx
from storage.events import Event
from storage.members import Entry

HOLDS = timedelta(hours=72)
LONGEST_NAME = 80


async def invite(house: House, name: str, role: Role) -> str:
    """The one-time token for `/join/…`. Raises BadInput when the name is taken or empty.

    Somebody who was invited and has not joined gets a new link; the old one ends.
    """
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise BadInput("name", "empty" if not name else "too_long")
    token, now = secrets.token_urlsafe(24), house.now()
    async with house.db.write() as tx:
        kept, ends_at = tx.keys.index("invitation", token), now + HOLDS
        if not await members.invite(tx, name, role, kept, ends_at, now) and not (
            await members.invite_again(tx, name, role, kept, ends_at, now)
        ):
            raise BadInput("name", "taken")
        if (entry := await members.by_name(tx, name)) is not None:
            invitations.note(tx, entry.id, kept, ends_at, now)
        audit.note(tx, "invited", now, object_id=entry.id if entry else None, detail=role)
    return token


async def revoke(house: House, name: str) -> None:
    """End an account and every session of it at once. Raises NotFound.

    What they had stands in the queue again: nobody waits for somebody who is gone. From this
    moment no rota counts on them, in any process. What they planned to send is sent no more, and
    nothing that they know or hold opens their key.
    """
    async with house.db.write() as tx:
        entry = await members.by_name(tx, name)
        if entry is None or not await end_member(tx, entry.id, house.now(), house.pace):
            raise NotFound
    house.wake.pages()


async def end_member(tx: Tx, member_id: UUID, now: datetime, pace: Pace) -> bool:
    """The same, of somebody who is known by their id; False when it was done before."""
    if not await members.revoke(tx, member_id, now):
        return False
    audit.note(tx, "revoked", now, object_id=member_id)
    await rotas.touch_all(tx)
    await worked.end(tx, member_id, now)
    await helps.leave(tx, member_id)
    await leave_member(tx, member_id, now, pace)
    await sessions.end_all(tx, member_id)
    await member_keys.forget_wraps(tx, member_id)
    await calendar_feeds.end(tx, member_id)
    await drafts.forget_of(tx, member_id)
    back = await queue.give_back(tx, member_id, now)
    unsent = await plans.withdraw_of(tx, member_id, now)
    gone = [Event(one, "released", now, member_id) for one in back]
    gone += [Event(one, "plan_withdrawn", now, member_id) for one in unsent]
    await events.add(tx, gone)
    return True


async def all_members(house: House) -> list[Entry]:
    """Everybody in the role that counts, also those invited and those revoked."""
    async with house.db.read() as tx:
        return await given_roles.staff(tx)
