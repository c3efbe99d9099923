"""Who reads and who writes is seen by colleagues who may read, and by nobody else."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.conversation import Outcome
from handlers.close import close
from handlers.live import SIGNS, Live
from handlers.presence import STAYS, WRITES, Doing, Presence, Sign
from tests.browser.scene import Scene
from tests.browser.serving import Visitor
from tests.clock import Clock
from tests.ear import Ear, listening
from tests.patience import PATIENCE
from tests.world import World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


async def shown(visitor: Visitor) -> Any:
    return (await visitor.get("/live/here")).json()


async def sign(visitor: Visitor, talk: UUID, page: UUID, doing: str) -> int:
    fields = {"page": str(page), "talk": str(talk), "doing": doing}
    return (await visitor.post("/live/sign", **fields)).status_code


def told(talk: UUID, times: int) -> Any:
    def heard(ear: Ear) -> bool:
        found = [w for kind, w in ear.words if kind == "here" and w["talks"] == [str(talk)]]
        return len(found) >= times

    return heard


async def test_a_colleague_sees_who_reads_who_writes_and_who_has_gone(scene: Scene) -> None:
    talk = str(scene.talk)
    async with listening(scene.alva) as ear:
        async with listening(scene.elis, talk=scene.talk) as other:
            await ear.until(told(scene.talk, 1))
            assert await shown(scene.alva) == {talk: "Elis is reading"}
            assert await shown(scene.elis) == {}
            assert await sign(scene.elis, scene.talk, other.page, "typing") == 204
            await ear.until(told(scene.talk, 2))
            assert await shown(scene.alva) == {talk: "Elis is writing"}
            scene.world.clock.advance(seconds=WRITES.total_seconds())
            await ear.until(told(scene.talk, 3))
            assert await shown(scene.alva) == {talk: "Elis is reading"}
            await sign(scene.elis, scene.talk, other.page, "away")
            await ear.until(told(scene.talk, 4))
            assert await shown(scene.alva) == {}
            await sign(scene.elis, scene.talk, other.page, "reading")
            await ear.until(told(scene.talk, 5))
        await ear.until(told(scene.talk, 6))
        assert await shown(scene.alva) == {}
        assert {key for kind, word in ear.words if kind == "here" for key in word} == {"talks"}


async def test_whoever_comes_later_sees_who_is_there(scene: Scene) -> None:
    async with listening(scene.elis, talk=scene.talk), listening(scene.alva) as ear:
        await ear.until(told(scene.talk, 1))


@pytest.fixture
def renewed(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """When it was last said by itself who is at which page, by the tests' clock."""
    moments, renew = list[datetime](), Live._renew

    def noted(live: Live) -> None:
        renew(live)
        moments.append(live._house.now())

    monkeypatch.setattr(Live, "_renew", noted)
    return moments


async def test_an_open_page_stays_and_one_that_only_said_so_is_forgotten(
    renewed: list[datetime], scene: Scene
) -> None:
    async with listening(scene.alva) as ear, listening(scene.elis, talk=scene.talk):
        await ear.until(told(scene.talk, 1))
        for _ in range(4):
            now = scene.world.clock.advance(seconds=6)
            async with asyncio.timeout(PATIENCE):
                while now not in renewed:  # noqa: ASYNC110 - a loop of the line's own
                    await asyncio.sleep(0.02)
        assert await shown(scene.alva) == {str(scene.talk): "Elis is reading"}
        member = await World.hired(scene.world.house, "Sol")
        sol = await Visitor.of(scene.world.house, scene.base, member)
        await sign(sol, scene.talk, uuid4(), "reading")
        await sol.http.aclose()
        assert await shown(scene.elis) == {str(scene.talk): "Sol is reading"}
        scene.world.clock.advance(seconds=STAYS.total_seconds())
        await ear.until(told(scene.talk, 3))
        assert await shown(scene.elis) == {}


async def test_a_clock_that_is_set_back_leaves_nobody_behind_and_hides_nobody(
    scene: Scene,
) -> None:
    async with listening(scene.alva) as ear, listening(scene.elis, talk=scene.talk):
        await ear.until(told(scene.talk, 1))
        member = await World.hired(scene.world.house, "Sol")
        sol = await Visitor.of(scene.world.house, scene.base, member)
        await sign(sol, scene.talk, uuid4(), "reading")
        await sol.http.aclose()
        await ear.until(told(scene.talk, 2))
        scene.world.clock.advance(hours=-1)
        await ear.until(told(scene.talk, 3))
        assert await shown(scene.alva) == {str(scene.talk): "Elis is reading"}


