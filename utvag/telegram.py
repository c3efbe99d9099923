"""The line's bot: what it takes in, by whichever way is set, and when it begins and ends."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog
from aiogram import Bot
from aiogram.exceptions import AiogramError

from bot.announce import announce
from bot.bringing import Bringing
from bot.polling import Lease, Pace, Poller, Told
from bot.updates import Intake, Updates
from domain.message import InboundMessage
from handlers.errors import CannotStore
from handlers.house import House
from handlers.note_reach import note_reach
from handlers.only_one import give_back, hold
from handlers.revise import revise
from handlers.unkept import unkept
from senders.telegram import TelegramSender, bot_of
from utvag.log import where
from utvag.metrics import Metrics
from utvag.settings import Settings
from webhooks.telegram import PATH

POLLING = "telegram_polling"
LEASE = timedelta(seconds=30)
"""Longer than a poll and its storing; after it another process takes over from one that died."""

NAMES = 3.0
"""Seconds in which Telegram tells the bot's name; it is asked once."""

ENDS = 0.5
"""Seconds for answers to presses that are under way, and for giving the lease back."""

log = structlog.get_logger()


def telegram_of(
    settings: Settings,
    house: House,
    take: Callable[[InboundMessage], Awaitable[None]],
    metrics: Metrics,
) -> "Telegram":
    """The bot of these settings; `take` stores a message. Nothing runs yet."""
    bot = bot_of(settings.telegram_token.get_secret_value(), settings.telegram_api_url)
    updates = _updates_of(bot, house, take, metrics)
    return Telegram(bot, updates, TelegramSender(bot), settings, house, metrics)


def _updates_of(
    bot: Bot, house: House, take: Callable[[InboundMessage], Awaitable[None]], metrics: Metrics
) -> Updates:
    def odd(why: str) -> None:
        metrics.refused.labels(why).inc()
        log.warning("update_unread", why=why)

    return Updates(
        bot,
        Intake(
            message=take,
            edit=partial(revise, house),
            reach=partial(note_reach, house),
            now=house.now,
            unkept=partial(unkept, house),
            odd=odd,
        ),
    )


@dataclass(frozen=True)
class Telegram:
    """The bot of a serving process."""

    bot: Bot
    updates: Updates
    sender: TelegramSender
    settings: Settings
    house: House
    metrics: Metrics

    async def name(self) -> str:
        """What the bot is called; empty where Telegram does not answer."""
        try:
            async with asyncio.timeout(NAMES):
                return (await self.bot.me()).username or ""
        except (AiogramError, TimeoutError):
            return ""

    def way_in(self) -> "WayIn":
        """What has to run so that updates come."""
        if self.settings.telegram_mode == "polling":
            return WayIn(self, self.poller())
        return WayIn(self, None)

    def poller(self, pace: Pace | None = None) -> Poller:
        """Polls while no other process does."""
        holder = uuid.uuid4()
        lease = Lease(
            partial(hold, self.house, POLLING, holder, LEASE),
            partial(give_back, self.house, POLLING, holder),
        )
        told = Told(partial(self.failed, "telegram_polling"), self._unkept)
        return Poller(self.bot, self.updates, lease, told, pace)

    async def announce(self) -> None:
        """Tell Telegram where to bring updates."""
        await announce(
            self.bot,
            self.settings.public_url + PATH,
            self.settings.telegram_webhook_secret.get_secret_value(),
            self.updates.kinds,
            partial(self.failed, "telegram_webhook"),
        )

    def bringing(self) -> Bringing:
        """Where the webhook hands updates in."""
        return Bringing(self.updates, partial(self.failed, "telegram_webhook"), self._unkept)

    def _unkept(self, number: int, told: bool) -> None:
        self.metrics.unkept.labels("yes" if told else "no").inc()
        log.error("update_not_kept", update=number, staff_told=told)

    def failed(self, loop: str, error: BaseException) -> None:
        """Counted, and logged by its kind and place."""
        self.metrics.failures.labels(loop).inc()
        log.warning("loop_failed", loop=loop, error=type(error).__name__, where=where(error))


class WayIn:
    """Begins and ends what brings updates."""

    def __init__(self, telegram: Telegram, poller: Poller | None) -> None:
        """Nothing runs yet; without a `poller` Telegram brings them by itself."""
        self._telegram, self._poller = telegram, poller
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; whatever Telegram answers, the line serves meanwhile."""
        run = self._poller.run() if self._poller else self._telegram.announce()
        self._task = asyncio.create_task(run, name="telegram")

    async def stop(self) -> None:
        """End; what was fetched and not stored is fetched again."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._poller is not None:
            with suppress(TimeoutError, CannotStore):
                await asyncio.wait_for(self._poller.stop(), ENDS)
        await self._telegram.updates.close(ENDS)
