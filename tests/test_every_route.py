"""Every route, every method, every kind of visitor: headers, forms, nothing of our insides."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.access import Role
from domain.member import Member
from handlers.house import House
from staff.csrf import FIELD
from tests.routes import STREAMS, Doors, doors_of
from tests.world import PHONE, World

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
BARE = {"/pages/pressed", "/pages/shown", "/pages/renewed"}
"""What a script of ours sends with no page: what it carries is its own proof."""

CANARY = "zq9canary<script>alert(1)</script>\"'"
INSIDES = re.compile(
    r"Traceback|sqlalchemy|aiosqlite|asyncpg|site-packages|\.py\b|uvicorn|starlette|fastapi|"
    r"Internal Server Error|SELECT \w|UTVAG_|object at 0x"
)
HOSTS = ("line.example.org", "evil.example.net", "line.example.org@evil.net")

CACHED = ("/static/", "/icons/", "/worker.js", "/manifest.webmanifest", "/offline")
"""Without a word of anybody's in them."""

HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "strict-transport-security": "max-age=31536000",
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
async def doors(house: House) -> AsyncIterator[Doors]:
    async with doors_of(house) as made:
        yield made


@pytest.fixture
async def people(world: World) -> list[Member | None]:
    roles = (Role.COORDINATOR, Role.ADMIN, Role.REPORTER)
    hired = [await World.hired(world.house, f"Member {role}", role) for role in roles]
    return [None, world.counsellor, *hired]


async def filled(world: World, path: str) -> str:
    """A path with what stands in the database, or what might."""
    talk = await world.only()
    known = {"id": str(talk), "tier": "P1", "language": "sv", "name:path": "desk.css"}
    return re.sub(r"\{([^}]*)\}", lambda hole: known.get(hole[1], str(UUID(int=7))), path)


async def test_every_answer_carries_the_headers_and_nothing_of_our_insides(
    world: World, doors: Doors, people: list[Member | None]
) -> None:
    await world.text("hej")
    paths = {path for _, path in doors.routes}
    assert len(paths) > 100
    for member in people:
        cookies, token = await doors.cookies(member)
        if member:
            assert (await doors.ask("GET", "/queue", cookies)).status_code == 200
        for path in sorted(paths - (STREAMS if member else frozenset())):
            where = await filled(world, path)
            if path == "/logout":
                continue
            if path.startswith("/account"):
                cookies, token = await doors.cookies(member)
            for method in METHODS if member is None else ("GET", "POST"):
                fields = {FIELD: token} if method == "POST" else None
                answer = await doors.ask(method, where, cookies, fields=fields)
                told = (method, path, member and member.role, answer.status_code)
                assert answer.status_code < 500, told
                _carries(answer.headers, path, told)
                if not path.startswith("/static/") and path != "/metrics":
                    assert not INSIDES.search(answer.text), (told, answer.text[:300])
                assert PHONE not in answer.text, told


def _carries(got: httpx.Headers, path: str, told: object) -> None:
    assert not {"server", "x-powered-by", "via"} & got.keys(), told
    assert "frame-ancestors 'none'" in got["content-security-policy"], told
    assert "default-src 'none'" in got["content-security-policy"], told
    for name, value in HEADERS.items():
        cached = name == "cache-control" and path.startswith(CACHED)
        assert cached or got[name] == value, (told, name, got.get(name))


async def test_a_page_is_alone_in_its_window_and_runs_no_script_but_ours(doors: Doors) -> None:
    for path in ("/login", "/nowhere", "/join/x"):
        headers = (await doors.ask("GET", path)).headers
        assert headers["x-frame-options"] == "DENY"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "microphone=()" in headers["permissions-policy"]
        policy = headers["content-security-policy"]
        assert "require-trusted-types-for 'script'" in policy
        assert re.search(r"script-src 'nonce-[\w-]{20,}'", policy)
        assert "unsafe" not in policy
    first, second = [(await doors.ask("GET", "/login")).headers for _ in range(2)]
    assert first["content-security-policy"] != second["content-security-policy"]


async def test_without_tls_nobody_is_told_to_insist_on_it(house: House) -> None:
    async with doors_of(house, "http://localhost:8000") as plain:
        assert "strict-transport-security" not in (await plain.ask("GET", "/healthz")).headers


async def test_every_form_wants_our_token_and_every_webhook_its_signature(
    world: World, doors: Doors
) -> None:
    await world.text("hej")
    posts = [path for method, path in doors.routes if method == "POST"]
    assert len(posts) > 60
    boss = await World.hired(world.house, "Cia", Role.COORDINATOR)
    before = [await world.count(name) for name in ("messages", "events", "blocks", "limits")]
    for member in (world.counsellor, boss):
        cookies, _ = await doors.cookies(member)
        for path in posts:
            if path in BARE:
                continue
            where = await filled(world, path)
            for token in ("", "0" * 64):
                fields = {FIELD: token, "reply": "x", "reason": "other", "lasts": "hour"}
                answer = await doors.ask("POST", where, cookies, fields=fields)
                assert answer.status_code == 403, path
    after = [await world.count(name) for name in ("messages", "events", "blocks", "limits")]
    assert after == before


