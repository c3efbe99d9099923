"""A form that was begun with a session is no deed any more once the session has ended."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import pytest

from domain.member import Role
from handlers.account import end_everywhere
from handlers.give_role import give_role
from handlers.invite import revoke
from handlers.locked import whom_mark
from staff import cookies, csrf
from tests.browser.scene import Scene
from tests.browser.serving import Visitor, named
from tests.patience import PATIENCE
from tests.team import PHRASE, proves, visits, with_pair


async def ended(scene: Scene) -> None:
    await end_everywhere(scene.world.house, scene.world.counsellor)


async def revoked(scene: Scene) -> None:
    await revoke(scene.world.house, "Alva")


async def nothing(scene: Scene) -> None:
    del scene


async def _known(scene: Scene) -> Visitor:
    """Alva with a passphrase: an address of a calendar wants a proof of her besides."""
    alva = await with_pair(scene.world.house, scene.world.counsellor)
    await proves(alva)
    return await visits(scene.base, alva)


@asynccontextmanager
async def half_sent(
    visitor: Visitor, path: str, **fields: str
) -> AsyncIterator[Callable[[], Awaitable[str]]]:
    """The line has let the visitor in and waits for the rest of the form. What is called sends it,
    and is told the answer."""
    body = urlencode({csrf.FIELD: visitor.form_token} | fields).encode()
    head = [
        f"POST {path} HTTP/1.1",
        f"Host: {visitor.http.base_url.netloc.decode()}",
        "Cookie: " + "; ".join(f"{name}={value}" for name, value in visitor.cookies.items()),
        "Accept-Language: en",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        "Expect: 100-continue",
        "Connection: close",
    ]
    url = visitor.http.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    async with asyncio.timeout(PATIENCE):
        try:
            writer.write("\r\n".join([*head, "", ""]).encode())
            assert b" 100 " in await reader.readuntil(b"\r\n\r\n")

            async def whole() -> str:
                writer.write(body)
                return (await reader.read()).decode()

            yield whole
        finally:
            writer.close()


@pytest.mark.parametrize(("meanwhile", "made"), [(ended, 0), (revoked, 0), (nothing, 1)])
async def test_it_makes_no_address_of_a_calendar(
    scene: Scene, meanwhile: Callable[[Scene], Awaitable[None]], made: int
) -> None:
    alva = await _known(scene)
    async with half_sent(alva, "/rota/calendar", feed_passphrase=PHRASE) as whole:
        await meanwhile(scene)
        answer = await whole()
    assert await scene.world.count("calendar_feeds") == made
    assert ("location: /login" in answer.lower()) is not bool(made)
    assert (".ics" in answer) is bool(made)


async def test_what_was_written_in_it_is_not_sent_and_waits_behind_the_sign_in(
    scene: Scene,
) -> None:
    await scene.taken()
    alva, house = scene.alva, scene.world.house
    mark = whom_mark(house, "Alva", alva.kept(cookies.SESSION))
    alva.cookies[named(scene.base, cookies.WHOM)] = mark
    async with half_sent(alva, f"{scene.path}/reply", reply="vi ses kl. tre") as whole:
        await ended(scene)
        answer = await whole()
    assert await scene.replies() == []
    assert 'name="carried"' in answer
    assert "vi ses kl. tre" not in answer


async def test_a_role_that_was_taken_away_meanwhile_adds_no_way_either(scene: Scene) -> None:
    async with half_sent(scene.alva, "/ways/sms", number="070-174 06 50") as whole:
        await give_role(scene.world.house, "Alva", Role.REPORTER)
        answer = await whole()
    assert await scene.world.count("ways") == 0
    assert answer.startswith("HTTP/1.1 403")
