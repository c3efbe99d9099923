"""What is held about a contact as one file: a page to read and print, and the same for machines.

Made in memory: nothing of it is ever on a disk of ours.
"""

import json
from dataclasses import asdict, is_dataclass
from datetime import datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo
from zoneinfo import ZoneInfo

from markupsafe import Markup

from handlers.seen_export import Everything
from staff.render import environment
from staff.times import Times
from staff.words import LANGUAGES, words

PAGE, DATA = "index.html", "data.json"

CSS = Path(__file__).parent / "static" / "export.css"
"""Ours; the page carries it within it."""


def archive(everything: Everything, zone: ZoneInfo) -> bytes:
    """The zip file."""
    held = BytesIO()
    with ZipFile(held, "w", ZIP_DEFLATED) as made:
        _put(made, PAGE, page(everything, zone).encode(), everything.made_at)
        _put(made, DATA, data(everything).encode(), everything.made_at)
        for talk in everything.talks:
            for said in talk.said:
                for picture in said.pictures:
                    if picture.name:
                        _put(made, picture.name, picture.content, everything.made_at)
    return held.getvalue()


def _put(made: ZipFile, name: str, content: bytes, at: datetime) -> None:
    entry = ZipInfo(name, at.timetuple()[:6])
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    made.writestr(entry, content)


def page(everything: Everything, zone: ZoneInfo) -> str:
    """In the contact's language, where there are words in it; else in English."""
    language = everything.language if everything.language in LANGUAGES else "en"
    said = words(language)
    return (
        environment()
        .get_template("export_file.html")
        .render(
            everything=everything,
            t=said.say,
            code=said.code,
            times=Times(zone, language, everything.made_at),
            backups=timedelta(hours=everything.backup_hours),
            language=language,
            data=DATA,
            css=Markup(CSS.read_text(encoding="utf-8")),  # noqa: S704 - a file of ours
        )
    )


def data(everything: Everything) -> str:
    """The same as JSON: moments in UTC, codes as they are stored."""
    return json.dumps(asdict(everything), default=_plain, ensure_ascii=False, indent=1)


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, datetime | time):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return str(value)
