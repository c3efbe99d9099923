"""All that HTTP reaches, as OpenAPI says it, so that requests can be drawn from it.

Fields, queries and holes in paths are read out of our own code: a new one is drawn without a word
here.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

STAFF = Path(__file__).parents[1] / "staff"
FIELD = re.compile(r'form\.[a-z_]+\(\s*"(\w+)"')
QUERY = re.compile(r'\.get\("(\w+)"')
HOLE = re.compile(r"\{(\w+)(?::\w+)?\}")

KINDS: tuple[Mapping[str, Any], ...] = (
    {"type": "string"},
    {"type": "string", "format": "uuid"},
    {"type": "string", "pattern": r"^20[0-9]{2}-[01][0-9]-[0-3][0-9](T[0-2][0-9]:[0-5][0-9])?$"},
    {"type": "string", "pattern": r"^[0-2][0-9]:[0-5][0-9]$"},
    {"type": "integer"},
)
"""What a field may hold: words, an id, a moment, an hour, a number."""

TWILIO = ("MessageSid", "From", "To", "Body", "NumMedia", "MediaUrl0", "MediaContentType0",
          "OptOutType", "SmsSid", "CallSid", "CallStatus", "MessageStatus", "SmsStatus",
          "ErrorCode", "ProfileName", "ButtonPayload")  # fmt: skip

CHAT = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "type": {"enum": ["private", "group", "channel", 7]},
        "first_name": {"type": "string"},
        "username": {"type": "string"},
    },
}
MESSAGE = {
    "type": "object",
    "properties": {
        "message_id": {"type": "integer"},
        "date": {"type": "integer"},
        "chat": CHAT,
        "from": CHAT,
        "text": {"type": "string"},
        "caption": {"type": "string"},
        "document": {"type": "object"},
        "entities": {"type": "array"},
    },
}
UPDATE: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "update_id": {"type": "integer"},
        "message": MESSAGE,
        "edited_message": MESSAGE,
        "callback_query": {
            "type": "object",
            "properties": {
                "id": {"type": "string"},
                "from": CHAT,
                "message": MESSAGE,
                "data": {"type": "string"},
            },
        },
        "my_chat_member": {"type": "object"},
    },
}
"""https://core.telegram.org/bots/api#update, as much of it as is read."""


def fields() -> list[str]:
    """Every name by which a page of ours reads a form."""
    return _named(FIELD)


def queries() -> list[str]:
    """Every name by which a page of ours reads what stands behind a question mark."""
    return _named(QUERY)


def _named(pattern: re.Pattern[str]) -> list[str]:
    return sorted(
        {name for file in STAFF.glob("*.py") for name in pattern.findall(file.read_text())}
    )


def described(
    routes: Iterable[tuple[str, str]], known: Collection[str], words: Collection[str]
) -> dict[str, Any]:
    """The document. `known`: ids that lead somewhere; `words`: codes that a form may hold."""
    paths: dict[str, Any] = {}
    value = {"anyOf": [*KINDS, {"enum": sorted(known)}, {"enum": sorted(words)}]}
    for method, path in routes:
        if method not in {"GET", "POST"}:
            continue
        holes = [
            {"name": name, "in": "path", "required": True, "schema": _hole(known, path)}
            for name in HOLE.findall(path)
        ]
        asked = [{"name": name, "in": "query", "schema": value} for name in queries()]
        operation: dict[str, Any] = {"responses": {"200": {"description": "it answers"}}}
        operation["parameters"] = holes + (asked if method == "GET" else [])
        if method == "POST":
            operation["requestBody"] = {"required": True, "content": _content(path, value)}
        paths.setdefault(HOLE.sub(r"{\1}", path), {})[method.lower()] = operation
    return {"openapi": "3.1.0", "info": {"title": "Utväg", "version": "0"}, "paths": paths}


def _hole(known: Collection[str], path: str) -> dict[str, Any]:
    odd = [{"type": "string", "minLength": 1}, {"type": "string", "format": "uuid"}]
    names = ["P1", "0", "1", "desk.css", "any-192.png", "sv"]
    weighed = [{"enum": sorted(known)}] * (1 if "{name" in path else 3)
    return {"anyOf": [*weighed, {"enum": names}, *odd]}


def _content(path: str, value: Mapping[str, Any]) -> dict[str, Any]:
    if path == "/webhooks/telegram":
        return {"application/json": {"schema": UPDATE}}
    names = TWILIO if path.startswith("/webhooks") else fields()
    form = {"type": "object", "properties": dict.fromkeys(names, value)}
    return {"application/x-www-form-urlencoded": {"schema": form | {"additionalProperties": False}}}
