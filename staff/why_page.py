"""Why does somebody open a conversation that is neither theirs nor waiting?"""

from uuid import UUID

from starlette.responses import Response

from domain.need import Reason
from handlers.errors import BadInput
from handlers.give_reason import give_reason, see_asked
from staff.forms import Form
from staff.render import render
from staff.serve import id_in_path, to
from staff.troubles import Trouble, explain
from staff.visit import SignedIn


async def why_page(visit: SignedIn) -> Response:
    """The question; where none is asked the conversation itself. Raises NotFound or NotAllowed."""
    return await asked(visit, id_in_path(visit))


async def do_give(visit: SignedIn, form: Form) -> Response:
    """The reason, and then the conversation. Raises NotFound or NotAllowed."""
    conversation_id = id_in_path(visit)
    try:
        reason = form.choice("why", Reason)
    except BadInput as error:
        return await asked(visit, conversation_id, explain(error, visit.words, visit.times))
    await give_reason(visit.house, visit.member, conversation_id, reason)
    return to(f"/conversations/{conversation_id}")


async def asked(
    visit: SignedIn, conversation_id: UUID, trouble: Trouble | None = None, kept_apart: str = ""
) -> Response:
    """`kept_apart`: words of theirs that could not be sent or kept."""
    seen = await see_asked(visit.house, visit.member, conversation_id)
    if not (seen.needed or trouble or kept_apart):
        return to(f"/conversations/{conversation_id}")
    values = {
        "asked": seen,
        "reasons": sorted(Reason, key=lambda reason: reason is not Reason.DANGER),
        "kept_apart": kept_apart,
        "path": f"/conversations/{conversation_id}/why",
    }
    return render(visit, "why.html", values, trouble=trouble)
