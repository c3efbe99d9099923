"""A phone texts a line: the provider keeps the text and posts it to the line's webhook.

Source: Twilio, "Twilio's request to your incoming message webhook URL"; for STOP and its
kin, "Twilio support for opt-out keywords" and "Advanced opt-out".
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_hex

from simulator import whatsapp
from simulator.address import is_whatsapp
from simulator.book import Media, Message
from simulator.life import accept
from simulator.provider import Provider, now
from simulator.segments import bill_of
from simulator.webhooks_out import Outcome

STOP_WORDS = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit"})
START_WORDS = frozenset({"start", "unstop", "yes"})
HELP_WORDS = frozenset({"help", "info"})
_ANSWERS = {
    "STOP": "You have successfully been unsubscribed. Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed. Reply STOP to unsubscribe.",
    "HELP": "Reply STOP to unsubscribe.",
}


@dataclass(frozen=True, slots=True)
class Text:
    """What a phone sends. `fields` are added to the form or replace what it has.

    `base` is the provider's own address, under which pictures can be fetched. `repeat` posts
    the same message that many times at once; 0 is never, as when the line was down for longer
    than Twilio tries.
    """

    sender: str
    to: str
    body: str
    base: str
    media: tuple[Media, ...] = ()
    opt_out_type: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    repeat: int = 1


def receive(provider: Provider, text: Text) -> Message:
    """Keep a text as received, and opt the phone in or out where the provider does that."""
    at, bill = now(), bill_of(text.sender, text.body)
    message = provider.book.add(
        Message(
            sid=f"{'MM' if text.media else 'SM'}{token_hex(16)}",
            direction="inbound",
            sender=text.sender,
            to=text.to,
            text=text.body,
            body=text.body,
            created=at,
            updated=at,
            sent=at,
            status="received",
            segments=bill.count,
            encoding=bill.encoding,
            media=text.media,
        )
    )
    provider.counts["inbound"] += 1
    if is_whatsapp(text.sender):
        provider.windows.wrote(text.sender, text.to, at)
    return message


def deliver(provider: Provider, message: Message, text: Text) -> asyncio.Task[list[Outcome]]:
    """Post a kept text to the line beside what else goes on; the task tells how it ended."""
    word = _keyword(provider, text)
    fields = inbound_fields(provider, message, text, word)
    task = provider.begin(_post(provider, message, fields, text))
    if word is not None:
        _handle(provider, text, word)
    return task


async def _post(
    provider: Provider, message: Message, fields: dict[str, str], text: Text
) -> list[Outcome]:
    posts = [provider.poster.post(provider.config.webhook, fields) for _ in range(text.repeat)]
    outcomes = list(await asyncio.gather(*posts))
    provider.counts["webhooks_ok"] += sum(outcome.ok for outcome in outcomes)
    provider.counts["webhooks_failed"] += sum(not outcome.ok for outcome in outcomes)
    reached = any(outcome.ok for outcome in outcomes)
    provider.book.change(message.sid, webhook="ok" if reached else "failed")
    return outcomes


def inbound_fields(
    provider: Provider, message: Message, text: Text, word: str | None
) -> dict[str, str]:
    """The form of one inbound message."""
    account = provider.config.account_sid
    fields = {
        "AccountSid": account,
        "ApiVersion": "2010-04-01",
        "Body": text.body,
        "From": text.sender,
        "MessageSid": message.sid,
        "NumMedia": str(len(text.media)),
        "NumSegments": str(max(message.segments, 1)),
        "SmsMessageSid": message.sid,
        "SmsSid": message.sid,
        "SmsStatus": "received",
        "To": text.to,
    }
    if is_whatsapp(text.sender):
        fields |= whatsapp.inbound_fields(text.sender, [m.content_type for m in text.media])
    else:
        fields |= places("From", "To")
    folder = f"{text.base.rstrip('/')}/2010-04-01/Accounts/{account}/Messages/{message.sid}/Media"
    for place, media in enumerate(text.media):
        fields[f"MediaUrl{place}"] = f"{folder}/{media.sid}"
        fields[f"MediaContentType{place}"] = media.content_type
    if text.opt_out_type is not None or provider.faults.opt_out_mode == "advanced":
        kind = text.opt_out_type or word
        fields |= {"OptOutType": kind} if kind else {}
    return fields | dict(text.fields)


def places(*ends: str) -> dict[str, str]:
    """Where the numbers of a form come from, as far as Twilio knows: Sweden."""
    return {
        f"{end}{name}": "SE" if name == "Country" else ""
        for end in ends
        for name in ("City", "Country", "State", "Zip")
    }


def _keyword(provider: Provider, text: Text) -> str | None:
    if provider.faults.opt_out_mode == "off":
        return None
    word = text.body.strip().casefold()
    for kind, words in (("STOP", STOP_WORDS), ("START", START_WORDS), ("HELP", HELP_WORDS)):
        if word in words:
            return kind
    return None


def _handle(provider: Provider, text: Text, word: str) -> None:
    opted_out = provider.faults.opted_out
    if word == "START" and text.sender not in opted_out:
        return
    if word == "STOP":
        opted_out.add(text.sender)
    elif word == "START":
        opted_out.discard(text.sender)
    accept(
        provider,
        sender=text.to,
        to=text.sender,
        text=_ANSWERS[word],
        direction="outbound-reply",
    )
