"""How long is what kept? Coordinators see what goes, before they decide and every night."""

from collections.abc import Mapping

from starlette.responses import Response

from domain.retention import Kept, Terms
from handlers.errors import BadInput
from handlers.see_retention import Preview, limits, preview, see_retention
from handlers.set_retention import set_retention
from staff.forms import Form
from staff.render import render
from staff.serve import to
from staff.told import Told, tell
from staff.troubles import Trouble, explain
from staff.visit import SignedIn

PATH = "/retention"
PREVIEW = PATH + "/preview"

IN_ORDER = (
    *(Kept.CONVERSATIONS, Kept.NOTES, Kept.ADDRESSES, Kept.DELIVERIES, Kept.REGISTER),
    *(Kept.FIGURES, Kept.AUDIT),
)
"""As people think of them."""


async def retention_page(visit: SignedIn) -> Response:
    """Raises OnlyCoordinators or NotAllowed."""
    return await _shown(visit)


async def to_retention(visit: SignedIn) -> Response:
    """A form's own address, come to by a reload or by Back."""
    del visit
    return to(PATH)


async def do_preview(visit: SignedIn, form: Form) -> Response:
    """What would go; nothing is changed. Raises OnlyCoordinators or NotAllowed."""
    return await _shown(visit, wanted=_terms(form))


async def do_set(visit: SignedIn, form: Form) -> Response:
    """Where more would go by now than was shown, it is shown again. Raises OnlyCoordinators or
    NotAllowed."""
    wanted = _terms(form)
    shown = {kept: form.number(f"goes_{kept}") for kept in Kept}
    try:
        seen = form.number("seen")
        await set_retention(visit.house, visit.member, wanted, seen=seen, shown=shown)
    except BadInput as error:
        return await _shown(visit, explain(error, visit.words, visit.times), wanted=wanted)
    return tell(visit, to(PATH), Told.RETENTION_SET)


def _terms(form: Form) -> Terms:
    return {kept: form.number(kept) for kept in Kept}


async def _shown(
    visit: SignedIn, trouble: Trouble | None = None, wanted: Terms | None = None
) -> Response:
    page = await see_retention(visit.house, visit.member)
    would: Preview | None = None
    if wanted is not None:
        would = await preview(visit.house, visit.member, wanted)
    typed: Mapping[Kept, int] = page.terms if wanted is None else wanted
    values = {
        "page": page,
        "would": would,
        "typed": typed,
        "order": IN_ORDER,
        "limits": {kept: limits(kept) for kept in Kept},
        "preview_path": PREVIEW,
        "path": PATH,
    }
    return render(visit, "retention.html", values, trouble=trouble)
