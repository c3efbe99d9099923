"""One page of a list as Twilio's REST API (2010-04-01) gives it, with the address of the next.

Source: Twilio, "Twilio's response: paging". The next page begins behind the last that was shown,
so that what comes and goes meanwhile moves nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import urlencode

_MOST = 1000
_USUAL = 50
_PLACE = ("Page", "PageToken", "PageSize")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page a request asks for; `token` names the last that the page before it showed."""

    query: Mapping[str, str]
    size: int
    page: int
    token: str | None


def read_page(query: Mapping[str, str]) -> Asked:
    """Read a request's query. Raises ValueError where a number is none."""
    size = min(max(int(query.get("PageSize") or _USUAL), 1), _MOST)
    return Asked(query, size, int(query.get("Page") or 0), query.get("PageToken"))


def page_of(
    name: str,
    path: str,
    asked: Asked,
    found: Iterable[T],
    token: Callable[[T], str],
    resource: Callable[[T], dict[str, Any]],
) -> dict[str, Any]:
    """The page, of what was found behind the token; `name` is the list's own in the answer."""
    here = list(islice(found, asked.size + 1))
    shown = here[: asked.size]
    kept = {k: v for k, v in asked.query.items() if k not in _PLACE}
    following = None
    if len(here) > asked.size:
        following = kept | {
            "PageSize": str(asked.size),
            "Page": str(asked.page + 1),
            "PageToken": token(shown[-1]),
        }
    begin = asked.page * asked.size
    return {
        "end": begin + len(shown) - 1,
        "first_page_uri": f"{path}?{urlencode(kept | {'PageSize': str(asked.size), 'Page': '0'})}",
        name: [resource(one) for one in shown],
        "next_page_uri": None if following is None else f"{path}?{urlencode(following)}",
        "page": asked.page,
        "page_size": asked.size,
        "previous_page_uri": None,
        "start": begin,
        "uri": f"{path}?{urlencode(asked.query)}",
    }
