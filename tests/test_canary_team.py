"""The canaries go every way of a team that reads: admitted, locked, recovered, deleted, timed out.

What they leave behind is looked for as in `test_canary`, and in temporary files and notifications.
"""

import asyncio
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from html import unescape
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import pytest

from staff import csrf
from tests.browser.serving import Visitor
from tests.edge import FORM, MESSAGE, form, sign
from tests.patience import PATIENCE
from tests.process import machines
from tests.push_ground import Device, device
from tests.test_canary import (
    NAME,
    NUMBER,
    PASSPHRASE,
    WORD,
    Way,
    data_files,
    dump,
    found_in,
    nothing_shows,
    refused,
    signed_in,
    traces,
    written_by_the_line,
)

GROUP = re.compile(r"<li>([0-9A-Z*~$=]{5})</li>")
UNKNOWN = re.compile("Unknown")


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    end = time.monotonic() + PATIENCE
    while not await holds():
        assert time.monotonic() < end, "it never came to hold"
        await asyncio.sleep(0.1)


@asynccontextmanager
async def came(way: Way, name: str) -> AsyncIterator[Way]:
    """A colleague joins, in a browser of their own, which is closed whatever happens."""
    link = way.made.utvag("staff", "invite", name, "--role", "counsellor").strip()
    headers = {"accept-language": "en"}
    async with httpx.AsyncClient(base_url=way.made.public, headers=headers) as http:
        theirs = Way(way.made, way.line, Visitor(http), way.urls, way.errors, way.titles)
        path = link.removeprefix(way.made.public)
        await theirs.get(path)
        assert await theirs.post(path, passphrase=PASSPHRASE, repeated=PASSPHRASE) == 303
        yield theirs


async def taken(way: Way) -> str:
    """The contact writes, and somebody has them; the conversation's path."""
    assert await way.text("hej") == 200
    found = re.search(r"/conversations/[0-9a-f-]{36}", await way.get("/queue"))
    assert found
    assert await way.post(f"{found[0]}/take") == 303
    key = {"form_key": str(uuid4())}
    assert await way.post(f"{found[0]}/reply", reply=f"{WORD} reply", asked="1", **key) == 303
    assert await way.post(f"{found[0]}/note", note=f"{WORD} {NUMBER} note", **key) == 303
    return found[0]


async def admitted(way: Way, bo: Way, path: str) -> None:
    """Who was not let in reads nothing; then the words are compared."""
    assert await bo.post(f"{path}/why", why=f"{WORD} {NUMBER}") == 422
    assert await bo.post(f"{path}/why", why="colleague") == 303
    assert traces((await bo.get(path)).encode()) in ([], [NAME])
    await bo.post("/find", words=f"{WORD} note")
    page = await way.get("/team")
    form = re.search(r'action="(/team/[0-9a-f-]{36}/admit)"', page)
    words = re.search(r'name="words" value="([^"]+)"', page)
    assert form
    assert words
    assert await way.post(form[1], words=f"{WORD} {NUMBER}") == 409
    for said in ("", f"{WORD} {NUMBER}"):
        assert await way.post(form[1], words=words[1], admit_passphrase=said) == 422
    assert await way.post(form[1], words=words[1], admit_passphrase=PASSPHRASE) == 303
    assert WORD in await bo.get(path)


async def recovered(way: Way, bo: Way) -> None:
    """A sheet is made, mistyped and used; a device is lost."""
    assert await way.post("/team/sheet", sheet_passphrase=f"{WORD} {NUMBER}") == 422
    made = (await way.visitor.post("/team/sheet", sheet_passphrase=PASSPHRASE)).text
    groups = GROUP.findall(made)
    assert len(groups) == 13
    ask = [int(number) for number in re.findall(r">Group (\d+)</label>", made)]
    form = re.search(r'action="(/team/sheet/[^"]+)"', made)
    assert form
    assert await way.post(form[1], one=WORD, other=NUMBER) == 422
    assert await way.post(form[1], one=groups[ask[0] - 1], other=groups[ask[1] - 1]) == 303
    assert await bo.post("/team/recover", sheet=f"{WORD} {NUMBER}") == 422
    assert await bo.post("/team/recover", sheet=" ".join(groups)) == 303
    assert await bo.post("/team/device", device_passphrase=f"{WORD} {NUMBER}") == 422
    assert await bo.post("/team/device", device_passphrase=PASSPHRASE) == 303


async def locked(way: Way, path: str) -> None:
    """What is sent after the session has ended lies sealed in the form to sign in."""
    page = await way.get("/account")
    ends = re.findall(r'action="(/account/sessions/[0-9a-f-]{36}/end)"', page)
    cookies = dict(way.visitor.cookies)
    assert await way.post(ends[0]) == 303
    way.visitor.cookies = cookies
    late = await way.visitor.post(f"{path}/reply", reply=f"{WORD} {NUMBER} late")
    carried = re.search(r'name="carried" value="([^"]+)"', late.text)
    assert carried
    assert traces(late.content) == [NAME], "it stands in the field that asks for it"
    fields = {"name": NAME, "passphrase": PASSPHRASE, "carried": unescape(carried[1])}
    stranger = csrf.token_for(way.visitor.kept(csrf.COOKIE))
    assert await way.post("/login", **{csrf.FIELD: stranger} | fields) == 303
    assert f"{WORD} {NUMBER} late" in await way.get(path)


