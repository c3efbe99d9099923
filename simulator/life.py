"""What becomes of an accepted message: sent, delivered or not, and what the line is told.

Source: Twilio, "Track outbound message status" (fields of a status callback).
"""

import asyncio
from datetime import datetime
from secrets import token_hex

from simulator.book import Message
from simulator.provider import Provider, now
from simulator.segments import segments

UNREACHABLE = 30003
FINISHED = frozenset({"delivered", "undelivered", "failed", "received", "canceled"})


def accept(
    provider: Provider,
    *,
    sender: str,
    to: str,
    text: str,
    callback: str | None = None,
    direction: str = "outbound-api",
) -> Message:
    """Store an outbound message as queued and send it on its way."""
    at, bill = now(), segments(text)
    message = provider.book.add(
        Message(
            sid=f"SM{token_hex(16)}",
            direction=direction,
            sender=sender,
            to=to,
            text=text,
            body=text,
            created=at,
            updated=at,
            status="queued",
            segments=bill.count,
            encoding=bill.encoding,
            callback=callback,
        )
    )
    provider.counts["accepted"] += 1
    provider.begin(_live(provider, message))
    return message


async def _live(provider: Provider, message: Message) -> None:
    faults, config, to = provider.faults, provider.config, message.to
    fails = faults.take("undelivered", to=to) is not None
    silent = message.callback is None or faults.take("no-callbacks", to=to) is not None
    doubled = faults.take("doubled", to=to) is not None
    swapped = faults.take("out-of-order", to=to) is not None
    last = "undelivered" if fails else "delivered"

    await asyncio.sleep(config.sent_after)
    at = now()
    provider.book.change(message.sid, status="sent", sent=at, updated=at)
    if not silent and not swapped:
        _tell(provider, message, "sent", at, doubled=doubled)
    await asyncio.sleep(max(config.delivered_after - config.sent_after, 0))
    at = now()
    code = UNREACHABLE if fails else None
    provider.book.change(message.sid, status=last, error_code=code, updated=at)
    provider.counts[last] += 1
    if not silent:
        _tell(provider, message, last, at, doubled=doubled)
    if swapped and not silent:
        await asyncio.sleep(config.sent_after)
        _tell(provider, message, "sent", at, doubled=doubled)


def _tell(
    provider: Provider, message: Message, status: str, at: datetime, *, doubled: bool
) -> None:
    for _ in range(2 if doubled else 1):
        provider.begin(_post(provider, message, status, at))


async def _post(provider: Provider, message: Message, status: str, at: datetime) -> None:
    if message.callback is None:
        return
    fields = callback_fields(provider.config.account_sid, message, status, at)
    outcome = await provider.poster.post(message.callback, fields)
    provider.counts["callbacks_ok" if outcome.ok else "callbacks_failed"] += 1


def callback_fields(account: str, message: Message, status: str, at: datetime) -> dict[str, str]:
    """The form of one status callback."""
    fields = {
        "AccountSid": account,
        "ApiVersion": "2010-04-01",
        "From": message.sender,
        "MessageSid": message.sid,
        "MessageStatus": status,
        "SmsSid": message.sid,
        "SmsStatus": status,
        "To": message.to,
    }
    if status in ("delivered", "undelivered"):
        fields["RawDlrDoneDate"] = at.strftime("%y%m%d%H%M")
    if status == "undelivered":
        fields["ErrorCode"] = str(UNREACHABLE)
    return fields
