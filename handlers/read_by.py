"""The house as it is handed to one request of somebody signed in, with the team's key if they read.

Whatever needs a reader and waits for one is done here, by the next request of any of them: the
first team is made, and one that somebody knew who works here no more is replaced.
"""

from dataclasses import replace
from datetime import datetime

from domain.member import Member
from handlers.errors import NotAdmitted
from handlers.house import House
from handlers.keys_held import team_key_alone
from storage import rotas, rotation, team, team_due, team_news
from storage.database import Tx, Unavailable
from storage.reading import MemberKey, Reader


async def read_by(house: House, member: Member, key: MemberKey) -> House:
    """For one request of theirs."""
    now = house.now()
    async with house.db.read() as tx:
        opened = await team.opened_by(tx, key) if member.reads else {}
        due = await team_due.due(tx) if opened else None
        is_first = member.reads and not opened and await team.public_key(tx) is None
    theirs = replace(house, db=house.db.reading(Reader(key, opened)))
    if not is_first and (due is None or not due.asks(now)):
        return theirs
    try:
        async with theirs.db.write() as tx:
            if is_first:
                await make_team(tx, key, now)
            else:
                await _see_to(tx, member, now)
        async with house.db.read() as tx:
            opened = await team.opened_by(tx, key)
    except (NotAdmitted, *Unavailable):  # the page is worth more; the next request does it
        return theirs
    return replace(house, db=house.db.reading(Reader(key, opened)))


async def make_team(tx: Tx, key: MemberKey, now: datetime) -> None:
    """The first team, unless there is one: of two at once one makes it, the other waits."""
    await team.hold(tx)
    if await team.make(tx, key, now):
        await rotas.touch_all(tx)
        await team_news.tell(tx, team_news.MADE, key.member_id, key.member_id, now)


async def _see_to(tx: Tx, member: Member, now: datetime) -> None:
    """Asked again: somebody may have been faster."""
    held = await team_key_alone(tx, member)
    due = await team_due.due(tx)
    if due.since is not None:
        await rotation.rotate(tx, held, member.id, now)
    elif due.asks(now):
        await rotation.catch_up(tx, held)
        await team_due.settle(tx, now)
