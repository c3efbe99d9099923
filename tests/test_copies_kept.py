"""Where it was decided that providers keep their copies, nothing asks for them and nobody is told
otherwise."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.access import Role
from domain.retention import Kept
from handlers.confirm_deletion import confirm_deletion
from handlers.see_deletion import see_deletion
from handlers.seen import Happened
from handlers.sweep_copies import sweep_copies
from storage import ids
from tests.aging import a_night, after, rows, was_here
from tests.browser.serving import Visitor, serving
from tests.deleting import asked_with_nothing_open, to_the_end
from tests.post import Post
from tests.process import machines, utvag
from tests.states import machine_said, stored, waiting
from tests.test_doctor import examined
from tests.test_rota_pages import plain
from tests.world import World
from utvag.settings import BadSettings, load


@pytest.fixture
async def world(world: World) -> World:
    world.house = replace(world.house, keeps_copies=True)
    return world


@pytest.fixture
async def alva(world: World) -> AsyncIterator[Visitor]:
    async with serving(world.house) as base:
        visitor = await Visitor.of(world.house, base, world.counsellor)
        yield visitor
        await visitor.http.aclose()


async def test_words_are_not_asked_to_go_until_it_is_decided_otherwise(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        ids, "_last", (0, 0)
    )  # they never go back, where other tests are days ahead
    await was_here(world)
    world.clock.advance(hours=1)
    assert await sweep_copies(world.house) == 0
    assert await rows(world, "provider_copies") == []
    assert await sweep_copies(replace(world.house, keeps_copies=False)) > 0
    assert len(await rows(world, "provider_copies")) > 0


async def test_whoever_asks_to_be_deleted_is_told_that_some_of_it_stays(
    world: World, post: Post
) -> None:
    talk = await asked_with_nothing_open(world)
    await to_the_end(world, post)
    assert (await machine_said(world))[-1] == "deleted_part"
    kinds = [i.kind for i in (await world.see(talk)).thread if isinstance(i, Happened)]
    assert kinds[-1] == "deleted_part"
    assert await rows(world, "provider_copies") == []


async def test_what_was_told_stands_also_if_it_is_decided_otherwise_meanwhile(
    world: World, post: Post
) -> None:
    talk = await asked_with_nothing_open(world)
    await to_the_end(world, post)
    world.house = replace(world.house, keeps_copies=False)
    await to_the_end(world, post)
    kinds = [i.kind for i in (await world.see(talk)).thread if isinstance(i, Happened)]
    assert [kind for kind in kinds if kind.startswith("deleted")] == ["deleted_part"]


async def test_the_page_on_which_a_person_decides_says_it_under_what_stays(
    world: World, alva: Visitor, post: Post
) -> None:
    await waiting(world)
    await world.text("RADERA")
    await world.text("RADERA JA")
    talk = (await stored(world)).id
    assert (await see_deletion(world.house, world.counsellor, talk)).keeps_copies
    page = plain((await alva.get(f"/conversations/{talk}/deletion")).text)
    assert "The copies at Twilio and Telegram: the line is set to keep them." in page
    assert "The copies at Twilio; at Telegram" not in page
    await confirm_deletion(world.house, world.counsellor, talk, keeps_notes=False, sure=True)
    await to_the_end(world, post)
    assert (await machine_said(world))[-1] == "deleted_part"


async def test_a_night_asks_for_none_and_the_page_of_retention_says_so(world: World) -> None:
    await was_here(world)
    boss = await world.hired(world.house, "Cia", Role.COORDINATOR)
    await after(world, 400)
    assert (await a_night(world))[Kept.CONVERSATIONS] == 1
    assert await rows(world, "provider_copies") == []
    async with serving(world.house) as base:
        visitor = await Visitor.of(world.house, base, boss)
        page = plain((await visitor.get("/retention")).text)
        await visitor.http.aclose()
    assert "Copies at Twilio and Telegram are kept there" in page


def test_doctor_says_which_it_is_and_anything_else_is_refused(tmp_path: Path) -> None:
    with machines(tmp_path) as made:
        _, said = examined(made.settings)
        assert "provider copies: deleted" in said["ok"]
        _, said = examined(made.settings | {"provider_copies": "keep"})
        assert any(line.startswith("provider copies: kept") for line in said["note"])
        done = utvag(made.settings | {"provider_copies": "perhaps"}, "line", "list")
        assert done.returncode == 1
        assert "UTVAG_PROVIDER_COPIES must be delete or keep" in done.stderr
    with pytest.raises(BadSettings, match="UTVAG_PROVIDER_COPIES"):
        load({"UTVAG_PROVIDER_COPIES": "Keep"})
