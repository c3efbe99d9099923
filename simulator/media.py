"""Media of a message at the provider: its addresses, its bytes on a CDN, and its deletion.

Source: Twilio, "Media subresource"; "Protect media access with HTTP Basic authentication":
a request with credentials is redirected to an address that needs none and holds for a while.
"""

import asyncio
import hmac
from collections.abc import AsyncIterator
from dataclasses import replace
from email.utils import format_datetime
from hashlib import sha256
from time import time
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from simulator.book import Media, Message
from simulator.provider import Provider
from simulator.resource import API, error

CDN = "/media"
_PIECE = 64 * 1024
_ENDLESS = 512 * 1024 * 1024
"""Bytes after which even an endless stream ends, for the sake of the machine it runs on."""

_PAGE = b"<!doctype html><title>No picture</title><script>document.title = 'it ran'</script>"


def routes(provider: Provider) -> list[Route]:
    """The CDN; the rest belongs to the REST API."""

    async def bytes_of(request: Request) -> Response:
        return await _bytes(provider, request)

    return [Route(CDN + "/{sid}/{media}", bytes_of, methods=["GET"])]


def forgotten(media: Media) -> Media:
    """A media as it is once its bytes are deleted."""
    return replace(media, content=b"", gone=True)


def _kept(message: Message | None) -> list[Media]:
    if message is None or message.deleted:
        return []
    return [media for media in message.media if not media.gone]


def _find(provider: Provider, request: Request) -> tuple[Message, Media] | None:
    message = provider.book.get(request.path_params["sid"])
    for media in _kept(message):
        if message is not None and media.sid == request.path_params["media"]:
            return message, media
    return None


async def redirect(provider: Provider, request: Request) -> Response:
    """Lead to the bytes: 307 to an address that holds for `media_life` seconds."""
    found = _find(provider, request)
    if found is None or provider.faults.take("media-404", to=found[0].sender):
        return error(20404)
    message, media = found
    provider.counts["media_redirected"] += 1
    expires = int((time() + provider.config.media_life) * 1000)
    signature = _signature(provider, message.sid, media.sid, expires)
    query = urlencode({"Expires": expires, "Signature": signature})
    base = str(request.base_url).rstrip("/")
    return RedirectResponse(f"{base}{CDN}/{message.sid}/{media.sid}?{query}", 307)


def _signature(provider: Provider, message: str, media: str, expires: int) -> str:
    told = f"{message}/{media}/{expires}".encode()
    return hmac.new(provider.config.auth_token.encode(), told, sha256).hexdigest()


def _holds(provider: Provider, request: Request) -> bool:
    told, query = request.path_params, request.query_params
    expires = query.get("Expires", "")
    if not (expires.isascii() and expires.isdecimal()) or int(expires) < time() * 1000:
        return False
    wanted = _signature(provider, told["sid"], told["media"], int(expires))
    return hmac.compare_digest(wanted, query.get("Signature", ""))


async def _bytes(provider: Provider, request: Request) -> Response:
    if not _holds(provider, request):
        return Response("<Error><Code>AccessDenied</Code></Error>", 403, media_type="text/xml")
    found = _find(provider, request)
    if found is None:
        return Response("<Error><Code>NoSuchKey</Code></Error>", 404, media_type="text/xml")
    (message, media), faults = found, provider.faults
    provider.counts["media_fetched"] += 1
    if faults.take("media-endless", to=message.sender):
        return StreamingResponse(_without_end(media.content), media_type=media.content_type)
    if slow := faults.take("media-slow", to=message.sender):
        return StreamingResponse(
            _slowly(media.content, slow.seconds), media_type=media.content_type
        )
    if faults.take("media-html", to=message.sender):
        return Response(_PAGE, media_type=media.content_type)
    return Response(media.content, media_type=media.content_type)


async def _without_end(content: bytes) -> AsyncIterator[bytes]:
    yield content
    for _ in range(_ENDLESS // _PIECE):
        yield bytes(_PIECE)
        await asyncio.sleep(0)


async def _slowly(content: bytes, seconds: float) -> AsyncIterator[bytes]:
    half = len(content) // 2
    yield content[:half]
    await asyncio.sleep(seconds)
    yield content[half:]


async def fetch(provider: Provider, request: Request) -> Response:
    """What the provider tells of one media: never its bytes."""
    found = _find(provider, request)
    if found is None:
        return error(20404)
    return JSONResponse(_resource(provider, *found))


async def list_media(provider: Provider, request: Request) -> Response:
    """All media of a message on one page."""
    message = provider.book.get(request.path_params["sid"])
    if message is None or message.deleted:
        return error(20404)
    kept = _kept(message)
    return JSONResponse(
        {
            "end": max(len(kept) - 1, 0),
            "first_page_uri": request.url.path,
            "media_list": [_resource(provider, message, media) for media in kept],
            "next_page_uri": None,
            "page": 0,
            "page_size": 50,
            "previous_page_uri": None,
            "start": 0,
            "uri": request.url.path,
        }
    )


async def delete(provider: Provider, request: Request) -> Response:
    """Forget the bytes: 204, and 404 from then on, at redirected addresses too."""
    found = _find(provider, request)
    if found is None:
        return error(20404)
    message, gone = found
    left = tuple(forgotten(media) if media is gone else media for media in message.media)
    provider.book.change(message.sid, media=left)
    provider.counts["media_deleted"] += 1
    return Response(status_code=204)


def _resource(provider: Provider, message: Message, media: Media) -> dict[str, Any]:
    account = provider.config.account_sid
    return {
        "account_sid": account,
        "content_type": media.content_type,
        "date_created": format_datetime(message.created),
        "date_updated": format_datetime(message.created),
        "parent_sid": message.sid,
        "sid": media.sid,
        "uri": f"{API}/Accounts/{account}/Messages/{message.sid}/Media/{media.sid}.json",
    }
