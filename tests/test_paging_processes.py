"""Paging in real processes: a page at the provider, an answer back, and a kill -9 in between."""

import asyncio
import re
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from tests.edge import FORM, MESSAGE, form, sign
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.process import Machines, Process, machines
from tests.test_kill import control

ALVAS = "+46701740650"
DANGER = "de dödar mig nu"


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


def pages(provider: Process) -> list[str]:
    told = control(provider, "/control/messages?direction=outbound&limit=5000")["messages"]
    return [m["body"] for m in told if m["to"] == ALVAS]


def needed(provider: Process) -> list[str]:
    return [body for body in pages(provider) if "väntar på någon" in body]


def prepared(made: Machines) -> Process:
    made.utvag("staff", "invite", "Alva")
    made.utvag("staff", "pager", "Alva", "--sms", ALVAS, "--verified")
    return made.provider()


async def write(made: Machines, port: int, phone: str, body: str) -> None:
    """As Twilio brings it."""
    fields = form(body, phone)
    signature = sign(made.public + MESSAGE, list(fields.items()))
    headers = {"X-Twilio-Signature": signature, "Content-Type": FORM}
    async with httpx.AsyncClient() as http:
        address = f"http://127.0.0.1:{port}{MESSAGE}"
        assert (await http.post(address, data=fields, headers=headers)).status_code == 200


def test_a_p1_is_paged_and_the_code_in_a_text_acknowledges_it(tmp_path: Path) -> None:
    with machines(tmp_path) as made:
        provider = prepared(made)
        made.serve()
        asyncio.run(write(made, made.line_port, "+46701740611", DANGER))
        until(lambda: len(needed(provider)) == 1)
        body = needed(provider)[0]
        found = re.fullmatch(r"Utväg: P1 väntar på någon\. (\S+)/queue Svara ([0-9]{4})", body)
        assert found is not None
        assert found[1] == made.public
        asyncio.run(write(made, made.line_port, ALVAS, found[2]))
        until(lambda: any("vi vet att du har läst" in page for page in pages(provider)))
        assert ALVAS not in made.written()


def test_killed_at_once_nobody_is_left_unpaged(tmp_path: Path, postgres_database: str) -> None:
    """Two processes; the one that took in the text dies at once, the other pages, once a step."""
    with machines(tmp_path, postgres_database) as made:
        provider = prepared(made)
        first, other_port = made.serve(), free_port()
        made.serve(other_port)
        for number in range(10, 14):
            victim = first if number == 10 else made.serve(free_port())
            port = int(victim.address.rsplit(":", 1)[1])
            asyncio.run(write(made, port, f"+467017406{number}", DANGER))
            victim.kill()
            until(lambda wanted=number - 9: len(needed(provider)) >= wanted)  # type: ignore[misc] # bound
        codes = [body[-4:] for body in needed(provider)]
        assert len(set(codes)) >= 4
