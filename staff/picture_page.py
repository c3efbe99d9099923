"""How does a counsellor look at a picture that a contact sent?"""

from starlette.responses import Response

from handlers.errors import NotFound
from handlers.show_picture import fetch_picture, see_picture
from staff.conversation_deeds import done, here
from staff.forms import Form
from staff.serve import id_in_path
from staff.visit import SignedIn

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
"""Opened by itself it can do nothing; the rest stands in headers.py."""

ENDINGS = {"image/jpeg": "jpg", "image/png": "png"}
_MOST = 10


async def do_show(visit: SignedIn, form: Form) -> Response:
    """The press that has it fetched; it is shown where it stands in the thread."""
    del form
    talk, message, place = id_in_path(visit), id_in_path(visit, "message"), _place(visit)
    then = f"/conversations/{talk}?picture={message}-{place}&from={message}#m-{message}"
    return await done(visit, lambda: fetch_picture(*here(visit), message, place), then=then)


async def picture(visit: SignedIn) -> Response:
    """The picture itself, from our own address. Raises NotYours, NotFound or NotAllowed."""
    found = await see_picture(
        visit.house, visit.member, id_in_path(visit), id_in_path(visit, "message"), _place(visit)
    )
    name = f'inline; filename="picture.{ENDINGS[found.content_type]}"'
    headers = HEADERS | {"Content-Disposition": name}
    return Response(found.content, media_type=found.content_type, headers=headers)


def _place(visit: SignedIn) -> int:
    given = str(visit.request.path_params["place"])
    if not (given.isascii() and given.isdecimal()) or len(given) > 2 or int(given) >= _MOST:
        raise NotFound
    return int(given)
