"""One table decides what each role may do: every address and every use case asks it."""

import ast
import importlib
import inspect
import re
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache, partial
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update
from starlette.routing import Route

from domain.access import TABLE, Act, Role, may
from domain.escalation import LADDERS, Ladder
from domain.member import Member
from domain.message import InboundMessage
from domain.priority import Tier
from domain.retention import USUAL, Terms
from handlers.errors import NotAdmitted, NotAllowed, OnlyCoordinators, UseCaseError
from handlers.house import House
from handlers.live import Live
from handlers.receive import receive
from handlers.together import Together
from staff import csrf
from staff.words import words
from storage import tables
from tests.access_cases import PARTS, USE_CASES
from tests.access_table import GET, POST
from tests.browser.scene import Scene
from tests.browser.serving import Visitor
from tests.edge import PUBLIC
from tests.process import ACCOUNT, TOKEN
from tests.world import SECRET, World
from utvag.app import create_app
from utvag.line import Line
from utvag.metrics import Metrics
from utvag.missed_calls import MissedCalls
from utvag.settings import load
from webhooks import telegram

ROOT = Path(__file__).parent.parent
NOBODY = "stranger"
WHO = (*Role, NOBODY)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def test_every_act_stands_in_the_table_and_a_stranger_may_do_none() -> None:
    assert set(TABLE) == set(Act)
    assert not any(may(None, act) for act in Act)


def test_roles_that_read_nothing_may_do_very_little() -> None:
    of = {role: [act for act in Act if may(role, act)] for role in Role}
    assert of[Role.REPORTER] == [Act.ENTER]
    assert of[Role.ADMIN] == [Act.ENTER, Act.MOST_EACH, Act.LIMITS, Act.SETTINGS]


def test_no_file_but_the_table_asks_what_role_somebody_has() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for folder in ("handlers", "staff", "webhooks", "bot")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "Role"
    ]
    asked = re.compile(r"member\.role\s*(==|!=|in|not)")
    found += [
        path.name
        for path in sorted((ROOT / "staff/templates").glob("*.html"))
        if asked.search(path.read_text("utf-8"))
    ]
    assert found == []


# Every address


def _routes(house: House) -> dict[str, set[str]]:
    """Of an application with every webhook: by method, the addresses."""
    settings = load({
        "UTVAG_PUBLIC_URL": PUBLIC, "UTVAG_SECRET_KEY": SECRET,
        "UTVAG_TWILIO_ACCOUNT_SID": ACCOUNT, "UTVAG_TWILIO_AUTH_TOKEN": TOKEN,
    })  # fmt: skip
    metrics, door = Metrics(), Together[InboundMessage](partial(receive, house))
    line = Line(house, metrics, door, MissedCalls(house, metrics), Live(house))
    found: dict[str, set[str]] = {}
    for route in _every(create_app(line, settings).routes):
        for method in route.methods or ():
            found.setdefault(method, set()).add(route.path)
    found["POST"].add(telegram.PATH)
    return found


def _every(routes: Sequence[object]) -> list[Route]:
    """Those of a router that was included, too."""
    found = []
    for route in routes:
        router = getattr(route, "original_router", route)
        inner: Sequence[object] = getattr(router, "routes", ())
        found += [route] if isinstance(route, Route) else _every(inner)
    return found


async def test_every_address_of_the_application_stands_in_the_table(world: World) -> None:
    found = _routes(world.house)
    assert found.keys() == {"GET", "HEAD", "POST"}
    assert found["GET"] == GET.keys()
    assert found["POST"] == POST.keys()
    assert found["HEAD"] <= GET.keys()


@pytest.fixture
async def visitors(scene: Scene) -> dict[str, Visitor]:
    house, made = scene.world.house, {NOBODY: scene.stranger}
    for role in Role:
        member = await World.hired(house, f"A {role}", role)
        made[role] = await Visitor.of(house, scene.base, member)
    return made


