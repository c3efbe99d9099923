"""A reader has seen what the queue said of the team, and is not told it again."""

from uuid import UUID

from domain.access import Act
from domain.member import Member
from handlers.desk import must
from handlers.house import House
from storage import team_news


async def note_team_news(house: House, member: Member, news_id: UUID) -> None:
    """That and all before it. Raises NotAllowed."""
    must(member, Act.TEAM)
    async with house.db.write() as tx:
        await team_news.note(tx, member.id, news_id)
