"""Is the line's bot fit to be printed on a card?"""

from collections.abc import Sequence
from dataclasses import dataclass

from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramNotFound, TelegramUnauthorizedError
from aiogram.types import WebhookInfo

from senders.telegram import bot_of
from utvag.finding import Finding, Verdict, check
from utvag.settings import SHORTEST_SECRET, Settings
from webhooks.telegram import PATH

PATIENCE = 8
"""Seconds for one call."""


@dataclass(frozen=True)
class Seen:
    """What Telegram tells of a bot."""

    name: str
    may_join_groups: bool
    webhook: WebhookInfo


async def examine_telegram(settings: Settings, cards: Sequence[tuple[str, str]]) -> list[Finding]:
    """Every check of a bot that is on; `cards` are the lines' names and codes."""
    bot = bot_of(settings.telegram_token.get_secret_value(), settings.telegram_api_url)
    try:
        seen = await _ask(bot)
    except (TelegramNotFound, TelegramUnauthorizedError):
        return [Finding(Verdict.FAIL, "telegram: refuses the token; ask BotFather for /token")]
    except AiogramError as error:
        return [Finding(Verdict.FAIL, f"telegram: does not answer ({type(error).__name__})")]
    finally:
        await bot.session.close()
    return [
        Finding(Verdict.OK, f"telegram: answers; the bot is @{seen.name}"),
        _way_in(settings, seen.webhook),
        *_secret(settings),
        *_trouble(seen.webhook),
        *_groups(seen),
        *_links(seen.name, cards),
    ]


def _secret(settings: Settings) -> list[Finding]:
    secret = settings.telegram_webhook_secret.get_secret_value()
    if settings.telegram_mode != "webhook" or len(secret) >= SHORTEST_SECRET:
        return []
    bad = f"telegram: the webhook's secret is short; use at least {SHORTEST_SECRET} characters"
    return [Finding(Verdict.FAIL, bad)]


async def _ask(bot: Bot) -> Seen:
    me = await bot.get_me(request_timeout=PATIENCE)
    webhook = await bot.get_webhook_info(request_timeout=PATIENCE)
    return Seen(me.username or "", bool(me.can_join_groups), webhook)


def _way_in(settings: Settings, webhook: WebhookInfo) -> Finding:
    if settings.telegram_mode == "polling":
        return check(
            not webhook.url,
            "telegram: polling; no webhook is set",
            "telegram: polling, but a webhook is set; the line takes it away when it starts",
        )
    ours = settings.public_url + PATH
    return check(
        webhook.url == ours,
        f"telegram: webhook {ours}",
        "telegram: the webhook is another or none; a line that runs sets it within a minute",
    )


def _trouble(webhook: WebhookInfo) -> list[Finding]:
    found = [Finding(Verdict.NOTE, f"telegram: {webhook.pending_update_count} updates wait")]
    if webhook.last_error_date is not None:
        when = webhook.last_error_date.isoformat(timespec="seconds")
        what = webhook.last_error_message or "not said"
        found.append(
            Finding(Verdict.NOTE, f"telegram: its last trouble to reach us, {when}: {what}")
        )
    return found


def _groups(seen: Seen) -> list[Finding]:
    if not seen.may_join_groups:
        return []
    told = (
        "telegram: the bot can be added to groups, where it says nothing; BotFather: /setjoingroups"
    )
    return [Finding(Verdict.NOTE, told)]


def _links(name: str, cards: Sequence[tuple[str, str]]) -> list[Finding]:
    return [
        Finding(Verdict.NOTE, f"telegram: card of {line}: https://t.me/{name}?start={card}")
        for line, card in cards
    ]
