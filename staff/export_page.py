"""The form that gives the ground for an export, and the file itself."""

from starlette.responses import Response

from domain.export import Ground
from handlers.errors import BadInput
from handlers.export import Grounds, export, see_exporting
from staff.duty_pages import EMPTY
from staff.export_file import archive
from staff.forms import Form
from staff.render import render
from staff.serve import id_in_path
from staff.troubles import Trouble, explain
from staff.visit import SignedIn

NAME = "utvag.zip"
"""Of the file: nothing of whose it is."""


async def export_page(visit: SignedIn) -> Response:
    """Raises NotAdmitted, NotFound or NotAllowed."""
    return await _page(visit, EMPTY)


async def do_export(visit: SignedIn, form: Form) -> Response:
    """The file, made in memory and kept nowhere. Raises NotAdmitted, NotFound or NotAllowed."""
    talk = id_in_path(visit)
    try:
        exporting = await see_exporting(visit.house, visit.member, talk)
        held = frozenset(one.id for one in exporting.holdable if form.ticked(f"hold_{one.id}"))
        ground = form.choice("ground", Ground)
        grounds = Grounds(ground, form.text("more"), form.ticked("sure"), held)
        everything = await export(visit.house, visit.member, talk, grounds)
    except BadInput as error:
        return await _page(visit, form, explain(error, visit.words, visit.times))
    return Response(
        archive(everything, visit.house.zone),
        media_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{NAME}"',
            "Cache-Control": "no-store",
        },
    )


async def _page(visit: SignedIn, typed: Form, trouble: Trouble | None = None) -> Response:
    one = await see_exporting(visit.house, visit.member, id_in_path(visit))
    values = {
        "one": one,
        "grounds": tuple(Ground),
        "typed": typed,
        "path": f"/conversations/{one.id}/export",
    }
    return render(visit, "export.html", values, trouble=trouble)
