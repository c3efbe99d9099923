"""A Telegram chat becomes a way: a member opens the line's bot with a code that works once.

Whoever saw the code may have been faster. So the bot writes four digits in the chat that opened it,
and only the member who gives them on their own page is paged there.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.access import Act
from domain.member import Member
from domain.message import Channel, InboundMessage
from handlers.contacts_chat import is_a_contacts
from handlers.desk import must, still_here
from handlers.errors import BadInput
from handlers.house import House
from handlers.pagers import MOST_WAYS
from storage import audit, members, pages, way_links, ways
from storage.database import Tx
from storage.pages import Kind, Wanted

LASTS = timedelta(minutes=15)
MOST_LINKS = 10
"""In an hour."""

MOST_ANSWERS = 5
"""To codes of one member that are spent, in an hour."""

HOUR = timedelta(hours=1)

_CODE = re.compile(r"[0-9a-f]{32}")
"""No card's code looks like this: nobody who comes by a card is asked for in `way_links`."""


@dataclass(frozen=True)
class Link:
    """What is shown once."""

    code: str
    until: datetime
    bot: str
    """Its name at Telegram; empty where it cannot be asked now."""


async def make_link(house: House, member: Member) -> Link:
    """A new code; earlier ones count no more.

    Raises BadInput (link: off, too_many; number: too_many), NotAllowed.
    """
    must(member, Act.PAGER)
    if house.bot is None:
        raise BadInput("link", "off")
    code, now = secrets.token_hex(16), house.now()
    async with house.db.write() as tx:
        await still_here(tx, member)
        if len(await ways.held(tx, member.id)) >= MOST_WAYS:
            raise BadInput("number", "too_many")
        if await way_links.made(tx, member.id, now - HOUR) >= MOST_LINKS:
            raise BadInput("link", "too_many")
        await way_links.make(tx, member.id, code, now, now + LASTS)
    return Link(code, now + LASTS, await house.bot())


async def take_link(tx: Tx, message: InboundMessage, now: datetime) -> bool:
    """Whether the message was a member's code, spent or not; a fresh one has its effect.

    Whoever brings a code that never was is a contact, as everybody who writes; so is a contact who
    is waited for or answered, whatever they bring.
    """
    if message.channel is not Channel.TELEGRAM or not _CODE.fullmatch(message.to):
        return False
    used = await way_links.use(tx, message.to, now)
    if used is None or await is_a_contacts(tx, message.sender):
        return False
    whose, chat = used.member_id, message.sender
    at_work = await members.at_work(tx, whose) is not None
    if not used.fresh or not at_work:
        await _answer(tx, Wanted(Kind.LINK_SPENT, whose, None, chat=chat), now)
        return True
    known = [way.address for way in await ways.held(tx, whose) if way.verified_at]
    linked = chat in known
    way_id = await ways.add(tx, whose, ways.TELEGRAM, chat, now, verified=linked)
    if way_id is None:
        await _answer(tx, Wanted(Kind.CHAT_TAKEN, whose, None, chat=chat), now)
    else:
        audit.note(tx, "way", now, whose, whose, "added")
        answer = Kind.VERIFIED if linked else Kind.VERIFY
        await pages.add(tx, [Wanted(answer, whose, way_id)], now)
    return True


async def _answer(tx: Tx, wanted: Wanted, now: datetime) -> None:
    if await pages.made(tx, wanted.member_id, wanted.kind, now - HOUR) < MOST_ANSWERS:
        await pages.add(tx, [wanted], now)
