"""Nobody is left who could admit anybody: a new team, that opens nothing of what was before."""

from domain.access import Act
from domain.member import Member
from handlers.desk import must
from handlers.errors import NotAdmitted
from handlers.house import House
from storage import admitted, contact_pairs, rotas, team, team_news


async def begin_anew(house: House, member: Member) -> None:
    """What was sealed to the team before is opened only by its recovery sheet, if there is one.

    Raises NotAdmitted while somebody can admit them, or NotAllowed.
    """
    must(member, Act.TEAM)
    now = house.now()
    async with house.db.write() as tx:
        await team.hold(tx)
        there = await team.current(tx)
        held = tx.reader.member if tx.reader else None
        if there is None or held is None:
            raise NotAdmitted
        entries = await admitted.entries(tx, there.generation)
        if any(admitted.stands(tx, entry) for entry in entries):
            raise NotAdmitted
        if not await team.begin(tx, there.generation + 1, held, now):
            raise NotAdmitted
        await contact_pairs.renew_older(tx, there.generation + 1)
        await rotas.touch_all(tx)
        await team_news.tell(tx, team_news.ANEW, member.id, member.id, now)
