"""`kill -9` of `utvag keys rewrap` at every step: one of both secrets opens everything."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.process import Machines, environment, machines, utvag
from tests.test_kill import Load, kept, phones
from tests.world import SECRET

LATER = "the secret of forty characters of after."
pytestmark = pytest.mark.timeout(900)


class Killed(NamedTuple):
    """How it stands after a death."""

    status: int
    """0: it came to its end."""
    secret: str
    """The one that opens it, and how many texts of how many."""
    opens: str


def dying(after: dict[str, str]) -> list[Killed]:
    """What stood after each death."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.dying", "--secrets", "keys", "rewrap"],
        env=environment(**after),
        capture_output=True,
        text=True,
        timeout=880,
        check=False,
    )
    told = [line.split() for line in done.stdout.splitlines() if line[:1].isdigit()]
    assert told, done.stdout + done.stderr
    assert {len(one) for one in told} == {4}, f"not by one of them alone: {told} {done.stderr}"
    return [Killed(int(one[1]), one[2], one[3]) for one in told]


async def test_one_secret_opens_everything_wherever_it_is_killed(
    tmp_path: Path, kept_at: str | None
) -> None:
    with machines(tmp_path, kept_at) as made:
        made.provider()
        line, load = made.serve(), Load(made.public)
        await load.post([made.line_port], phones(10, 10), ["före"])
        after = made.settings | {"secret_key": LATER, "old_secret_key": SECRET}
        posting = asyncio.create_task(posted(load, made, 20))
        told = await asyncio.to_thread(dying, after)
        await posting
        assert load.refused == 0, "who runs goes on with the keys that they know"
        line.stop()
        opened_by(told)
        await by_the_new_one_alone(made, after, load)


async def posted(load: Load, made: Machines, rounds: int) -> None:
    for n in range(rounds):
        await load.post([made.line_port], phones(20 + n % 50, 3), [f"under {n}"])
        await asyncio.sleep(0.1)


def opened_by(told: list[Killed]) -> None:
    secrets = [one.secret for one in told]
    first = secrets.index("new")
    assert set(secrets[:first]) == {"old"}
    assert set(secrets[first:]) == {"new"}
    assert first > 8, "it was not killed before the commit"
    behind = [one.status for one in told[first:]]
    assert behind.count(0) == 2
    assert behind.count(-9) > 4, "it was not killed behind the commit"
    for opens, there in (one.opens.split("/") for one in told):
        assert opens == there
        assert int(there) >= 10


async def by_the_new_one_alone(made: Machines, after: dict[str, str], load: Load) -> None:
    """Restarted as the guide says, it is the line that it was, and everybody is known."""
    assert utvag(made.settings, "line", "list").returncode == 1
    again = utvag(after, "keys", "rewrap")
    assert again.returncode == 0, again.stdout + again.stderr
    made.settings |= {"secret_key": LATER}
    made.serve()
    await load.post([made.line_port], phones(10, 10), ["efter"])
    assert load.refused == 0
    found = await kept(made)
    assert found.contacts == len(found.people), "a number became two contacts"
    assert {body: found.texts[body] for body in load.acknowledged} == dict(load.acknowledged)
    assert set(found.texts.values()) == {1}
