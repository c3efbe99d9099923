"""The board's figures and the log of what staff do tell nobody of a contact they must avoid."""

import json
from uuid import UUID, uuid4

import pytest

from domain.access import Role
from domain.disclosure import Authority, Ground, Scope
from domain.member import Member
from domain.need import Reason
from domain.noted import Heading
from handlers.ask_disclosure import Asked as Wanted
from handlers.ask_disclosure import ask_disclosure
from handlers.errors import BadInput, MustStayAway
from handlers.give_reason import give_reason
from handlers.see_audit import Asked, export_for, find_alias, see_audit
from handlers.see_board import see_board
from handlers.see_conversation import see_conversation
from handlers.see_readers import see_readers
from handlers.see_reassigning import see_reassigning
from handlers.seen_board import Board
from handlers.stay_away import keep_away
from handlers.take import take
from handlers.verify_audit import verify_audit
from storage.audit import Head
from tests.browser.scene import Scene
from tests.browser.serving import Visitor
from tests.world import World


@pytest.fixture
async def boss(world: World) -> Member:
    return await World.hired(world.house, "Bo", Role.COORDINATOR)


@pytest.fixture
async def ines(world: World) -> Member:
    return await World.hired(world.house, "Ines", Role.COORDINATOR)


@pytest.fixture
async def talk(world: World) -> UUID:
    """It waits; the counsellor has looked."""
    await world.text("jag tänker döda mig")
    talk = await world.only()
    await see_conversation(world.house, world.counsellor, talk)
    return talk


def counts(board: Board) -> tuple[int, ...]:
    (line,) = board.lines
    return (
        sum(line.waiting.values()), sum(line.active.values()), line.over, line.unanswered,
        line.undelivered, sum(sum(one.load.values()) for one in board.people),
    )  # fmt: skip


async def test_no_figure_of_the_board_counts_it(
    world: World, talk: UUID, boss: Member, ines: Member
) -> None:
    await keep_away(world.house, ines, talk, boss.id)
    world.clock.advance(hours=2)
    assert counts(await see_board(world.house, boss)) == (0,) * 6
    assert (await see_board(world.house, boss)).lines[0].oldest is None
    assert counts(await see_board(world.house, ines))[:4] == (1, 0, 1, 1)
    await world.text("annan", "+46701740611")
    other = next(r.id for r in (await world.queue()).waiting if r.id != talk)
    await take(world.house, world.counsellor, talk)
    await take(world.house, await World.hired(world.house, "Elis"), other)
    for member, has in ((boss, 1), (ines, 2)):
        board = await see_board(world.house, member)
        assert counts(board)[1] == has
        assert counts(board)[5] == has
    (alva,) = [
        one for one in (await see_reassigning(world.house, boss, other)).to if one.name == "Alva"
    ]
    assert (alva.count, alva.urgent) == (0, 0)


async def test_what_did_not_arrive_there_is_in_no_figure(
    world: World, talk: UUID, boss: Member, ines: Member
) -> None:
    await take(world.house, world.counsellor, talk)
    await world.reply(talk, "Hej.", asked=True)
    await keep_away(world.house, ines, talk, world.counsellor.id)
    assert counts(await see_board(world.house, boss))[4] == 1
    await keep_away(world.house, ines, talk, boss.id)
    assert counts(await see_board(world.house, boss))[4] == 0


async def test_the_log_shows_that_something_stands_there_and_not_what(
    world: World, talk: UUID, boss: Member, ines: Member
) -> None:
    house = world.house
    asked = Wanted(Authority.POLICE, Ground.GRAVE_CRIME, (Scope.TIMES,), "K 1", "", silent=False)
    await ask_disclosure(house, ines, talk, asked, form_key=uuid4())
    alias = (await world.queue()).waiting[0].alias
    before = (await see_audit(house, boss, Asked())).lines
    await keep_away(house, ines, talk, boss.id)
    after = (await see_audit(house, boss, Asked())).lines[1:]
    assert [one.number for one in after] == [one.number for one in before]
    hidden = [one for one in after if one.closed]
    assert {one.act for one in before if one.number in {h.number for h in hidden}} == {
        "opened", "disclosure_asked"
    }  # fmt: skip
    assert all(
        (h.who, h.act, h.detail, h.about, h.talk) == (None, "", "", "", None) for h in hidden
    )
    for narrowed in (
        Asked(who=world.counsellor.id), Asked(who=ines.id), Asked(what=Heading.READ),
        Asked(what=Heading.TALK),
    ):  # fmt: skip
        assert not [one for one in (await see_audit(house, boss, narrowed)).lines if one.closed]
        assert talk not in {one.talk for one in (await see_audit(house, boss, narrowed)).lines}
    with pytest.raises(MustStayAway):
        await see_audit(house, boss, Asked(talk=talk))
    with pytest.raises(BadInput):
        await find_alias(house, boss, alias)
    assert await find_alias(house, ines, alias) == talk
    assert isinstance(await verify_audit(house), Head)


async def test_who_read_it_and_the_file_of_all_entries_say_nothing_either(
    world: World, talk: UUID, boss: Member, ines: Member
) -> None:
    house, today = world.house, world.clock.now().date()
    await give_reason(house, world.counsellor, talk, Reason.OTHER)
    assert (await see_readers(house, boss, today)).readers
    whole = [row async for row in await export_for(house, ines)]
    await keep_away(house, ines, talk, boss.id)
    assert (await see_readers(house, boss, today)).readers == ()
    assert [one.name for one in (await see_readers(house, ines, today)).readers] == ["Alva"]
    rows = [row async for row in await export_for(house, boss)]
    assert str(talk) not in json.dumps(rows)
    known = {row["number"]: row["hash"] for row in rows}
    assert all(known[row["number"]] == row["hash"] for row in whole)
    assert str(talk) in json.dumps([row async for row in await export_for(house, ines)])


async def test_the_page_says_so_in_words(scene: Scene) -> None:
    house = scene.world.house
    bo = await World.hired(house, "Bo", Role.COORDINATOR)
    ines = await World.hired(house, "Ines", Role.COORDINATOR)
    visitor = await Visitor.of(house, scene.base, bo)
    await scene.alva.get(scene.path)
    alias = (await scene.world.queue()).waiting[0].alias
    assert alias in (await visitor.get("/audit")).text
    await keep_away(house, ines, scene.talk, bo.id)
    for path in ("/audit", "/audit/day", "/board", "/board/now", "/queue", "/register"):
        page = (await visitor.get(path)).text
        assert alias not in page, path
        assert str(scene.talk) not in page, path
    assert "About a contact you must stay away from" in (await visitor.get("/audit")).text
    refused = await visitor.get(f"/audit?talk={scene.talk}")
    assert (refused.status_code, alias in refused.text) == (403, False)
    looked = await visitor.post("/audit", alias=alias)
    assert looked.status_code == 422
