"""A message goes off both sides of a Telegram chat.

Source: https://core.telegram.org/bots/api#deletemessage: only within 48 hours, outgoing and
incoming messages of private chats alike.
"""

from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramRetryAfter,
)
from aiogram.methods import DeleteMessage

from senders.sender import Gone, Kept, Refused, Removal, TryLater

BAD_REQUEST, FORBIDDEN = 400, 403
_NOT_THERE = "not found"
"""Of the message, or of the whole chat."""


async def removed(bot: Bot, kept: Kept) -> Removal:
    """`Remover.remove`, of one bot. What is no message, as a button that was pressed, is gone."""
    number = kept.provider_id.rpartition(":")[2]
    if not number.isdecimal() or not kept.chat.lstrip("-").isdecimal():
        return Gone()
    try:
        await bot(DeleteMessage(chat_id=int(kept.chat), message_id=int(number)))
    except TelegramRetryAfter as error:
        return TryLater(float(error.retry_after))
    except TelegramBadRequest as error:
        return Gone() if _NOT_THERE in error.message else Refused(BAD_REQUEST)
    except TelegramForbiddenError:
        return Refused(FORBIDDEN)
    except AiogramError:
        return TryLater()
    return Gone()
