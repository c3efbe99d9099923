"""Where is what is set seldom? Everybody sees the pages that they may open."""

from starlette.responses import Response

from domain.access import Act
from handlers.desk import must
from staff.render import render
from staff.settings_cards import cards_for
from staff.visit import SignedIn


async def settings_page(visit: SignedIn) -> Response:
    """Raises NotAllowed for who may open none of them."""
    must(visit.member, Act.SETTINGS)
    return render(visit, "settings.html", {"groups": cards_for(visit.member)})
