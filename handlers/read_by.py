"""The house as it is handed to one request of somebody signed in, with the team's key if they read.

Whatever needs a reader and waits for one is done here, by the next request of any of them: the
first team is made, and one that somebody knew who works here no more is replaced.
"""

from dataclasses import replace
from datetime import datetime

from domain.member import Member
from handlers.house import House
from handlers.keys_held import team_key_alone
from storage import rotas, rotation, team, team_due, team_news
from storage.database import Tx
from storage.reading import MemberKey, Reader


async def read_by(house: House, member: Member, key: MemberKey) -> House:
    """For one request of theirs."""
    now = house.now()
    async with house.db.read() as tx:
        opened = await team.opened_by(tx, key) if member.reads else {}
        due = await team_due.due(tx) if opened else None
        is_first = member.reads and not opened and await team.public_key(tx) is None
    reader = Reader(key, opened)
    theirs = replace(house, db=house.db.reading(reader))
    if is_first:
        async with theirs.db.write() as tx:
            await make_team(tx, key, now)
    elif due is not None and due.asks(now):
        async with theirs.db.write() as tx:
            await _see_to(tx, member, now)
    else:
        return theirs
    async with house.db.read() as tx:
        reader = Reader(key, await team.opened_by(tx, key))
    return replace(house, db=house.db.reading(reader))


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
