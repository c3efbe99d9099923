"""The coordinator's board: how the line stands, and one conversation given to somebody else."""

from uuid import UUID

from starlette.responses import Response

from domain.access import Act
from handlers.errors import BadInput, CaseloadFull, Moved, NotThere, StaysAway
from handlers.reassign import reassign
from handlers.see_board import see_board
from handlers.see_queue import newest_event
from handlers.see_reassigning import see_reassigning
from handlers.seen_board import Board, GapBoard
from staff.forms import Form
from staff.queue_page import TICK
from staff.render import render
from staff.rota_strips import about
from staff.rota_words import RotaTimes
from staff.serve import id_in_path, to
from staff.troubles import Trouble, explain
from staff.visit import SignedIn

QUEUE = "queue"
"""Instead of a colleague's id."""


async def board_page(visit: SignedIn) -> Response:
    """The whole page. Raises OnlyCoordinators or NotAllowed."""
    seen = await see_board(visit.house, visit.member)
    return render(visit, "board.html", _values(visit, seen) | {"since": seen.event})


async def board_now(visit: SignedIn) -> Response:
    """The board alone, for a page that refreshes itself; 204 when it would be the same."""
    asked = visit.request.query_params
    known = asked.get("since") == str(await newest_event(visit.house))
    if visit.member.may(Act.BOARD) and known and asked.get("tick") == str(_tick(visit)):
        return Response(status_code=204)
    seen = await see_board(visit.house, visit.member)
    return render(visit, "board_now.html", _values(visit, seen))


async def board_talk_page(visit: SignedIn) -> Response:
    """One conversation. Raises NotFound, OnlyCoordinators or NotAllowed."""
    return await _talk(visit)


async def do_reassign(visit: SignedIn, form: Form) -> Response:
    """To a colleague or back to the queue. Raises NotFound, OnlyCoordinators or NotAllowed."""
    talk, chosen = id_in_path(visit), form.text("to")
    try:
        given = None if chosen == QUEUE else form.uuid("to")
        there, owner = chosen in form.text("there").split(), form.uuid("owner")
        await reassign(visit.house, visit.member, talk, owner, given, at_work=there)
    except (BadInput, Moved, CaseloadFull, NotThere, StaysAway) as error:
        return await _talk(visit, explain(error, visit.words, visit.times))
    return to("/board")


async def _talk(visit: SignedIn, trouble: Trouble | None = None) -> Response:
    talk = await see_reassigning(visit.house, visit.member, id_in_path(visit))
    values = {"talk": talk, "queue_value": QUEUE, "path": f"/board/{talk.row.id}"}
    return render(visit, "board_talk.html", values, trouble=trouble)


def _values(visit: SignedIn, seen: Board) -> dict[str, object]:
    return {
        "board": seen,
        "tick": _tick(visit),
        "people": seen.people,
        "gaps": [(gap, *_gap(visit, gap)) for gap in seen.gaps],
        "several": len(seen.lines) > 1,
        "path": "/board",
    }


def _gap(visit: SignedIn, gap: GapBoard) -> tuple[str, str]:
    """How it is said, and where it is filled."""
    times = RotaTimes(visit.times)
    start, end = times.wall(gap.start), times.wall(gap.end)
    return times.stretch(start, end), _address(gap.rota_id, about(gap.role, start, end))


def _address(rota_id: UUID, asked: str) -> str:
    return f"/rota/{rota_id}/give?{asked}"


def _tick(visit: SignedIn) -> int:
    return int(visit.now.timestamp()) // TICK
