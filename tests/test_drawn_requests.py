"""Whatever is asked for by whomever, the line answers, and tells nothing of its insides.

Requests are drawn by schemathesis from a description of all that HTTP reaches, the same ones in
every run.
"""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, assume, given, settings
from nacl.pwhash import argon2id
from sqlalchemy import select

from domain.access import Role
from domain.block import Lasts, Reason
from domain.conversation import Outcome
from domain.deletion import Decline
from domain.message import Channel
from staff import csrf
from staff.visit import SESSION_COOKIE
from storage import tables
from tests.described import described, fields, queries
from tests.edge import sign
from tests.routes import PUBLIC, STREAMS, TELEGRAM, Doors, doors_of
from tests.sealed import Sealed
from tests.team import Colleague, hired, let_in, signed_in
from tests.test_every_route import INSIDES
from tests.world import LINE, PHONE
from webhooks.telegram import SECRET_HEADER

EACH = 3
"""Requests drawn for each address and method."""

AWAY = ("/logout", "/account", "/team/device")
"""What ends the session in which it is done."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(argon2id, "OPSLIMIT_INTERACTIVE", argon2id.OPSLIMIT_MIN)
    monkeypatch.setattr(argon2id, "MEMLIMIT_INTERACTIVE", argon2id.MEMLIMIT_MIN)


def drawn(document: dict[str, Any]) -> list[schemathesis.Case[Any]]:
    """The requests, in the order of their addresses."""
    found: list[schemathesis.Case[Any]] = []
    schema = schemathesis.openapi.from_dict(document)
    for path, methods in document["paths"].items():
        for method in methods:

            @settings(
                max_examples=EACH, derandomize=True, database=None, deadline=None,
                suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            @given(schema[path][method.upper()].as_strategy())
            def draw(case: schemathesis.Case[Any]) -> None:
                assume(not _names_insides(case))
                found.append(case)

            draw()
    return found


def _names_insides(case: schemathesis.Case[Any]) -> bool:
    """By itself: words of our own code, which the library finds and draws, may come back."""
    parts = (case.path_parameters, case.query, case.body)
    return any(INSIDES.search(str(part)) for part in parts if isinstance(part, Mapping))


async def lived(sealed: Sealed) -> set[str]:
    """A conversation with all that can be pointed at; the ids that lead somewhere."""
    await sealed.text("hej")
    talk = await sealed.taken()
    await sealed.reply(talk, "ett svar", asked=True)
    await sealed.text("hej igen", phone="+46701740688")
    ids = {str(talk)}
    async with sealed.house.db.read() as tx:
        for name in ("conversations", "messages", "members", "lines", "notes"):
            table = tables.metadata.tables[name]
            ids |= {str(row) for row in (await tx.conn.execute(select(table.c.id))).scalars()}
    return ids


WORDS = {*Reason, *Lasts, *Outcome, *Decline, *Role, *Channel, "1", "open", "closed", "sv", "P1",
         "queue", LINE, PHONE, "<script>alert(1)</script>", "en lång mening om hösten"}  # fmt: skip


class Askers:
    """Everybody who may come, each with a new session as often as they lose it."""

    def __init__(self, doors: Doors, people: Mapping[str, Colleague | None]) -> None:
        self.doors, self.people = doors, people
        self.sessions: dict[str, str] = {}

    async def ask(self, who: str, case: schemathesis.Case[Any], path: str) -> httpx.Response:
        method = case.method.upper()
        given = case.as_transport_kwargs(base_url=f"http://{PUBLIC.partition('//')[2]}")
        headers = {"accept-language": "en"}
        if path == "/webhooks/telegram":
            headers |= {"content-type": "application/json"}
            headers |= {SECRET_HEADER: TELEGRAM["UTVAG_TELEGRAM_WEBHOOK_SECRET"]}
            content = json.dumps(given.get("json", {})).encode()
            return await self.doors.http.post(given["url"], headers=headers, content=content)
        form = {name: str(value) for name, value in (given.get("data") or {}).items()}
        if path.startswith("/webhooks"):
            there = PUBLIC + httpx.URL(given["url"]).raw_path.decode()
            headers["x-twilio-signature"] = sign(there, list(form.items()))
        else:
            cookie, secret = await self.cookie(who)
            headers["cookie"] = f"{cookie}={secret}"
            form |= {csrf.FIELD: csrf.token_for(secret)}
        body: bytes | None = None
        if method == "POST":
            body = urlencode(form).encode()
            headers["content-type"] = "application/x-www-form-urlencoded"
        return await self.doors.http.request(
            method, given["url"], params=given.get("params"), headers=headers, content=body
        )

    async def cookie(self, who: str) -> tuple[str, str]:
        person = self.people[who]
        if person is None:
            return self.doors.named(csrf.COOKIE), csrf.new_secret()
        if who not in self.sessions:
            self.sessions[who] = await signed_in(person)
        return self.doors.named(SESSION_COOKIE), self.sessions[who]


def _is_sound(answer: httpx.Response, told: object) -> None:
    assert answer.status_code < 500, told
    said = answer.text if answer.headers.get("content-type", "").startswith("text/html") else ""
    assert not INSIDES.search(said), (told, said[:300])
    assert "<script>alert(1)" not in said, told
    assert "default-src 'none'" in answer.headers["content-security-policy"], told


ROLES = (None, Role.COUNSELLOR, Role.COORDINATOR, Role.ADMIN, Role.REPORTER)


@pytest.mark.parametrize(
    ("database_url", "roles"),
    [("sqlite", ROLES), ("postgresql", (Role.COORDINATOR,))],
    indirect=["database_url"],
    ids=["sqlite", "postgresql"],
)
@pytest.mark.timeout(400)
async def test_whatever_is_asked_for_is_answered(
    sealed: Sealed, roles: tuple[Role | None, ...]
) -> None:
    known = await lived(sealed)
    people: dict[str, Colleague | None] = {}
    for role in roles:
        person = await hired(sealed.house, f"Member {role}", role) if role else None
        if person is not None and person.member.reads:
            await let_in(sealed.alva, person)
        people[str(role)] = person
    async with doors_of(sealed.house, telegram=True) as doors:
        routes = [(m, p) for m, p in doors.routes if p not in STREAMS]
        assert len(routes) > 150
        askers, came = Askers(doors, people), Counter[tuple[str, int]]()
        for case in drawn(described(routes, known, WORDS)):
            for who in people:
                answer = await askers.ask(who, case, case.path)
                told = (who, case.method, case.formatted_path, case.body, answer.status_code)
                _is_sound(answer, told)
                came[who, answer.status_code] += 1
                if case.path.startswith(AWAY):
                    askers.sessions.pop(who, None)
    for role in roles:
        reached = {status for who, status in came if who == str(role)}
        assert reached >= ({200, 303, 404, 422} if role in ROLES[1:3] else {200, 303, 404}), came


async def test_all_that_is_read_is_drawn(sealed: Sealed) -> None:
    assert {"reply", "note", "passphrase", "seen", "at", "words"} <= set(fields())
    assert {"text", "since", "tick"} <= set(queries())
    async with doors_of(sealed.house, telegram=True) as doors:
        document = described(doors.routes, {str(UUID(int=7))}, {"sv"})
    holes = {path for path in document["paths"] if "{" in path}
    assert "/conversations/{id}/messages/{message}/pictures/{place}" in holes
    assert all(":" not in path for path in holes)
    assert "application/json" in json.dumps(document["paths"]["/webhooks/telegram"])
