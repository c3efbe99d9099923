"""One conversation: what was said, what matters about the contact, and what may be written."""

import re
import unicodedata
from dataclasses import dataclass
from uuid import UUID

from starlette.responses import JSONResponse, Response

from domain import segments
from domain.contact_rules import ASKABLE
from domain.conversation import Outcome
from handlers.errors import NeedsReason
from handlers.hold import see_standing
from handlers.may_open import may_be_there
from handlers.note_shown import note_shown
from handlers.reply import LONGEST
from handlers.see_backups import is_held
from handlers.see_conversation import see_conversation
from handlers.see_duties import see_open
from handlers.see_queue import newest_event, see_queue
from handlers.see_team_line import see_team_line
from handlers.seen import Answered, Conversation
from staff import why_page
from staff.forms import Form
from staff.queue_page import list_values
from staff.render import render
from staff.serve import id_in_path
from staff.thread_view import days
from staff.thread_window import window
from staff.troubles import Trouble
from staff.visit import SignedIn

TICK = 60
"""Seconds after which the page is made anew: what may be written depends on the hour."""


_PICTURE = re.compile(r"[0-9a-f-]{36}-[0-9]")

GSM = {
    "basic": "".join(sorted(segments.BASIC)),
    "extension": "".join(sorted(segments.EXTENSION)),
    "plain": segments.PLAIN,
}
"""What a page needs to count as the line does."""


@dataclass(frozen=True)
class Typed:
    """What somebody had written when something went wrong; None: nothing in that box."""

    reply: str | None = None
    note: str | None = None
    later: str | None = None
    """When it was to be sent, where it was to be sent later."""
    hours: tuple[str, str] | None = None
    """From when until when the contact may be written to."""


async def conversation_page(visit: SignedIn) -> Response:
    """The whole page; that it was opened is logged. Raises NotFound or NotAllowed."""
    return await opened(visit, id_in_path(visit), Typed())


async def opened(
    visit: SignedIn, conversation_id: UUID, typed: Typed, trouble: Trouble | None = None
) -> Response:
    """The page with what was typed and what went wrong. Raises NotFound or NotAllowed."""
    since = await newest_event(visit.house)
    try:
        talk = await see_conversation(visit.house, visit.member, conversation_id)
    except NeedsReason:
        if not (trouble or _both(typed)):
            raise
        return await why_page.asked(visit, conversation_id, trouble, kept_apart=_both(typed))
    queue = await see_queue(visit.house, visit.member)
    reply = typed.reply if typed.reply is not None else _begun(visit, talk)
    values: dict[str, object] = {
        "reply": reply,
        "note": talk.note_draft if typed.note is None else typed.note,
        "later": typed.later,
        "hours_typed": typed.hours,
        "deed": visit.request.url.path.rpartition("/")[2],
        "kept_apart": "" if talk.mine else _both(typed),
        "count": segments.count(reply.strip()),
        "length": len(reply.strip()),
        "too_long": len(reply.strip()) > LONGEST,
        "most": LONGEST,
        "culprits": [_shown(char) for char in segments.culprits(reply)[:8]],
        "replaceable": segments.plain(reply) != reply,
        "gsm": GSM,
    }
    values |= await _values(visit, talk, box=talk.mine)
    values |= list_values(visit, queue, conversation_id)
    values["team_line"] = await see_team_line(visit.house, visit.member)
    values["since"], values["held"] = since, queue.held
    values["path"] = f"/conversations/{conversation_id}"
    return render(visit, "conversation.html", values, trouble=trouble)


async def thread(visit: SignedIn) -> Response:
    """What changes by itself, for a page that refreshes itself; 204 when it would be the same.

    Neither logged as an opening nor counted as reading. To whoever may not read it nothing tells
    whether it is the same. Raises NotFound or NotAllowed.
    """
    conversation_id = id_in_path(visit)
    asked = visit.request.query_params
    if visit.member.reads and asked.get("tick", str(_tick(visit))) == str(_tick(visit)):
        newest = await newest_event(visit.house, conversation_id)
        same = newest and asked.get("since") == str(newest)
        if same and await may_be_there(visit.house, visit.member, conversation_id):
            return Response(status_code=204)
    talk = await see_conversation(visit.house, visit.member, conversation_id, opening=False)
    values = await _values(visit, talk, box=asked.get("box") == "1")
    return render(visit, "live.html", values | {"held": await is_held(visit.house)})


async def shown(visit: SignedIn, form: Form) -> Response:
    """The page, which somebody looks at, has shown what came while it was open.

    With the number of the reading, if it makes the page no older; 204 else. Raises NotFound or
    NotAllowed.
    """
    number = await note_shown(
        visit.house, visit.member, id_in_path(visit), form.seen(), form.number("since")
    )
    return Response(status_code=204) if number is None else JSONResponse({"event": number})


async def _values(visit: SignedIn, talk: Conversation, *, box: bool) -> dict[str, object]:
    """`box`: the page has a reply box, whoever has the conversation by now."""
    part = window(talk.thread, visit.request.query_params.get("from", ""))
    return {
        "talk": talk,
        "part": part,
        "owed": await see_open(visit.house, visit.member, talk.row.id),
        "hold": await see_standing(visit.house, visit.member, talk.row.id),
        "days": days(part.items, visit.times),
        "answers": _latest(talk.answers),
        "approved": talk.window is not None and not talk.window.is_open and talk.window.template,
        "askable": talk.refusal in ASKABLE,
        "forbidden": talk.refusal is not None and talk.refusal not in ASKABLE,
        "ASKABLE": ASKABLE,
        "outcomes": tuple(Outcome),
        "box": box,
        "opened_picture": _opened_picture(visit),
        "thread_tick": _tick(visit),
    }


def _opened_picture(visit: SignedIn) -> str:
    """The picture that was just asked for, which is shown without another press."""
    asked = visit.request.query_params.get("picture", "")
    return asked if _PICTURE.fullmatch(asked) else ""


def _begun(visit: SignedIn, talk: Conversation) -> str:
    """The kept draft, and after it the ready text that a link asked for, or that text alone."""
    draft = talk.draft.replace("\r\n", "\n")
    texts = dict(talk.texts) | {str(phrase.id): phrase.text for phrase in talk.phrases}
    instead = texts.get(visit.request.query_params.get("instead", ""))
    if instead is not None:
        return instead
    ready = texts.get(visit.request.query_params.get("text", ""), "")
    return "\n".join(
        part for part in (draft, ready) if part and (part == draft or ready not in draft)
    )


def _shown(char: str) -> str:
    """A character as it can be shown: what is not seen has a number."""
    unseen = char.isspace() or unicodedata.category(char)[0] in "CM"
    return f"U+{ord(char):04X}" if unseen else char


def _both(typed: Typed) -> str:
    return "\n\n".join(part for part in (typed.reply, typed.note) if part)


def _latest(answers: tuple[Answered, ...]) -> tuple[Answered, ...]:
    """Of several answers to one question the last, in the order in which they were asked first."""
    return tuple({answer.question: answer for answer in answers}.values())


def _tick(visit: SignedIn) -> int:
    return int(visit.now.timestamp()) // TICK
