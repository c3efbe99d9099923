"""A calendar file on the page: shown first, written down only as it was shown."""

import base64
import re
import zlib
from uuid import UUID, uuid4

import pytest

from domain.member import Member, Role
from handlers.go_by import go_by, go_by_its_own
from handlers.see_rota import line_called
from handlers.write_shift import Given, How, write_shift
from staff.csrf import FIELD
from staff.forms import LARGEST_FILE, parts
from tests.browser.rota_scene import PRIMARY, at, with_a_rota
from tests.browser.scene import Scene
from tests.browser.serving import Visitor
from tests.calendar_files import calendar, shift
from tests.test_rota_pages import plain
from tests.test_rota_writing import there
from tests.world import World

FILE = calendar(
    shift("Elis", "20260304T0800", "20260304T1200", uid="1"),
    shift("alva", "20260305T2200", "20260306T0600", uid="2"),
)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
async def bo(world: World) -> Member:
    return await world.hired(world.house, "Bo", Role.COORDINATOR)


@pytest.fixture
async def boss(scene: Scene, bo: Member) -> Visitor:
    return await Visitor.of(scene.world.house, scene.base, bo)


@pytest.fixture
async def path(scene: Scene, bo: Member) -> str:
    return f"/rota/{await with_a_rota(scene.world, bo)}/import"


def in_parts(visitor: Visitor, file: bytes | None, **fields: str) -> tuple[bytes, str]:
    """As a browser sends a form with a file."""
    border = f"----{uuid4().hex}"
    sent = {FIELD: visitor.form_token, "role": "primary"} | fields
    body = b"".join(
        f'--{border}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'.encode()
        for n, v in sent.items()
    )
    if file is not None:
        head = 'Content-Disposition: form-data; name="file"; filename="jour.ics"'
        body += f"--{border}\r\n{head}\r\nContent-Type: text/calendar\r\n\r\n".encode()
        body += file + b"\r\n"
    return body + f"--{border}--\r\n".encode(), f"multipart/form-data; boundary={border}"


async def send(visitor: Visitor, path: str, file: bytes | None, **fields: str) -> tuple[int, str]:
    body, kind = in_parts(visitor, file, **fields)
    kept = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    headers = {"cookie": kept, "content-type": kind}
    answer = await visitor.http.post(path, content=body, headers=headers)
    visitor.http.cookies.clear()
    return answer.status_code, answer.text or answer.headers.get("location", "")


def carried(page: str) -> dict[str, str]:
    """The hidden fields of what is to be written down."""
    form = page.partition('class="plan"')[2].partition("</section>")[0]
    return dict(re.findall(r'name="(role|seen|content)" value="([^"]*)"', form))


async def test_a_file_is_shown_and_then_written_down(
    scene: Scene, boss: Visitor, path: str
) -> None:
    assert "Calendar file" in (await boss.get(path)).text
    status, page = await send(boss, path, FILE)
    assert status == 200
    assert "2 shifts are added" in plain(page)
    assert "Elis Wed 4 Mar 08:00 to 12:00" in plain(page)
    assert "Alva Thu 5 Mar 22:00 to Fri 6 Mar 06:00" in plain(page)
    assert await there(scene.world, at(2, 11)) == ["Alva"]
    status, place = await send(boss, path, None, **carried(page))
    week = path.replace("/rota/", "/rota?rota=").replace("/import", "&day=2026-03-04")
    assert (status, place) == (303, week)
    assert await there(scene.world, at(2, 11)) == ["Elis"]
    status, page = await send(boss, path, FILE)
    assert "Nothing would change." in plain(page)
    assert "2 shifts stay as they are" in plain(page)
    _, page = await send(
        boss, path, calendar(shift("Elis", "20260304T0800", "20260304T1200", uid="1"))
    )
    assert "1 shift is struck out Alva Thu 5 Mar" in plain(page)


async def test_what_is_not_as_it_was_shown_is_shown_again_and_not_written(
    scene: Scene, boss: Visitor, bo: Member, path: str
) -> None:
    _, page = await send(boss, path, FILE)
    fields = carried(page)
    other = base64.b64encode(zlib.compress(calendar(
        shift("Bo", "20260304T0800", "20260304T1200")
    ))).decode()  # fmt: skip
    status, again = await send(boss, path, None, **(fields | {"content": other}))
    assert (status, "Look again at what would change." in again) == (200, True)
    assert "Bo Wed 4 Mar 08:00" in plain(again)
    rota = UUID(path.split("/")[2])
    clash = Given(PRIMARY, bo.id, at(2, 9), at(2, 10), How.SINGLE)
    await write_shift(scene.world.house, bo, rota, clash, form_key=uuid4())
    status, again = await send(boss, path, None, **fields)
    assert "Overlaps another shift of the same role" in plain(again)
    assert "Write it down" not in again
    assert await there(scene.world, at(2, 11)) == ["Alva"]


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (b"not a calendar", "The file is not a calendar (.ics)."),
        (b"\x00\xff\xfe", "The file is not a calendar (.ics)."),
        (calendar(shift("Nobody <b>", "20260304T0800", "20260304T1200")), "name here"),
        (calendar(shift("Noor", "20260304T0800", "20260304T1200")), "only be the duty function"),
        (calendar(shift("Elis", "20260304T0800", "20260304T0700")), "Ends before it begins"),
    ],
)
async def test_a_file_that_cannot_be_read_in_says_why_with_names_and_times(
    boss: Visitor, path: str, file: bytes, words: str
) -> None:
    status, page = await send(boss, path, file)
    assert (status, words in plain(page)) == (200, True), plain(page)
    assert "Write it down" not in page
    assert "<b>" not in page.partition("<main")[2]


