"""Who is blocked, why, until when? And the form that blocks a sender."""

from starlette.responses import Response

from domain.access import Act
from domain.block import Lasts, Reason, offered
from handlers.block import block, lift, may_block, see_blocks
from handlers.errors import BadInput
from staff.forms import Form
from staff.render import render
from staff.serve import id_in_path, to
from staff.troubles import Trouble, explain
from staff.visit import SignedIn

PATH = "/blocks"


async def blocks_page(visit: SignedIn) -> Response:
    """Those that hold, and those of the last month. Raises NotAllowed."""
    seen = await see_blocks(visit.house, visit.member)
    values = {
        "holding": [one for one in seen if one.holds],
        "ended": [one for one in seen if not one.holds],
        "path": PATH,
    }
    return render(visit, "blocks.html", values)


async def blocking_page(visit: SignedIn) -> Response:
    """Raises NotFound or NotAllowed."""
    return await _form(visit)


async def do_block(visit: SignedIn, form: Form) -> Response:
    """Raises OnlyCoordinators, NotYours, NotFound or NotAllowed."""
    conversation_id = id_in_path(visit)
    try:
        await block(
            visit.house,
            visit.member,
            conversation_id,
            form.choice("reason", Reason),
            form.choice("lasts", Lasts),
            say=form.ticked("say"),
        )
    except BadInput as error:
        return await _form(visit, explain(error, visit.words, visit.times))
    return to(PATH)


async def do_lift(visit: SignedIn, form: Form) -> Response:
    """Raises NotFound, NotYours or NotAllowed."""
    del form
    await lift(visit.house, visit.member, id_in_path(visit))
    return to(PATH)


async def _form(visit: SignedIn, trouble: Trouble | None = None) -> Response:
    talk = id_in_path(visit)
    values = {
        "talk_id": talk,
        "may_say": await may_block(visit.house, visit.member, talk),
        "reasons": tuple(Reason),
        "lengths": offered(long=visit.member.may(Act.BLOCK_ANY)),
        "path": f"/conversations/{talk}/blocking",
    }
    return render(visit, "blocking.html", values, trouble=trouble)
