"""The calls that Twilio has on its list, also those whose webhook nobody answered.

Source: https://www.twilio.com/docs/voice/api/call-resource#read-multiple-call-resources
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from operator import attrgetter

from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallInstance

from domain.call import LONGEST_ID, LONGEST_NUMBER, Call, caller_of
from senders.sender import OutOfReach
from senders.twilio_http import BROKEN, ODD, Busy, NeverLeft

PAGE = 200


async def calls_since(client: Client, since: datetime, to: str) -> AsyncIterator[Call]:
    """`CallLister.called_since`, of one account.

    Compared again here: the documentation names whole days for StartTime, and what was called
    before the line was added is not ours.
    """
    first = since.astimezone(UTC).replace(microsecond=0)  # Twilio tells whole seconds
    try:
        found: list[CallInstance] = await client.calls.list_async(
            to=to, start_time_after=first, page_size=PAGE
        )
    except (Busy, NeverLeft, *ODD, *BROKEN) as error:
        raise OutOfReach from error
    read = [_read(one) for one in reversed(found) if one.direction == "inbound"]
    for call in sorted((call for call in read if call), key=attrgetter("at")):
        if call.at >= first:
            yield call
    if None in read:
        raise OutOfReach


def _read(one: CallInstance) -> Call | None:
    """None for one that is not as Twilio writes them: the others are taken in all the same."""
    sid, at = str(one.sid or ""), one.start_time or one.date_created
    if not sid or len(sid) > LONGEST_ID or not isinstance(at, datetime) or at.tzinfo is None:
        return None
    to = str(one.to or "").replace("\x00", "")[:LONGEST_NUMBER]
    return Call(sid, caller_of(str(one._from or "")), to, at)