async def test_what_no_browser_of_ours_would_send_is_refused(boss: Visitor, path: str) -> None:
    for fields in (
        {}, {"content": "???"}, {"content": base64.b64encode(b"x").decode()},
        {"content": base64.b64encode(zlib.compress(b"")).decode()},
    ):  # fmt: skip
        status, page = await send(boss, path, None, **fields)
        assert (status, "Choose a calendar file, or give an address." in page) == (422, True)
    status, page = await send(boss, path, FILE, role="king")
    assert (status, "Choose a role." in page) == (422, True)
    status, _ = await send(boss, path, b"x" * LARGEST_FILE)
    assert status == 413
    bomb = base64.b64encode(zlib.compress(b"x" * 50_000_000)).decode()
    status, page = await send(boss, path, None, content=bomb)
    assert (status, "not a calendar" in plain(page)) == (200, True)
    assert (await boss.post(path, role="primary")).status_code == 422


async def test_nobody_else_reads_a_file_in(
    scene: Scene, boss: Visitor, bo: Member, path: str
) -> None:
    for visitor in (scene.alva, scene.admin):
        assert (await visitor.get(path)).status_code == 403
        assert (await send(visitor, path, FILE))[0] == 403
    assert (await scene.stranger.get(path)).headers["location"] == "/login"
    assert await send(scene.stranger, path, FILE) == (303, "/login")
    assert (await send(boss, path, FILE, **{FIELD: "x"}))[0] == 403
    status, _ = await send(boss, "/rota/leave", FILE)
    assert status == 403
    line = await line_called(scene.world.house, "Card 2026")
    await go_by(scene.world.house, bo, line.id, None)
    assert (await boss.get(path)).status_code == 404
    assert (await send(boss, path, FILE))[0] == 404


def test_a_body_in_parts_gives_its_fields_and_its_file() -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nh\xc3\xa4r\r\n'
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nsecond\r\n'
        b'--b\r\nContent-Disposition: form-data; name="f"; filename="\xc3\xa5.ics"\r\n\r\n'
        b"1\r\n\r\n2\n\xff\r\n--b--\r\n"
    )
    form = parts("multipart/form-data; boundary=b", body)
    assert (form.text("a"), form.file) == ("här", b"1\r\n\r\n2\n\xff")
    for kind, odd in (
        ("multipart/form-data", body), ("multipart/form-data; boundary=c", body),
        ("multipart/form-data; boundary=b", b""), ("multipart/form-data; boundary=b", b"--b"),
    ):  # fmt: skip
        assert parts(kind, odd).fields == {}


async def test_what_a_file_of_backups_alone_means_is_said_first(
    scene: Scene, bo: Member, boss: Visitor
) -> None:
    house = scene.world.house
    line = await line_called(house, "Card 2026")
    await go_by_its_own(house, bo, line.id, form_key=uuid4())
    rota = (await line_called(house, "Card 2026")).rota_id
    status, page = await send(boss, f"/rota/{rota}/import", FILE, role="backup")
    assert status == 200
    assert "Nobody is written down as primary." in plain(page)
    status, page = await send(boss, f"/rota/{rota}/import", FILE)
    assert "Nobody is written down as primary." not in plain(page)


async def test_a_correction_of_what_has_begun_is_named_as_not_done(
    scene: Scene, bo: Member, boss: Visitor
) -> None:
    house = scene.world.house
    line = await line_called(house, "Card 2026")
    await go_by_its_own(house, bo, line.id, form_key=uuid4())
    path = f"/rota/{(await line_called(house, 'Card 2026')).rota_id}/import"
    file = calendar(shift("Elis", "20260302T0800", "20260302T2000", uid="1"))
    _, page = await send(boss, path, file)
    await send(boss, path, None, **carried(page))
    _, page = await send(boss, path, file.replace(b"T200000", b"T220000"))
    assert "1 shift has begun and is not changed" in plain(page)
    assert "stays as it is" not in plain(page)
    assert "Nothing would change." in plain(page)


async def test_a_line_without_a_rota_is_told_what_reading_in_does_and_gets_one(
    scene: Scene, boss: Visitor, bo: Member
) -> None:
    line = (await line_called(scene.world.house, "Card 2026")).id
    assert f"/rota/{line}/import" in (await boss.get("/rota/lines")).text
    page = plain((await boss.get(f"/rota/{line}/import")).text)
    assert "Card 2026 goes by no rota" in page
    _, shown = await send(boss, f"/rota/{line}/import", FILE)
    assert "everybody was on call" in plain(shown)
    answer = await send(boss, f"/rota/{line}/import", None, **carried(shown))
    assert answer == (303, "/rota?day=2026-03-04")
    assert (await line_called(scene.world.house, "Card 2026")).rota_id is not None
