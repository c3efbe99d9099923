"""What of an update is let in? Ids, moments, words and kinds; never a name, a picture or a file.

Everything else is left outside before aiogram reads the update, so that no object, no error and no
line of a log can hold it, and so that a field that Telegram changes or adds stops no message.
Source: https://core.telegram.org/bots/api#update
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aiogram.enums import ContentType

from domain.message import Media

Raw = Mapping[str, Any]

MEDIA: dict[str, str] = {
    "animation": "video",
    "live_photo": "image",
    "audio": "audio",
    "voice": "audio",
    "video": "video",
    "video_note": "video",
    "photo": "image",
    "sticker": "sticker",
    "dice": "sticker",
    "venue": "location",
    "location": "location",
    "contact": "contact",
    "poll": "poll",
    "document": "application",
    "checklist": "unknown",
    "game": "unknown",
    "giveaway": "unknown",
    "invoice": "unknown",
    "paid_media": "unknown",
    "story": "unknown",
}
"""What people send beside text, and how it is noted. In this order: Telegram writes an animation
as a document too, and a venue as a location."""

SERVICE = {str(kind.value) for kind in ContentType} - {*MEDIA, "text", "rich_message", "any"}
"""What a client or Telegram itself writes into a chat: nobody has said anything by it."""

DEPTH = 16
"""How deep the words of a formatted message may lie."""


@dataclass(frozen=True)
class LetIn:
    """An update with the few things that the line uses."""

    update: dict[str, Any]
    """As aiogram reads it."""
    media: tuple[Media, ...] = ()
    """What its message holds beside words."""


def let_in(raw: Raw) -> LetIn | None:
    """None for what is none of the line's business: other kinds, groups, channels, bots."""
    for kind, few in _KINDS.items():
        event = raw.get(kind)
        if isinstance(event, Mapping):
            found = few(event)
            if found is None:
                return None
            return LetIn({**_of(raw, update_id=int), kind: found}, media(event))
    return None


def wrote(raw: Raw) -> dict[str, Any] | None:
    """The message that a person wrote, changed or pressed a button of, as aiogram reads it; None
    where nobody did."""
    found = let_in(raw)
    if found is None or "my_chat_member" in found.update:
        return None
    (event,) = (one for name, one in found.update.items() if name in _KINDS)
    few: dict[str, Any] = event.get("message", event)
    return few


def media(message: Raw) -> tuple[Media, ...]:
    """What a message holds beside words; of a kind that is not known yet, that it is there."""
    kind = next((MEDIA[name] for name in MEDIA if name in message), None)
    if kind is None and not _has_words(message):
        kind = "unknown"
    return (Media(kind),) if kind is not None else ()


def _has_words(message: Raw) -> bool:
    return any(name in message for name in ("text", "caption", "rich_message"))


def _message(message: Raw) -> dict[str, Any] | None:
    chat, sender = _part(message, "chat"), _part(message, "from")
    if not _is_private(chat, sender):
        return None
    if message.keys() & SERVICE and not _has_words(message):
        return None
    few = _of(message, message_id=int, date=int, edit_date=int, text=str, caption=str)
    if "text" not in few and "rich_message" in message:
        few["text"] = clean(" ".join(_rich(message["rich_message"])))
    return few | {"chat": _chat(chat), "from": _user(sender)}


def _press(query: Raw) -> dict[str, Any] | None:
    message = _part(query, "message")
    chat, sender = _part(message, "chat"), _part(query, "from")
    if not _is_private(chat, sender):
        return None
    ours = _of(message, message_id=int, date=int) | {"chat": _chat(chat)}
    markup = _part(message, "reply_markup")
    if "inline_keyboard" in markup:
        ours["reply_markup"] = {"inline_keyboard": markup["inline_keyboard"]}
    few = _of(query, id=str, data=str)
    return few | {"from": _user(sender), "chat_instance": "", "message": ours}


def _standing(change: Raw) -> dict[str, Any] | None:
    chat, sender = _part(change, "chat"), _part(change, "from")
    status = _part(change, "new_chat_member").get("status")
    if not _is_private(chat, sender) or status not in {"member", "kicked"}:
        return None
    before = "kicked" if status == "member" else "member"
    few = _of(change, date=int) | {"chat": _chat(chat), "from": _user(sender)}
    return few | {"old_chat_member": _member(before), "new_chat_member": _member(status)}


_KINDS: dict[str, Callable[[Raw], dict[str, Any] | None]] = {
    "message": _message,
    "edited_message": _message,
    "callback_query": _press,
    "my_chat_member": _standing,
}


def _is_private(chat: Raw, sender: Raw) -> bool:
    here = chat.get("type") == "private" and chat.get("id") == sender.get("id")
    return here and sender.get("is_bot") is False


def _chat(chat: Raw) -> dict[str, Any]:
    return _of(chat, id=int, type=str)


def _user(sender: Raw) -> dict[str, Any]:
    """aiogram wants a first name: an empty one."""
    return {**_of(sender, id=int, is_bot=bool, language_code=str), "first_name": ""}


def _member(status: str) -> dict[str, Any]:
    nobody = {"id": 0, "is_bot": True, "first_name": ""}
    return {"status": status, "user": nobody, "until_date": 0}


def _part(whole: Raw, name: str) -> Raw:
    found = whole.get(name)
    return found if isinstance(found, Mapping) else {}


def _of(whole: Raw, **wanted: type) -> dict[str, Any]:
    """The fields that are there and of the type that they should have."""
    found = {n: whole[n] for n, kind in wanted.items() if type(whole.get(n)) is kind}
    return {n: clean(value) if isinstance(value, str) else value for n, value in found.items()}


def clean(text: str) -> str:
    """Without half characters, which neither aiogram nor a database takes."""
    return text.encode("utf-8", "replace").decode()


def _rich(told: object, depth: int = DEPTH) -> Iterator[str]:
    """The words of a formatted message, in their order."""
    if isinstance(told, str):
        yield told
    elif isinstance(told, list) and depth:
        for one in told:
            yield from _rich(one, depth - 1)
    elif isinstance(told, Mapping) and depth:
        for name, value in told.items():
            if name == "text" or not isinstance(value, str):
                yield from _rich(value, depth - 1)