async def test_every_address_lets_in_whom_the_table_lets_in(
    scene: Scene, visitors: Mapping[str, Visitor]
) -> None:
    wrong = []
    for method, table in (("GET", GET), ("POST", POST)):
        for path, act in table.items():
            if path in LEFT_OUT:
                continue
            for who in WHO:
                if path == "/live" and who != NOBODY:  # never ends; see the tests of live pages
                    continue
                status, text = await _asked(scene, visitors[who], method, path)
                if not _as_it_should(who, act, status, text):
                    wrong.append(f"{method} {path} {who}: {status}")
                if not may(_role(who), Act.READ) and "hemlig" in text:
                    wrong.append(f"{method} {path} {who}: shows what was written")
    assert wrong == []


async def test_a_role_that_somebody_wrote_into_their_row_opens_no_address_to_them(
    scene: Scene, visitors: Mapping[str, Visitor]
) -> None:
    async with scene.world.house.db.write() as tx:
        await tx.conn.execute(update(tables.members).values(role=Role.COORDINATOR))
    wrong = []
    for method, table in (("GET", GET), ("POST", POST)):
        for path, act in table.items():
            if path in LEFT_OUT or not isinstance(act, Act) or path == "/live":
                continue
            for role in Role:
                status, text = await _asked(scene, visitors[role], method, path)
                if not _as_it_should(role, act, status, text):
                    wrong.append(f"{method} {path} {role}: {status}")
    assert wrong == []


NOT_ADMITTED = words("en").say("trouble.not_admitted.title")
"""Refused as well, but not for what they are: no colleague has admitted them yet."""

LEFT_OUT = {
    "/logout", "/account/sessions/end", "/webhooks/twilio/message", "/webhooks/telegram",
    "/webhooks/twilio/status/{code}", "/webhooks/twilio/voice",
}  # fmt: skip
"""Signing out would end the walk; what providers sign is tried in the tests of the webhooks."""


def _role(who: str) -> Role | None:
    return None if who == NOBODY else Role(who)


def _as_it_should(who: str, act: Act | str, status: int, text: str) -> bool:
    if status >= 500:
        return False
    if not isinstance(act, Act):
        return True
    if who == NOBODY:
        return status in {303, 401}
    refused = status == 403 and NOT_ADMITTED not in text
    return refused is not may(Role(who), act)


