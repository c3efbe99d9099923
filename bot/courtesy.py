"""A press is answered, and what was chosen stays to be seen: nice to have, never in the way.

The press itself is stored before; whatever goes wrong here is let go.
"""

from collections.abc import Coroutine
from contextlib import suppress

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from handlers.under_way import UnderWay

PATIENCE = 5
"""Seconds for each of the two calls."""

AT_ONCE = 64
"""More presses than this are stored, but not answered: somebody leans on the button."""

CHOSEN = "✓ "


class Courtesy:
    """Goes on beside the acknowledgement."""

    def __init__(self, bot: Bot) -> None:
        """Nothing is under way."""
        self._bot = bot
        self._under_way = UnderWay()

    def answer(self, query: CallbackQuery) -> None:
        """The button stops turning, and only the one that was pressed is left."""
        if len(self._under_way) >= AT_ONCE:
            return
        for call in (self._heard(query), self._chosen(query)):
            self._under_way.begin(self._kindly(call))

    async def _kindly(self, call: Coroutine[None, None, None]) -> None:
        with suppress(AiogramError, TimeoutError, OSError):
            await call

    async def _heard(self, query: CallbackQuery) -> None:
        await self._bot.answer_callback_query(query.id, request_timeout=PATIENCE)

    async def _chosen(self, query: CallbackQuery) -> None:
        message = query.message
        left = chosen(message, query.data or "") if isinstance(message, Message) else None
        if message is None or left is None:
            return
        await self._bot.edit_message_reply_markup(
            chat_id=message.chat.id,
            message_id=message.message_id,
            reply_markup=left,
            request_timeout=PATIENCE,
        )

    async def close(self, seconds: float) -> None:
        """Let what is under way end; what does not is let go."""
        await self._under_way.end(seconds)


def chosen(message: Message, data: str) -> InlineKeyboardMarkup | None:
    """The pressed button alone, marked; None where it is marked already or is not there.

    It keeps what it carries: pressed again it is the same answer.
    """
    rows = message.reply_markup.inline_keyboard if message.reply_markup else []
    button = next((one for row in rows for one in row if one.callback_data == data), None)
    if button is None or button.text.startswith(CHOSEN):
        return None
    left = InlineKeyboardButton(text=CHOSEN + button.text, callback_data=data)
    return InlineKeyboardMarkup(inline_keyboard=[[left]])
