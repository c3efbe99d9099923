"""Addresses written in other ways, names of others, and what a proxy might have said: whoever sees
nothing by the plain address sees nothing by them."""

import asyncio
from urllib.parse import urlsplit

import pytest

from domain.member import Member, Role
from staff.visit import SESSION_COOKIE
from tests.browser.scene import Scene
from tests.browser.serving import session_of
from tests.patience import PATIENCE
from tests.world import World

SECRET_WORDS = "hemlig"
EVIL = "evil.example.net"

SAID_BY_A_PROXY = (
    {"X-Forwarded-Host": EVIL}, {"X-Forwarded-Proto": "javascript"}, {"Forwarded": f"host={EVIL}"},
    {"X-Original-URL": "/queue"}, {"X-Rewrite-URL": "/queue"}, {"X-Forwarded-Prefix": f"//{EVIL}"},
    {"X-HTTP-Method-Override": "POST"}, {"X-Forwarded-User": "Alva"}, {"X-Script-Name": EVIL},
    {"X-Forwarded-For": "127.0.0.1"}, {"X-Host": EVIL}, {"Origin": f"https://{EVIL}"},
)  # fmt: skip


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


async def raw(scene: Scene, target: str, *heads: str, method: str = "GET") -> str:
    """What the line answers to a request line as it is written here."""
    place = urlsplit(scene.base)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    lines = (f"{method} {target} HTTP/1.1", *heads, "Content-Length: 0", "Connection: close")
    writer.write("\r\n".join((*lines, "", "")).encode())
    await writer.drain()
    try:
        return (await asyncio.wait_for(reader.read(), PATIENCE)).decode(errors="replace")
    finally:
        writer.close()


async def of(scene: Scene, member: Member | None, host: str = "localhost") -> list[str]:
    """The headers of a browser of theirs."""
    kept = (
        f"__Host-{SESSION_COOKIE}={await session_of(scene.world.house, member)}" if member else ""
    )
    return [f"Host: {host}", "Accept-Language: en", *([f"Cookie: {kept}"] if kept else [])]


def ways_of_writing(path: str) -> list[str]:
    first, rest = path[1], path[2:]
    return [
        path, f"/{path}", f"//{EVIL}{path}", f"{path}/", f"{path}//", path.upper(), f"/.{path}",
        f"/static/..{path}", f"/static/../..{path}", f"/static/%2e%2e{path}", f"/healthz/..{path}",
        f"/%{ord(first):x}{rest}", f"/%25{ord(first):x}{rest}", f"{path};a=b", f"{path}%2f",
        f"{path}%00", f"{path}%20", f"{path}?", f"{path}#x", f"{path}.ics", f"/static/..%2f{path}",
        f"http://{EVIL}{path}", f"http://localhost{path}", f"https://localhost:1{path}",
        path.replace("/", "%2f"), path.replace("/", "\\"), f"/webhooks{path}", f"/live/..{path}",
        f"/webhooks/..{path}", f"/login/..{path}", f"/icons/..{path}", f"/calendar/sv/..{path}",
    ]  # fmt: skip


async def test_no_way_of_writing_an_address_leads_past_what_is_asked_of_its_visitor(
    scene: Scene,
) -> None:
    asked = 0
    for path in (scene.path, f"{scene.path}/thread", "/queue", "/audit", "/team", "/metrics"):
        for who in (None, await World.hired(scene.world.house, f"R {path}", Role.REPORTER)):
            heads = await of(scene, who)
            for target in ways_of_writing(path):
                for method in ("GET", "HEAD", "POST"):
                    answer = await raw(scene, target, *heads, method=method)
                    told = (method, target, who and who.role, answer[:80])
                    status = int(answer.split(" ", 2)[1])
                    assert status in {200, 303, 307, 400, 403, 404, 405}, told
                    assert SECRET_WORDS not in answer, told
                    assert EVIL not in answer.partition("\r\n\r\n")[0], told
                    if path != "/queue" or who is None:
                        assert status != 200, told
                    asked += 1
    assert asked > 1_000
    assert await scene.openings() == 0


async def test_nothing_that_a_proxy_might_say_changes_who_somebody_is_or_where_they_are_led(
    scene: Scene,
) -> None:
    admin = await World.hired(scene.world.house, "Ada", Role.ADMIN)
    for said in SAID_BY_A_PROXY:
        ((name, value),) = said.items()
        for path in (scene.path, "/queue", "/login", "/rota/calendar", "/nowhere"):
            for who in (None, admin):
                heads = await of(scene, who)
                plain = await raw(scene, path, *heads)
                answer = await raw(scene, path, *heads, f"{name}: {value}")
                told = (said, path, who and who.role)
                assert answer.split("\r\n")[0] == plain.split("\r\n")[0], told
                assert EVIL not in answer, told
                assert SECRET_WORDS not in answer, told
                found = [line for line in answer.split("\r\n") if line.startswith("location")]
                assert found == [
                    line for line in plain.split("\r\n") if line.startswith("location")
                ]


@pytest.mark.parametrize(
    "host",
    [
        f"{EVIL}@localhost", f"{EVIL}:80@localhost", f"localhost/{EVIL}", f"localhost?{EVIL}",
        f"localhost#{EVIL}", f"localhost\\{EVIL}", f"localhost {EVIL}", f"localhost,{EVIL}",
        f"localhost:80:{EVIL}", f"localhost:{EVIL}", "localhost.", f"[::1]{EVIL}", f"[::1]:{EVIL}",
        "[::1", "localhost\t", f"localhost;{EVIL}",
    ],
)  # fmt: skip
async def test_a_host_that_only_looks_like_ours_is_another(scene: Scene, host: str) -> None:
    answer = await raw(scene, "/login", f"Host: {host}")
    assert " 400 " in answer.split("\r\n")[0] or host.strip() == "localhost", answer[:200]
    assert EVIL not in answer


async def test_a_second_host_changes_nothing(scene: Scene) -> None:
    for hosts in ((EVIL, "localhost"), ("localhost", EVIL)):
        answer = await raw(scene, "/login", *(f"Host: {host}" for host in hosts))
        assert " 400 " in answer.split("\r\n")[0], hosts
        assert EVIL not in answer
