"""Two processes on one PostgreSQL climb the same ladders at once; one is killed in the midst."""

import asyncio
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from handlers.send_pages import AT_ONCE
from storage import members
from storage.page_tables import pages
from tests.calendar_files import calendar, entry
from tests.ports import free_port
from tests.process import Machines, Process, machines
from tests.test_kill import control, opened
from tests.test_paging_processes import DANGER, until, write

ON_CALL = {
    "primary": ("Alva", "+46701740650"),
    "backup": ("Bo", "+46701740651"),
    "coordinator": ("Caro", "+46701740652"),
    "duty": ("Dag", "+46701740653"),
}
ONCE = ("backup", "coordinator", "duty")
"""Whose step comes once; the primary's comes again every two minutes."""

CONTACTS = [f"+467017406{number}" for number in range(10, 22)]
PAGED = re.compile(r"Utväg: P1 väntar .* Svara ([0-9]{4})")


@dataclass(frozen=True)
class Made:
    """A page as the database has it."""

    about: UUID
    code: str
    state: str
    attempts: int


def on_call(made: Machines) -> None:
    """Somebody in every role, from yesterday until the day after tomorrow."""
    now = datetime.now(UTC)
    start, end = (f":{now + timedelta(days=by):%Y%m%dT000000Z}" for by in (-1, 3))
    for role, (name, number) in ON_CALL.items():
        made.utvag("staff", "invite", name, "--role", "coordinator")
        made.utvag("staff", "pager", name, "--sms", number, "--verified")
        file = made.folder / f"{role}.ics"
        file.write_bytes(calendar(entry(name, start, end)))
        made.utvag("rota", "import", str(file), "--line", "Card 2026", "--role", role)


def at_the_provider(provider: Process, role: str) -> Counter[str]:
    """How often each code reached whoever is on call as this."""
    told = control(provider, "/control/messages?direction=outbound&limit=5000")["messages"]
    found = (PAGED.fullmatch(m["body"]) for m in told if m["to"] == ON_CALL[role][1])
    return Counter(match[1] for match in found if match)


async def in_the_database(made: Machines) -> dict[str, list[Made]]:
    """All pages, by the role of whom they are for."""
    db = await opened(made)
    try:
        async with db.read() as tx:
            t = pages.c
            query = select(t.conversation_id, t.code, t.state, t.attempts, t.member_id)
            rows = list(await tx.conn.execute(query.where(t.kind == "needed")))
            names = {member.id: member.name for member in await members.every(tx)}
    finally:
        await db.close()
    roles = {name: role for role, (name, _) in ON_CALL.items()}
    found: dict[str, list[Made]] = defaultdict(list)
    for row in rows:
        found[roles[names[row.member_id]]].append(Made(*row[:4]))
    return found


async def all_write(made: Machines, ports: list[int]) -> None:
    """From every contact at once, to one process or the other."""
    writing = (write(made, ports[place % 2], phone, DANGER) for place, phone in enumerate(CONTACTS))
    await asyncio.gather(*writing)


def test_each_step_is_climbed_once_and_none_is_skipped_when_one_is_killed(
    tmp_path: Path, postgres_database: str
) -> None:
    with machines(tmp_path, postgres_database, clock_speed="20") as made:
        on_call(made)
        provider, other = made.provider(), free_port()
        victim = made.serve()
        made.serve(other)
        asyncio.run(all_write(made, [made.line_port, other]))
        until(lambda: bool(at_the_provider(provider, "backup")))
        victim.kill()
        until(lambda: len(at_the_provider(provider, "duty")) == len(CONTACTS))
        found = asyncio.run(in_the_database(made))
        for role in ONCE:
            assert len({page.about for page in found[role]}) == len(CONTACTS)
            assert len(found[role]) == len(CONTACTS)
        nothing_doubled(provider, found)


def nothing_doubled(provider: Process, found: dict[str, list[Made]]) -> None:
    """But what the killed process had at the provider's door: twice is better than never."""
    again = 0
    for role, made in found.items():
        heard = at_the_provider(provider, role)
        attempts = {page.code: page.attempts for page in made}
        assert all(heard[code] <= attempts[code] for code in attempts)
        assert all(heard[page.code] for page in made if page.state == "sent")
        again += sum(attempts[code] > 1 for code in attempts)
    assert again <= AT_ONCE
