"""A counsellor looks at a picture that the contact sent: fetched on their press, never before.

Only whoever has the conversation: a picture may harm who sees it and who is in it, so it is fetched
and looked at by one person, by decision, and the thread says who. It is drawn anew and kept sealed
until its message is redacted.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID

from domain.member import Member
from domain.message import Author, Channel, Media
from handlers.desk import owned
from handlers.errors import NotFound, NothingToShow
from handlers.house import House
from handlers.redraw import Drawn, NoPicture, TooManyPixels, redraw
from senders.media import Fetched, NotFetched, Wanted, Why
from storage import events, lines, messages, pictures
from storage.contacts import by_ids
from storage.conversations import Conversation
from storage.database import Tx
from storage.events import Event
from storage.messages import Message
from storage.pictures import Picture

SHOWN = "picture_shown"
"""The event: who looked at which picture, once each."""

PICTURES = frozenset({"image/jpeg", "image/jpg", "image/png", "image/webp", "image/gif", "unknown"})
"""What may be fetched; the rest is refused before anything is. What it is, only its bytes tell."""

FETCHED_FROM = frozenset({Channel.SMS, Channel.WHATSAPP})

_DRAWING = ThreadPoolExecutor(2, thread_name_prefix="drawing")
"""So many pictures are drawn at the same time: each may take some hundred megabytes."""


def may_fetch(channel: Channel, media: Media) -> bool:
    """Whether it is of a kind that can be looked at."""
    return channel in FETCHED_FROM and media.content_type in PICTURES


async def fetch_picture(
    house: House, member: Member, conversation_id: UUID, message_id: UUID, place: int
) -> None:
    """Fetch, draw anew and keep it; one that is kept is not fetched again.

    Raises NothingToShow, NotYours, NotFound or NotAllowed; nothing is lost, and it can be tried
    again.
    """
    async with house.db.write() as tx:
        conversation = await owned(tx, member, conversation_id)
        message = await _message(tx, conversation, message_id, place)
        await _must_be_allowed(tx, conversation, message.media[place])
        if await pictures.find(tx, message_id, place) is not None:
            await _note(tx, house, member, conversation_id, message_id, place)
            return
    fetched = await _fetched(house, message, place)
    drawn = await _drawn(fetched)
    picture = Picture(message_id, place, drawn.content_type, drawn.content)
    async with house.db.write() as tx:
        conversation = await owned(tx, member, conversation_id)
        message = await _message(tx, conversation, message_id, place)
        await pictures.keep(tx, conversation_id, picture, member.id, house.now())
        one = replace(message.media[place], size=len(fetched.content))
        media = (*message.media[:place], one, *message.media[place + 1 :])
        await messages.set_media(tx, message_id, media)
        await _note(tx, house, member, conversation_id, message_id, place)


async def see_picture(
    house: House, member: Member, conversation_id: UUID, message_id: UUID, place: int
) -> Picture:
    """One that was fetched; whoever looks at it for the first time is noted.

    Raises NotYours, NotFound or NotAllowed.
    """
    async with house.db.write() as tx:
        conversation = await owned(tx, member, conversation_id)
        await _message(tx, conversation, message_id, place)
        picture = await pictures.find(tx, message_id, place)
        if picture is None:
            raise NotFound
        await _note(tx, house, member, conversation_id, message_id, place)
    return picture


async def _message(tx: Tx, conversation: Conversation, message_id: UUID, place: int) -> Message:
    """The contact's own, in this conversation, with so many files. Raises NotFound."""
    message = await messages.by_id(tx, message_id)
    if message is None or message.conversation_id != conversation.id:
        raise NotFound
    if message.author is not Author.CONTACT or not 0 <= place < len(message.media):
        raise NotFound
    if message.redacted_at is not None:
        raise NothingToShow("redacted")
    return message


async def _must_be_allowed(tx: Tx, conversation: Conversation, media: Media) -> None:
    line = next((one for one in await lines.every(tx) if one.id == conversation.line_id), None)
    if line is not None and line.media_refused:
        raise NothingToShow("refused")
    contact = (await by_ids(tx, [conversation.contact_id]))[conversation.contact_id]
    if not may_fetch(contact.channel, media):
        raise NothingToShow("other_type")


async def _fetched(house: House, message: Message, place: int) -> Fetched:
    if house.media is None:
        raise NothingToShow(Why.OUT_OF_REACH)
    wanted = Wanted(message.provider_id or "", place, message.media[place].provider_id)
    try:
        return await house.media.fetch(wanted)
    except NotFetched as error:
        raise NothingToShow(error.why) from error


async def _drawn(fetched: Fetched) -> Drawn:
    loop = asyncio.get_running_loop()
    try:
        return await loop.run_in_executor(_DRAWING, redraw, fetched.content)
    except TooManyPixels as error:
        raise NothingToShow("too_large") from error
    except NoPicture as error:
        raise NothingToShow("broken") from error


async def _note(
    tx: Tx, house: House, member: Member, conversation_id: UUID, message_id: UUID, place: int
) -> None:
    which = f"{message_id}/{place}"
    if not await events.known(tx, conversation_id, SHOWN, member.id, which):
        event = Event(conversation_id, SHOWN, house.now(), member.id, which)
        await events.add(tx, [event])
