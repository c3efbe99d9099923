"""What a request of a reader holds of the team, asked for within its own transaction."""

from domain.access import Act
from domain.member import Member
from handlers.desk import must
from handlers.errors import NotAdmitted
from storage import team
from storage.admitted import Key
from storage.database import Tx


async def team_key(tx: Tx, member: Member) -> Key:
    """The newest. Raises NotAllowed for roles that do not read, or NotAdmitted."""
    must(member, Act.TEAM)
    opened = await team.opened_by(tx, tx.reader.member) if tx.reader else {}
    if not opened:
        raise NotAdmitted
    generation = max(opened)
    return Key(generation, opened[generation])


async def team_key_alone(tx: Tx, member: Member) -> Key:
    """The same; nobody else changes roster, sheets or team until the commit."""
    must(member, Act.TEAM)
    await team.hold(tx)
    return await team_key(tx, member)
