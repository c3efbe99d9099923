"""A counsellor's own shifts as a calendar that their phone subscribes to, by a secret address."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from domain.access import Act
from domain.member import Member
from domain.on_call import expand
from domain.rota import ShiftRole, Span
from domain.wall import moment, on_the_wall
from handlers.desk import must, still_here
from handlers.errors import BadInput, NotFound
from handlers.house import House
from handlers.proof import Guarded, Proof, proved_by, still_opens
from storage import audit, backup_marks, calendar_feeds, given_roles, lines, rotas
from storage.database import Tx

BACK = timedelta(weeks=4)
AHEAD = timedelta(weeks=26)
"""What a calendar holds, from this week's Monday."""

ALARMS = (timedelta(hours=12), timedelta(minutes=30))
"""Before a shift begins."""

LONGEST_TOKEN = 64
FIELD = "feed_passphrase"


@dataclass(frozen=True)
class Words:
    """What the calendar says, in the reader's language: the shift by its role, and an alarm."""

    shift: Mapping[ShiftRole, str]
    alarm: str


async def renew_feed(house: House, member: Member, proof: Proof) -> str:
    """The secret part of a new address, told once; an earlier one ends.

    It tells for as long as they work here when they are at it, so whoever makes one proves who they
    are. Raises NotAllowed, Busy, TooManyAttempts, or BadInput (feed_passphrase: not_it; passkey).
    """
    must(member, Act.SEE_ROTA)
    entered = await proved_by(house, member, proof, Guarded.RENEW_FEED)
    if entered is None:
        raise BadInput(FIELD, "not_it")
    token = secrets.token_urlsafe(24)
    async with house.db.write() as tx:
        if not await still_opens(tx, entered):
            raise BadInput(FIELD, "not_it")
        await still_here(tx, member)
        await calendar_feeds.renew(tx, member.id, token, house.now())
        audit.note(tx, "feed", house.now(), member.id, member.id, "renewed")
    return token


async def end_feed(house: House, member: Member) -> None:
    """The address leads nowhere from now on; again is fine, and not noted. Raises NotAllowed."""
    must(member, Act.SEE_ROTA)
    async with house.db.write() as tx:
        if await calendar_feeds.end(tx, member.id):
            audit.note(tx, "feed", house.now(), member.id, member.id, "ended")


async def feed_made_at(house: House, member: Member) -> datetime | None:
    """When their address was made; None where they have none. Raises NotAllowed."""
    must(member, Act.SEE_ROTA)
    async with house.db.read() as tx:
        return await calendar_feeds.made_at(tx, member.id)


async def read_feed(house: House, token: str, words: Words) -> bytes:
    """The calendar (RFC 5545), with nobody's name in it. Raises NotFound for a token that never
    was, that ended, or whose member's account or right to see a rota did; and for all of them
    while nobody has said who works at a restored line.
    """
    if not token.isascii() or len(token) > LONGEST_TOKEN:
        raise NotFound
    now = house.now()
    async with house.db.read() as tx:
        reader = await calendar_feeds.whose(tx, token)
        if reader is None or reader.ended or not await _may_still(tx, reader.member_id):
            raise NotFound
        found = await _spans(house, tx, reader.member_id, now)
    if reader.by_older:
        async with house.db.write() as tx:
            await calendar_feeds.follow(tx, reader.member_id, token)
    return _written(reader.member_id, found, words, now)


async def _may_still(tx: Tx, member_id: UUID) -> bool:
    """By the role that they were given; at a restored line nobody before they were looked at."""
    given = await given_roles.of_member(tx, member_id)
    may = given is not None and given.member.may(Act.SEE_ROTA)
    return may and not await backup_marks.is_unconfirmed(tx)


async def _spans(house: House, tx: Tx, member_id: UUID, now: datetime) -> list[tuple[UUID, Span]]:
    """Their own, of every rota that a line goes by."""
    monday = _monday(now, house.zone)
    start, end = (moment(monday + by, house.zone) for by in (-BACK, AHEAD))
    found = []
    for rota_id in sorted(each for each in set((await lines.rotas(tx)).values()) if each):
        rota = await rotas.whole(tx, rota_id, monday - BACK - timedelta(days=2))
        ours = [s for s in expand(rota, house.zone, start, end) if s.member == member_id]
        found += [(rota_id, span) for span in ours]
    return found


def _monday(now: datetime, zone: ZoneInfo) -> datetime:
    day = on_the_wall(now, zone).date()
    return datetime.combine(day - timedelta(days=day.weekday()), time())


def _written(member_id: UUID, found: list[tuple[UUID, Span]], words: Words, now: datetime) -> bytes:
    from icalendar import Alarm, Calendar, Event  # noqa: PLC0415 - slow to load: few ask for it

    calendar = Calendar()
    calendar.add("PRODID", "-//Utvag//Rota//EN")
    calendar.add("VERSION", "2.0")
    calendar.add("METHOD", "PUBLISH")
    calendar.add("REFRESH-INTERVAL", timedelta(hours=1), {"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", "PT1H")
    for rota_id, span in found:
        said = words.shift[span.role]
        event = Event()
        event.add("UID", f"{uuid5(member_id, f'{rota_id} {span.role} {span.start}')}@utvag")
        event.add("SUMMARY", said)
        event.add("DTSTAMP", now)
        event.add("DTSTART", span.start)
        event.add("DTEND", span.end)
        event.add("CLASS", "PRIVATE")
        for before in ALARMS:
            alarm = Alarm()
            alarm.add("ACTION", "DISPLAY")
            alarm.add("DESCRIPTION", words.alarm)
            alarm.add("TRIGGER", -before)
            event.add_component(alarm)
        calendar.add_component(event)
    return bytes(calendar.to_ical())
