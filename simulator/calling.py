"""A phone calls a line: the provider asks the line's voice webhook what the caller shall hear.

Source: Twilio, "TwiML for Programmable Voice: Twilio's request to your application"; for
withheld numbers, "Why am I getting calls from these strange numbers".
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_hex

from simulator.calls import Call
from simulator.inbound import places
from simulator.provider import Provider, now
from simulator.twiml import BadTwiml, hear

WITHHELD = "anonymous"
WITHHELD_NUMBERS = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})
"""ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE on a telephone's keys."""


class NoVoice(ValueError):
    """Nobody said where calls are told of."""


@dataclass(frozen=True, slots=True)
class Dialled:
    """What a phone does. `fields` are added to the form or replace what it has.

    `repeat` asks the line that many times at once for the same call, as a retry would; the
    caller hears the first answer.
    """

    sender: str
    to: str
    fields: Mapping[str, str] = field(default_factory=dict)
    repeat: int = 1


def dial(provider: Provider, dialled: Dialled) -> tuple[Call, asyncio.Task[Call]]:
    """Begin a call; the task gives it as it ended. Raises NoVoice."""
    if provider.config.voice_webhook is None:
        raise NoVoice("no --voice, and --webhook does not end in /message")
    began = Call(f"CA{token_hex(16)}", dialled.sender, dialled.to, now())
    call = provider.calls.keep(began)
    provider.counts["calls"] += 1
    return call, provider.begin(_ring(provider, call, dialled, provider.config.voice_webhook))


async def _ring(provider: Provider, call: Call, dialled: Dialled, voice: str) -> Call:
    return provider.calls.change(await _told(provider, call, dialled, voice), ended=now())


async def _told(provider: Provider, call: Call, dialled: Dialled, voice: str) -> Call:
    fields = voice_fields(provider.config.account_sid, call) | dict(dialled.fields)
    asked = [provider.poster.ask(voice, fields) for _ in range(dialled.repeat)]
    outcome, document = (await asyncio.gather(*asked))[0]
    provider.counts["calls_answered" if outcome.ok else "calls_failed"] += 1
    change = provider.calls.change
    call = change(call, webhook_status=outcome.status, twiml=document)
    if not outcome.ok:
        return change(call, status="failed", failure=f"the line answered {outcome.status}")
    try:
        heard = hear(document)
    except BadTwiml as bad:
        return change(call, status="failed", failure=str(bad))
    status = "busy" if "Reject" in heard.verbs else "completed"
    return change(call, status=status, said=heard.said, verbs=heard.verbs, hung_up=heard.hung_up)


def voice_fields(account: str, call: Call) -> dict[str, str]:
    """The form of one call that rings."""
    known = call.sender != WITHHELD and call.sender not in WITHHELD_NUMBERS
    unknown_places = dict.fromkeys(places("From", "Caller"), "")
    return {
        "AccountSid": account,
        "ApiVersion": "2010-04-01",
        "CallSid": call.sid,
        "CallStatus": "ringing",
        "CallToken": f'{{"parentCallInfoToken":"{token_hex(32)}"}}',
        "Called": call.to,
        "Caller": call.sender,
        "Direction": "inbound",
        "From": call.sender,
        "To": call.to,
        **places("To", "Called"),
        **(places("From", "Caller") if known else unknown_places),
    }
