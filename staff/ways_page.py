"""How am I paged, and in which order? A counsellor's own ways: looked at, added, tried."""

from collections.abc import Awaitable

from starlette.responses import JSONResponse, Response

from handlers.errors import BadInput, NotFound
from handlers.link_chat import Link, make_link
from handlers.pagers import add_own_sms, add_push, ask_again, confirm, try_way
from handlers.press_notification import press_notification
from handlers.renew_push import renew_push
from handlers.see_queue import beside
from handlers.see_ways import see_ways
from handlers.send_pages import page_shown
from staff.forms import Form
from staff.render import render
from staff.serve import id_in_path, to
from staff.troubles import Trouble, explain
from staff.visit import SignedIn, Visit
from staff.way_words import way_name, way_state, way_test

PATH = "/ways"


async def ways_page(visit: SignedIn) -> Response:
    """All of one's own. Raises NotAllowed."""
    return await _shown(visit)


async def ways_list(visit: SignedIn) -> Response:
    """The list alone, for a page that refreshes itself. Raises NotAllowed."""
    return render(visit, "ways_list.html", await _values(visit))


async def do_add_sms(visit: SignedIn, form: Form) -> Response:
    """A telephone, which is sent a code. Raises NotAllowed."""
    number = form.text("number")
    return await _done(visit, add_own_sms(visit.house, visit.member, number), number)


async def do_add_push(visit: SignedIn, form: Form) -> Response:
    """This browser, which is sent a first notification. Raises NotAllowed."""
    return await _done(visit, add_push(visit.house, visit.member, form.text("subscription")))


async def do_press(visit: Visit, form: Form) -> Response:
    """A notification was pressed; the worker is told what to say, or that it was for nothing."""
    try:
        said = await press_notification(visit.house, form.text("mark"))
    except NotFound:
        return Response(status_code=404)
    return JSONResponse({"said": said})


async def do_shown(visit: Visit, form: Form) -> Response:
    """A notification was shown; whatever came is answered alike."""
    await page_shown(visit.house, form.text("shown"))
    return Response(status_code=204)


async def do_renewed(visit: Visit, form: Form) -> Response:
    """A browser has renewed its subscription; whatever came is answered alike."""
    await renew_push(visit.house, form.text("old"), form.text("new"))
    return Response(status_code=204)


async def do_confirm(visit: SignedIn, form: Form) -> Response:
    """The code that came there. Raises NotFound, NotAllowed."""
    return await _done(
        visit, confirm(visit.house, visit.member, id_in_path(visit), form.text("code"))
    )


async def do_ask_again(visit: SignedIn, form: Form) -> Response:
    """Another code. Raises NotFound, NotAllowed."""
    del form
    return await _done(visit, ask_again(visit.house, visit.member, id_in_path(visit)))


async def do_try(visit: SignedIn, form: Form) -> Response:
    """A test page. Raises NotFound, NotAllowed."""
    del form
    return await _done(visit, try_way(visit.house, visit.member, id_in_path(visit)))


async def do_link(visit: SignedIn, form: Form) -> Response:
    """A code for Telegram, shown once. Raises NotAllowed."""
    del form
    try:
        link = await make_link(visit.house, visit.member)
    except BadInput as error:
        return await _shown(visit, explain(error, visit.words, visit.times))
    return await _shown(visit, link=link)


async def _done(visit: SignedIn, work: Awaitable[None], typed: str = "") -> Response:
    try:
        await work
    except BadInput as error:
        return await _shown(visit, explain(error, visit.words, visit.times), typed)
    return to(PATH)


async def _shown(
    visit: SignedIn,
    trouble: Trouble | None = None,
    typed: str = "",
    link: Link | None = None,
) -> Response:
    values = await _values(visit)
    values |= {"typed": typed, "path": PATH, "link": link}
    values |= {"beside": await beside(visit.house, visit.member)}
    return render(visit, "ways.html", values, trouble=trouble)


async def _values(visit: SignedIn) -> dict[str, object]:
    return {
        "mine": await see_ways(visit.house, visit.member),
        "way_name": way_name(visit),
        "way_state": way_state(visit),
        "way_test": way_test(visit),
    }
