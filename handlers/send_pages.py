"""Pages leave: leased, sent with no transaction open, and recorded.

What could not be delivered goes by the member's next way at once. Where it is not sure whether a
page left it is sent again: twice is better than never.
"""

import json
from asyncio import gather
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.gap_notice import SOON
from domain.priority import Tier
from handlers.house import House
from handlers.next_way import following, go_on
from handlers.page_marks import SHOWN, mark_of, page_of, topic_of
from handlers.page_words import said, short
from handlers.way_codes import LASTS
from senders.sender import Accepted, Letter, Pagers, Press, Refused, Result
from storage import conflicts, conversations, disclosures, duties, events, lines, pages, ways
from storage.database import Tx
from storage.events import Event
from storage.lines import Line
from storage.page_routes import GO_ON, NOTICES
from storage.pages import Kind, Page, State
from storage.ways import Way

AT_ONCE = 16
LEASE = timedelta(seconds=20)
"""A send takes less than ten; then somebody else sends it again."""

PAGE = "page-"
"""Before a page's id, in the address at which the provider tells what became of it."""

RETRY = timedelta(seconds=3)
LONGEST_RETRY = timedelta(seconds=60)

GONE = frozenset({404, 410})
"""A push service says so of a browser that will never come back (RFC 8030, 5)."""

TRIES = 4
"""By one way, where there is another; else for as long as somebody is needed."""


@dataclass(frozen=True)
class Ringing:
    """A page that is ours to send."""

    page: Page
    way: Way
    letter: Letter


async def lease_pages(house: House) -> list[Ringing]:
    """Lease pages that are due; those about what somebody has taken meanwhile are needless."""
    now = house.now()
    async with house.db.read_for_work() as tx:
        if not await pages.any_due(tx, now):
            return []
    async with house.db.write() as tx:
        leaving: list[Ringing] = []
        while not leaving and (found := await pages.lease(tx, now, now + LEASE, AT_ONCE)):
            leaving = await _leaving(house, tx, found, now)
    return leaving


async def _leaving(house: House, tx: Tx, found: list[Page], now: datetime) -> list[Ringing]:
    """Of these, what is to be sent; what their ways cannot take goes on by others."""
    theirs = await ways.of_members(tx, {page.member_id for page in found})
    known = {way.id: way for some in theirs.values() for way in some}
    every = await lines.every(tx)
    leaving = []
    for page in found:
        way = known.get(page.way_id) if page.way_id else await _chat(tx, page)
        if await _is_needless(tx, page, now):
            await pages.become(tx, page.id, State.NEEDLESS)
        elif way is None or (page.kind in GO_ON and not way.may_be_tried):
            await pages.become(tx, page.id, State.FAILED)
            if page.way_id is not None:
                await ways.note(tx, page.way_id, now)
            await go_on(tx, page, now)
        else:
            leaving.append(Ringing(page, way, await _letter(house, tx, page, way, every)))
    return leaving


async def _chat(tx: Tx, page: Page) -> Way | None:
    """A chat that is nobody's way, as if it were one for this page."""
    address = await pages.chat_of(tx, page.id)
    if not address:
        return None
    at = page.made_at
    return Way(page.id, page.member_id, ways.TELEGRAM, 0, address, at, at, None)


async def _is_needless(tx: Tx, page: Page, now: datetime) -> bool:
    if page.kind in NOTICES:
        return now - page.made_at > SOON or await _is_over(tx, page.kind, now)
    if page.kind is not Kind.NEEDED or page.conversation_id is None:
        return now - page.made_at > LASTS
    talk = await conversations.by_id(tx, page.conversation_id)
    if talk is None or not talk.calls_for_somebody:
        return True
    return page.member_id in await conflicts.away_from(tx, talk.contact_id)


async def _is_over(tx: Tx, kind: Kind, now: datetime) -> bool:
    """There is nothing any more that coordinators would be told."""
    match kind:
        case Kind.DUTY_LATE:
            return not await duties.any_late(tx, now)
        case Kind.DECIDE:
            return not await disclosures.unsettled(tx, 1)
        case _:
            return False


async def _letter(house: House, tx: Tx, page: Page, way: Way, every: list[Line]) -> Letter:
    line = every[0]
    if page.conversation_id is not None:
        talk = await conversations.by_id(tx, page.conversation_id)
        line = next((one for one in every if talk and one.id == talk.line_id), line)
    language = line.languages[0]
    if way.kind == ways.PUSH:
        return _notification(tx, page, way, line)
    return Letter(
        to=way.address,
        sender=line.address,
        body=said(page, language, house.public_url, way.kind),
        code=PAGE + page.id.hex,
        presses=_presses(page, language),
    )


