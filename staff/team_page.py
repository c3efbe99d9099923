"""Who reads, who waits to, and what is done when a device or a member is lost?"""

from uuid import UUID

from starlette.responses import Response

from handlers.admit import admit
from handlers.begin_anew import begin_anew
from handlers.errors import BadInput, Busy, KeyChanged, NotFound, TooManyAttempts
from handlers.lose_device import lose_device
from handlers.note_team_news import note_team_news
from handlers.see_queue import beside
from handlers.see_team import see_team
from staff.account_page import not_changed
from staff.browsers import browser_of
from staff.forms import Form
from staff.proofs import asked, proof_of
from staff.render import render
from staff.serve import begin_session, id_in_path, to, when_again
from staff.troubles import Trouble, explain
from staff.visit import SignedIn

PATH = "/team"


async def team_page(visit: SignedIn) -> Response:
    """All of it. Raises NotAllowed."""
    return await _shown(visit)


async def do_admit(visit: SignedIn, form: Form) -> Response:
    """The six words were the same. Raises NotAdmitted, NotAllowed."""
    whom, proof = id_in_path(visit), proof_of(visit, form, "admit_passphrase")
    try:
        await admit(visit.house, visit.member, whom, form.text("words"), proof)
    except (BadInput, Busy, KeyChanged, NotFound, TooManyAttempts) as error:
        trouble = not_changed(visit, error)
        return when_again(await _shown(visit, trouble, whom), error)
    return to(PATH)


async def do_note(visit: SignedIn, form: Form) -> Response:
    """What the queue said of the team was read. Raises NotAllowed."""
    await note_team_news(visit.house, visit.member, form.uuid("news"))
    return to("/queue")


async def do_lose_device(visit: SignedIn, form: Form) -> Response:
    """Signed in here alone from now on, with another key. Raises NotAdmitted, NotAllowed."""
    proof = proof_of(visit, form, "device_passphrase")
    try:
        token = await lose_device(visit.house, visit.member, proof, browser_of(visit.request))
    except (BadInput, Busy, TooManyAttempts) as error:
        return when_again(await _shown(visit, explain(error, visit.words, visit.times)), error)
    return begin_session(visit, token, visit.member.name)


async def do_begin_anew(visit: SignedIn, form: Form) -> Response:
    """Nobody is left who could admit anybody. Raises NotAdmitted, NotAllowed."""
    if not form.ticked("sure"):
        error = BadInput("sure", "empty")
        return await _shown(visit, explain(error, visit.words, visit.times))
    await begin_anew(visit.house, visit.member)
    return to(PATH)


async def _shown(
    visit: SignedIn, trouble: Trouble | None = None, whom: UUID | None = None
) -> Response:
    """`whom`: who was not let in."""
    values = {
        "team": await see_team(visit.house, visit.member),
        "beside": await beside(visit.house, visit.member),
        "path": PATH,
        "whom": whom,
        **await asked(visit),
    }
    return render(visit, "team.html", values, trouble=trouble)
