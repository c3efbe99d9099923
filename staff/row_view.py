"""What does one row of the queue look like? Made once for all to whom it says the same.

Many pages are told of the same event at the same moment, and most rows are for all of them, and for
the next event too, as they were.
"""

from collections.abc import Callable
from uuid import UUID

from markupsafe import Markup, escape

from domain.conversation import State
from domain.priority import TARGETS
from handlers.seen import Row
from staff.csrf import FIELD
from staff.render import environment
from staff.visit import SignedIn

MOST_KEPT = 2_000
"""Rows, each as it was last said; then all are made anew."""

PLACE = "whose page it is"
"""Stands in what is kept where each page's own token goes."""

_kept: dict[tuple[object, ...], tuple[tuple[object, ...], str]] = {}
"""By whose row it is and for which pages: all that it says, and how it is said."""


def row_view(visit: SignedIn, opened: UUID | None) -> Callable[[Row], Markup]:
    """Makes rows for this page; `opened` is the conversation beside the list, if one is."""
    times = visit.times
    pages = (visit.language, times.zone, opened is None)
    today = times.local(times.now).date()
    token = str(escape(visit.form_token))

    def made(row: Row) -> Markup:
        own = row.state is State.OWNED and row.owner == visit.member.name
        place, said = (row.id, own, row.id == opened, *pages), (today, *_said(row))
        known = _kept.get(place)
        if known is None or known[0] != said:
            if len(_kept) >= MOST_KEPT:
                _kept.clear()
            known = _kept[place] = said, _made(visit, row, opened, own)
        return Markup(known[1].replace(PLACE, token))  # noqa: S704 - made by the template

    return made


def _said(row: Row) -> tuple[object, ...]:
    """All that the template shows; the wait as finely as it is shown."""
    wait = row.wait
    waited = None
    if not row.answered and row.state is not State.CLOSED:
        minutes = int(wait.length.total_seconds()) // 60
        waited = (wait.tier, wait.since, minutes, int(wait.share * 100))
    facts = (row.alias, row.state, row.tier, row.reasons, row.answered, row.language, row.channel)
    more = (row.line, row.unread, row.returning, row.earlier_counsellor, row.owner, row.marks)
    help_ = (row.offered_until, row.help_asked, row.helper, row.handed_over, row.before)
    return (facts, more, row.opt_out, row.gate, row.trouble, waited, help_)


def _made(visit: SignedIn, row: Row, opened: UUID | None, own: bool) -> str:
    return (
        environment()
        .get_template("row.html")
        .render(
            row=row,
            opened=opened,
            own=own,
            t=visit.words.say,
            code=visit.words.code,
            times=visit.times,
            targets=TARGETS,
            csrf_field=FIELD,
            csrf=PLACE,
        )
    )
