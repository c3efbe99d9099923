"""Whom does a line page? A coordinator reads it in sentences, and writes it tier by tier."""

from collections.abc import Iterable, Mapping

from markupsafe import Markup
from starlette.responses import Response

from domain.escalation import LADDERS, Ladder, Ways
from domain.policy import Fault, faults
from domain.priority import Tier
from domain.rota import ShiftRole
from handlers.errors import BadInput, NotFound
from handlers.see_policy import PolicyPage, first_line, foresee, see_policy
from handlers.write_policy import write_policy
from staff import policy_fields as fields
from staff.forms import Form
from staff.policy_words import Sentence, said, sentences
from staff.render import render
from staff.serve import id_in_path, to
from staff.troubles import explain
from staff.visit import SignedIn

SHOWN = 30
"""Changes of a line's history, the newest."""


async def to_policy(visit: SignedIn) -> Response:
    """Of the first line. Raises NotFound, OnlyCoordinators or NotAllowed."""
    return to(f"/paging/{await first_line(visit.house, visit.member)}")


async def policy_page(visit: SignedIn) -> Response:
    """Every tier in sentences, and who changed what. Raises as `to_policy`."""
    page = await see_policy(visit.house, visit.member, id_in_path(visit))
    tiers = [(t, sentences(visit, page.ladders[t], page.names)) for t in Tier]
    values = {
        "page": page,
        "tiers": tiers,
        "unreached": any(_unreached(told) for _, told in tiers),
        "changes": [said(visit, change, page.names) for change in page.changes[:SHOWN]],
        "path": f"/paging/{page.line_id}",
    }
    return render(visit, "policy.html", values)


async def tier_page(visit: SignedIn) -> Response:
    """The form of one tier's ladder; `default`: filled in as the field has it. Raises as
    `to_policy`."""
    page, tier = await _asked(visit)
    default = bool(visit.request.query_params.get("default"))
    ladder = LADDERS[tier] if default else page.ladders[tier].ladder
    return await _form(visit, page, tier, fields.of_ladder(ladder), ladder, {})


async def do_write(visit: SignedIn, form: Form) -> Response:
    """Shown first, or written down. Raises as `to_policy`."""
    page, tier = await _asked(visit)
    ladder, found = fields.ladder(form)
    found = {**faults(tier, ladder), **found}
    if not found and form.text("do") != "show":
        try:
            await write_policy(
                visit.house, visit.member, page.line_id, tier, ladder, seen=form.number("seen")
            )
        except BadInput as error:
            found = {error.field: Fault(error.problem)}
        else:
            return to(f"/paging/{page.line_id}#{tier.name}")
    return await _form(visit, page, tier, fields.typed(form), ladder, found)


async def _asked(visit: SignedIn) -> tuple[PolicyPage, Tier]:
    page = await see_policy(visit.house, visit.member, id_in_path(visit))
    try:
        return page, Tier[visit.request.path_params["tier"]]
    except KeyError:
        raise NotFound from None


async def _form(
    visit: SignedIn,
    page: PolicyPage,
    tier: Tier,
    typed: fields.Typed,
    ladder: Ladder,
    found: Mapping[str, Fault],
) -> Response:
    foreseen = await foresee(visit.house, visit.member, page.line_id, ladder)
    would = None if found else sentences(visit, foreseen, page.names)
    values = {
        "page": page,
        "tier": tier,
        "typed": typed,
        "found": found,
        "marked": lambda field: _marked(field) if field in found else "",
        "would": would,
        "unreached": _unreached(would or ()),
        "stands": sentences(visit, page.ladders[tier], page.names),
        "whoms": list(ShiftRole),
        "ways": list(Ways),
        "lasts": (*(() if tier is Tier.P1 else (fields.NOBODY,)), fields.COORDINATORS),
        "path": f"/paging/{page.line_id}/{tier.name}",
    }
    trouble = None
    if found:
        field, fault = next(iter(found.items()))
        error = BadInput(f"policy_{field.rstrip('0123456789')}", fault)
        trouble = explain(error, visit.words, visit.times)
    return render(visit, "policy_tier.html", values, trouble=trouble)


def _unreached(told: Iterable[Sentence]) -> bool:
    """Somebody is to be paged, and just now nobody of them can be."""
    return any(one.nobody and one.now for one in told)


def _marked(field: str) -> Markup:
    """The attributes of a field that is wrong; its name is one of ours."""
    return Markup(' aria-invalid="true" aria-describedby="{}-wrong"').format(field)
