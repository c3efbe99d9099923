"""Who waits, what is mine, and what do colleagues have?"""

from uuid import UUID

from starlette.responses import Response

from domain.priority import Tier
from handlers.acknowledge import acknowledge
from handlers.errors import AlreadyTaken, BadInput, CaseloadFull, OfferedFirst
from handlers.see_queue import newest_event, see_queue
from handlers.see_team_line import see_team_line
from handlers.seen import Queue
from handlers.take import take
from handlers.take_up import note_follow_up, take_up
from staff.forms import Form
from staff.on_call_words import by_line
from staff.render import render
from staff.rota_words import RotaTimes
from staff.row_view import row_view
from staff.serve import id_in_path, to
from staff.troubles import Trouble, explain
from staff.visit import SignedIn

MOST_PAGES = 200
"""Acknowledged at once."""

TICK = 20
"""Seconds after which waits are said anew though nothing has happened."""


async def queue_page(visit: SignedIn, trouble: Trouble | None = None) -> Response:
    """The whole page; roles that do not read see numbers alone."""
    queue = await see_queue(visit.house, visit.member)
    values = list_values(visit, queue) | {"path": "/queue", "since": queue.event}
    values["team_line"] = await see_team_line(visit.house, visit.member)
    return render(visit, "queue.html", values, trouble=trouble)


async def queue_rows(visit: SignedIn) -> Response:
    """The list alone, for a page that refreshes itself; 204 when it would be the same."""
    asked = visit.request.query_params
    if asked.get("tick", str(_tick(visit))) == str(_tick(visit)) and asked.get("since") == str(
        await newest_event(visit.house)
    ):
        return Response(status_code=204)
    queue = await see_queue(visit.house, visit.member)
    values = list_values(visit, queue, _open(asked.get("open", "")))
    if values["opened"] is None:
        values["team_line"] = await see_team_line(visit.house, visit.member)
    return render(visit, "live_rows.html", values)


async def do_take(visit: SignedIn, form: Form) -> Response:
    """One taker wins; the others are told who. Whoever may not have it now is told why."""
    del form
    conversation_id = id_in_path(visit)
    try:
        await take(visit.house, visit.member, conversation_id)
    except (AlreadyTaken, CaseloadFull, OfferedFirst) as error:
        return await queue_page(visit, explain(error, visit.words, visit.times))
    return to(f"/conversations/{conversation_id}")


async def do_take_up(visit: SignedIn, form: Form) -> Response:
    """As Take, of what was closed and is to be followed up."""
    del form
    conversation_id = id_in_path(visit)
    try:
        await take_up(visit.house, visit.member, conversation_id)
    except (AlreadyTaken, CaseloadFull) as error:
        return await queue_page(visit, explain(error, visit.words, visit.times))
    return to(f"/conversations/{conversation_id}")


async def do_followed_up(visit: SignedIn, form: Form) -> Response:
    """It is no task any more."""
    del form
    await note_follow_up(visit.house, visit.member, id_in_path(visit))
    return to("/queue")


async def do_acknowledge(visit: SignedIn, form: Form) -> Response:
    """The pages that the queue showed are read; what came since is not."""
    await acknowledge(visit.house, visit.member, _ids(form.text("talks")))
    return to("/queue")


def _ids(written: str) -> list[UUID]:
    try:
        return [UUID(one) for one in written.split()[:MOST_PAGES]]
    except ValueError:
        raise BadInput("talks", "unknown") from None


def list_values(visit: SignedIn, queue: Queue, opened: UUID | None = None) -> dict[str, object]:
    """What the list's template needs; `opened` is the conversation beside it, if one is."""
    return {
        "queue": queue,
        "opened": opened,
        "tick": _tick(visit),
        "on_call": by_line(visit, queue.on_call, queue.lines),
        "row_view": row_view(visit, opened),
        "rota_times": RotaTimes(visit.times),
        "team_line": None,
        **_floods(queue),
        "counts": None if visit.member.reads else _counts(queue),
        "role_unsaid": visit.held is not None and visit.held.is_unsaid,
    }


def _floods(queue: Queue) -> dict[str, object]:
    """Each by the row in whose place it stands, which is the first of them that is listed."""
    placed: dict[UUID, object] = {}
    for flood in queue.floods:
        placed[next((row.id for row in queue.waiting if row.id in flood.ids), flood.first)] = flood
    return {"floods": placed, "flooded": {one for flood in queue.floods for one in flood.ids}}


def _counts(queue: Queue) -> list[tuple[Tier, int, int]]:
    owned = queue.mine + queue.others
    return [
        (tier, _of(tier, [r.tier for r in queue.waiting]), _of(tier, [r.tier for r in owned]))
        for tier in Tier
    ]


def _of(tier: Tier, tiers: list[Tier]) -> int:
    return sum(one is tier for one in tiers)


def _tick(visit: SignedIn) -> int:
    return int(visit.now.timestamp()) // TICK


def _open(given: str) -> UUID | None:
    try:
        return UUID(given)
    except ValueError:
        return None
