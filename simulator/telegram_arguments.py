"""Reads what a bot asks, in all the ways in which the Bot API lets it ask.

Source: Telegram, Bot API, "Making requests": query string, urlencoded form, multipart form,
JSON. In forms an object or list is JSON inside a field.
"""

import json
from typing import Any
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

from simulator.telegram_book import Button, Rows

_LONGEST_BODY = 1024 * 1024
_LONGEST_DATA = 64


class Refused(Exception):
    """Telegram's answer to what it does not do: a code and what it says."""

    def __init__(self, code: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after


class Arguments:
    """The fields of one request, by name."""

    def __init__(self, told: dict[str, Any]) -> None:
        self._told = told

    def has(self, name: str) -> bool:
        """Whether the field was given."""
        return name in self._told

    def text(self, name: str) -> str:
        """A text; empty where it is missing."""
        told = self._told.get(name)
        return "" if told is None else str(told)

    def integer(self, name: str, default: int = 0) -> int:
        """A whole number; the default where it is missing or none."""
        try:
            return int(self._told.get(name, default))
        except (TypeError, ValueError):
            return default

    def flag(self, name: str) -> bool:
        """True for true, yes and 1."""
        return str(self._told.get(name, "")).casefold() in ("true", "yes", "1")

    def structure(self, name: str) -> Any:
        """An object or list; None where it is missing. Raises Refused for broken JSON."""
        told = self._told.get(name)
        if not isinstance(told, str) or not told:
            return told or None
        try:
            return json.loads(told)
        except ValueError as broken:
            raise Refused(400, f"Bad Request: can't parse {name} JSON object") from broken

    def keyboard(self) -> Rows | None:
        """The rows of buttons, None where none were given. Raises Refused for broken ones."""
        told = self.structure("reply_markup")
        if told is None:
            return None
        if not isinstance(told, dict):
            raise Refused(400, "Bad Request: object expected as reply markup")
        rows = told.get("inline_keyboard", [])
        if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
            raise Refused(400, 'Bad Request: field "inline_keyboard" must be an Array of Arrays')
        return tuple(tuple(_button(one) for one in row) for row in rows if row)


def _button(told: Any) -> Button:
    if not isinstance(told, dict) or not isinstance(told.get("text"), str):
        raise Refused(400, "Bad Request: can't parse inline keyboard button")
    if not told["text"].strip():
        raise Refused(400, "Bad Request: text of an inline keyboard button must be non-empty")
    if told.get("url"):
        return Button(told["text"], url=str(told["url"]))
    data = told.get("callback_data")
    if not isinstance(data, str) or not data:
        raise Refused(
            400,
            "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the"
            " inline keyboard",
        )
    if len(data.encode()) > _LONGEST_DATA:
        raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
    return Button(told["text"], data)


async def read(request: Request) -> Arguments:
    """All fields of a request, those of the body before those of the address."""
    return Arguments(dict(request.query_params) | await _body(request))


async def _body(request: Request) -> dict[str, Any]:
    kind = request.headers.get("content-type", "").split(";")[0].strip().casefold()
    if request.method != "POST":
        return {}
    if kind == "multipart/form-data":
        try:
            form = await request.form(max_files=10, max_part_size=_LONGEST_BODY)
        except HTTPException as broken:
            raise Refused(400, f"Bad Request: {broken.detail}") from broken
        return {name: value for name, value in form.items() if isinstance(value, str)}
    body = await request.body()
    if len(body) > _LONGEST_BODY:
        raise Refused(413, "Request Entity Too Large")
    if kind == "application/json":
        return _object(body)
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _object(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body or b"{}")
    except ValueError as broken:
        raise Refused(400, "Bad Request: can't parse JSON object") from broken
    if not isinstance(told, dict):
        raise Refused(400, "Bad Request: expected a JSON object")
    return told
