"""What comes in a Telegram message instead of a text, made up.

Source: Telegram, Bot API, the fields of "Message". The number of a contact is one of those
set aside for fiction.
"""

from collections.abc import Callable
from secrets import token_urlsafe
from typing import Any

from simulator.telegram_book import Person

Content = dict[str, Any]


def _file(**more: Any) -> Content:
    return {"file_id": token_urlsafe(24), "file_unique_id": token_urlsafe(9), **more}


def _sticker(_: Person) -> Content:
    return {
        "sticker": _file(type="regular", width=512, height=512, is_animated=False, is_video=False)
    }


def _voice(_: Person) -> Content:
    return {"voice": _file(duration=7, mime_type="audio/ogg", file_size=24_310)}


def _photo(_: Person) -> Content:
    sizes = ((90, 67), (320, 240), (1280, 960))
    return {"photo": [_file(width=wide, height=high, file_size=wide * 60) for wide, high in sizes]}


def _location(_: Person) -> Content:
    return {"location": {"latitude": 0.0, "longitude": 0.0}}


def _contact(person: Person) -> Content:
    told = {"phone_number": "+46701740699", "first_name": person.first_name}
    return {"contact": told | {"user_id": person.chat}}


def _document(_: Person) -> Content:
    told = _file(file_name="document.pdf", mime_type="application/pdf", file_size=48_213)
    return {"document": told}


def _video_note(_: Person) -> Content:
    return {"video_note": _file(length=240, duration=5, file_size=120_000)}


def _poll(_: Person) -> Content:
    options = [
        {"persistent_id": str(place), "text": text, "voter_count": 0}
        for place, text in enumerate(("A", "B"))
    ]
    return {
        "poll": {
            "id": token_urlsafe(12),
            "question": "A or B?",
            "options": options,
            "total_voter_count": 0,
            "is_closed": False,
            "is_anonymous": True,
            "type": "regular",
            "allows_multiple_answers": False,
            "allows_revoting": True,
            "members_only": False,
        }
    }


def _future_kind(_: Person) -> Content:
    return {"future_kind": {"id": token_urlsafe(12), "depth": 3}}


CONTENT: dict[str, Callable[[Person], Content]] = {
    "sticker": _sticker,
    "voice": _voice,
    "photo": _photo,
    "location": _location,
    "contact": _contact,
    "document": _document,
    "video_note": _video_note,
    "poll": _poll,
    "future_kind": _future_kind,
}
