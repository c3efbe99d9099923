"""How a member is paged: a telephone is added, and verified by a code that is sent to it."""

from datetime import datetime, timedelta
from uuid import UUID

import phonenumbers

from domain.access import Act
from domain.member import Member
from handlers.add_line import number_of
from handlers.contacts_chat import is_a_contacts
from handlers.desk import must, still_here
from handlers.errors import BadInput, NotFound
from handlers.house import House
from handlers.way_codes import HOUR, Given, give_code, guessed_out
from storage import audit, code_uses, lines, members, pages, ways
from storage.code_uses import What
from storage.database import Tx
from storage.pages import Kind, Wanted
from storage.ways import Way

MOST_WAYS = 8
"""That one member has."""

MOST_CODES = 4
"""That one member has sent in an hour, wherever to: a text costs, and rings at somebody's."""

MOST_A_DAY = 10
"""That one member has sent in a day."""

MOST_TO_ONE = 4
"""That are sent to one telephone in a day, whoever asks."""

DAY = timedelta(hours=24)

JUST_NOW = timedelta(seconds=20)
"""A button that is pressed twice sends one code."""

MOST_TESTS = 8
"""In an hour."""


async def add_pager(house: House, name: str, sms: str, *, verified: bool) -> None:
    """Somebody who has seen the telephone may say that it is theirs; else it is asked.

    Raises NotFound, BadInput (number: not_e164, ours or taken).
    """
    number, now = number_of(sms), house.now()
    async with house.db.write() as tx:
        entry = await members.by_name(tx, name)
        if entry is None or entry.revoked_at is not None:
            raise NotFound
        way_id = await _add(tx, entry.id, number, now, verified=verified)
        audit.note(tx, "way", now, object_id=entry.id, detail="added")
        if not verified:
            await pages.add(tx, [Wanted(Kind.VERIFY, entry.id, way_id)], now)
    house.wake.pages()


async def add_own_sms(house: House, member: Member, written: str) -> None:
    """A telephone of one's own, which is sent a code. As people write it where the line is.

    Raises BadInput (number: not_e164, ours, taken_by_member or too_many; code: too_many),
    NotAllowed.
    """
    must(member, Act.PAGER)
    now = house.now()
    async with house.db.write() as tx:
        await still_here(tx, member)
        number = _national(written, (await lines.every(tx))[0].address)
        await code_uses.queue_up(tx, number)
        theirs = await ways.held(tx, member.id)
        known = next((way for way in theirs if way.address == number), None)
        if known is None and len(theirs) >= MOST_WAYS:
            raise BadInput("number", "too_many")
        way_id = await _add(tx, member.id, number, now, verified=False)
        audit.note(tx, "way", now, member.id, member.id, "added")
        if known is None or known.verified_at is None:
            await _ask(tx, member.id, way_id, now, number)
    house.wake.pages()


async def add_push(house: House, member: Member, told: str) -> None:
    """A browser, by what it told of itself; it is asked by a first notification, which has to be
    pressed there.

    Raises BadInput (push: off, unusable or taken_by_member; number: too_many; code: too_many),
    NotAllowed.
    """
    must(member, Act.PAGER)
    if house.push is None:
        raise BadInput("push", "off")
    endpoint = house.push.endpoint_of(told)
    if endpoint is None:
        raise BadInput("push", "unusable")
    now = house.now()
    async with house.db.write() as tx:
        await still_here(tx, member)
        theirs = await ways.held(tx, member.id)
        way_id = await ways.add(
            tx, member.id, ways.PUSH, told, now, verified=False, known_by=endpoint
        )
        if way_id is None:
            raise BadInput("push", "taken_by_member")
        known = next((way for way in theirs if way.id == way_id), None)
        if known is None and len(theirs) >= MOST_WAYS:
            raise BadInput("number", "too_many")
        audit.note(tx, "way", now, member.id, member.id, "added")
        if known is None or known.verified_at is None or known.gone_at is not None:
            await _ask(tx, member.id, way_id, now)
    house.wake.pages()