async def _asked(scene: Scene, visitor: Visitor, method: str, path: str) -> tuple[int, str]:
    """The status, and the words unless it is a stream."""
    fields = FIELDS | {csrf.FIELD: visitor.form_token, "form_key": str(uuid4())}
    where = re.sub(r"{(\w+)(?::\w+)?}", lambda name: _in_path(scene, path, name[1]), path)
    sent = visitor.http.build_request(
        method,
        where,
        data=fields if method == "POST" else None,
        headers={"cookie": "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())},
    )
    answer = await visitor.http.send(sent, stream=True)
    try:
        streams = answer.headers.get("content-type", "").startswith("text/event-stream")
        if not streams:
            await answer.aread()
        if visitor is scene.stranger or answer.status_code != 303:
            return answer.status_code, "" if streams else answer.text
        assert path.startswith("/login") or answer.headers["location"] != "/login", path
        return answer.status_code, answer.text
    finally:
        await answer.aclose()
        visitor.http.cookies.clear()


def _in_path(scene: Scene, path: str, name: str) -> str:
    known = {"tier": "P2", "place": "0", "language": "sv", "name": "desk.css", "token": "x"}
    if name == "id" and path.startswith(("/conversations", "/board")):
        return str(scene.talk)
    return known.get(name, str(uuid4()))


FIELDS = {
    "reply": "x", "note": "x", "outcome": "other", "remove": "1", "gate": "unknown",
    "to": str(UUID(int=7)), "from": str(UUID(int=7)), "aside": "x", "words": "x", "most": "3",
    "role": "primary", "begins": "2026-11-02", "weeks": "1", "ends": "2026-11-02",
    "member": str(UUID(int=7)), "start": "2026-11-02T08:00", "end": "2026-11-02T16:00",
    "language": "sv", "name": "x", "text": "x", "edition": "1", "seen": str(UUID(int=7)),
    "since": "1", "number": "070-174 06 05", "code": "123456", "talks": "", "done": "yes",
    "at": "2026-11-02T08:00", "page": str(UUID(int=7)), "doing": "reading", "told": "{}",
    "rota": "", "news": str(UUID(int=7)), "id": str(UUID(int=7)), "address": "https://example.org/x.ics",
}  # fmt: skip


# Every use case


@cache
def _public() -> dict[str, Callable[..., Any]]:
    """Whatever in handlers/ is handed a member."""
    found = {}
    for path in sorted((ROOT / "handlers").glob("*.py")):
        module = importlib.import_module(f"handlers.{path.stem}")
        for name, made in vars(module).items():
            ours = inspect.isfunction(made) and made.__module__ == module.__name__
            if not ours or name.startswith("_"):
                continue
            kinds = typing.get_type_hints(made)
            if any(_holds_a_member(kind) for arg, kind in kinds.items() if arg != "return"):
                found[f"{path.stem}.{name}"] = made
    return found


def _holds_a_member(kind: object) -> bool:
    return kind is Member or Member in typing.get_args(kind)


def test_every_use_case_that_is_handed_a_member_stands_in_the_table() -> None:
    found = _public().keys()
    assert found - USE_CASES.keys() - PARTS == set()
    assert (USE_CASES.keys() | PARTS) - found == set()


@pytest.mark.parametrize("name", USE_CASES)
async def test_a_use_case_refuses_whom_the_table_refuses(name: str, world: World) -> None:
    act, use_case = USE_CASES[name], _public()[name]
    for role in Role:
        member = await World.hired(world.house, f"A {role}", role)
        refused = False
        try:
            await use_case(**_handed(use_case, world, member))
        except NotAdmitted:
            pass
        except NotAllowed as error:
            refused = True
            assert isinstance(error, OnlyCoordinators) is member.reads
        except UseCaseError:
            pass
        assert refused is not may(role, act), role


def _handed(use_case: Callable[..., Any], world: World, member: Member) -> dict[str, object]:
    kinds = typing.get_type_hints(use_case)
    return {
        name: member.id if name == "whose" else _one(kinds[name], world, member)
        for name in inspect.signature(use_case).parameters
    }


def _one(kind: Any, world: World, member: Member) -> object:
    now = world.clock.now()
    known: dict[object, object] = {
        House: world.house, Member: member, UUID: uuid4(), str: "x", int: 1, bool: True,
        bytes: b"", datetime: now, date: now.date(), Live: Live(world.house),
        Ladder: LADDERS[Tier.P2], Terms: USUAL,
    }  # fmt: skip
    if kind in known:
        return known[kind]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    if typing.get_origin(kind) in {UnionType, Union}:
        inner = typing.get_args(kind)
        if NoneType not in inner:
            return _one(inner[0], world, member)
        return member if Member in inner else None
    if is_dataclass(kind) and isinstance(kind, type):
        fields = typing.get_type_hints(kind)
        return kind(**{name: _one(each, world, member) for name, each in fields.items()})
    return ()


async def test_who_reads_no_conversation_is_told_what_they_can_do_here(scene: Scene) -> None:
    reporter = await World.hired(scene.world.house, "Robin", Role.REPORTER)
    visitor = await Visitor.of(scene.world.house, scene.base, reporter)
    theirs, admins = (await visitor.get("/queue")).text, (await scene.admin.get("/queue")).text
    for page in (theirs, admins):
        assert str(scene.talk) not in page
        assert "<table" in page
    sets = "you set how many conversations a counsellor may have"
    assert sets in admins
    assert sets not in theirs
