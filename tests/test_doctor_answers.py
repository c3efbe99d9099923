"""What does a stranger get at the public address? As doctor sees it, behind what stands there."""

import asyncio
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.patience import PATIENCE
from tests.ports import free_port
from tests.process import Machines, machines
from tests.test_doctor import examined
from tests.world import SECRET
from utvag import doctor_answers
from utvag.clock import utc_now
from utvag.doctor_answers import examine_answers
from utvag.finding import Verdict
from utvag.settings import load

WHOLE = [
    "answers: pages arrive with their headers",
    "answers: no program tells its version",
    "answers: no figures without their token",
    "answers: no page under another's name",
]


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_answers, "ASKED_FOR", PATIENCE)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Machines]:
    with machines(tmp_path) as found:
        yield found


@dataclass(frozen=True)
class Proxy:
    """What it does to what it hands on."""

    behind: str
    drops: tuple[str, ...] = ()
    adds: dict[str, str] = field(default_factory=dict)
    opens: str = ""
    """A path that it answers by itself."""

    renames: bool = False
    """Whether it hands on another Host than it got."""

    @contextmanager
    def running(self, certificate: ssl.SSLContext | None = None) -> Iterator[str]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, headers, body = proxy.answer(self.path, self.headers["Host"])
                self.send_response_only(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing: what it says is not looked at."""

        server = ThreadingHTTPServer(("127.0.0.1", free_port()), Handler)
        if certificate is not None:
            server.socket = certificate.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        scheme = "https" if certificate else "http"
        yield f"{scheme}://localhost:{server.server_port}"
        server.shutdown()
        server.server_close()

    def answer(self, path: str, host: str) -> tuple[int, list[tuple[str, str]], bytes]:
        if path == self.opens:
            return 200, [], b"utvag_texts 3"
        if not self.behind:
            return 502, [], b"nobody"
        request = urllib.request.Request(self.behind + path)
        request.add_header("Host", "localhost" if self.renames else host)
        try:
            with urllib.request.urlopen(request) as answer:
                status, headers, body = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            status, headers, body = error.code, error.headers, error.read()
        told = [
            one
            for one in headers.items()
            if one[0].lower() not in {*self.drops, "content-length", "connection", "date"}
        ]
        return status, [*told, *self.adds.items()], body


def settings_at(public: str) -> dict[str, str]:
    return {"UTVAG_PUBLIC_URL": public, "UTVAG_SECRET_KEY": SECRET}


async def said(public: str) -> dict[str, Verdict]:
    found = await examine_answers(load(settings_at(public)))
    return {one.text: one.verdict for one in found}


async def test_a_line_that_serves_is_seen_as_it_is_with_and_without_a_proxy(
    made: Machines,
) -> None:
    line = made.serve()
    assert await said(made.public) == dict.fromkeys(WHOLE, Verdict.OK)
    with Proxy(line.address, adds={"Server": "proxy"}).running() as public:
        assert await said(public) == dict.fromkeys(WHOLE, Verdict.OK)
    _, verdicts = await asyncio.to_thread(examined, made.settings)
    assert [line for line in verdicts["ok"] if line.startswith("answers")] == WHOLE


CHANGED_POLICY = {"Content-Security-Policy": "script-src 'nonce-abc' 'unsafe-inline'"}

WEAKENED: dict[str, dict[str, Any]] = {
    "changes Content-Security-Policy": {"drops": ("content-security-policy",)},
    "away or changes Content-Security-Policy": {
        "drops": ("content-security-policy",),
        "adds": CHANGED_POLICY,
    },
    "changes X-Frame-Options": {"drops": ("x-frame-options",)},
    "changes Cache-Control": {"adds": {"Cache-Control": "public"}},
    "its version: Server: proxy/1.18.0": {"adds": {"Server": "proxy/1.18.0 (Debian)"}},
    "its version: X-Powered-By: thing/8.1": {"adds": {"X-Powered-By": "thing/8.1"}},
    "/metrics answers strangers with status 200": {"opens": "/metrics"},
    "pages come under any name": {"renames": True},
}
"""What doctor says, and what the proxy does."""


async def test_what_something_before_the_line_does_to_its_answers_fails(made: Machines) -> None:
    line = made.serve()
    for told, does in WEAKENED.items():
        with replace(Proxy(line.address), **does).running() as public:
            failed = [text for text, one in (await said(public)).items() if one is Verdict.FAIL]
        assert len(failed) == 1, told
        assert told in failed[0]


async def test_where_nothing_answers_or_somebody_else_does_it_is_for_a_person_to_read() -> None:
    gone = await said(f"http://localhost:{free_port()}")
    assert list(gone.values()) == [Verdict.NOTE]
    assert "none at the public address" in next(iter(gone))
    with Proxy("").running() as public:
        anothers = await said(public)
    assert list(anothers.values()) == [Verdict.NOTE]
    assert "status 502" in next(iter(anothers))
    assert await said("") == {}


async def test_a_certificate_that_does_not_hold_fails(tmp_path: Path) -> None:
    with Proxy("").running(of_ones_own(tmp_path)) as public:
        found = await said(public)
    assert list(found.values()) == [Verdict.FAIL]
    assert "certificate does not hold" in next(iter(found))


async def test_behind_tls_it_looks_for_what_makes_browsers_insist_on_it(
    made: Machines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = made.serve()
    certificate = of_ones_own(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    short = {"Strict-Transport-Security": "max-age=300"}
    with Proxy(line.address, adds=short).running(certificate) as public:
        failed = [text for text, one in (await said(public)).items() if one is Verdict.FAIL]
    assert failed == [
        "answers: something before the line takes away or changes Strict-Transport-Security"
    ]
    whole = {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}
    with Proxy(line.address, adds=whole).running(certificate) as public:
        assert await said(public) == dict.fromkeys(WHOLE, Verdict.OK)


def of_ones_own(folder: Path) -> ssl.SSLContext:
    """A certificate for localhost that nobody has signed but its holder."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = utc_now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "key.pem").write_bytes(private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context
