"""Where was that said, and who was it? The words never stand in an address (promise 5)."""

from starlette.responses import Response

from handlers.desk import must_read
from handlers.errors import BadInput
from handlers.find import ask, find
from staff.forms import Form
from staff.render import render
from staff.serve import id_in_path, to
from staff.troubles import explain
from staff.visit import SignedIn


async def find_page(visit: SignedIn) -> Response:
    """The empty form. Raises NotAllowed."""
    must_read(visit.member)
    return render(visit, "find.html", {"words": "", "search": None})


async def do_find(visit: SignedIn, form: Form) -> Response:
    """Keep the words, and lead to their page. Raises NotAllowed."""
    words = form.text("words")
    try:
        search_id = await ask(visit.house, visit.member, words)
    except BadInput as error:
        trouble = explain(error, visit.words, visit.times)
        return render(visit, "find.html", {"words": words, "search": None}, trouble=trouble)
    return to(f"/find/{search_id}")


async def found_page(visit: SignedIn) -> Response:
    """What one's own search finds now. Raises NotFound or NotAllowed."""
    search = await find(visit.house, visit.member, id_in_path(visit))
    return render(visit, "find.html", {"words": search.words, "search": search})