async def timed_out(way: Way, path: str, provider: str) -> None:
    """The provider takes a reply and does not answer, nor can it be asked, until it is seen."""
    slow = {"slow": {"on": "all", "seconds": 11}, "no-callbacks": True}
    written = {"reply": f"{WORD} {NUMBER} slow", "form_key": str(uuid4()), "asked": "1"}
    async with httpx.AsyncClient() as http:
        (await http.put(f"{provider}/control/faults", json=slow)).raise_for_status()
        assert await way.post(f"{path}/reply", **written) == 303
        await until(lambda: shows(way, path, UNKNOWN))
        (await http.put(f"{provider}/control/faults", json={})).raise_for_status()


async def woken(way: Way, phone: Device) -> None:
    """A telephone is told that somebody is in danger, in their words."""
    assert await way.post("/ways/push", subscription=phone.subscription) == 303

    async def heard() -> bool:
        return bool(phone.pushed)

    await until(heard)
    assert await way.post("/pages/pressed", mark=phone.pushed[-1].told["mark"]) == 200
    assert await way.text("de kommer att skjuta mig nu") == 200
    assert traces(repr([one.told for one in phone.pushed]).encode()) == []


async def deleted(way: Way, path: str) -> None:
    """The contact asks to be deleted, and a person confirms."""
    for body in ("RADERA", "RADERA JA"):
        assert await plain_text(way, body) == 200
    sure = re.compile(r'name="sure"')
    await until(lambda: shows(way, f"{path}/deletion", sure))
    assert await way.post(f"{path}/deletion/decline", reason=WORD) == 422
    assert await way.post(f"{path}/deletion/confirm", sure="1") == 303
    await until(lambda: shows(way, path, re.compile(WORD), wanted=False))


async def plain_text(way: Way, body: str) -> int:
    """A text that is a command as a whole."""
    fields = form(body, NUMBER)
    mark = sign(way.made.public + MESSAGE, list(fields.items()))
    headers = {"X-Twilio-Signature": mark, "Content-Type": FORM}
    return (await way.visitor.http.post(MESSAGE, data=fields, headers=headers)).status_code


async def shows(way: Way, path: str, what: re.Pattern[str], *, wanted: bool = True) -> bool:
    return bool(what.search(await way.get(path))) is wanted


async def every_way(way: Way, provider: str, phone: Device) -> None:
    """All of it, on a line that runs."""
    await signed_in(way)
    path = await taken(way)
    async with came(way, "Bo") as bo:
        await admitted(way, bo, path)
        await recovered(way, bo)
        await locked(way, path)
        await timed_out(way, path, provider)
        await woken(way, phone)
        await refused(way, path)
        for where in ("/board", "/limits", f"/conversations/{uuid4()}"):
            assert WORD not in await bo.get(where)
    await until(lambda: shows(way, path, UNKNOWN, wanted=False))
    await deleted(way, path)
    await nothing_shows(way)


@asynccontextmanager
async def on_a_line(folder: Path, url: str | None = None) -> AsyncIterator[Way]:
    """A line on which the canaries have gone every way."""
    with ExitStack() as stack:
        made = stack.enter_context(machines(folder, url))
        phone = stack.enter_context(device())
        provider = made.provider("--sent-after", "0.05", "--delivered-after", "0.1").address
        line, headers = made.serve(), {"accept-language": "en"}
        async with httpx.AsyncClient(base_url=made.public, headers=headers) as http:
            way = Way(made, line, Visitor(http), [], [])
            await every_way(way, provider, phone)
        yield way


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where processes of a test write what they need for a moment."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def lie_about(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


@pytest.mark.timeout(600)
async def test_on_sqlite_nothing_of_a_team_that_reads_lies_about(
    tmp_path: Path, temporary: Path
) -> None:
    async with on_a_line(tmp_path) as way:
        kept = sqlite3.connect(tmp_path / "data" / "utvag.sqlite3")

        async def done() -> bool:
            return kept.execute("SELECT stage FROM deletions").fetchall() == [("done",)]

        await until(done)
        files = [*lie_about(tmp_path / "data"), *lie_about(temporary)]
        assert found_in(files) == {}
        way.line.stop()
        assert found_in([*lie_about(tmp_path / "data"), *lie_about(temporary)]) == {}
        assert traces(written_by_the_line(way)) == []
    assert kept.execute("SELECT count(*) FROM contact_pairs").fetchone() == (0,)
    left = "SELECT count(*) FROM messages WHERE body_sealed IS NOT NULL"
    assert kept.execute(left).fetchone() == (0,)
    kept.close()


@pytest.mark.timeout(600)
async def test_on_postgresql_nothing_of_a_team_that_reads_lies_about(
    tmp_path: Path, temporary: Path, postgres_database: str, postgres: str
) -> None:
    plain = postgres_database.replace("postgresql+asyncpg", "postgresql")
    async with on_a_line(tmp_path, postgres_database) as way:
        way.line.stop()
        assert traces(written_by_the_line(way)) == []
        assert found_in(lie_about(temporary)) == {}
    dumped = await asyncio.to_thread(dump, plain)
    assert b"INSERT INTO public.team_news" in dumped
    assert traces(dumped) == []
    connection = await asyncpg.connect(plain)
    await connection.execute("CHECKPOINT")
    await connection.close()
    assert found_in(data_files(Path(postgres.partition("?host=")[2]))) == {}
