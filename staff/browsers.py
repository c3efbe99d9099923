"""What browser is this, as its owner would say? Its family and what it runs on, and no more."""

from starlette.requests import Request

FAMILIES = (
    ("edge", ("Edg/", "EdgA/", "EdgiOS/")),
    ("opera", ("OPR/",)),
    ("samsung", ("SamsungBrowser/",)),
    ("firefox", ("Firefox/", "FxiOS/")),
    ("chrome", ("Chrome/", "CriOS/", "Chromium/")),
    ("safari", ("Safari/",)),
)
SYSTEMS = (
    ("iphone", ("iPhone",)),
    ("ipad", ("iPad",)),
    ("android", ("Android",)),
    ("windows", ("Windows",)),
    ("mac", ("Macintosh",)),
    ("linux", ("Linux", "CrOS")),
)
OTHER = "other"


def browser_of(request: Request) -> str:
    """Such as "firefox/linux": two of the codes above, or "other"."""
    said = request.headers.get("user-agent", "")[:400]
    return f"{_first(said, FAMILIES)}/{_first(said, SYSTEMS)}"


def _first(said: str, known: tuple[tuple[str, tuple[str, ...]], ...]) -> str:
    return next((code for code, marks in known if any(mark in said for mark in marks)), OTHER)
