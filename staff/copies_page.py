"""Copies that providers did not give up: asked once more, because somebody has put it right."""

from starlette.responses import Response

from handlers.copies_again import copies_again
from staff.forms import Form
from staff.serve import to
from staff.visit import SignedIn

AGAIN = "/copies/again"


async def do_again(visit: SignedIn, form: Form) -> Response:
    """Raises NotAllowed."""
    del form
    await copies_again(visit.house, visit.member)
    return to("/queue")
