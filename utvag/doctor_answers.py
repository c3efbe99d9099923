"""What does a stranger get at the public address? As it arrives, behind whatever stands before us.

A line sends its headers by itself; a proxy may take them away, name its version, or hand on what is
for nobody. Each check is one line.
"""

import asyncio
import re
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from staff.headers import page_headers
from utvag.app import METER
from utvag.finding import Finding, Verdict, check
from utvag.headers import A_YEAR
from utvag.settings import Settings

ASKED_FOR = 5.0
"""Seconds."""

READS = 64 * 1024
"""Bytes of an answer; ours are smaller."""

PAGE = "/login"
ANOTHERS = "another.invalid"
"""A host that is nobody's (RFC 2606)."""

NONCE = re.compile(r"'nonce-([\w-]+)'")
AGE = re.compile(r"max-age=(\d+)")


class _Stays(urllib.request.HTTPRedirectHandler):
    """Where we are sent to is not what we asked."""

    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: Message
    body: bytes


async def examine_answers(settings: Settings) -> list[Finding]:
    """Whatever answers there, or that nobody does: `doctor` runs before the line does, too."""
    if not urlsplit(settings.public_url).hostname:
        return []
    return await asyncio.to_thread(_examine, settings.public_url.rstrip("/"))


def _examine(public: str) -> list[Finding]:
    try:
        alive = _ask(f"{public}/healthz")
        if (alive.status, alive.body) != (200, b"ok"):
            told = f"answers: not this line's, but status {alive.status}; ask again when it serves"
            return [Finding(Verdict.NOTE, told)]
        page, meter = _ask(public + PAGE), _ask(public + METER)
        anothers = _ask(public + PAGE, ANOTHERS)
    except ssl.SSLCertVerificationError as error:
        told = f"answers: the public address's certificate does not hold: {error.verify_message}"
        return [Finding(Verdict.FAIL, told)]
    except (OSError, HTTPException, ValueError):
        told = "answers: none at the public address, asked from here; ask again when it serves"
        return [Finding(Verdict.NOTE, told)]
    return [
        _headers(page.headers, secure=public.startswith("https:")),
        _versions([alive.headers, page.headers, meter.headers]),
        check(
            meter.status == 404,
            "answers: no figures without their token",
            f"answers: {METER} answers strangers with status {meter.status}",
        ),
        check(
            anothers.status != 200,
            "answers: no page under another's name",
            "answers: pages come under any name; the proxy hands on another Host than it got",
        ),
    ]


def _headers(given: Message, *, secure: bool) -> Finding:
    nonce = NONCE.search(given.get("Content-Security-Policy", ""))
    wanted = page_headers(nonce[1] if nonce else "")
    changed = [name for name, value in wanted.items() if given.get_all(name) != [value]]
    age = AGE.search(given.get("Strict-Transport-Security", ""))
    if secure and (age is None or int(age[1]) < A_YEAR):
        changed.append("Strict-Transport-Security")
    bad = f"answers: something before the line takes away or changes {', '.join(changed)}"
    return check(not changed, "answers: pages arrive with their headers", bad)


def _versions(seen: list[Message]) -> Finding:
    named = {
        f"{name}: {value}"
        for headers in seen
        for name in ("Server", "X-Powered-By")
        for value in headers.get_all(name, [])
        if re.search(r"/\s*v?\d", value)
    }
    bad = f"answers: something before the line tells its version: {', '.join(sorted(named))}"
    return check(not named, "answers: no program tells its version", bad)


def _ask(address: str, host: str = "") -> _Answer:
    """Raises OSError (of it ssl.SSLCertVerificationError), HTTPException or ValueError where
    nothing answers that is HTTP."""
    request = urllib.request.Request(address)  # noqa: S310 - http or https by settings
    if host:
        request.add_header("Host", host)
    try:
        with urllib.request.build_opener(_Stays).open(request, timeout=ASKED_FOR) as answer:
            return _Answer(answer.status, answer.headers, answer.read(READS))
    except urllib.error.HTTPError as error:
        with error:
            return _Answer(error.code, error.headers, error.read(READS))
    except urllib.error.URLError as error:
        raise error.reason if isinstance(error.reason, OSError) else error from None
