"""Which language does this visitor read?"""

from starlette.requests import Request

from staff.cookies import kept
from staff.settings import StaffSettings
from staff.words import LANGUAGES

COOKIE = "utvag_language"


def language_of(request: Request, settings: StaffSettings) -> str:
    """Their own choice, else the first of ours that their browser asks for, else the line's."""
    chosen = kept(request, settings, COOKIE)
    if chosen in LANGUAGES:
        return chosen
    wanted = _wanted(request.headers.get("accept-language", ""))
    return next((tag for tag in wanted if tag in LANGUAGES), settings.default_language)


def _wanted(header: str) -> list[str]:
    """Primary tags, the best liked first (RFC 9110, 12.5.4)."""
    weighed: list[tuple[float, str]] = []
    for part in header[:500].split(","):
        tag, _, rest = part.partition(";")
        weighed.append((_weight(rest), tag.strip().split("-")[0].lower()))
    return [tag for weight, tag in sorted(weighed, key=lambda w: -w[0]) if weight > 0]


def _weight(rest: str) -> float:
    name, _, value = rest.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
