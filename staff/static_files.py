"""What stands beside the pages: our style, our script, and htmx where set-up has put it."""

from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from starlette.responses import Response

HERE = Path(__file__).parent / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
BUNDLES = {
    "htmx.js": ("vendor/htmx.min.js", "vendor/ext/hx-csp.min.js", "vendor/ext/hx-sse.min.js"),
}
"""Files sent as one: htmx begins on its own, and an extension that came later would be too late."""

FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class _File:
    body: bytes
    media_type: str
    mark: str


class StaticFiles:
    """Read once; a changed file gets another address."""

    def __init__(self) -> None:
        self._files = {
            path.relative_to(HERE).as_posix(): _file(path.read_bytes(), path.suffix)
            for path in sorted(HERE.rglob("*"))
            if path.is_file() and path.suffix in TYPES
        }
        for name, parts in BUNDLES.items():
            if all(part in self._files for part in parts):
                body = b"\n;\n".join(self._files[part].body for part in parts)
                self._files[name] = _file(body, ".js")

    def address(self, name: str) -> str | None:
        """Where a page finds the file; None when it is not there."""
        found = self._files.get(name)
        return f"/static/{name}?v={found.mark}" if found else None

    def response(self, name: str, mark: str) -> Response | None:
        """The file, to be kept by the browser for ever under its mark."""
        found = self._files.get(name)
        if found is None:
            return None
        keep = FOR_EVER if mark == found.mark else "no-cache"
        return Response(found.body, media_type=found.media_type, headers={"Cache-Control": keep})


def _file(body: bytes, suffix: str) -> _File:
    return _File(body, TYPES[suffix], blake2b(body, digest_size=6).hexdigest())
