"""Pages that come again are one line of the thread, and each of them can still be read."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from handlers.seen import Happened
from staff.thread_view import Rung, days
from staff.times import Times
from tests.browser.scene import Scene
from tests.test_receive_danger import WORDS
from tests.tower import Tower

ALVAS = "+46701740650"
START = datetime(2026, 3, 2, 1, 10, tzinfo=UTC)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def happened(*kinds: str) -> tuple[Happened, ...]:
    """A minute apart; "paged Bo" by somebody else than Alva, "-" by nobody."""
    found = []
    for minute, said in enumerate(kinds):
        kind, _, by = said.partition(" ")
        at = START + timedelta(minutes=minute)
        found.append(Happened(kind, None if by == "-" else by or "Alva", None, at))
    return tuple(found)


def shown(*kinds: str) -> list[str]:
    times = Times(ZoneInfo("Europe/Stockholm"), "en", START)
    return [
        f"{line.it.by} {line.it.times} {line.it.last - START}"
        if isinstance(line.it, Rung)
        else line.it.kind  # type: ignore[union-attr] # nothing was said or noted
        for day in days(happened(*kinds), times)
        for line in day.lines
    ]


def test_who_is_paged_again_is_one_line_with_the_count_and_the_last_time() -> None:
    assert shown("paged", "page_delivered", "paged Bo", "paged", "page_delivered") == [
        "Alva 2 0:03:00", "paged",
    ]  # fmt: skip


def test_what_is_done_with_the_conversation_stands_between() -> None:
    assert shown("paged", "paged", "page_read", "paged", "taken", "paged") == [
        "Alva 2 0:01:00", "page_read", "paged", "taken", "paged",
    ]  # fmt: skip


def test_who_was_paged_once_stands_as_it_was_told() -> None:
    assert shown("paged", "page_failed", "paged Bo", "paged_nobody -") == [
        "paged", "page_failed", "paged", "paged_nobody",
    ]  # fmt: skip


async def test_the_page_says_it_in_words_and_each_delivery_can_be_opened(scene: Scene) -> None:
    tower = Tower(scene.world)
    await tower.paged("Alva", ALVAS)
    await scene.world.text(WORDS)
    for _ in range(3):
        await tower.tick(minutes=2)
    page = (await scene.alva.get(scene.path)).text
    (rung,) = re.findall(r"<details class=\"happened rung\".*?</details>", page, re.DOTALL)
    plain = re.sub(r"<[^>]*>|\s+", " ", rung)
    assert "Alva was paged 3 times" in plain
    assert len(re.findall("Alva was paged, as primary", plain)) == 3
