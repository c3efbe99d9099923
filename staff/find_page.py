"""Where was that said, and who was it? The words never stand in an address (promise 5)."""

from starlette.responses import Response

from domain.access import Act
from handlers.desk import must
from handlers.errors import BadInput, TooManySearches
from handlers.find import ask, find
from handlers.see_queue import beside
from handlers.seen_found import Search
from handlers.turns import Turns
from staff.forms import Form
from staff.render import render
from staff.serve import id_in_path, to
from staff.troubles import Trouble, explain
from staff.visit import SignedIn


class FindPages:
    """The addresses of find."""

    def __init__(self) -> None:
        """Nobody has searched yet."""
        self._turns = Turns()

    async def form(self, visit: SignedIn) -> Response:
        """The empty form. Raises NotAllowed."""
        must(visit.member, Act.READ)
        return await _shown(visit, "", None)

    async def do_find(self, visit: SignedIn, form: Form) -> Response:
        """Keep the words, and lead to their page. Raises NotAllowed."""
        words = form.text("words")
        try:
            self._turns.must_have(visit.member.id, visit.now)
            search_id = await ask(visit.house, visit.member, words)
        except (BadInput, TooManySearches) as error:
            return await _shown(visit, words, None, explain(error, visit.words, visit.times))
        return to(f"/find/{search_id}")

    async def found(self, visit: SignedIn) -> Response:
        """What one's own search finds now; a reload is another turn.

        Raises NotFound, TooManySearches or NotAllowed.
        """
        must(visit.member, Act.READ)
        async with self._turns.take(visit.member.id, visit.now):
            search = await find(visit.house, visit.member, id_in_path(visit))
        return await _shown(visit, search.words, search)


async def _shown(
    visit: SignedIn, words: str, search: Search | None, trouble: Trouble | None = None
) -> Response:
    values = {"words": words, "search": search, "beside": await beside(visit.house, visit.member)}
    return render(visit, "find.html", values, trouble=trouble)
