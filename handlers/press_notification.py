"""Somebody pressed a notification: the page is acknowledged, or the device is verified."""

from datetime import datetime

from handlers.acknowledge import meant
from handlers.errors import NotFound
from handlers.house import House
from handlers.page_marks import page_of
from handlers.page_words import short
from handlers.tell_ways import tell_ways
from handlers.way_codes import LASTS
from storage import audit, lines, members, pages, ways
from storage.database import Tx
from storage.pages import CODE_RESTS, Kind, Page


async def press_notification(house: House, mark: str) -> str:
    """What is answered, in the language of the line. Twice is once.

    Raises NotFound for a mark that is none, is too old, or whose member or device is gone.
    """
    now, page_id = house.now(), page_of(house.db.keys, mark)
    if page_id is None:
        raise NotFound  # before anything is opened: anybody may press
    async with house.db.write() as tx:
        page = await pages.by_id(tx, page_id)
        if page is None or page.way_id is None or now - page.made_at > CODE_RESTS:
            raise NotFound
        if await members.at_work(tx, page.member_id) is None:
            raise NotFound
        answer = await _pressed(tx, page, now)
        language = (await lines.every(tx))[0].languages[0]
    house.wake.pages()
    return short(language)[answer]


async def _pressed(tx: Tx, page: Page, now: datetime) -> Kind:
    if page.kind is not Kind.VERIFY:
        return await meant(tx, [page], now)
    theirs = await ways.held(tx, page.member_id)
    way = next((way for way in theirs if way.id == page.way_id), None)
    if way is None:
        raise NotFound
    if way.verified_at is not None:
        return Kind.VERIFIED
    asked = (await pages.newest(tx, [way.id], Kind.VERIFY, now - LASTS)).get(way.id)
    if asked is None or asked.id != page.id:
        return Kind.EXPIRED
    await ways.verify(tx, way.id, now)
    await tell_ways(tx, page.member_id, way.id, now)
    audit.note(tx, "way", now, page.member_id, page.member_id, "verified")
    return Kind.VERIFIED
