"""A published calendar is fetched from public hosts alone, within bounds, and then only shown."""

import socket
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp.resolver import DefaultResolver

from domain.member import Role
from handlers.errors import BadInput, NotAllowed, OnlyCoordinators
from handlers.fetch_calendar import fetch_calendar
from handlers.house import House
from senders import fetching
from senders.calendars import PublicCalendars
from senders.fetching import is_fetched_from
from senders.media import LARGEST_CALENDAR, NotFetched, Why
from senders.public_hosts import PublicOnly
from tests.browser.rota_scene import at, rota_of, with_a_rota
from tests.browser.serving import Visitor, serving
from tests.calendar_files import calendar, shift
from tests.test_import_page import FILE, carried, send
from tests.test_pictures_fetch import Server, served
from tests.test_rota_pages import plain
from tests.test_rota_writing import there
from tests.world import World


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with served() as made:
        made.body = FILE
        yield made


@pytest.fixture
async def calendars() -> AsyncIterator[PublicCalendars]:
    made = PublicCalendars(at_home=True)
    yield made
    await made.close()


async def refused(calendars: PublicCalendars, address: str) -> Why:
    with pytest.raises(NotFetched) as error:
        await calendars.fetch(address)
    return error.value.why


@pytest.mark.parametrize(
    "address",
    [
        "http://calendar.example.org/a.ics", "ftp://calendar.example.org/a.ics", "file:///etc/passwd",
        "https://127.0.0.1/a.ics", "https://localhost/a.ics", "https://[::1]/a.ics",
        "https://10.0.0.8/a.ics", "https://169.254.169.254/latest", "https://192.168.1.1/a.ics",
        "https://[::ffff:127.0.0.1]/a.ics", "https://[64:ff9b::7f00:1]/a.ics", "https://0x7f.1/",
        "https://2130706433/", "https://127.1/", "https://calendar.internal/a.ics",
        "https://user:pass@calendar.example.org/a.ics", "https://calendar.example.org:8443/a.ics",
        "https://calendar.example.org:99999/", "https://calendar.example.org/a b", "https://",
        "https:\\\\calendar.example.org", "//calendar.example.org/a.ics", "x", "",
        "webcal://127.0.0.1/a.ics", "https://kalender.example.org/å.ics",
    ],
)  # fmt: skip
async def test_nothing_but_a_plain_https_address_of_a_public_host_is_asked(address: str) -> None:
    strict = PublicCalendars()
    assert await refused(strict, address) is Why.NOT_PUBLIC
    await strict.close()


def test_public_addresses_are_as_calendars_write_them() -> None:
    assert is_fetched_from("https://calendar.example.org/private-abc/basic.ics", at_home=False)
    assert is_fetched_from("https://calendar.example.org:443/a.ics?x=1#y", at_home=False)


async def test_a_name_that_stands_for_our_own_network_is_not_connected_to(
    server: Server,
) -> None:
    resolver = PublicOnly(DefaultResolver())
    with pytest.raises(OSError, match="no public address"):
        await resolver.resolve("localhost", 443)
    await resolver.close()


async def test_it_is_fetched_without_a_cookie_and_uncompressed(
    server: Server, calendars: PublicCalendars
) -> None:
    assert (await calendars.fetch(f"{server.address}/a.ics")).content == FILE
    assert server.asked == [("/a.ics", None)]


async def test_a_redirect_leads_to_a_public_host_or_nowhere(
    server: Server, calendars: PublicCalendars
) -> None:
    assert await refused(calendars, f"{server.address}/loop") is Why.OUT_OF_REACH
    assert len(server.asked) == fetching.REDIRECTS + 1
    server.location = "http://10.0.0.8/a.ics"
    assert await refused(calendars, f"{server.address}/2010-04-01/x") is Why.OUT_OF_REACH


@pytest.mark.parametrize("declared", [True, False])
async def test_what_is_too_large_is_given_up(
    server: Server, calendars: PublicCalendars, declared: bool
) -> None:
    server.body = b"x" * (LARGEST_CALENDAR + 1)
    server.headers = {} if declared else {"Content-Encoding": "identity"}
    assert await refused(calendars, f"{server.address}/a.ics") is Why.TOO_LARGE


async def test_what_takes_too_long_is_given_up(
    calendars: PublicCalendars, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert await refused(calendars, f"http://127.0.0.1:{port}/a.ics") is Why.OUT_OF_REACH


async def test_only_coordinators_make_the_server_ask(
    world: World, calendars: PublicCalendars, server: Server
) -> None:
    house = replace(world.house, calendars=calendars)
    with pytest.raises(OnlyCoordinators):
        await fetch_calendar(house, world.counsellor, server.address)
    admin = await World.hired(house, "Noor", Role.ADMIN)
    with pytest.raises(NotAllowed):
        await fetch_calendar(house, admin, server.address)
    assert server.asked == []


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("", "empty"),
        ("https://10.0.0.8/", "not_public"),
        ("https://x.example/" + "x" * 2000, "not_public"),
    ],
)
async def test_an_address_that_cannot_be_is_refused_by_its_field(
    world: World, calendars: PublicCalendars, address: str, problem: str
) -> None:
    bo = await World.hired(world.house, "Bo", Role.COORDINATOR)
    with pytest.raises(BadInput) as told:
        await fetch_calendar(replace(world.house, calendars=calendars), bo, address)
    assert (told.value.field, told.value.problem) == ("address", problem)


async def test_what_stands_at_an_address_is_shown_and_written_down_as_it_was_shown(
    world: World, calendars: PublicCalendars, server: Server
) -> None:
    bo = await World.hired(world.house, "Bo", Role.COORDINATOR)
    await World.hired(world.house, "Elis")
    house: House = replace(world.house, calendars=calendars)
    rota = await with_a_rota(world, bo)
    async with serving(house) as base:
        boss = await Visitor.of(house, base, bo)
        path, address = f"/rota/{rota}/import", f"{server.address}/secret.ics"
        status, page = await send(boss, path, None, address=address)
        assert status == 200
        assert "2 shifts are added" in plain(page)
        assert "secret.ics" not in page
        server.body = calendar(shift("Alva", "20260304T0800", "20260304T1200", uid="1"))
        status, _ = await send(boss, path, None, **carried(page))
        assert status == 303
        assert await there(world, at(2, 11)) == ["Elis"]
        assert len(server.asked) == 1
        status, page = await send(boss, path, None, address="https://10.0.0.8/a.ics")
        assert status == 422
        assert "lie on the public internet" in page
        assert 'value="https://10.0.0.8/a.ics"' in page
        await boss.http.aclose()
    assert await rota_of(world, bo) == rota
