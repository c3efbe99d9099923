"""A line that only listens: checks signatures, remembers what came, and answers as told."""

import asyncio
from dataclasses import dataclass, field
from time import monotonic, sleep
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.request_validator import (
    RequestValidator,
)

from simulator.hangup import HangUp


@dataclass(frozen=True, slots=True)
class Heard:
    """One signed request: its path with query, form, headers, and whether the signature held."""

    path: str
    form: dict[str, str]
    headers: dict[str, str]
    signed: bool


@dataclass
class Listener:
    """Answers `statuses` one after the other (0: hangs up without an answer), then 200.

    `public` is the address that signatures are checked against, None for the one asked.
    `delay` is seconds before each answer, `document` the TwiML that it answers.
    """

    auth_token: str
    public: str | None = None
    statuses: list[int] = field(default_factory=list)
    delay: float = 0.0
    document: str = "<Response/>"
    heard: list[Heard] = field(default_factory=list)

    def app(self) -> Starlette:
        """The application to serve."""
        return Starlette(routes=[Route("/{path:path}", self._hear, methods=["POST"])])

    async def _hear(self, request: Request) -> Response:
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        body = (await request.body()).decode()
        form = dict(parse_qsl(body, keep_blank_values=True))
        address = (self.public or str(request.base_url).rstrip("/")) + path
        signature = request.headers.get("x-twilio-signature", "")
        signed = bool(RequestValidator(self.auth_token).validate(address, form, signature))
        status = self.statuses.pop(0) if self.statuses else 200
        self.heard.append(Heard(path, form, dict(request.headers), signed))
        await asyncio.sleep(self.delay)
        if status == 0:
            return HangUp()
        return Response(self.document, status, media_type="text/xml")

    def wait_for(self, count: int, seconds: float = 60.0) -> list[Heard]:
        """What was heard once there is that much. Raises TimeoutError where it does not come."""
        until = monotonic() + seconds
        while len(self.heard) < count:
            if monotonic() > until:
                raise TimeoutError(f"heard {len(self.heard)} of {count}")
            sleep(0.005)
        return list(self.heard)
