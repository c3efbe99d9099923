"""What Twilio keeps of a message goes: its words alone, or all of it with its media.

Source: https://www.twilio.com/docs/messaging/api/message-resource ("Update a Message resource":
an empty Body redacts; "Delete a Message resource"), .../api/media-resource ("Delete a Media
resource"). A message that is not finished yet is neither redacted nor deleted: error 20009.

Gone is only what Twilio says so of by its own id and code, and once more when it is asked again:
whatever else is answered is asked about later.
"""

import re
from http import HTTPStatus

from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageContext, MessageInstance

from senders.sender import Gone, Kept, Refused, Removal, TryLater
from senders.twilio_http import BROKEN, ODD, Busy, NeverLeft

MOST_MEDIA = 20
"""Of one message; Twilio takes ten."""

_FIRST_OWN_CODE = 10_000
"""Below, an error's code is only its HTTP status: something in between has answered."""

_PASSES = frozenset({20003, 20009, 20429})
"""Not let in: the account is set up wrongly; not finished yet; too many requests."""


_ID = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")
"""Whatever else stood in an address would lead to something that is no message."""

NO_ID = 20404
"""As Twilio says of what is not there; a person looks what became of it."""

_ERRORS = (TwilioRestException, TwilioServiceException)


async def removed(client: Client, kept: Kept) -> Removal:
    """`Remover.remove`, of one account."""
    if not _ID.fullmatch(kept.provider_id):
        return Refused(NO_ID)
    try:
        return await _removed(client.messages(kept.provider_id), kept)
    except _ERRORS as error:
        return _concluded(error.status, error.code)
    except Busy as busy:
        return TryLater(busy.after)
    except (NeverLeft, *ODD, *BROKEN):
        return TryLater()


async def _removed(message: MessageContext, kept: Kept) -> Removal:
    """Whatever said that it is not there, it is asked for once more. Raises what a request does."""
    try:
        if kept.words_only:
            left = await message.update_async(body="")
            return Gone() if _is_bare(left, kept.provider_id) else TryLater()
        await _remove_all(message)
    except _ERRORS as error:
        if not _is_not_there(error.status, error.code):
            raise
    try:
        await message.fetch_async()
    except _ERRORS as error:
        if not _is_not_there(error.status, error.code):
            raise
        return Gone()
    return TryLater()  # it is still there


def _is_bare(left: MessageInstance, provider_id: str) -> bool:
    return left.sid == provider_id and not left.body


async def _remove_all(message: MessageContext) -> None:
    """Its media first: once it is gone nothing lists them. Raises what a request does."""
    await message.fetch_async()  # a list of nothing's media tells no error code
    for media in await message.media.list_async(limit=MOST_MEDIA):
        try:
            await media.delete_async()
        except _ERRORS as error:
            if not _is_not_there(error.status, error.code):
                raise
    await message.delete_async()


def _is_not_there(status: int, code: object) -> bool:
    return status == HTTPStatus.NOT_FOUND and code == NO_ID


def _concluded(status: int, code: object) -> Removal:
    if not isinstance(code, int) or code < _FIRST_OWN_CODE or code in _PASSES:
        return TryLater()
    return TryLater() if status == HTTPStatus.NOT_FOUND else Refused(code)