async def ask_again(house: House, member: Member, way_id: UUID) -> None:
    """Another code; the one before counts no more. Raises NotFound, BadInput (code: too_many),
    NotAllowed."""
    must(member, Act.PAGER)
    now = house.now()
    async with house.db.write() as tx:
        for known in (await ways.of_members(tx, [member.id])).get(member.id, []):
            if known.id == way_id and known.kind == ways.SMS:
                await code_uses.queue_up(tx, known.address)
        way = await own(tx, member, way_id)
        if way.verified_at is None:
            await _ask(tx, member.id, way_id, now, way.address if way.kind == ways.SMS else "")
    house.wake.pages()


async def confirm(house: House, member: Member, way_id: UUID, code: str) -> None:
    """The code that was sent there, given on the page.

    Raises NotFound, BadInput (code: expired, guessed_out or wrong_one; link: contacts), NotAllowed.
    """
    must(member, Act.PAGER)
    now = house.now()
    async with house.db.write() as tx:
        way = await own(tx, member, way_id)
        if way.verified_at is not None:
            return
        if await guessed_out(tx, member.id, now):
            raise BadInput("code", "guessed_out")
        in_chat = way.kind == ways.TELEGRAM
        if in_chat and await is_a_contacts(tx, way.address):
            raise BadInput("link", "contacts")
        given = await give_code(tx, way, code.strip(), now)
        if given is Given.RIGHT:
            audit.note(tx, "way", now, member.id, member.id, "verified")
        if in_chat and given is Given.RIGHT:
            await pages.add(tx, [Wanted(Kind.VERIFIED, member.id, way_id)], now)
    house.wake.pages()
    # Raised after the commit: a guess counts.
    if given is not Given.RIGHT:
        raise BadInput("code", "expired" if given is Given.EXPIRED else "wrong_one")


async def try_way(house: House, member: Member, way_id: UUID) -> None:
    """A page as if somebody waited, by this way alone.

    Raises NotFound, BadInput (test: unverified or too_many), NotAllowed.
    """
    must(member, Act.PAGER)
    now = house.now()
    async with house.db.write() as tx:
        way = await own(tx, member, way_id)
        if way.verified_at is None or way.gone_at is not None:
            raise BadInput("test", "unverified")
        sent = await pages.newest(tx, [way_id], Kind.TEST, now - JUST_NOW)
        if not sent:
            if await pages.made(tx, member.id, Kind.TEST, now - HOUR) >= MOST_TESTS:
                raise BadInput("test", "too_many")
            await pages.add(tx, [Wanted(Kind.TEST, member.id, way_id)], now)
    house.wake.pages()


async def own(tx: Tx, member: Member, way_id: UUID) -> Way:
    """One of their own ways, held until the commit. Raises NotFound, NotAllowed."""
    await still_here(tx, member)
    for way in await ways.held(tx, member.id):
        if way.id == way_id:
            return way
    raise NotFound


async def _add(tx: Tx, member_id: UUID, number: str, now: datetime, *, verified: bool) -> UUID:
    if number in {line.address for line in await lines.every(tx)}:
        raise BadInput("number", "ours")
    way_id = await ways.add(tx, member_id, ways.SMS, number, now, verified=verified)
    if way_id is None:
        raise BadInput("number", "taken_by_member")
    return way_id


async def _ask(tx: Tx, member_id: UUID, way_id: UUID, now: datetime, number: str = "") -> None:
    if await pages.newest(tx, [way_id], Kind.VERIFY, now - JUST_NOW):
        return
    if await code_uses.count(tx, member_id, What.ASKED, now - HOUR) >= MOST_CODES:
        raise BadInput("code", "too_many")
    if await code_uses.count(tx, member_id, What.ASKED, now - DAY) >= MOST_A_DAY:
        raise BadInput("code", "too_many_today")
    if number and await code_uses.sent_to(tx, number, now - DAY) >= MOST_TO_ONE:
        raise BadInput("code", "too_many_there")
    await code_uses.add(tx, member_id, What.ASKED, now, number)
    await pages.add(tx, [Wanted(Kind.VERIFY, member_id, way_id)], now)


def _national(written: str, near: str) -> str:
    """With the country's code of the number `near`, where none was written."""
    country = phonenumbers.region_code_for_number(phonenumbers.parse(near, None))
    try:
        found = phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException:
        raise BadInput("number", "not_e164") from None
    return number_of(phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164))
