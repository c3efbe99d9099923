"""What a rota is made of: its patterns, its single shifts, when somebody is needed, and whom one
can write down.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from domain.access import Act
from domain.member import Member
from domain.rota import Kind, Pattern, Rota
from domain.wall import on_the_wall
from handlers.desk import must
from handlers.errors import NotFound
from handlers.house import House
from handlers.see_rota_page import FARTHEST, see_lines
from handlers.seen_rota import Away, Paper, Person, Written
from storage import given_roles, members, rotas

Stretch = tuple[datetime, datetime]


async def see_paper(
    house: House, member: Member, rota_id: UUID, about: Stretch | None = None
) -> Paper:
    """`about`, on the wall clock: whose shifts are asked for; without it, those to come.

    Raises NotFound, OnlyCoordinators or NotAllowed.
    """
    must(member, Act.WRITE_ROTA)
    known = {rota.id: rota for rota in (await see_lines(house, member)).rotas}
    if rota_id not in known:
        raise NotFound
    wall = on_the_wall(house.now(), house.zone)
    async with house.db.read() as tx:
        rota = await rotas.whole(tx, rota_id, min(wall, about[0] if about else wall))
        everybody = await given_roles.staff(tx)
    names = {entry.id: entry.name for entry in everybody}
    return Paper(
        rota=known[rota_id],
        people=_people(everybody),
        names=names,
        patterns=_standing(rota, wall),
        needed=rota.needed,
        shifts=_written(rota, names, about or (wall, wall + FARTHEST)),
        today=wall.date(),
    )


async def see_people(house: House, member: Member) -> tuple[Person, ...]:
    """Whose leave somebody may write: their own, or for a coordinator everybody's.

    Raises NotAllowed.
    """
    must(member, Act.OWN_LEAVE)
    if not member.may(Act.WRITE_LEAVE):
        return (Person(member.id, member.name, True),)
    async with house.db.read() as tx:
        return _people(await given_roles.staff(tx))


async def see_leave(house: House, member: Member) -> tuple[Away, ...]:
    """Leave that has not ended, as far as it may be struck out by them. Raises NotAllowed."""
    must(member, Act.OWN_LEAVE)
    wall = on_the_wall(house.now(), house.zone)
    async with house.db.read() as tx:
        found = await rotas.leaves_since(tx, wall)
        names = await members.names(tx)
    everybody = member.may(Act.WRITE_LEAVE)
    return tuple(
        Away(each.id, names.get(each.member, ""), each.start, each.end, each.member == member.id)
        for each in sorted(found, key=lambda leave: leave.start)
        if everybody or each.member == member.id
    )


def _people(everybody: list[members.Entry]) -> tuple[Person, ...]:
    there = [entry for entry in everybody if entry.revoked_at is None]
    found = [Person(entry.id, entry.name, entry.member.reads) for entry in there]
    return tuple(sorted(found, key=lambda person: members.folded(person.name)))


def _standing(rota: Rota, wall: datetime) -> tuple[Pattern, ...]:
    """Those that have not ended, also where another has followed."""
    found = [p for p in rota.patterns if p.ends is None or p.ends > wall.date()]
    return tuple(sorted(found, key=lambda p: (p.begins, p.id), reverse=True))


def _written(rota: Rota, names: Mapping[UUID, str], about: Stretch) -> tuple[Written, ...]:
    met = [s for s in rota.shifts if s.start < about[1] and s.end > about[0]]
    return tuple(
        Written(
            s.id, s.role, names.get(s.member, ""), s.start, s.end,
            s.kind is Kind.OVERRIDE, s.beside,
        )
        for s in sorted(met, key=lambda s: (s.start, s.role))
    )  # fmt: skip
