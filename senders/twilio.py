"""Twilio's REST client, told what to conclude from each way in which a call can end.

Source: https://www.twilio.com/docs/messaging/api/message-resource
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance

from domain.call import Call
from domain.message import Channel, InboundMessage, Media, OptOut
from senders.opted_out import OPTED_OUT
from senders.sender import (
    Accepted,
    Kept,
    Letter,
    OutOfReach,
    Refused,
    Removal,
    Result,
    TryLater,
    Unsure,
)
from senders.twilio_calls import calls_since
from senders.twilio_copies import removed
from senders.twilio_http import BROKEN, ODD, TOO_MANY, Busy, NeverLeft, TwilioHttp

PAGE = 200
LAST_TEXTS = 50
"""Of one contact: how many are asked for at a time."""

SKEW = timedelta(seconds=30)
"""Between our clock and Twilio's."""

WHATSAPP = "whatsapp:"

_NEVER_BEGAN = frozenset({500, 503})
"""Twilio did not take it. Other 5xx come from something in between, which cannot know."""

_OUR_FAULT = frozenset({401, 403, 404})
"""The account is set up wrongly: nothing is lost while somebody mends it."""

_FULL = frozenset({20429, 21611})
"""Too many requests, or too many texts waiting at our number: it passes."""

_FIRST_OWN_CODE = 10_000
"""Below, an error's code is only its HTTP status: something in between has answered."""

_TRIAL = "Sent from your Twilio trial account - "
"""Twilio writes this before every text of an account on trial."""


@dataclass(frozen=True)
class TwilioAccount:
    """How to reach one account; `api_url` is scheme, host and port."""

    sid: str
    token: str = field(repr=False)
    api_url: str
    public_url: str


class TwilioSender:
    """Sends texts through Twilio and asks it what became of them."""

    def __init__(self, account: TwilioAccount) -> None:
        """Connects when it is first used."""
        self._account = account
        self._http = TwilioHttp(account.api_url)
        self._client = Client(account.sid, account.token, http_client=self._http)

    async def send(self, letter: Letter) -> Result:
        """Answers within `twilio_http.TIMEOUT` seconds, whatever happens."""
        try:
            message = await self._client.messages.create_async(
                to=address(letter.channel, letter.to),
                from_=address(letter.channel, letter.sender),
                status_callback=self._callback(letter.code),
                **_content(letter),
            )
        except (TwilioRestException, TwilioServiceException) as error:
            return _refusal(error.status, error.code)
        except Busy as busy:
            surely_not = busy.status == TOO_MANY or busy.status in _NEVER_BEGAN
            return TryLater(busy.after) if surely_not else Unsure()
        except NeverLeft:
            return TryLater()
        except (*ODD, *BROKEN):
            return Unsure()
        return Accepted(message.sid) if message.sid else Unsure()

    def _callback(self, code: str) -> str:
        return f"{self._account.public_url}/webhooks/twilio/status/{code}"

    async def sent_since(self, letter: Letter, since: datetime) -> list[str]:
        """Ids of what was accepted with this To, From and body, oldest first.

        What a template says is written at Twilio: of one, as of a redacted text, To and From are
        all there is to compare. Not filtered by date: Twilio has a date of sending only for what
        it has sent already.
        """
        found: list[MessageInstance] = []
        try:
            page = await self._client.messages.page_async(
                to=address(letter.channel, letter.to),
                from_=address(letter.channel, letter.sender),
                page_size=LAST_TEXTS,
            )
            while page is not None:
                here = list(page)
                fresh = [m for m in here if _made(m) >= since - SKEW]
                found += fresh
                page = await page.next_page_async() if fresh else None
        except (Busy, NeverLeft, *ODD, *BROKEN) as error:
            raise OutOfReach from error
        body = "" if letter.template else letter.body
        ours = [m for m in found if m.direction == "outbound-api" and _same(m.body, body)]
        ours.reverse()
        return [str(m.sid) for m in sorted(ours, key=_made)]

    async def remove(self, kept: Kept) -> Removal:
        """Its words alone, or the message with its media."""
        return await removed(self._client, kept)

    async def answers(self) -> bool:
        """Whether Twilio can be reached and knows the account."""
        try:
            await self._client.messages.list_async(limit=1, page_size=1)
        except (Busy, NeverLeft, *ODD, *BROKEN):
            return False
        return True

    async def received_since(
        self, since: datetime, to: str, channel: Channel = Channel.SMS
    ) -> AsyncIterator[InboundMessage]:
        """What Twilio took in for this number since then, oldest first."""
        try:
            found: list[MessageInstance] = await self._client.messages.list_async(
                to=address(channel, to), date_sent_after=since.astimezone(UTC), page_size=PAGE
            )
        except (Busy, NeverLeft, *ODD, *BROKEN) as error:
            raise OutOfReach from error
        read = [_read(m) for m in reversed(found) if m.direction == "inbound"]
        for text in sorted((text for text in read if text), key=lambda text: text.at):
            yield text
        if None in read:
            raise OutOfReach

    def called_since(self, since: datetime, to: str) -> AsyncIterator[Call]:
        """The calls that Twilio took in for this number since then, oldest first."""
        return calls_since(self._client, since, to)

    async def close(self) -> None:
        """Close the pooled connections."""
        await self._http.close()


def address(channel: Channel, number: str) -> str:
    """A number as Twilio wants it for this channel (https://www.twilio.com/docs/whatsapp/api)."""
    return f"{WHATSAPP}{number}" if channel is Channel.WHATSAPP else number


def _number(given: str) -> tuple[Channel, str]:
    if given.startswith(WHATSAPP):
        return Channel.WHATSAPP, given.removeprefix(WHATSAPP)
    return Channel.SMS, given


def _content(letter: Letter) -> dict[str, str]:
    return {"content_sid": letter.template} if letter.template else {"body": letter.body}


def _refusal(status: int, code: int | None) -> Result:
    if status in _OUR_FAULT or code is None or code < _FIRST_OWN_CODE or code in _FULL:
        return TryLater()
    return Refused(code, OPTED_OUT.get(code, OptOut.NONE))


def _same(theirs: str | None, ours: str) -> bool:
    """Of a text that was redacted meanwhile only To and From are left to compare."""
    return not ours or (theirs or "").removeprefix(_TRIAL).strip() == ours.strip()


def _made(message: MessageInstance) -> datetime:
    moment: datetime | None = message.date_created
    return moment if moment is not None else datetime.max.replace(tzinfo=UTC)


def _moment(message: MessageInstance) -> datetime:
    moment = message.date_sent or message.date_created
    return moment if moment is not None else datetime.max.replace(tzinfo=UTC)


def _read(message: MessageInstance) -> InboundMessage | None:
    """None for one that is not as Twilio writes them: the others are taken in all the same."""
    try:
        return _inbound(message)
    except ODD:
        return None


def _inbound(message: MessageInstance) -> InboundMessage:
    pictures = int(message.num_media or 0)
    channel, sender = _number(str(message.from_ or ""))
    return InboundMessage(
        channel=channel,
        provider_id=str(message.sid),
        sender=sender,
        to=_number(str(message.to or ""))[1],
        body=_clean(message.body or ""),
        at=_moment(message),
        media=(Media("unknown"),) * pictures,
        caught_up=True,
    )


def _clean(text: str) -> str:
    """Without what no database keeps as text: one bad character must not hold up all others."""
    return text.replace("\x00", "").encode(errors="replace").decode()
