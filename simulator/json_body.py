"""Reads what the control API is told: JSON objects, and files among them."""

import json
from base64 import b64decode
from typing import Any

from starlette.requests import Request

from simulator.book import Media
from simulator.picture import picture

_MOST_FILES = 10
_LARGEST = 20_000_000
"""Bytes; WhatsApp's own limit is 16 MB, and a test may go beyond it."""

_MEDIA = "media is true, or a list of at most 10 {content_type, size, content}, content in base64"


class BadRequest(ValueError):
    """What was asked cannot be understood."""


async def read_object(request: Request) -> dict[str, Any]:
    """The request's JSON object. Raises BadRequest."""
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
        raise BadRequest("the body is application/json")
    try:
        told = json.loads(await request.body())
    except ValueError as broken:
        raise BadRequest("the body is not JSON") from broken
    if not isinstance(told, dict):
        raise BadRequest("the body is an object")
    return told


def read_media(told: Any) -> tuple[Media, ...]:
    """The files of a text: `true` is one real picture. Raises BadRequest."""
    if told is True:
        return (picture(),)
    if not isinstance(told, list) or len(told) > _MOST_FILES:
        raise BadRequest(_MEDIA)
    return tuple(_one(one) for one in told)


def _one(told: Any) -> Media:
    if not isinstance(told, dict):
        raise BadRequest(_MEDIA)
    size, content = told.get("size"), told.get("content")
    if size is not None and not isinstance(size, int):
        raise BadRequest(_MEDIA)
    size = None if size is None else min(max(size, 0), _LARGEST)
    return picture(str(told.get("content_type", "image/jpeg")), size, _decoded(content))


def _decoded(content: Any) -> bytes | None:
    if content is None:
        return None
    try:
        return b64decode(content, validate=True)[:_LARGEST]
    except (TypeError, ValueError) as broken:
        raise BadRequest(_MEDIA) from broken
