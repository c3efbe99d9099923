"""Of a long thread the newest is there; the rest is a press away, and every place is found."""

import itertools
import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from handlers.receive import receive
from handlers.seen import Happened, Noted
from handlers.take import take
from staff.thread_window import BEGINNING, MOST, Item, window
from tests.browser.scene import Scene

START = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def noted(number: int) -> Noted:
    return Noted(UUID(int=number), "Alva", str(number), START + timedelta(minutes=number))


def happened(number: int) -> Happened:
    return Happened("taken", "Alva", None, START + timedelta(minutes=number))


def test_a_short_thread_is_whole() -> None:
    thread: tuple[Item, ...] = tuple(noted(number) for number in range(MOST))
    found = window(thread, "")
    assert (found.items, found.first, found.earlier) == (thread, "", "")
    assert window((), "").anchor is None


def test_step_by_step_all_of_it_is_seen_and_nothing_is_left_out() -> None:
    thread: tuple[Item, ...] = tuple(
        happened(number) if number % 7 == 0 else noted(number) for number in range(5 * MOST + 3)
    )
    wanted, sizes = "", []
    while True:
        found = window(thread, wanted)
        assert found.items == thread[len(thread) - len(found.items) :], "it ends where all ends"
        assert found.items == window(thread, found.first).items
        sizes.append(len(found.items))
        if not found.earlier:
            break
        wanted = found.earlier
    assert sizes[0] in (MOST, MOST + 1)
    assert sizes[-1] == len(thread)
    assert all(MOST <= more - less <= MOST + 1 for less, more in itertools.pairwise(sizes[:-1]))


def test_a_place_is_found_however_far_back_and_a_wrong_one_changes_nothing() -> None:
    thread: tuple[Item, ...] = tuple(noted(number) for number in range(5 * MOST))
    place = UUID(int=17)
    assert window(thread, str(place)).anchor == place
    assert window(thread, str(UUID(int=5 * MOST - 1))).items == thread[-MOST:]
    assert window(thread, "<script>").items == window(thread, "").items
    assert window(thread, BEGINNING).items == thread
    only_events: tuple[Item, ...] = tuple(happened(number) for number in range(2 * MOST))
    assert window(only_events, "").items == only_events


async def test_earlier_messages_are_a_link_away_and_stay_while_the_page_lives(scene: Scene) -> None:
    house = scene.world.house
    for number in range(2 * MOST + 20):
        await receive(house, [scene.world.message(f"text {number}")])
    await take(house, scene.world.counsellor, scene.talk)
    unread = (await scene.alva.get(scene.path)).text
    assert ">text 0<" in unread, "what nobody has read is all there"
    newest = re.search(r'data-shown="([^"]+)"', unread)
    assert newest
    await scene.alva.post(f"{scene.path}/shown", seen=newest[1], since="0")
    page = (await scene.alva.get(scene.path)).text
    assert (">text 219<" in page, ">text 0<" in page) == (True, False)
    assert page.count('<article id="m-') <= MOST + 1
    link = re.search(r'<p class="earlier"><a class="button" href="([^"]+)"', page)
    assert link
    anchor = link[1].partition("#")[2]
    assert f'id="{anchor}"' in page
    more = (await scene.alva.get(link[1])).text
    assert f'id="{anchor}"' in more
    assert MOST + 50 < more.count('<article id="m-') < 2 * MOST + 20
    fragment = re.search(r'hx-get="([^"]+/thread[^"]+)"', more)
    assert fragment
    await receive(house, [scene.world.message("nyss")])
    fresh = (await scene.alva.get(fragment[1].replace("&amp;", "&"))).text
    assert fresh.count('<article id="m-') == more.count('<article id="m-') + 1
    first = re.search(r'<article id="m-([^"]+)"', unread)
    assert first
    found = await scene.alva.get(f"{scene.path}?from={first[1]}")
    assert f'id="m-{first[1]}"' in found.text
    assert (await scene.elis.get(link[1])).headers["location"].endswith("/why")
