"""Twilio's webhook for a call: what a form says of it, and what the caller hears.

The caller hears the words whatever became of the database: they may be in danger, and 112 is among
them. A call that could not be stored is asked about again once it has been spoken
(docs/decisions/0011-calls.md).
"""

from collections.abc import Sequence
from datetime import datetime

from starlette.datastructures import FormData
from twilio.twiml.voice_response import VoiceResponse

from domain.call import LONGEST_ID, LONGEST_NUMBER, Call, Spoken, caller_of

VOICE = "/webhooks/twilio/voice"
OVERRIDE = "#rc=5&rp=ct,rt,5xx"
"""As for texts: five more tries, also on 5xx (connection overrides)."""

AGAIN = "again"
"""In the query where the caller has heard the words already."""

VOICES = {"sv": ("sv-SE", "Polly.Astrid"), "en": ("en-GB", "Polly.Amy")}
"""Locale and voice; a voice of the locale is named, since Twilio's own default speaks English
(https://www.twilio.com/docs/voice/twiml/say). A language without one is not spoken."""


def read_call(form: FormData, now: datetime) -> Call | None:
    """The call that a form tells of; None when it has no id of its own.

    Fields: https://www.twilio.com/docs/voice/twiml#request-parameters. Names, places and whatever
    else it says of the caller are not read.
    """
    sid = _text(form, "CallSid")
    if not sid or len(sid) > LONGEST_ID:
        return None
    return Call(sid, caller_of(_text(form, "From")), _text(form, "To")[:LONGEST_NUMBER], now)


def words(spoken: Sequence[Spoken]) -> str:
    """The words, and the end of the call."""
    answer = _speaking(spoken)
    answer.hangup()
    return str(answer)


def words_and_again(spoken: Sequence[Spoken]) -> str:
    """The words; then Twilio asks once more, and the call is stored after all."""
    answer = _speaking(spoken)
    answer.redirect(f"{VOICE}?{AGAIN}=1{OVERRIDE}", method="POST")
    return str(answer)


def nothing_more() -> str:
    """The end of a call that has been spoken to."""
    answer = VoiceResponse()
    answer.hangup()
    return str(answer)


def _speaking(spoken: Sequence[Spoken]) -> VoiceResponse:
    answer = VoiceResponse()
    for one in spoken:
        if one.language in VOICES:
            locale, voice = VOICES[one.language]
            answer.say(one.text, language=locale, voice=voice)
    return answer


def _text(form: FormData, name: str) -> str:
    values = form.getlist(name)
    return str(values[0]).replace("\x00", "") if values else ""
