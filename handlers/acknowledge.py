"""A counsellor says that they have read a page: by its code in a text, or on the queue page."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from domain.conversation import State
from domain.member import Member
from domain.message import Channel, InboundMessage
from handlers.desk import must_read
from handlers.house import House
from storage import conversations, events, pages, queue, ways
from storage.database import Tx
from storage.events import Event
from storage.pages import CODE_RESTS, Kind, Page, Wanted

_CODE = re.compile(r"\W*(?:svara|reply|svar|ok)?\W*([0-9]{4})\W*", re.IGNORECASE)
"""As a page asks for it, and as people type it. Other words are a contact's, whoever sends them:
a number that once was a counsellor's may be somebody's who needs help."""

MOST_ANSWERS = 5
"""To wrong codes from one number in an hour: whoever can forge its sender makes it ring no more."""


async def take_codes(
    tx: Tx, messages: Sequence[InboundMessage], now: datetime
) -> list[InboundMessage]:
    """Of these, the texts that are no code from a member's own telephone; the codes have their
    effect.
    """
    found = [(m, _CODE.fullmatch(m.body)) for m in messages if m.channel is Channel.SMS]
    codes = {id(m): code[1] for m, code in found if code is not None and not m.media}
    if not codes:
        return list(messages)
    senders = {m.sender for m in messages if id(m) in codes}
    whose = await ways.whose(tx, ways.SMS, senders)
    left = []
    for message in messages:
        if id(message) in codes and message.sender in whose:
            await _take(tx, *whose[message.sender], codes[id(message)], now)
        else:
            left.append(message)
    return left


async def _take(tx: Tx, way_id: UUID, member_id: UUID, code: str, now: datetime) -> None:
    meant = await pages.coded(tx, member_id, code, now - CODE_RESTS)
    answer = Kind.WRONG_CODE
    if any(page.kind is Kind.VERIFY and page.way_id == way_id for page in meant):
        await ways.verify(tx, way_id, now)
        answer = Kind.VERIFIED
    else:
        about = next((p for p in meant if p.kind is Kind.NEEDED and p.conversation_id), None)
        if about is not None:
            answer = await _acknowledge(tx, about, now)
    wrong = answer is Kind.WRONG_CODE
    if wrong and await pages.answered(tx, way_id, now - timedelta(hours=1)) >= MOST_ANSWERS:
        return
    await pages.add(tx, [Wanted(answer, member_id, way_id, code=code)], now)


async def _acknowledge(tx: Tx, page: Page, now: datetime) -> Kind:
    if page.conversation_id is None:
        return Kind.WRONG_CODE
    await queue.hold(tx, [page.conversation_id])
    talk = await conversations.locked(tx, page.conversation_id)
    calls = talk is not None and talk.calls_for_somebody
    if await _read(tx, page.member_id, page.conversation_id, now):
        await events.add(tx, [Event(page.conversation_id, "page_read", now, page.member_id)])
    return Kind.ACKNOWLEDGED if calls else Kind.TAKEN


async def _read(tx: Tx, member_id: UUID, conversation_id: UUID, now: datetime) -> bool:
    """Whether there was anything to acknowledge. Where somebody has the conversation it is taken:
    that they have read it is all that their colleagues were woken for.
    """
    if not await pages.acknowledge(tx, member_id, conversation_id, now):
        return False
    talk = await conversations.locked(tx, conversation_id)
    if talk is not None and talk.state is State.OWNED and talk.owner_id == member_id:
        await conversations.stop(tx, conversation_id)
    return True


async def acknowledge(house: House, member: Member, conversation_ids: Sequence[UUID]) -> None:
    """On the queue page, of what it showed. Twice is once; where there is no page of theirs
    nothing happens. Raises NotAllowed.
    """
    must_read(member)
    now = house.now()
    async with house.db.write() as tx:
        await queue.hold(tx, conversation_ids)
        read = [
            Event(talk, "page_read", now, member.id)
            for talk in sorted(set(conversation_ids))
            if await _read(tx, member.id, talk, now)
        ]
        await events.add(tx, read)
