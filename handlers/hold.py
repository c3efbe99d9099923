"""A coordinator keeps a conversation from every deletion until a day, on a ground of the list."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from domain.access import Act
from domain.hold import LONGEST, Ground
from domain.member import Member
from domain.wall import moment, on_the_wall
from handlers.desk import found, must, standing_for
from handlers.errors import BadInput
from handlers.house import House
from storage import audit, deletions, events, holds, members
from storage.events import Event
from storage.holds import Hold


@dataclass(frozen=True)
class SeenHold:
    """One that stands."""

    ground: Ground
    by: str
    at: datetime
    until: datetime

    @property
    def last(self) -> datetime:
        """A moment of the last day."""
        return self.until - timedelta(minutes=1)


@dataclass(frozen=True)
class Holding:
    """The page of it."""

    alias: str
    hold: SeenHold | None
    last: date
    """The last day until which one may be put."""


async def put_hold(
    house: House, member: Member, conversation_id: UUID, ground: Ground, last: date
) -> None:
    """To the end of that day, on the wall of the line's city. Instead of one that stands there; the
    same again is a new one.

    Raises BadInput (last: past or too_far; hold: too_late, it is being deleted), MustStayAway,
    NotFound, OnlyCoordinators or NotAllowed.
    """
    must(member, Act.HOLD)
    now = house.now()
    until = moment(datetime.combine(last + timedelta(days=1), time(0)), house.zone)
    if until <= now:
        raise BadInput("last", "past")
    if last > _latest(house, now):
        raise BadInput("last", "too_far")
    async with house.db.write() as tx:
        talk = await found(tx, member, conversation_id)
        here = await deletions.of_contact(tx, talk.contact_id)
        if here is not None and here.began_at is not None:
            raise BadInput("hold", "too_late")
        await holds.put(tx, Hold(conversation_id, ground, member.id, now, until))
        await events.add(tx, [Event(conversation_id, "hold_put", now, member.id, ground)])
        audit.note(tx, "hold_put", now, member.id, conversation_id, ground)


async def lift_hold(house: House, member: Member, conversation_id: UUID) -> None:
    """Where none stands nothing is done. Raises MustStayAway, NotFound, OnlyCoordinators or
    NotAllowed."""
    must(member, Act.HOLD)
    now = house.now()
    async with house.db.write() as tx:
        await found(tx, member, conversation_id)
        if await holds.lift(tx, [conversation_id], member.id, now):
            await events.add(tx, [Event(conversation_id, "hold_lifted", now, member.id)])
            audit.note(tx, "hold_lifted", now, member.id, conversation_id)


async def see_standing(house: House, member: Member, conversation_id: UUID) -> SeenHold | None:
    """What keeps this conversation. Raises NotAllowed."""
    must(member, Act.READ)
    async with house.db.read() as tx:
        known = await holds.standing(tx, [conversation_id], house.now())
        names = await members.names(tx) if known else {}
    shown = [SeenHold(one.ground, names.get(one.by, ""), one.at, one.until) for one in known]
    return shown[0] if shown else None


async def see_holding(house: House, member: Member, conversation_id: UUID) -> Holding:
    """Raises MustStayAway, NotFound, OnlyCoordinators or NotAllowed."""
    must(member, Act.HOLD)
    async with house.db.read() as tx:
        known = await standing_for(tx, member, conversation_id)
    hold = await see_standing(house, member, conversation_id)
    return Holding(str(known.alias or "?"), hold, _latest(house, house.now()))


def _latest(house: House, now: datetime) -> date:
    return on_the_wall(now + LONGEST, house.zone).date()
