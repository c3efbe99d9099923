"""Where does a page go that cannot go where it was to? What somebody has to hear is never dropped.

By the member's next way; where they have none left a notice of a gap goes to a coordinator who has
not had it, and of a conversation its thread and the board say that the page did not arrive.
"""

from datetime import datetime
from uuid import UUID

from domain.pace import Pace
from handlers.whom import best_way, coordinators
from storage import conversations, events, page_routes, pages, queue, ways
from storage.database import Tx
from storage.events import Event
from storage.page_routes import GO_ON, NOTICES
from storage.pages import Kind, Page, State, Wanted
from storage.ways import Way


async def following(tx: Tx, page: Page) -> Way | None:
    """The member's next way by which this page has not gone out."""
    theirs = (await ways.of_members(tx, [page.member_id])).get(page.member_id, [])
    return best_way(theirs, await page_routes.tried(tx, page))


async def go_on(tx: Tx, page: Page, now: datetime, *, why: str | None = None) -> None:
    """Make the page again where it can go. `why`: a code that the thread shows."""
    if page.kind not in GO_ON:
        return
    way = await following(tx, page)
    if way is not None:
        wanted = [_like(page, page.member_id, way.id)]
    else:
        wanted = await _to_others(tx, page) if page.kind in NOTICES else []
    await pages.add(tx, wanted, now)
    if page.kind is Kind.NEEDED and page.conversation_id is not None:
        kinds = ["page_failed", *("paged" for _ in wanted)]
        details = [why, *(None for _ in wanted)]
        happened = [
            Event(page.conversation_id, kind, now, page.member_id, detail)
            for kind, detail in zip(kinds, details, strict=True)
        ]
        await events.add(tx, happened)


async def leave_way(tx: Tx, page: Page, now: datetime) -> None:
    """Its way is taken away before it left: by the next one it goes as if it had been that one."""
    way = await following(tx, page)
    if way is None:
        if await pages.become(tx, page.id, State.FAILED):
            await go_on(tx, page, now)
        return
    await pages.become(tx, page.id, State.NEEDLESS)
    await pages.add(tx, [_like(page, page.member_id, way.id)], now)


async def leave_member(tx: Tx, member_id: UUID, now: datetime, pace: Pace) -> None:
    """They are gone, and their ways with them: what they were paged about and had not
    acknowledged rings anew for whoever is on call, and notices go to other coordinators."""
    talks = {page.conversation_id for page in await pages.asking(tx, member_id)}
    theirs = (await ways.of_members(tx, [member_id])).get(member_id, [])
    left = await page_routes.waiting_for(tx, [way.id for way in theirs])
    await queue.hold(tx, [talk for talk in talks if talk])
    await ways.remove_all(tx, member_id)
    for page in left:
        if await pages.become(tx, page.id, State.FAILED):
            await go_on(tx, page, now)
    for talk_id in sorted(talk for talk in talks if talk):
        talk = await conversations.locked(tx, talk_id)
        if talk is not None and talk.calls_for_somebody:
            await conversations.ring_anew(tx, talk, now, pace)


async def _to_others(tx: Tx, page: Page) -> list[Wanted]:
    there = dict(await coordinators(tx))
    had = await page_routes.told_too(tx, page, there)
    return [_like(page, member, way) for member, way in there.items() if member not in had]


def _like(page: Page, member_id: UUID, way_id: UUID) -> Wanted:
    return Wanted(page.kind, member_id, way_id, page.conversation_id, page.tier, page.code)