async def test_nobody_is_led_away_from_here(world: World, doors: Doors) -> None:
    await world.text("hej")
    away = "//evil.example.net/"
    for member in (None, world.counsellor):
        cookies, token = await doors.cookies(member)
        for method, path in doors.routes:
            if method not in {"GET", "POST"} or (member and path in STREAMS):
                continue
            if path.startswith(("/logout", "/account")) and method == "POST":
                continue
            where = await filled(world, path)
            asked = f"?next={away}&back={away}&return={away}&url={away}"
            fields = {FIELD: token, "back": away, "next": away} if method == "POST" else None
            for host in ("line.example.org", "evil.example.net", "line.example.org@evil.net"):
                headers = {"host": host, "x-forwarded-host": "evil.example.net", "referer": away}
                answer = await doors.ask(
                    method, where + asked, cookies, headers=headers, fields=fields
                )
                to = answer.headers.get("location", "/")
                assert re.fullmatch(r"/(?!/)[^\\]*", to), (method, path, to)
                assert "evil" not in to, (method, path, to)
                if host != "line.example.org" and member and path not in _ANY_HOST:
                    assert answer.status_code in {400, 403, 404, 405}, (method, path, host)


_ANY_HOST = {"/static/{name:path}", "/healthz", "/readyz", "/metrics"} | {
    f"/webhooks/twilio/{kind}" for kind in ("message", "voice", "status/{code}")
}


async def test_nothing_that_is_asked_for_comes_back(world: World, doors: Doors) -> None:
    await world.text("hej")
    boss = await World.hired(world.house, "Cia", Role.COORDINATOR)
    for member in (None, boss):
        cookies, token = await doors.cookies(member)
        for method, path in doors.routes:
            if method not in {"GET", "POST"} or (member and path in STREAMS):
                continue
            if path.startswith(("/logout", "/account")) and method == "POST":
                continue
            if path.startswith("/find") or path == "/phrases":
                continue  # what was searched for, or is a phrase now, stands there: as text
            where = re.sub(r"\{[^}]*\}", lambda _: quote(CANARY, safe=""), path)
            names = ("name", "reason", "segments", "words", "id", "language", "month", "from")
            fields = {FIELD: token} | dict.fromkeys(names, CANARY) if method == "POST" else None
            answer = await doors.ask(method, f"{where}?x={quote(CANARY)}", cookies, fields=fields)
            assert answer.status_code < 500, (method, path)
            assert "<script>alert(1)" not in answer.text, (method, path)


_SAID = st.text(max_size=40).filter(lambda said: not INSIDES.search(said))
"""The library draws words of our own code, too; what is sent may come back."""

_FIELDS = st.dictionaries(
    st.sampled_from(
        [
            "csrf",
            "reply",
            "note",
            "to",
            "from",
            "reason",
            "lasts",
            "segments",
            "each",
            "name",
            "languages",
            "words",
            "talks",
            "seen",
            "month",
            "day",
            "tier",
            "gate",
            "outcome",
            "most",
        ]
    ),
    _SAID,
    max_size=6,
)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("role", [None, Role.COUNSELLOR, Role.COORDINATOR, Role.ADMIN])
async def test_nothing_that_anybody_sends_breaks_anything(
    world: World, doors: Doors, role: Role | None
) -> None:
    await world.text("hej")
    member = None if role is None else await World.hired(world.house, "Dag", role)
    cookies, token = await doors.cookies(member)
    talk = str(await world.only())
    routes = [
        (method, path)
        for method, path in doors.routes
        if not (member and path in STREAMS) and (method, path) != ("POST", "/logout")
    ]

    loop = asyncio.get_running_loop()

    @settings(
        max_examples=50,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    @given(
        st.sampled_from(routes),
        st.sampled_from([talk, "x", "0" * 32, "%00", "é", "-1", "..%2f..", "P1"]),
        st.text(max_size=30),
        _FIELDS,
        st.binary(max_size=60),
        st.sampled_from(["form", "bytes", "parts", "none"]),
    )
    def tried(
        route: tuple[str, str],
        hole: str,
        query: str,
        fields: dict[str, str],
        raw: bytes,
        kind: str,
    ) -> None:
        method, path = route
        where = re.sub(r"\{[^}]*\}", hole, path) + "?" + quote(query)
        sent: dict[str, Any] = {}
        if kind == "form":
            sent["fields"] = {FIELD: token} | fields
        elif kind != "none":
            parted = "multipart/form-data; boundary=b"
            told = parted if kind == "parts" else "application/x-www-form-urlencoded"
            sent |= {"content": raw, "headers": {"content-type": told}}
        asking = doors.ask(method, where, cookies, **sent)
        answer = asyncio.run_coroutine_threadsafe(asking, loop).result(60)
        assert answer.status_code < 500, (method, where)
        assert not INSIDES.search(answer.text) or path.startswith("/static"), (method, where)

    await asyncio.to_thread(tried)
