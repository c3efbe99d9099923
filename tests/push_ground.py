"""A push service on this machine, and a browser whose messages it holds: the encryption is real."""

import json
import os
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulator.serving import running


def b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass(frozen=True)
class Pushed:
    """One message as it came to the push service, and what the browser reads in it."""

    headers: Mapping[str, str]
    sealed: bytes
    told: dict[str, Any]

    @property
    def signed(self) -> bool:
        """By whoever it says that it is from."""
        return bool(Vapid02.verify(self.headers["authorization"]))


@dataclass
class Device:
    """A browser, and the push service that keeps its messages; answers `status`."""

    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth: bytes = field(default_factory=lambda: os.urandom(16))
    status: int = 201
    base: str = ""
    pushed: list[Pushed] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def keys(self) -> dict[str, str]:
        point = self.private.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return {"p256dh": b64(point), "auth": b64(self.auth)}

    @property
    def subscription(self) -> str:
        """As a browser's script writes it."""
        told = {"endpoint": f"{self.base}/push/one", "expirationTime": None, "keys": self.keys}
        return json.dumps(told)

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/push/{which}", self._hear, methods=["POST"])])

    async def _hear(self, request: Request) -> Response:
        sealed = await request.body()
        if self.status == 201:
            plain = http_ece.decrypt(sealed, private_key=self.private, auth_secret=self.auth)
            self.pushed.append(Pushed(dict(request.headers), sealed, json.loads(plain)))
        return Response(status_code=self.status, headers=self.headers)


@contextmanager
def device() -> Iterator[Device]:
    """One that is reached at an address of this machine."""
    made = Device()
    with running(made.app()) as base:
        made.base = base
        yield made
