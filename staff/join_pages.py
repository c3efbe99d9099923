"""How does somebody who was invited make their account?"""

from starlette.responses import Response

from handlers.errors import BadInput, Busy
from handlers.generated import generated
from handlers.join import invited, join
from handlers.sign_in import sign_out
from staff.browsers import browser_of
from staff.forms import Form
from staff.render import render
from staff.serve import begin_session, when_again
from staff.troubles import Trouble, explain
from staff.visit import SignedIn, Visit


async def join_page(visit: Visit, trouble: Trouble | None = None) -> Response:
    """The invited person's name and the fields for a passphrase. Raises LinkSpent."""
    name = await invited(visit.house, _token(visit))
    return render(
        visit, "join.html", {"name": name, "offer": generated(visit.language)}, trouble=trouble
    )


async def do_join(visit: Visit, form: Form) -> Response:
    """Signed in at once; the link is spent. Raises LinkSpent."""
    name = await invited(visit.house, _token(visit))
    try:
        token = await join(
            visit.house,
            _token(visit),
            form.text("passphrase"),
            form.text("repeated"),
            browser_of(visit.request),
        )
    except (BadInput, Busy) as error:
        shown = await join_page(visit, explain(error, visit.words, visit.times))
        return when_again(shown, error)
    if isinstance(visit, SignedIn):  # somebody else's, who showed them the link in this browser
        await sign_out(visit.house, visit.secret)
    return begin_session(visit, token, name)


def _token(visit: Visit) -> str:
    return str(visit.request.path_params["token"])
