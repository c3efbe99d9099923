"""Starting and ending a shift, handing over, and what the next person needs in a minute."""

from uuid import UUID

from starlette.responses import Response

from handlers.debrief import answer_debrief
from handlers.errors import (
    BadInput,
    CaseloadFull,
    MustStayAway,
    NotThere,
    NotYours,
    StaysAway,
    StillYours,
    WrittenMeanwhile,
)
from handlers.hand_over import Handed, hand_over
from handlers.note_refused import note_refused
from handlers.see_handover import see_ending, see_handing, see_handover
from handlers.work_shift import end_shift, start_shift
from staff.forms import Form
from staff.render import render
from staff.serve import id_in_path, to
from staff.told import Told, tell
from staff.troubles import Trouble, explain
from staff.visit import SignedIn

START, END = "/shift/start", "/shift/end"
TALK = "/conversations/{id}"
QUEUE = "queue"
"""Instead of a colleague."""


async def ending_page(visit: SignedIn) -> Response:
    """A form for each conversation that is left. Raises NotAllowed."""
    return await _ending(visit)


async def handover_page(visit: SignedIn) -> Response:
    """One conversation at a glance. Raises NotFound or NotAllowed."""
    it = await see_handover(visit.house, visit.member, id_in_path(visit))
    return render(visit, "handover.html", {"it": it})


async def handing_page(visit: SignedIn) -> Response:
    """One alone; who does not have it is led to the conversation. Raises NotAllowed."""
    try:
        return await _handing(visit)
    except NotYours:
        return to(TALK.format(id=id_in_path(visit)))


async def do_start(visit: SignedIn, form: Form) -> Response:
    """Raises NotAllowed."""
    del form
    await start_shift(visit.house, visit.member)
    return to("/queue")


async def do_end(visit: SignedIn, form: Form) -> Response:
    """Raises NotAllowed."""
    del form
    try:
        await end_shift(visit.house, visit.member)
    except StillYours as error:
        return await _ending(visit, trouble=explain(error, visit.words, visit.times))
    return to("/queue")


async def do_hand_over(visit: SignedIn, form: Form) -> Response:
    """From its own page, or from the one where the shift ends: there what was written stands again
    if it cannot be done, and alone where they must stay away by now. Raises NotFound or NotAllowed.
    """
    talk, alone = id_in_path(visit), bool(form.text("alone"))
    try:
        handed = Handed(_whom(form), form.text("note"), form.text("promised"))
        key, there = form.uuid("form_key"), form.text("to") in form.text("there").split()
        seen = form.seen() if alone else None
        who = visit.house, visit.member, talk
        await hand_over(*who, handed, form_key=key, at_work=there, seen=seen)
        what = Told.HANDED_OVER if handed.to else Told.HANDED_BACK
    except (BadInput, CaseloadFull, NotThere, NotYours, StaysAway, WrittenMeanwhile) as error:
        trouble = explain(error, visit.words, visit.times)
        return await (_handing_again if alone else _ending)(visit, form, trouble)
    except MustStayAway as error:
        await note_refused(visit.house, visit.member, error, str(talk))
        trouble = explain(error, visit.words, visit.times)
        return await _ending(visit, form, trouble) if not alone else _words(visit, form, trouble)
    return tell(visit, to("/queue" if alone else END), what)


async def do_debrief(visit: SignedIn, form: Form) -> Response:
    """Done or not. Raises BadInput or NotAllowed."""
    if form.text("done") not in {"yes", "no"}:
        raise BadInput("done", "unknown")
    done = form.text("done") == "yes"
    await answer_debrief(visit.house, visit.member, id_in_path(visit), done=done)
    return to("/queue")


def _whom(form: Form) -> UUID | None:
    """None: the queue. Raises BadInput (to: unknown)."""
    return None if form.text("to") == QUEUE else form.uuid("to")


async def _ending(
    visit: SignedIn, typed: Form | None = None, trouble: Trouble | None = None
) -> Response:
    ending = await see_ending(visit.house, visit.member)
    values = {
        "ending": ending,
        "typed": typed,
        "typed_for": id_in_path(visit) if typed else None,
        "path": END,
    }
    return render(visit, "shift.html", values, trouble=trouble)


async def _handing(
    visit: SignedIn, typed: Form | None = None, trouble: Trouble | None = None
) -> Response:
    talk = id_in_path(visit)
    handing = await see_handing(visit.house, visit.member, talk)
    values = {"handing": handing, "typed": typed, "talk_id": talk}
    return render(visit, "hand_over.html", values, trouble=trouble)


async def _handing_again(visit: SignedIn, typed: Form, trouble: Trouble) -> Response:
    """Also where it is theirs no more: what they wrote is not lost."""
    try:
        return await _handing(visit, typed, trouble)
    except NotYours:
        return _words(visit, typed, trouble, id_in_path(visit))


def _words(visit: SignedIn, typed: Form, trouble: Trouble, talk_id: UUID | None = None) -> Response:
    """What they wrote, and nothing of the conversation. `talk_id`: where they may go back to."""
    values: dict[str, object] = {"handing": None, "typed": typed, "talk_id": talk_id}
    if talk_id is None:
        values["path"] = "/queue"
    return render(visit, "hand_over.html", values, trouble=trouble)
