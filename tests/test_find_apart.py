"""A search looks into what its reader may open now, and tells nothing of the others."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, event

import handlers.find as finding
from domain.access import Role
from domain.conversation import Outcome
from domain.member import Member
from domain.need import Reason
from handlers.close import close
from handlers.find import ask, find
from handlers.give_reason import give_reason
from handlers.seen import Said
from handlers.seen_found import Search
from handlers.stay_away import keep_away
from handlers.take import take
from handlers.write_note import write_note
from storage import revisions, texts
from storage.database import Tx
from storage.ids import new_id
from storage.revisions import Revision
from storage.texts import Place
from tests.browser.scene import Scene
from tests.test_find import OTHER, talk_of
from tests.world import PHONE, World

THIRD = "+46701740612"


@pytest.fixture
async def elis(world: World) -> Member:
    return await World.hired(world.house, "Elis")


@pytest.fixture
async def talk(world: World) -> UUID:
    """Alva's: its text, an edit of it and a note hold the word."""
    talk = await talk_of(world, PHONE, "jag bor i Kiruna")
    await take(world.house, world.counsellor, talk)
    said = next(one for one in (await world.see(talk)).thread if isinstance(one, Said))
    await write_note(world.house, world.counsellor, talk, "Kiruna", form_key=talk)
    async with world.house.db.write() as tx:
        now = world.clock.now()
        await revisions.add(tx, talk, Revision(new_id(now), said.id, now, "jag bor i Kiruna nu"))
    return talk


async def searched(world: World, member: Member, words: str = "Kiruna") -> Search:
    return await find(world.house, member, await ask(world.house, member, words))


def shown(search: Search) -> list[tuple[UUID, int]]:
    return [(one.row.id, len(one.passages)) for one in search.found]


async def test_nothing_says_that_a_colleagues_or_a_closed_one_holds_the_words(
    world: World, talk: UUID, elis: Member
) -> None:
    assert shown(await searched(world, world.counsellor)) == [(talk, 3)]
    theirs, nowhere = await searched(world, elis), await searched(world, elis, "igelkott")
    assert (theirs.found, theirs.through, theirs.left_out) == ((), 0, 1)
    assert (nowhere.found, nowhere.through, nowhere.left_out) == ((), 0, 1)
    await close(world.house, world.counsellor, talk, Outcome.OTHER)
    assert (await searched(world, elis)).found == ()
    await give_reason(world.house, elis, talk, Reason.TASK)
    given = await searched(world, elis)
    assert (shown(given), given.through, given.left_out) == ([(talk, 3)], 1, 0)
    world.clock.advance(hours=1)
    over = await searched(world, elis)
    assert (over.found, over.left_out) == ((), 1)


async def test_what_they_must_stay_away_from_is_not_even_counted(
    world: World, talk: UUID, elis: Member
) -> None:
    await keep_away(world.house, elis, talk, elis.id)
    found = await searched(world, elis)
    assert (found.found, found.through, found.left_out) == ((), 0, 0)
    waiting = await talk_of(world, OTHER, "också i Kiruna")
    found = await searched(world, elis)
    assert (shown(found), found.through, found.left_out) == ([(waiting, 1)], 1, 0)


async def test_an_alias_leads_to_the_question_and_shows_no_words(
    world: World, talk: UUID, elis: Member
) -> None:
    alias = (await world.see(talk)).row.alias
    (one,) = (await searched(world, elis, alias)).found
    assert (one.row.id, one.passages, one.asks) == (talk, (), True)
    (mine,) = (await searched(world, world.counsellor, alias)).found
    assert not mine.asks
    await keep_away(world.house, elis, talk, elis.id)
    assert (await searched(world, elis, alias)).found == ()


async def test_sealed_texts_of_what_is_left_out_are_neither_fetched_nor_opened(
    world: World, talk: UUID, elis: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched, opened = set[UUID](), set[UUID]()
    ready, open_bytes = texts.ready, texts.open_bytes

    async def made_ready(tx: Tx, rows: Iterable[tuple[UUID, bytes | None]]) -> None:
        rows = list(rows)
        fetched.update(talk for talk, _ in rows)
        await ready(tx, rows)

    def opens(tx: Tx, sealed: bytes, where: Place) -> bytes:
        opened.add(where.conversation_id)
        return open_bytes(tx, sealed, where)

    waiting = await talk_of(world, OTHER, "också i Kiruna")
    search = await ask(world.house, elis, "Kiruna")
    monkeypatch.setattr(texts, "ready", made_ready)
    monkeypatch.setattr(texts, "open_bytes", opens)
    assert shown(await find(world.house, elis, search)) == [(waiting, 1)]
    assert (fetched, opened) == ({waiting}, {waiting})
    await give_reason(world.house, elis, talk, Reason.TASK)
    await find(world.house, elis, search)
    assert (fetched, opened) == ({waiting, talk}, {waiting, talk})


async def test_how_much_is_left_out_changes_neither_the_queries_nor_the_bounds(
    world: World, elis: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "STEP", 2)
    monkeypatch.setattr(finding, "MOST_TEXTS", 3)
    mine = await talk_of(world, OTHER, "först i Kiruna")
    talk = await talk_of(world, PHONE, "hej")
    await take(world.house, world.counsellor, talk)
    await take(world.house, elis, mine)
    search = await ask(world.house, elis, "Kiruna")
    asked = await _asked(world, elis, search, mine)
    for _ in range(9):
        await world.text("jag bor i Kiruna", PHONE)
    assert await _asked(world, elis, search, mine) == asked


async def _asked(world: World, member: Member, search: UUID, mine: UUID) -> list[str]:
    said: list[str] = []

    def heard(_c: object, _u: object, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(Engine, "before_cursor_execute", heard)
    try:
        found = await find(world.house, member, search)
    finally:
        event.remove(Engine, "before_cursor_execute", heard)
    assert (shown(found), found.whole) == ([(mine, 1)], True)
    assert said
    return said


async def test_what_was_taken_meanwhile_is_not_shown(
    world: World, talk: UUID, elis: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search takes up to two seconds; who may read is asked at its end once more."""
    waiting = await talk_of(world, OTHER, "också i Kiruna")
    look = finding._look

    async def looked(*asked: Any) -> None:
        await look(*asked)
        await take(world.house, world.counsellor, waiting)

    monkeypatch.setattr(finding, "_look", looked)
    assert (await searched(world, elis)).found == ()


async def test_a_coordinator_is_asked_as_everybody_is(world: World, talk: UUID) -> None:
    boss = await World.hired(world.house, "Bo", Role.COORDINATOR)
    await talk_of(world, THIRD, "hallå")
    found = await searched(world, boss)
    assert (found.found, found.through, found.left_out) == ((), 1, 1)


async def test_the_page_says_how_many_were_left_out_and_no_more(scene: Scene) -> None:
    await scene.taken()
    pages = {}
    for words in ("hemlig text", "ingen anka"):
        where = (await scene.elis.post("/find", words=words)).headers["location"]
        pages[words] = (await scene.elis.get(where)).text.replace(words, "")
    assert len({page.split("<section")[1].split("</main>")[0] for page in pages.values()}) == 1
    assert "1 other was not." in pages["hemlig text"]
    where = (await scene.alva.post("/find", words="hemlig text")).headers["location"]
    assert (
        "other" not in (await scene.alva.get(where)).text.split("<section")[1].split("</main>")[0]
    )
