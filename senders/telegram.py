"""Telegram's Bot API, told what to conclude from each way in which a call can end.

Source: https://core.telegram.org/bots/api#sendmessage, https://core.telegram.org/bots/faq
("My bot is hitting limits").
"""

import asyncio
from collections import deque
from datetime import datetime
from typing import Any

from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
)
from aiogram.methods import TelegramMethod
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions

from domain.address import is_answerable
from domain.choices import Choice, choices
from domain.message import Channel, OptOut
from senders.sender import (
    Accepted,
    CannotBeAsked,
    Kept,
    Letter,
    Refused,
    Removal,
    Result,
    TryLater,
    Unsure,
)
from senders.telegram_copies import removed
from senders.telegram_http import NeverLeft, NoWord, TelegramHttp
from senders.twilio_http import LONGEST_WAIT, TIMEOUT

BAD_REQUEST, FORBIDDEN, TOO_LARGE, SERVER_ERROR, UNAVAILABLE = 400, 403, 413, 500, 503

A_SECOND = 30
"""Messages to all chats together; Telegram refuses more, with a time to wait (its FAQ)."""

LONGEST_TURN = 1.0
"""Seconds that a message waits for its turn here; where it takes longer, it waits in the outbox."""

ROW_HOLDS = 24
"""Characters; answers that are longer together stand below each other, readable on any phone."""

PRESS_LONGEST = 64
"""Bytes of what a button carries (https://core.telegram.org/bots/api#inlinekeyboardbutton)."""


class SendText(TelegramMethod[dict[str, Any]]):
    """aiogram's SendMessage without what we never ask for. Of the answer only the message's number
    is read: what else Telegram may write there, now or later, makes no sent text an unknown one.
    """

    __returning__ = dict[str, Any]
    __api_method__ = "sendMessage"

    chat_id: int
    text: str
    link_preview_options: LinkPreviewOptions = LinkPreviewOptions(is_disabled=True)
    protect_content: bool = True
    reply_markup: InlineKeyboardMarkup | None = None


def bot_of(token: str, api_url: str) -> Bot:
    """A bot that connects when it is first used; `api_url` is scheme, host and port."""
    return Bot(token, session=TelegramHttp(api_url))


class TelegramSender:
    """Sends texts through one bot. Telegram keeps no list by which a lost one could be found."""

    def __init__(self, bot: Bot) -> None:
        """Connects when it is first used; `close` closes the bot's connections."""
        self._bot = bot
        self._turns = Turns(A_SECOND)

    async def send(self, letter: Letter) -> Result:
        """Answers in under 10 s: a turn takes one second at the longest, the calls eight."""
        if not is_answerable(Channel.TELEGRAM, letter.to):
            return Refused(BAD_REQUEST)
        late = self._turns.take()
        if late > LONGEST_TURN:
            return TryLater(late)
        await asyncio.sleep(late)
        try:
            async with asyncio.timeout(TIMEOUT):
                return await self._sent(letter)
        except TimeoutError:
            return Unsure()

    async def _sent(self, letter: Letter) -> Result:
        buttons = keyboard(letter)
        result = await self._call(letter, buttons)
        if buttons is not None and result == Refused(BAD_REQUEST):
            # The words are what matters: digits and words answer as well as buttons do.
            return await self._call(letter, None)
        return result

    async def _call(self, letter: Letter, buttons: InlineKeyboardMarkup | None) -> Result:
        text = SendText(chat_id=int(letter.to), text=letter.body, reply_markup=buttons)
        try:
            told = await self._bot(text)
            return Accepted(f"{letter.code}:{int(told['message_id'])}")
        except AiogramError as error:
            return _concluded(error)
        except (KeyError, ValueError, TypeError):
            return Unsure()

    async def sent_since(self, letter: Letter, since: datetime) -> list[str]:
        """Raises CannotBeAsked: the Bot API shows no bot what it has sent."""
        raise CannotBeAsked

    async def remove(self, kept: Kept) -> Removal:
        """The message, off both sides; Telegram lets a bot do so for 48 hours."""
        try:
            async with asyncio.timeout(TIMEOUT):
                return await removed(self._bot, kept)
        except TimeoutError:
            return TryLater()

    async def close(self) -> None:
        """Close the pooled connections."""
        await self._bot.session.close()


def _concluded(error: AiogramError) -> Result:
    """5xx may come from something in between, or after the fact. A wrong token or a conflict is
    our fault, and nothing is lost while somebody mends it."""
    match error:
        case NoWord():
            surely_not = error.status < SERVER_ERROR or error.status == UNAVAILABLE
            return TryLater(error.after) if surely_not else Unsure()
        case TelegramRetryAfter():
            return TryLater(min(float(error.retry_after), LONGEST_WAIT))
        case TelegramNetworkError() if not isinstance(error, NeverLeft | TelegramEntityTooLarge):
            return Unsure()
        case ClientDecodeError():
            return Unsure()
    return _refused(error) or TryLater()


def _refused(error: AiogramError) -> Refused | None:
    """What Telegram said of the text or of whom it goes to."""
    match error:
        case TelegramForbiddenError():
            return Refused(FORBIDDEN, OptOut.BLOCKED)
        case TelegramBadRequest() | TelegramMigrateToChat():
            return Refused(BAD_REQUEST)
        case TelegramEntityTooLarge():
            return Refused(TOO_LARGE)
    return None


def keyboard(letter: Letter) -> InlineKeyboardMarkup | None:
    """Buttons for the answers that a text of the script offers, or the letter's own; None where it
    asks nothing."""
    if letter.presses:
        own = [InlineKeyboardButton(text=p.label, callback_data=p.carries) for p in letter.presses]
        return InlineKeyboardMarkup(inline_keyboard=[own])
    offered = choices(letter.body) if letter.text_id else ()
    if not offered or any(_too_long(letter, choice) for choice in offered):
        return None
    buttons = [
        InlineKeyboardButton(text=one.label, callback_data=f"{letter.text_id}:{one.digit}")
        for one in offered
    ]
    side_by_side = sum(len(one.label) for one in offered) <= ROW_HOLDS
    return InlineKeyboardMarkup(
        inline_keyboard=[buttons] if side_by_side else [[button] for button in buttons]
    )


def _too_long(letter: Letter, choice: Choice) -> bool:
    return len(f"{letter.text_id}:{choice.digit}".encode()) > PRESS_LONGEST


class Turns:
    """So many in any second, in the order in which they ask."""

    def __init__(self, a_second: int) -> None:
        """Nobody has had a turn yet."""
        self._had: deque[float] = deque(maxlen=a_second)

    def take(self) -> float:
        """Seconds until the asker's turn; one that would wait for longer than `LONGEST_TURN`
        gets none."""
        now = asyncio.get_running_loop().time()
        free = self._had[0] + 1.0 if len(self._had) == self._had.maxlen else now
        late = max(0.0, free - now)
        if late <= LONGEST_TURN:
            self._had.append(now + late)
        return late
