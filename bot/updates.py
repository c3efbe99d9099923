"""One update is taken in, by whichever way it came: webhook and polling end here."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from aiogram import Bot, Dispatcher, Router
from aiogram.types import CallbackQuery, ChatMemberUpdated, Message, Update
from pydantic import ValidationError

from bot import reading
from bot.courtesy import Courtesy
from bot.door import let_in, wrote
from domain.message import Channel, InboundMessage, Media
from handlers.note_reach import Reach
from handlers.revise import Edit


@dataclass(frozen=True)
class Intake:
    """What the bot hands on to. Each returns when it is committed, or raises CannotStore."""

    message: Callable[[InboundMessage], Awaitable[None]]
    edit: Callable[[Edit], Awaitable[None]]
    reach: Callable[[Reach], Awaitable[None]]
    now: Callable[[], datetime]
    unkept: Callable[[InboundMessage], Awaitable[None]]
    """Somebody wrote what cannot be stored: who and when, without any words."""
    odd: Callable[[str], None]
    """Counts an update that could not be read, and why; never what it held."""


class Updates:
    """Takes updates in, one bot's."""

    def __init__(self, bot: Bot, intake: Intake) -> None:
        """Speaks to Telegram only to answer presses."""
        self._bot, self._intake = bot, intake
        self._courtesy = Courtesy(bot)
        self._dispatcher = Dispatcher(disable_fsm=True)
        self._dispatcher.include_router(_router(intake, self._courtesy))
        self.kinds = self._dispatcher.resolve_used_update_types()
        """The kinds of updates that Telegram is asked for."""

    async def take(self, raw: Mapping[str, Any]) -> None:
        """Returns when what it says is committed; nothing is done for all other kinds.

        The same update twice changes nothing. Raises CannotStore: it must be brought again.
        """
        found = let_in(raw)
        if found is None:
            return
        try:
            update = Update.model_validate(found.update, context={"bot": self._bot})
        except ValidationError:
            self._intake.odd("update")
            return
        await self._dispatcher.feed_update(self._bot, update, media=found.media)

    async def say_unkept(self, raw: Mapping[str, Any]) -> bool:
        """Tell staff that somebody wrote, where this can never be stored; False where nobody did.

        Raises CannotStore.
        """
        message = wrote(raw)
        if message is None:
            return False
        await self._intake.unkept(reading.without_words(raw, message, self._intake.now()))
        return True

    async def close(self, seconds: float) -> None:
        """Let answers to presses end, for so long."""
        await self._courtesy.close(seconds)


def _router(intake: Intake, courtesy: Courtesy) -> Router:
    router = Router()

    async def said(message: Message, media: tuple[Media, ...]) -> None:
        if message.from_user is not None:
            now = intake.now()
            await intake.message(reading.inbound(message, message.from_user, media, now))

    async def edited(message: Message, event_update: Update, media: tuple[Media, ...]) -> None:
        if message.from_user is not None:
            now = intake.now()
            reads = reading.inbound(message, message.from_user, media, now)
            at = reading.changed_at(message, now)
            await intake.edit(Edit(replace(reads, at=at), str(event_update.update_id)))

    async def pressed(query: CallbackQuery) -> None:
        message = query.message
        if message is None:
            return
        answer = reading.pressed(
            query.data or "", message.message_id, message.chat, query.from_user, intake.now()
        )
        if answer is not None:
            await intake.message(answer)
        courtesy.answer(query)

    async def changed(change: ChatMemberUpdated) -> None:
        blocked = change.new_chat_member.status == "kicked"
        await intake.reach(Reach(Channel.TELEGRAM, str(change.chat.id), blocked, change.date))

    router.message.register(said)
    router.edited_message.register(edited)
    router.callback_query.register(pressed)
    router.my_chat_member.register(changed)
    return router
