"""Telegram is told where to bring updates, and told again when it has forgotten.

A process that still polls while another is set to the webhook takes the webhook away: without a
second look nobody would be heard from then on. Source: https://core.telegram.org/bots/api#setwebhook
"""

import asyncio
from collections.abc import Callable, Sequence

from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramRetryAfter
from aiogram.methods import GetWebhookInfo, SetWebhook

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
PATIENCE = 10
"""Seconds for one call."""

LOOKS = 60.0
"""Seconds after which Telegram is asked whether it still knows."""


async def announce(
    bot: Bot, url: str, secret: str, kinds: Sequence[str], failed: Callable[[Exception], None]
) -> None:
    """Set the webhook and see to it that it stays; until it is cancelled.

    Setting it twice is fine. What Telegram has kept for us meanwhile is brought then.
    """
    setting = SetWebhook(url=url, secret_token=secret, allowed_updates=list(kinds))
    pause, known = FIRST_PAUSE, False
    while True:
        try:
            if not known:
                await bot(setting, request_timeout=PATIENCE)
            known, pause = True, FIRST_PAUSE
            await asyncio.sleep(LOOKS)
            known = (await bot(GetWebhookInfo(), request_timeout=PATIENCE)).url == url
        except AiogramError as error:
            failed(error)
            asked = error.retry_after if isinstance(error, TelegramRetryAfter) else 0.0
            await asyncio.sleep(max(pause, asked))
            pause = min(pause * 2, LONGEST_PAUSE)
