"""What Twilio keeps of a message goes: its words alone, or all of it with its media.

Source: https://www.twilio.com/docs/messaging/api/message-resource ("Update a Message resource":
an empty Body redacts; "Delete a Message resource"), .../api/media-resource ("Delete a Media
resource"). A message that is not finished yet is neither redacted nor deleted: error 20009.
"""

from http import HTTPStatus

from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.rest import Client

from senders.sender import Gone, Kept, Refused, Removal, TryLater
from senders.twilio_http import BROKEN, ODD, Busy, NeverLeft

MOST_MEDIA = 20
"""Of one message; Twilio takes ten."""

_FIRST_OWN_CODE = 10_000
"""Below, an error's code is only its HTTP status: something in between has answered."""

_PASSES = frozenset({20003, 20009, 20429})
"""Not let in: the account is set up wrongly; not finished yet; too many requests."""


async def removed(client: Client, kept: Kept) -> Removal:
    """`Remover.remove`, of one account."""
    message = client.messages(kept.provider_id)
    try:
        if kept.words_only:
            await message.update_async(body="")
        else:
            await message.fetch_async()  # a list of nothing's media tells no error code
            for media in await message.media.list_async(limit=MOST_MEDIA):
                await media.delete_async()
            await message.delete_async()
    except (TwilioRestException, TwilioServiceException) as error:
        return _concluded(error.status, error.code)
    except Busy as busy:
        return TryLater(busy.after)
    except (NeverLeft, *ODD, *BROKEN):
        return TryLater()
    return Gone()


def _concluded(status: int, code: int | None) -> Removal:
    if code is None or code < _FIRST_OWN_CODE or code in _PASSES:
        return TryLater()
    return Gone() if status == HTTPStatus.NOT_FOUND else Refused(code)
