"""A counsellor says that they have read a page: by its code in a text, or on the queue page."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from domain.access import Act
from domain.conversation import State
from domain.member import Member
from domain.message import PAGE_READ, Channel, InboundMessage
from handlers.desk import must
from handlers.house import House
from handlers.link_chat import take_link
from handlers.way_codes import LASTS, Given, give_code
from storage import conflicts, conversations, events, pages, queue, ways
from storage.database import Tx
from storage.events import Event
from storage.pages import CODE_RESTS, Kind, Page, Wanted

_CODE = re.compile(r"\W*+(?:(?:svara|reply|svar|ok)\W*+)?([0-9]{4})\W*+", re.IGNORECASE)
"""As a page asks for it, and as people type it. Other words are a contact's, whoever sends them: a
number that once was a counsellor's may be somebody's who needs help. In time linear in the text."""

_READ = re.compile(
    r"\W*(?:ok|okej|okay|ja|yes|svar|svara|reply|läst|läser|jag har läst|read|i have read it"
    r"|kommer|coming|👍)\W*",
    re.IGNORECASE,
)
"""In a chat of theirs alone, where nobody else writes: all that they are paged about."""

SOME_ANSWERS = frozenset({Kind.WRONG_CODE, Kind.NOT_HERE, Kind.CODE_ON_PAGE})

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
    asked = await ways.asked_whose(tx, ways.SMS, senders)
    left = []
    for message in messages:
        code, sender = codes.get(id(message)), message.sender
        if code is not None and sender in whose:
            await _take(tx, *whose[sender], code, now)
        elif code is None or sender not in asked or not await _given(tx, *asked[sender], code, now):
            left.append(message)
    return left


async def take_chats(
    tx: Tx, messages: Sequence[InboundMessage], now: datetime
) -> list[InboundMessage]:
    """Of these, what was not written in a chat in which a member is paged: there nobody is a
    contact. A member's code links the chat that it is brought from."""
    chats = {m.sender for m in messages if m.channel is Channel.TELEGRAM}
    if not chats:
        return list(messages)
    linked = {id(m) for m in messages if await take_link(tx, m, now)}
    whose = await ways.whose(tx, ways.TELEGRAM, chats)
    asked = await ways.asked_whose(tx, ways.TELEGRAM, chats)
    left = []
    for message in messages:
        if id(message) in linked or await _is_the_code(tx, asked, message, now):
            continue
        if message.channel is Channel.TELEGRAM and message.sender in whose:
            await _said_in_chat(tx, *whose[message.sender], message, now)
        elif message.answers_to != PAGE_READ:
            left.append(message)
    return left


async def _is_the_code(
    tx: Tx, asked: Mapping[str, tuple[UUID, UUID]], message: InboundMessage, now: datetime
) -> bool:
    """In the chat to which it was sent: it counts on the member's own page alone. Whatever else is
    written there is a contact's."""
    code = _CODE.fullmatch(message.body)
    if code is None or message.channel is not Channel.TELEGRAM or message.sender not in asked:
        return False
    way_id, member_id = asked[message.sender]
    sent = (await pages.newest(tx, [way_id], Kind.VERIFY, now - LASTS)).get(way_id)
    if sent is None or sent.code != code[1]:
        return False
    await _answer(tx, Wanted(Kind.CODE_ON_PAGE, member_id, way_id), now)
    return True


async def _said_in_chat(
    tx: Tx, way_id: UUID, member_id: UUID, message: InboundMessage, now: datetime
) -> None:
    code = _CODE.fullmatch(message.body)
    if code is not None:
        await _take(tx, way_id, member_id, code[1], now)
        return
    answer = Kind.NOT_HERE
    if _READ.fullmatch(message.body):
        tests = await pages.newest(tx, [way_id], Kind.TEST, now - CODE_RESTS)
        unread = [page for page in tests.values() if page.acknowledged_at is None]
        for page in [*await pages.asking(tx, member_id), *unread]:
            answer = await meant(tx, [page], now)
    await _answer(tx, Wanted(answer, member_id, way_id), now)


async def _given(tx: Tx, way_id: UUID, member_id: UUID, code: str, now: datetime) -> bool:
    """From a telephone that is asked whether it is theirs. Whoever writes another number there is
    a contact, however it came to be asked: False."""
    way = next((way for way in await ways.held(tx, member_id) if way.id == way_id), None)
    given = await give_code(tx, way, code, now) if way is not None else Given.WRONG
    if given is Given.WRONG:
        return False
    answer = Kind.VERIFIED if given is Given.RIGHT else Kind.EXPIRED
    await pages.add(tx, [Wanted(answer, member_id, way_id, code=code)], now)
    return True


async def _take(tx: Tx, way_id: UUID, member_id: UUID, code: str, now: datetime) -> None:
    answer = await meant(tx, await pages.coded(tx, member_id, code, now - CODE_RESTS), now)
    await _answer(tx, Wanted(answer, member_id, way_id, code=code), now)


async def _answer(tx: Tx, wanted: Wanted, now: datetime) -> None:
    if wanted.kind in SOME_ANSWERS and wanted.way_id is not None:
        since = now - timedelta(hours=1)
        if await pages.answered(tx, wanted.way_id, wanted.kind, since) >= MOST_ANSWERS:
            return
    await pages.add(tx, [wanted], now)


async def meant(tx: Tx, found: Sequence[Page], now: datetime) -> Kind:
    """What is answered to whoever acknowledges these; the newest of them is meant."""
    about = next((p for p in found if p.kind is Kind.NEEDED and p.conversation_id), None)
    if about is not None:
        return await _acknowledge(tx, about, now)
    tests = [page for page in found if page.kind is Kind.TEST]
    for test in tests:
        await pages.read_one(tx, test.id, now)
    if tests:
        return Kind.TESTED
    return Kind.VERIFIED if found else Kind.WRONG_CODE


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
    known = await conversations.locked(tx, conversation_id)
    if known is not None and member_id in await conflicts.away_from(tx, known.contact_id):
        return False
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
    must(member, Act.READ)
    now = house.now()
    async with house.db.write() as tx:
        await queue.hold(tx, conversation_ids)
        read = [
            Event(talk, "page_read", now, member.id)
            for talk in sorted(set(conversation_ids))
            if await _read(tx, member.id, talk, now)
        ]
        await events.add(tx, read)