def _notification(tx: Tx, page: Page, way: Way, line: Line) -> Letter:
    """What a locked screen may show."""
    said = short(line.languages[0])
    body = said.get(page.kind, said["title"])
    asks = page.kind in {Kind.NEEDED, Kind.TEST, Kind.VERIFY}
    about = page.conversation_id or page.kind
    topic = topic_of(tx.keys, page.member_id, about)
    told = {
        "title": said["title"],
        "body": body.format(tier=Tier(page.tier).name if page.tier else ""),
        "read": said["read"] if page.kind in {Kind.NEEDED, Kind.TEST} else "",
        "mark": mark_of(tx.keys, page.id) if asks else "",
        "path": _leads_to(page.kind),
        "topic": topic,
        "shown": mark_of(tx.keys, page.id, SHOWN),
    }
    return Letter(
        to=way.address,
        sender=line.address,
        body=json.dumps(told),
        code=PAGE + page.id.hex,
        topic=topic,
    )


def _leads_to(kind: Kind) -> str:
    if kind in pages.GAPS:
        return "/rota"
    if kind is Kind.WAYS_CHANGED:
        return "/account"
    return "/queue" if kind in {Kind.NEEDED, Kind.DUTY_LATE, Kind.DECIDE} else "/ways"


def _presses(page: Page, language: str) -> tuple[Press, ...]:
    asks = page.kind in {Kind.NEEDED, Kind.TEST}
    return (Press(short(language)["read"], f"!{page.code}"),) if asks else ()


@dataclass(frozen=True)
class SwitchedOff:
    """The channel is: nothing leaves by it."""


async def send_page(pagers: Pagers, ringing: Ringing) -> Result | SwitchedOff:
    """Send one."""
    sender = pagers.get(ringing.way.kind)
    return await sender.send(ringing.letter) if sender is not None else SwitchedOff()


async def record_page(house: House, ringing: Ringing, result: Result | SwitchedOff) -> None:
    """Write down what became of it, and make the next one where it could not be delivered."""
    now, page = house.now(), ringing.page
    async with house.db.write() as tx:
        if isinstance(result, Accepted):
            # What Telegram has accepted stands in the chat; a push service only promises to try.
            there = ringing.way.kind == ways.TELEGRAM
            if await pages.become(tx, page.id, State.DELIVERED if there else State.SENT):
                await ways.note(tx, ringing.way.id, None)
                await _arrived(tx, page, now, there=there)
            return
        refused = isinstance(result, Refused | SwitchedOff)
        goes_on = page.attempts + 1 >= TRIES and await following(tx, page) is not None
        if not refused and not goes_on:
            await pages.again(tx, page.id, now + min(RETRY * 2**page.attempts, LONGEST_RETRY))
            return
        code = result.error_code if isinstance(result, Refused) else None
        if ringing.way.kind == ways.PUSH and code in GONE:
            await ways.note_gone(tx, ringing.way.id, now)
        if await pages.become(tx, page.id, State.FAILED, code):
            off = ringing.way.kind if isinstance(result, SwitchedOff) else None
            await _next_way(tx, page, ringing.way.id, now, off)
    house.wake.pages()


async def page_undelivered(house: House, code: str, error_code: int | None) -> None:
    """The provider took it and could not deliver it after all. No page's code changes nothing."""
    page_id = _of(code)
    if page_id is None:
        return
    now = house.now()
    async with house.db.write() as tx:
        page = await pages.told(tx, page_id, State.FAILED, error_code)
        if page is not None and page.way_id is not None:
            await _next_way(tx, page, page.way_id, now)
    house.wake.pages()


async def page_delivered(house: House, code: str) -> None:
    """It has arrived: their way works. Told twice, or of no page of ours, it changes nothing."""
    page_id = _of(code)
    if page_id is not None:
        await _delivered(house, page_id)


async def page_shown(house: House, mark: str) -> None:
    """A device has shown it. What is no mark of ours is answered alike and changes nothing."""
    page_id = page_of(house.db.keys, mark, SHOWN)
    if page_id is not None:
        await _delivered(house, page_id)


async def _delivered(house: House, page_id: UUID) -> None:
    now = house.now()
    async with house.db.write() as tx:
        page = await pages.told(tx, page_id, State.DELIVERED)
        if page is None:
            return
        if page.way_id is not None:
            await ways.note(tx, page.way_id, None)
        await _arrived(tx, page, now, there=True)


async def _arrived(tx: Tx, page: Page, now: datetime, *, there: bool) -> None:
    if there and page.kind is Kind.NEEDED and page.conversation_id is not None:
        arrived = Event(page.conversation_id, "page_delivered", now, page.member_id)
        await events.add(tx, [arrived])


def _of(code: str) -> UUID | None:
    try:
        return UUID(code.removeprefix(PAGE))
    except ValueError:
        return None


async def _next_way(
    tx: Tx, page: Page, way_id: UUID, now: datetime, off: str | None = None
) -> None:
    """`off`: the kind of the way, where that channel is switched off."""
    await ways.note(tx, way_id, now)
    await go_on(tx, page, now, why=off)


async def page(house: House, pagers: Pagers) -> int:
    """Send what is due, side by side; how many."""
    ringing = await lease_pages(house)
    results = await gather(*(send_page(pagers, one) for one in ringing))
    for one, result in zip(ringing, results, strict=True):
        await record_page(house, one, result)
    return len(ringing)
