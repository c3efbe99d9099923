"""What pages show of the house and no event tells: who works here, which lines there are, and who
is on call on them."""

from sqlalchemy import func, select

from storage import disclosures, tables
from storage.database import Tx
from storage.rota_tables import rotas
from storage.team_tables import team_news


async def mark(tx: Tx) -> tuple[int, ...]:
    """Another one after each `line add`, invitation, joining and revoking, and each change of a
    rota, of which line goes by which, of the team, or of what is asked about somebody whom the line
    does not know."""
    m = tables.members.c
    members = select(func.count(), func.count(m.joined_at), func.count(m.revoked_at))
    lines = select(func.count(), func.count(tables.lines.c.rota_id)).select_from(tables.lines)
    editions = select(func.count(), func.coalesce(func.sum(rotas.c.edition), 0))
    found: list[int] = []
    team = select(func.count()).select_from(team_news)
    for query in (members.select_from(tables.members), lines, editions.select_from(rotas), team):
        found += (await tx.conn.execute(query)).one()
    return (*found, *await disclosures.mark(tx))
