"""What becomes of an accepted message: sent, delivered or not, and what the line is told.

Source: Twilio, "Track outbound message status" (fields of a status callback).
"""

import asyncio
from datetime import datetime
from secrets import token_hex

from simulator import whatsapp
from simulator.address import is_whatsapp
from simulator.book import Message
from simulator.provider import Provider, now
from simulator.segments import bill_of

UNREACHABLE = 30003
FINISHED = frozenset({"delivered", "read", "undelivered", "failed", "received", "canceled"})


def accept(
    provider: Provider,
    *,
    sender: str,
    to: str,
    text: str,
    callback: str | None = None,
    direction: str = "outbound-api",
    content_sid: str | None = None,
) -> Message:
    """Store an outbound message as queued and send it on its way."""
    at, bill = now(), bill_of(to, text)
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
            content_sid=content_sid,
        )
    )
    provider.counts["accepted"] += 1
    provider.begin(_live(provider, message))
    return message


async def _live(provider: Provider, message: Message) -> None:
    faults, config, to = provider.faults, provider.config, message.to
    code = _what_fails(provider, message)
    silent = message.callback is None or faults.take("no-callbacks", to=to) is not None
    doubled = faults.take("doubled", to=to) is not None
    swapped = faults.take("out-of-order", to=to) is not None
    last = "delivered" if code is None else "undelivered"

    await asyncio.sleep(config.sent_after)
    at = now()
    provider.book.change(message.sid, status="sent", sent=at, updated=at)
    if not silent and not swapped:
        _tell(provider, message, "sent", at, doubled=doubled)
    await asyncio.sleep(max(config.delivered_after - config.sent_after, 0))
    at = now()
    ended = provider.book.change(message.sid, status=last, error_code=code, updated=at)
    provider.counts[last] += 1
    if not silent:
        _tell(provider, ended or message, last, at, doubled=doubled)
    if swapped and not silent:
        await asyncio.sleep(config.sent_after)
        _tell(provider, message, "sent", at, doubled=doubled)
    if config.read_after is not None and last == "delivered" and is_whatsapp(to):
        await asyncio.sleep(max(config.read_after - config.delivered_after, 0))
        read(provider, message.sid)


def _what_fails(provider: Provider, message: Message) -> int | None:
    if provider.faults.take("undelivered", to=message.to) is not None:
        return UNREACHABLE
    free_form = is_whatsapp(message.to) and message.content_sid is None
    if free_form and not provider.windows.is_open(message.to, message.sender, message.created):
        return whatsapp.OUTSIDE_WINDOW
    return None


def read(provider: Provider, sid: str) -> bool:
    """The phone's owner reads a delivered WhatsApp message, once; the line is told."""
    message, at = provider.book.get(sid), now()
    if message is None or message.status != "delivered" or not is_whatsapp(message.to):
        return False
    provider.book.change(sid, status="read", updated=at)
    provider.counts["read"] += 1
    _tell(provider, message, "read", at, doubled=False)
    return True


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
    code = message.error_code if status == "undelivered" else None
    if code is not None:
        fields["ErrorCode"] = str(code)
    if is_whatsapp(message.to):
        fields |= whatsapp.callback_fields(message.to, account, status, code)
    elif status in ("delivered", "undelivered"):
        fields["RawDlrDoneDate"] = at.strftime("%y%m%d%H%M")
    return fields
