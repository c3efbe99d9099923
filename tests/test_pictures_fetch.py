"""No webhook and no redirect makes the line ask elsewhere, and the account's token goes nowhere."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver
from starlette.datastructures import FormData

import senders.fetching
from senders.fetching import REDIRECTS
from senders.media import LARGEST, NotFetched, Wanted, Why
from senders.public_hosts import PublicOnly, is_public, may_be_public
from senders.twilio import TwilioAccount
from senders.twilio_media import TwilioMedia
from tests.clock import Clock
from tests.edge import form
from webhooks.twilio import inbound

ACCOUNT, TOKEN = "AC" + "7" * 32, "a made-up token"
MESSAGE, MEDIA = "MM" + "1" * 32, "ME" + "2" * 32
WANTED = Wanted(MESSAGE, 0, MEDIA)


@dataclass
class Server:
    """A server that answers what it is told to and remembers what it was asked."""

    address: str = ""
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    location: str = ""
    status: int = 307
    body: bytes = b"the file"
    headers: dict[str, str] = field(default_factory=dict)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.path, request.headers.get("Authorization")))
        if request.path.startswith("/2010-04-01/") and self.location:
            return web.Response(status=self.status, headers={"Location": self.location})
        if request.path.startswith("/loop"):
            return web.Response(status=302, headers={"Location": f"{self.address}/loop/on"})
        return web.Response(body=self.body, headers=self.headers)


@asynccontextmanager
async def served(host: str = "127.0.0.1") -> AsyncIterator[Server]:
    server, app = Server(), web.Application()
    app.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    listener = socket.create_server((host, 0))
    await web.SockSite(runner, listener).start()
    server.address = f"http://{host}:{listener.getsockname()[1]}"
    try:
        yield server
    finally:
        await runner.cleanup()


@asynccontextmanager
async def fetcher(api_url: str) -> AsyncIterator[TwilioMedia]:
    made = TwilioMedia(TwilioAccount(ACCOUNT, TOKEN, api_url, "https://line.example.org"))
    try:
        yield made
    finally:
        await made.close()


async def why(fetching: TwilioMedia, wanted: Wanted = WANTED) -> Why:
    with pytest.raises(NotFetched) as refused:
        await fetching.fetch(wanted)
    assert TOKEN not in str(refused.value)
    return refused.value.why


async def test_the_credentials_go_to_the_configured_address_and_to_no_other() -> None:
    async with served() as api, served() as store, fetcher(api.address) as fetching:
        api.location = f"{store.address}/media/file?Signature=x"
        assert (await fetching.fetch(WANTED)).content == b"the file"
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{MESSAGE}/Media/{MEDIA}"
    ((asked, proof),) = api.asked
    assert asked == path
    assert proof is not None
    assert store.asked == [("/media/file", None)]


@pytest.mark.parametrize(
    "location",
    [
        "http://example.org/file", "https://127.0.0.1/file", "https://127.1/file",
        "https://localhost/file", "https://10.0.0.1/file", "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data/", "https://[::1]/", "https://[fd00::1]/",
        "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::a00:1]/", "https://[2002:a00:1::]/",
        "https://0.0.0.0/", "https://2130706433/", "https://intranet/", "https://example.org:8443/",
        "https://user:secret@example.org/", "ftp://example.org/", "file:///etc/passwd",
        "https://127.0.1/x", "https://0x7f.1/", "https://1.0x7f/", "https://0x7f000001/",
        "https://0177.0.0.1/", "https://127.0.0.1./", "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/", "https://[::7f00:1]/", "https://[fe80::1%25eth0]/",
        "https://①②⑦.⓪.⓪.①/", "https://127%2e0%2e0%2e1/", "https://127。0。0。1/",
        "https://x.localhost/", "https://printer.local/", "https://a_b.example.org/",
        "https://example.org\\@127.0.0.1/", "https://example.org\\.x/", "https://-x.example.org/",
        "https://example..org/", "https://.org/", "https://example.123/", "https://exam ple.org/",
        "gopher://example.org/", "//127.0.0.1/x", "https://", "https://[::1", "javascript:x",
    ],
)  # fmt: skip
async def test_a_redirect_leads_to_no_host_of_ours_and_by_https_alone(
    monkeypatch: pytest.MonkeyPatch, location: str
) -> None:
    async with served() as api, fetcher(api.address) as fetching:
        monkeypatch.setattr(fetching, "_at_home", False)
        api.location = location
        assert await why(fetching) is Why.OUT_OF_REACH
        assert len(api.asked) == 1


@pytest.mark.parametrize(
    "host", ["media.twiliocdn.com", "s3-external-1.amazonaws.com", "A.xn--p1ai", "93.184.216.34"]
)
def test_a_public_host_may_be_asked(host: str) -> None:
    assert may_be_public(host)


@pytest.mark.parametrize("host", ["127.1", "0x7f.1", "2130706433", "017700000001", "::ffff:7f00:1"])
async def test_whatever_the_address_is_written_like_the_connection_asks_what_it_stands_for(
    host: str,
) -> None:
    assert not may_be_public(host)
    for at_home in (False, True):
        with pytest.raises(OSError):
            await PublicOnly(DefaultResolver(), at_home=at_home).resolve(host, 443)


async def test_at_home_this_machines_own_name_is_let_through_and_no_other_that_leads_there() -> (
    None
):
    at_home = PublicOnly(DefaultResolver(), at_home=True)
    assert await at_home.resolve("localhost", 443)
    with pytest.raises(OSError, match="no public address"):
        await PublicOnly(DefaultResolver()).resolve("localhost", 443)


async def test_a_name_that_stands_for_an_address_of_ours_is_not_connected_to() -> None:
    asked: list[str] = []

    class Names(AbstractResolver):
        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
        ) -> list[ResolveResult]:
            asked.append(host)
            at = {"both.example.org": ["10.0.0.1", "93.184.216.34"]}.get(host, ["127.0.0.1", "::1"])
            return [_found(one, port) for one in at]

        async def close(self) -> None:
            """Nothing to close."""

    checking = PublicOnly(Names())
    with pytest.raises(OSError, match="no public address"):
        await checking.resolve("rebound.example.org", 443)
    (found,) = await checking.resolve("both.example.org", 443)
    assert (found["host"], asked) == ("93.184.216.34", ["rebound.example.org", "both.example.org"])


def _found(host: str, port: int) -> ResolveResult:
    made: Any = {"hostname": "x", "host": host, "port": port, "family": 2, "proto": 0, "flags": 0}
    found: ResolveResult = made
    return found


@pytest.mark.parametrize(
    ("host", "public"),
    [("93.184.216.34", True), ("2606:2800:220:1::1", True), ("10.1.2.3", False), ("::", False),
     ("100.64.0.1", False), ("224.0.0.1", False), ("fe80::1%eth0", False), ("x.org", False),
     ("::ffff:93.184.216.34", True), ("::ffff:127.0.0.1", False), ("[::1]", False)],
)  # fmt: skip
def test_which_addresses_are_public(host: str, public: bool) -> None:
    assert is_public(host) is public


async def test_who_is_sent_round_in_circles_gives_up() -> None:
    async with served() as api, served() as store, fetcher(api.address) as fetching:
        api.location = f"{store.address}/loop"
        store.location = f"{store.address}/loop"
        assert await why(fetching) is Why.OUT_OF_REACH
        assert len(store.asked) == REDIRECTS


@pytest.mark.parametrize("status", [404, 410])
async def test_gone_is_gone_at_either_place(status: int) -> None:
    async with served() as api, fetcher(api.address) as fetching:
        api.location, api.status = "x", status
        assert await why(fetching) is Why.GONE


@pytest.mark.parametrize("status", [201, 304, 401, 403, 429, 500, 503])
async def test_whatever_else_is_answered_passes(status: int) -> None:
    async with served() as api, fetcher(api.address) as fetching:
        api.location, api.status = "x", status
        assert await why(fetching) is Why.OUT_OF_REACH


async def test_nobody_there_and_a_host_that_hangs_are_out_of_reach(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with fetcher("http://127.0.0.1:9") as fetching:
        assert await why(fetching) is Why.OUT_OF_REACH
    monkeypatch.setattr(senders.fetching, "TIMEOUT", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        async with fetcher(f"http://127.0.0.1:{port}") as fetching:
            assert await why(fetching) is Why.OUT_OF_REACH


async def test_as_much_as_may_be_is_taken_and_not_a_byte_more() -> None:
    async with served() as api, fetcher(api.address) as fetching:
        api.body = bytes(LARGEST)
        assert len((await fetching.fetch(WANTED)).content) == LARGEST
        api.body = bytes(LARGEST + 1)
        assert await why(fetching) is Why.TOO_LARGE


async def test_what_is_packed_small_is_not_unpacked() -> None:
    async with served() as api, fetcher(api.address) as fetching:
        api.body, api.headers = b"\x1f\x8b a bomb, perhaps", {"Content-Encoding": "gzip"}
        assert (await fetching.fetch(WANTED)).content == api.body


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted("../../evil", 0, MEDIA), Wanted("", 0, MEDIA), Wanted(MESSAGE + "?", 0, MEDIA),
        Wanted(MESSAGE, 0, "ME/../x"), Wanted(MESSAGE, 0, "ME" + "2" * 31),
        Wanted("SM@evil", 0, MEDIA),
    ],
)  # fmt: skip
async def test_an_id_that_is_none_of_twilios_is_never_asked_for(wanted: Wanted) -> None:
    async with served() as api, fetcher(api.address) as fetching:
        assert await why(fetching, wanted) is Why.GONE
        assert api.asked == []


@pytest.mark.parametrize("listed", [b"", b"{", b"[]", b'{"media_list": []}', b'{"media_list": 1}'])
async def test_a_list_that_is_not_as_twilio_writes_it_shows_nothing(listed: bytes) -> None:
    async with served() as api, fetcher(api.address) as fetching:
        api.body = listed
        assert await why(fetching, Wanted(MESSAGE, 0, None)) in {Why.GONE, Why.OUT_OF_REACH}


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        (f"https://api.twilio.com/2010-04-01/Accounts/AC/Messages/MM/Media/{MEDIA}", MEDIA),
        (f"http://169.254.169.254/{MEDIA}", MEDIA),
        ("http://169.254.169.254/latest", None),
        (f"https://evil.example.org/{MEDIA}?x=1", None),
        ("", None),
    ],
)
def test_of_a_files_address_in_a_webhook_its_id_alone_is_kept(
    address: str, kept: str | None
) -> None:
    fields = form() | {"NumMedia": "1", "MediaUrl0": address, "MediaContentType0": "image/jpeg"}
    read = inbound(FormData(fields), Clock().now())
    assert read is not None
    assert read.media[0].provider_id == kept
    assert "169.254" not in str(read)
