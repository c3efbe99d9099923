"""A way is taken away, or put in another place: a page asks whether it is its member who says so.

One that nobody is paged by goes without being asked about.
"""

from dataclasses import dataclass

from starlette.responses import Response

from handlers.errors import BadInput, Busy, NotFound, TooManyAttempts
from handlers.order_ways import move_way, remove_way
from handlers.proof import Guarded
from handlers.see_queue import beside
from handlers.see_ways import OwnWay, OwnWays, see_ways
from staff.account_page import not_changed
from staff.forms import Form
from staff.proofs import asked, proof_of
from staff.render import render
from staff.serve import id_in_path, to, when_again
from staff.troubles import Trouble
from staff.visit import SignedIn
from staff.way_words import way_name
from staff.ways_page import PATH

REMOVE = f"{PATH}/{{id}}/remove"
MOVE = f"{PATH}/{{id}}/move"
FIELD = "way_passphrase"


@dataclass(frozen=True)
class Change:
    """What is asked about."""

    deed: Guarded
    about: str
    """Which way."""
    address: str
    title: str
    said: str
    button: str
    asks: bool
    """For a proof."""
    place: int | None = None
    """From 0, of one that is moved."""


async def removing_page(visit: SignedIn) -> Response:
    """Whether to take it away. Raises NotFound, NotAllowed."""
    return await _shown(visit, await _removal(visit))


async def do_remove(visit: SignedIn, form: Form) -> Response:
    """Nobody is paged there any more. Raises NotFound, NotAllowed."""
    proof = proof_of(visit, form, FIELD)
    try:
        await remove_way(visit.house, visit.member, id_in_path(visit), proof)
    except (BadInput, Busy, TooManyAttempts) as error:
        trouble = not_changed(visit, error)
        return when_again(await _shown(visit, await _removal(visit), trouble), error)
    return to(PATH)


async def moving_page(visit: SignedIn) -> Response:
    """Whether to put it there. Raises NotFound, NotAllowed."""
    place = Form(visit.request.query_params).number("to")
    return await _shown(visit, await _move(visit, place))


async def do_move(visit: SignedIn, form: Form) -> Response:
    """To another place. Raises NotFound, NotAllowed."""
    place, proof = form.number("to"), proof_of(visit, form, FIELD)
    try:
        await move_way(visit.house, visit.member, id_in_path(visit), place, proof)
    except (BadInput, Busy, TooManyAttempts) as error:
        trouble = not_changed(visit, error)
        return when_again(await _shown(visit, await _move(visit, place), trouble), error)
    return to(PATH)


async def _theirs(visit: SignedIn) -> tuple[OwnWays, OwnWay]:
    """All of theirs, and the one in the path."""
    mine, wanted = await see_ways(visit.house, visit.member), id_in_path(visit)
    found = next((own for own in mine.ways if own.way.id == wanted), None)
    if found is None:
        raise NotFound
    return mine, found


async def _removal(visit: SignedIn) -> Change:
    mine, found = await _theirs(visit)
    wanted, say = found.way.id, visit.words.say
    others = any(own.way.may_be_tried for own in mine.ways if own is not found)
    return Change(
        Guarded.REMOVE_WAY,
        str(wanted),
        REMOVE.format(id=wanted),
        say("way_change.remove", name=way_name(visit)(found)),
        say(
            "way_change.remove_about"
            if others or not found.way.may_be_tried
            else "way_change.remove_last"
        ),
        say("ways.remove"),
        found.way.may_be_tried,
    )


async def _move(visit: SignedIn, place: int) -> Change:
    mine, found = await _theirs(visit)
    wanted, say = found.way.id, visit.words.say
    place = min(place, len(mine.ways) - 1)
    return Change(
        Guarded.MOVE_WAY,
        str(wanted),
        MOVE.format(id=wanted),
        say("way_change.move", name=way_name(visit)(found), n=place + 1),
        say("ways.about"),
        say("way_change.move_button"),
        mine.wakes,
        place,
    )


async def _shown(visit: SignedIn, change: Change, trouble: Trouble | None = None) -> Response:
    values = {
        "change": change,
        "beside": await beside(visit.house, visit.member),
        "path": PATH,
        **await asked(visit),
    }
    return render(visit, "way_change.html", values, trouble=trouble)
