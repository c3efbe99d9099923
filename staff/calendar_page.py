"""A counsellor's own calendar: its secret address is made, renewed and ended; a phone reads it."""

from starlette.responses import Response

from domain.rota import ShiftRole
from handlers.calendar_feed import Words, end_feed, feed_made_at, read_feed, renew_feed
from handlers.errors import BadInput, Busy, TooManyAttempts
from staff.account_page import not_changed
from staff.forms import Form
from staff.proofs import asked, proof_of
from staff.render import render
from staff.serve import to, when_again
from staff.troubles import Trouble
from staff.visit import SignedIn, Visit
from staff.words import LANGUAGES, words

PATH = "/rota/calendar"


async def calendar_page(visit: SignedIn) -> Response:
    """Whether there is an address, and since when. Raises NotAllowed."""
    return await _shown(visit)


async def do_calendar(visit: SignedIn, form: Form) -> Response:
    """Make or renew it, and show it once; or end it. Raises NotAllowed."""
    if form.ticked("end"):
        await end_feed(visit.house, visit.member)
        return to(PATH)
    proof = proof_of(visit, form, "feed_passphrase")
    try:
        token = await renew_feed(visit.house, visit.member, proof)
    except (BadInput, Busy, TooManyAttempts) as error:
        return when_again(await _shown(visit, trouble=not_changed(visit, error)), error)
    public = visit.desk.settings.public_url.rstrip("/")
    return await _shown(visit, f"{public}/calendar/{visit.language}/{token}.ics")


async def calendar_file(visit: Visit) -> Response:
    """Without a session: the address is the secret. Raises NotFound."""
    asked = visit.request.path_params["language"]
    say = words(asked if asked in LANGUAGES else visit.language)
    told = Words(
        {role: say.say("calendar.shift", role=say.code("shift", role)) for role in ShiftRole},
        say.say("calendar.alarm"),
    )
    body = await read_feed(visit.house, visit.request.path_params["token"], told)
    headers = {"Cache-Control": "private, no-store"}
    return Response(body, media_type="text/calendar; charset=utf-8", headers=headers)


async def _shown(visit: SignedIn, address: str = "", trouble: Trouble | None = None) -> Response:
    values = {
        "made_at": await feed_made_at(visit.house, visit.member),
        "address": address,
        "path": PATH,
        **await asked(visit),
    }
    return render(visit, "rota_calendar.html", values, trouble=trouble)
