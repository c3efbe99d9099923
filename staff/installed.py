"""What makes the desk an app that can be installed, and what it shows with no network: nothing."""

import json

from starlette.responses import Response

from handlers.errors import NotFound
from staff.icons import SIZES, icon
from staff.render import render
from staff.static_files import FOR_EVER
from staff.visit import Visit

GROUND = "#f6f5f1"
ACCENT = "#0b646b"


async def manifest(visit: Visit) -> Response:
    """Name, colours and icons (https://www.w3.org/TR/appmanifest/)."""
    kinds = [(size, purpose) for size in SIZES for purpose in ("any", "maskable")]
    icons = [
        {
            "src": f"/icons/{purpose}-{size}.png",
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }
        for size, purpose in kinds
    ]
    told = {
        "id": "/queue",
        "name": visit.words.say("app.name"),
        "short_name": visit.words.say("app.name"),
        "lang": visit.language,
        "start_url": "/queue",
        "scope": "/",
        "display": "standalone",
        "background_color": GROUND,
        "theme_color": ACCENT,
        "icons": icons,
    }
    body = json.dumps(told, ensure_ascii=False)
    return Response(body, media_type="application/manifest+json")


async def app_icon(visit: Visit) -> Response:
    """One of the manifest's icons. Raises NotFound."""
    known = {f"{p}-{size}.png": (size, p) for size in SIZES for p in ("any", "maskable")}
    found = known.get(visit.request.path_params["name"])
    if found is None:
        raise NotFound
    size, purpose = found
    drawn = icon(size, maskable=purpose == "maskable")
    return Response(drawn, media_type="image/png", headers={"Cache-Control": FOR_EVER})


async def worker(visit: Visit) -> Response:
    """The service worker: it may speak for all pages, so it stands at the root."""
    style = visit.desk.static.address("desk.css")
    push_key = visit.house.push.key if visit.house.push is not None else ""
    told = render(visit, "worker.js", {"style": style, "push_key": push_key})
    return Response(told.body, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


async def offline_page(visit: Visit) -> Response:
    """What the app shows without a network: the same for everybody, with nothing of anybody."""
    return render(
        Visit(visit.desk, visit.request, visit.language, visit.look, "", visit.now), "offline.html"
    )
