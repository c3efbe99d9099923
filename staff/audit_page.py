"""What is written down about staff: looked through, verified, taken out; and who read what."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from urllib.parse import urlencode
from uuid import UUID

from starlette.responses import Response, StreamingResponse

from domain.access import Act
from domain.noted import Heading
from handlers.desk import must
from handlers.errors import BadInput
from handlers.see_audit import Asked, export_for, find_alias, see_audit, verify_and_note
from handlers.see_readers import see_readers
from staff import audit_words
from staff.forms import Form
from staff.render import render
from staff.serve import to
from staff.troubles import Trouble, explain
from staff.visit import SignedIn

PATH = "/audit"
DAY = PATH + "/day"


async def audit_page(visit: SignedIn) -> Response:
    """The newest entries of those that were asked for. Raises OnlyCoordinators."""
    return await _shown(visit, _asked(visit))


async def do_look(visit: SignedIn, form: Form) -> Response:
    """A filter; an alias stands in no address. Raises OnlyCoordinators."""
    must(visit.member, Act.AUDIT)
    written = form.text("alias").strip()
    asked = Asked(
        who=_id(form.text("who")),
        what=_heading(form.text("what")),
        since=_date(form.text("since")),
        until=_date(form.text("until")),
    )
    try:
        talk = await find_alias(visit.house, visit.member, written) if written else None
    except BadInput as error:
        trouble = explain(error, visit.words, visit.times)
        return await _shown(visit, asked, trouble, alias=written)
    return to(_address(replace(asked, talk=talk)))


async def do_verify(visit: SignedIn, form: Form) -> Response:
    """Raises OnlyCoordinators."""
    try:
        await verify_and_note(visit.house, visit.member, form.text("head"))
    except BadInput as error:
        return await _shown(visit, Asked(), explain(error, visit.words, visit.times))
    return to(PATH)


async def do_export(visit: SignedIn, form: Form) -> Response:
    """A file with a line of JSON for each entry. Raises OnlyCoordinators."""
    del form
    rows = await export_for(visit.house, visit.member)

    async def written() -> AsyncIterator[str]:
        async for row in rows:
            yield json.dumps(row, ensure_ascii=False) + "\n"

    named = f"audit-{visit.times.local(visit.now):%Y-%m-%d-%H%M}.jsonl"
    headers = {"Content-Disposition": f'attachment; filename="{named}"'}
    return StreamingResponse(written(), media_type="application/jsonl", headers=headers)


async def day_page(visit: SignedIn) -> Response:
    """Who read what that day; today where none is asked for. Raises OnlyCoordinators."""
    today = visit.times.local(visit.now).date()
    day = min(_date(visit.request.query_params.get("day", "")) or today, today)
    values = {
        "seen": await see_readers(visit.house, visit.member, day),
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1) if day < today else None,
        "today": today,
        "why_read": partial(audit_words.why_read, visit.words),
        "path": DAY,
    }
    return render(visit, "audit_day.html", values)


async def _shown(
    visit: SignedIn, asked: Asked, trouble: Trouble | None = None, alias: str = ""
) -> Response:
    log = await see_audit(visit.house, visit.member, asked)
    values = {
        "log": log,
        "asked": asked,
        "alias": alias or log.alias,
        "headings": tuple(Heading),
        "detail": partial(audit_words.detail, visit.words),
        "older": _address(replace(asked, before=log.older)) if log.older else None,
        "filtered": asked != Asked(),
        "path": PATH,
    }
    return render(visit, "audit.html", values, trouble=trouble)


def _asked(visit: SignedIn) -> Asked:
    """What the address asks for; what cannot be read is not asked."""
    given = visit.request.query_params
    before = given.get("before", "")
    return Asked(
        who=_id(given.get("who", "")),
        what=_heading(given.get("what", "")),
        talk=_id(given.get("talk", "")),
        since=_date(given.get("since", "")),
        until=_date(given.get("until", "")),
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,
    )


def _address(asked: Asked) -> str:
    """Ids, days and codes of ours alone."""
    fields = {name: value for name, value in vars(asked).items() if value is not None}
    return f"{PATH}?{urlencode(fields)}" if fields else PATH


def _id(given: str) -> UUID | None:
    try:
        return UUID(given)
    except ValueError:
        return None


def _heading(given: str) -> Heading | None:
    return Heading(given) if given in set(Heading) else None


def _date(given: str) -> date | None:
    try:
        found = date.fromisoformat(given)
    except ValueError:
        return None
    return found if 2000 <= found.year < 2200 else None
