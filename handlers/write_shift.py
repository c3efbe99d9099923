"""A coordinator writes down who is on call once, instead of others or beside them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.access import Act
from domain.member import Member
from domain.override import covered, without
from domain.rota import Kind, Shift, ShiftRole, faults_of_shift
from handlers import rota_change
from handlers.desk import must, once
from handlers.house import House
from storage import audit, rotas
from storage.database import Tx
from storage.ids import new_id


class How(StrEnum):
    """How a shift stands to what is written already."""

    SINGLE = "single"
    """Over the patterns; another one at the same time is a mistake."""
    INSTEAD = "instead"
    """Over everything, also over what was given away before."""
    BESIDE = "beside"
    """With whoever is on call anyway."""


@dataclass(frozen=True)
class Given:
    """Who is to be on call; the times are on the wall clock."""

    role: ShiftRole
    member_id: UUID
    start: datetime
    end: datetime
    how: How = How.INSTEAD


async def write_shift(
    house: House, member: Member, rota_id: UUID, given: Given, *, form_key: UUID
) -> None:
    """The same form twice writes it once.

    Raises BadInput (member, or shift: a Fault), NotFound, OnlyCoordinators or NotAllowed.
    """
    must(member, Act.WRITE_ROTA)
    shift = _shift(given, form_key)
    async with house.db.write() as tx:
        await rota_change.begin(tx, member, rota_id)
        audit.note(tx, "rota", house.now(), member.id, rota_id, "shift")
        await rota_change.must_be_able(tx, given.member_id, given.role)
        await lay(tx, rota_id, shift, member.id, house.now())


async def lay(tx: Tx, rota_id: UUID, shift: Shift, written_by: UUID, now: datetime) -> None:
    """Write it down in a rota whose change has begun; an override over earlier ones.

    Raises BadInput (shift: a Fault).
    """
    rota = await rotas.whole(tx, rota_id, shift.start - timedelta(days=1))
    under = covered(shift, rota) if shift.kind is Kind.OVERRIDE and not shift.beside else []
    rota_change.refuse("shift", faults_of_shift(shift, without(rota, under)))
    left = {
        (row := new_id(now)): (
            Shift(row, shift.role, old.shift.member, start, end, old.shift.kind),
            None,
        )
        for old in under
        for start, end in old.left
    }
    await rotas.remove_shifts(tx, rota_id, [old.shift.id for old in under])
    await rotas.add_shifts(tx, rota_id, {**left, shift.id: (shift, None)}, written_by, now)


async def strike_shift(house: House, member: Member, rota_id: UUID, shift_id: UUID) -> None:
    """What stands under it holds again; one that is gone already is no error.

    Raises NotFound, OnlyCoordinators or NotAllowed.
    """
    must(member, Act.WRITE_ROTA)
    async with house.db.write() as tx:
        await rota_change.begin(tx, member, rota_id)
        audit.note(tx, "rota", house.now(), member.id, rota_id, "shift_struck")
        await rotas.remove_shifts(tx, rota_id, [shift_id])


def _shift(given: Given, form_key: UUID) -> Shift:
    kind = Kind.SINGLE if given.how is How.SINGLE else Kind.OVERRIDE
    beside = given.how is How.BESIDE
    what = (given.role, given.member_id, given.start, given.end, given.how)
    key = once(form_key, *what)
    return Shift(key, given.role, given.member_id, given.start, given.end, kind, beside)