async def test_a_role_that_does_not_read_is_not_seen_and_sees_nobody(scene: Scene) -> None:
    async with listening(scene.admin, talk=scene.talk) as ear:
        await sign(scene.admin, scene.talk, ear.page, "typing")
        assert await shown(scene.alva) == {}
        async with listening(scene.elis, talk=scene.talk) as other:
            await other.until(lambda e: e.number >= 0)
            assert await shown(scene.alva) == {str(scene.talk): "Elis is reading"}
            assert await shown(scene.admin) == {}
        assert "here" not in ear.kinds()


async def test_a_sign_needs_a_form_of_ours_and_makes_sense(scene: Scene) -> None:
    fields = {"page": str(uuid4()), "talk": str(scene.talk)}
    for token in ("", scene.elis.form_token):
        answer = await scene.alva.post("/live/sign", csrf=token, doing="reading", **fields)
        assert answer.status_code == 403
    assert await sign(scene.alva, scene.talk, uuid4(), "dancing") == 422
    assert (await scene.alva.post("/live/sign", doing="reading", page="x")).status_code == 422
    assert await shown(scene.elis) == {}


async def test_more_signs_than_a_person_makes_are_ignored(scene: Scene) -> None:
    page = uuid4()
    for _ in range(SIGNS):
        assert await sign(scene.elis, scene.talk, page, "reading") == 204
    assert await sign(scene.elis, scene.talk, page, "away") == 204
    assert await shown(scene.alva) == {str(scene.talk): "Elis is reading"}


async def test_who_may_not_read_it_now_is_not_seen_there(scene: Scene) -> None:
    await scene.taken()
    async with listening(scene.alva) as ear:
        await sign(scene.elis, scene.talk, uuid4(), "reading")
        async with listening(scene.elis, talk=scene.talk) as other:
            await other.until(lambda e: e.number >= 0)
            assert await shown(scene.alva) == {}
        await scene.elis.post(f"{scene.path}/why", why="colleague")
        async with listening(scene.elis, talk=scene.talk):
            await ear.until(told(scene.talk, 1))
            assert await shown(scene.alva) == {str(scene.talk): "Elis is reading"}
    await sign(scene.alva, uuid4(), uuid4(), "reading")
    assert len(await shown(scene.elis)) <= 1


def test_a_page_that_looks_at_something_else_is_no_longer_where_it_was(clock: Clock) -> None:
    presence, (page, member, one, other) = Presence(), (uuid4() for _ in range(4))
    presence.hear(Sign(page, member, one, Doing.TYPING), clock.now())
    assert presence.changed(clock.now()) == {one}
    presence.hear(Sign(page, member, other, Doing.READING), clock.now())
    assert presence.changed(clock.now()) == {one, other}
    assert presence.others(uuid4()) == {other: {member: False}}
    assert presence.changed(clock.now() + timedelta(hours=1)) == {other}
    assert presence.others(uuid4()) == {}


def test_a_sign_is_read_as_it_was_written_and_nothing_else_is() -> None:
    sign = Sign(uuid4(), uuid4(), uuid4(), Doing.AWAY)
    assert Sign.read(sign.written()) == sign
    for nonsense in ("", "|||", sign.written() + "|x", sign.written().replace("away", "up")):
        with pytest.raises(ValueError, match=r"."):
            Sign.read(nonsense)


async def test_who_reads_a_conversation_is_told_to_those_alone_who_may_open_it(
    scene: Scene,
) -> None:
    world, bo = scene.world, await World.hired(scene.world.house, "Bo")
    hers = await Visitor.of(world.house, scene.base, bo)
    await scene.taken()
    async with listening(scene.alva, talk=scene.talk) as ear:
        await ear.until(lambda heard: heard.number >= 0)
        assert await shown(scene.elis) == {}
        await scene.elis.post(f"{scene.path}/why", why="colleague")
        assert await shown(scene.elis) == {str(scene.talk): "Alva is reading"}
        await close(world.house, world.counsellor, scene.talk, Outcome.OTHER)
        assert await shown(hers) == {}
        assert await shown(scene.elis) == {str(scene.talk): "Alva is reading"}
        world.clock.advance(minutes=61)
        await scene.alva.post(f"{scene.path}/why", why="colleague")
        await sign(scene.alva, scene.talk, ear.page, "reading")
        assert await shown(scene.elis) == {}
        await scene.elis.post(f"{scene.path}/why", why="colleague")
        assert await shown(scene.elis) == {str(scene.talk): "Alva is reading"}
