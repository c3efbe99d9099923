"""Telegram is told where to bring updates.

Source: https://core.telegram.org/bots/api#setwebhook
"""

import asyncio
from collections.abc import Callable, Sequence

from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramRetryAfter
from aiogram.methods import SetWebhook

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
PATIENCE = 10
"""Seconds for one call."""


async def announce(
    bot: Bot, url: str, secret: str, kinds: Sequence[str], failed: Callable[[Exception], None]
) -> None:
    """Set the webhook; again and again until Telegram has taken it. Setting it twice is fine.

    What Telegram has kept for us meanwhile is brought then.
    """
    pause = FIRST_PAUSE
    while True:
        setting = SetWebhook(url=url, secret_token=secret, allowed_updates=list(kinds))
        try:
            await bot(setting, request_timeout=PATIENCE)
        except AiogramError as error:
            failed(error)
            asked = error.retry_after if isinstance(error, TelegramRetryAfter) else 0.0
            await asyncio.sleep(max(pause, asked))
            pause = min(pause * 2, LONGEST_PAUSE)
        else:
            return
