"""PostgreSQL's own programs: where are they, and do they know this server?

pg_dump refuses a server that is newer than itself
(https://www.postgresql.org/docs/current/app-pgdump.html, "Notes").
"""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import URL, make_url

DEBIANS = Path("/usr/lib/postgresql")
"""Where Debian keeps several versions side by side."""


class NoProgram(Exception):
    """A program of PostgreSQL's is missing, or too old for the server."""

    def __init__(self, name: str, wanted: int, found: list[int]) -> None:
        """`wanted`: the server's version; `found`: those that are there."""
        super().__init__(f"{name} {wanted}")
        self.name, self.wanted, self.found = name, wanted, found


class ProgramFailed(Exception):
    """A program of PostgreSQL's ended with an error; it said so on its standard error."""


def program(name: str, wanted: int) -> Path:
    """The first one that is not older than the server. Raises NoProgram."""
    seen = []
    for path in _places(name):
        version = _version(path)
        if version >= wanted:
            return path
        seen.append(version)
    raise NoProgram(name, wanted, seen)


def _places(name: str) -> Iterator[Path]:
    folders = [Path(each) for each in os.environ.get("PATH", "").split(os.pathsep) if each]
    folders += [each / "bin" for each in sorted(DEBIANS.glob("*"), reverse=True)]
    yield from (each / name for each in folders if os.access(each / name, os.X_OK))


def _version(path: Path) -> int:
    said = subprocess.run(  # noqa: S603 - found in PATH by its name
        [path, "--version"], capture_output=True, text=True, check=False
    ).stdout
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(found[1]) if found else 0


def surroundings(url: str) -> dict[str, str]:
    """The environment by which they find the database: the password is on no command line."""
    address: URL = make_url(url)

    def asked(name: str) -> str | None:
        value = address.query.get(name)
        return value[0] if isinstance(value, tuple) else value

    host, port = address.host or asked("host"), address.port or asked("port")
    given = {
        "PGHOST": host,
        "PGPORT": str(port) if port else None,
        "PGUSER": address.username or asked("user"),
        "PGPASSWORD": str(address.password) if address.password else asked("password"),
        "PGDATABASE": address.database,
        "PGSSLMODE": asked("ssl") or asked("sslmode"),
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {name: value for name, value in given.items() if value}
