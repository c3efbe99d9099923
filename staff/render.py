"""How does a template become a page?"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from uuid import uuid4

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from staff.csrf import FIELD
from staff.settings_cards import PATHS
from staff.told import is_said, told
from staff.troubles import Trouble
from staff.visit import SignedIn, Visit

TEMPLATES = Path(__file__).parent / "templates"

WHOLE = "<!doctype html>"

OFFLINE = "/offline"
"""Kept by browsers for later."""


@cache
def environment() -> Environment:
    """Everything that is filled in is escaped; a name that is missing is an error."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(
    visit: Visit,
    template: str,
    values: Mapping[str, object] = MappingProxyType({}),
    *,
    trouble: Trouble | None = None,
) -> HTMLResponse:
    """The page, in the visitor's language and light."""
    known = {
        "t": visit.words.say,
        "code": visit.words.code,
        "times": visit.times,
        "language": visit.language,
        "look": visit.look,
        "member": visit.member if isinstance(visit, SignedIn) else None,
        "nonce": visit.nonce,
        "csrf_field": FIELD,
        "csrf": visit.form_token,
        "form_key": uuid4,
        "house_mark": visit.house_mark,
        "static": visit.desk.static.address,
        "path": visit.request.url.path,
        "within_settings": PATHS,
        "trouble": trouble,
        "told": told(visit) if visit.request.url.path != OFFLINE else None,
    }
    page = environment().get_template(template).render(known | dict(values))
    response = HTMLResponse(page, status_code=trouble.status if trouble else 200)
    if page.startswith(WHOLE):  # what a script of ours asks for by itself says nothing to anybody
        is_said(visit, response)
    return response
