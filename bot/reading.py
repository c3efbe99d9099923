"""What does a Telegram message say to the line? The same value that a text by SMS becomes."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from aiogram.types import Chat, Message, User

from domain import commands
from domain.message import PAGE_READ, Channel, InboundMessage, Media

DELAYED = timedelta(seconds=60)
"""Telegram kept it for longer while nobody fetched it: then its own moment is what counts."""

_START = re.compile(r"/start(?:@\w+)?(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)

_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""Source: https://core.telegram.org/bots/features#deep-linking"""

_COMMAND = re.compile(r"/(\w+)(?:@\w+)?\s*")

_PRESS = re.compile(r"([a-z][a-z0-9_]{0,31}):([0-9])")


_READ = re.compile(r"!([0-9]{4})")
"""Under a counsellor's page (senders/telegram.py): its code."""


def inbound(
    message: Message, sender: User, media: tuple[Media, ...], now: datetime
) -> InboundMessage:
    """What a message says. Its moment is when it reached us, as it is for other channels: Telegram
    tells seconds, and an answer is weighed against the moment at which its question left."""
    body, card = words(message.text or message.caption or "")
    told = message.date.astimezone(UTC)
    kept = now - told > DELAYED
    return InboundMessage(
        channel=Channel.TELEGRAM,
        provider_id=str(message.message_id),
        sender=str(message.chat.id),
        to=card,
        body=body,
        at=told if kept else now,
        media=media,
        caught_up=kept,
        language=sender.language_code,
    )


def without_words(
    raw: Mapping[str, Any], message: Mapping[str, Any], now: datetime
) -> InboundMessage:
    """Who wrote and when, and nothing of what; named by its update."""
    told = message.get("edit_date", message.get("date"))
    at = now if told is None or "callback_query" in raw else datetime.fromtimestamp(told, UTC)
    number, sender = str(raw.get("update_id", "")), str(message["chat"]["id"])
    return InboundMessage(Channel.TELEGRAM, number, sender, to="", body="", at=min(at, now))


def changed_at(message: Message, now: datetime) -> datetime:
    """When an edit was made."""
    if message.edit_date is None:
        return now
    return min(datetime.fromtimestamp(message.edit_date, UTC), now)


def words(text: str) -> tuple[str, str]:
    """What was written, and the card's code where a link may have brought them here.

    What looks like a code may be a word of theirs: it stays in what was written. A command of the
    line may be written as Telegram writes commands: /stop is STOP.
    """
    started = _START.fullmatch(text)
    if started is not None:
        return _after_start((started[1] or "").strip())
    ordered = _COMMAND.fullmatch(text)
    word = ordered[1].replace("_", " ") if ordered else ""
    return (word if commands.parse(word) else text), ""


def _after_start(rest: str) -> tuple[str, str]:
    if not rest:
        return "/start", ""
    first = rest.split(maxsplit=1)[0]
    return rest, first.lower() if _CODE.fullmatch(first) else ""


def pressed(
    data: str, number: int, chat: Chat, sender: User, now: datetime
) -> InboundMessage | None:
    """The answer that a button stands for; None where the button is not one of the line's.

    Named by its message; the digit, which is what they answered, stands in the body alone.
    """
    button, read = _PRESS.fullmatch(data), _READ.fullmatch(data)
    if button is None and read is None:
        return None
    answers_to, body = (button[1], button[2]) if button else (PAGE_READ, read[1] if read else "")
    return InboundMessage(
        channel=Channel.TELEGRAM,
        provider_id=f"{number}-pressed",
        sender=str(chat.id),
        to="",
        body=body,
        at=now,
        answers_to=answers_to,
        language=sender.language_code,
    )
