"""Find: by words and by alias, within what one may read, never by a number; and it is logged."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

import handlers.find as finding
from domain.conversation import Outcome
from domain.member import Role
from domain.search import Finder, Snippet, problem
from handlers.close import close
from handlers.errors import BadInput, NotAllowed, NotFound
from handlers.find import ask, find
from handlers.redact import redact
from handlers.seen import Said
from handlers.seen_found import Search
from handlers.turns import MOST
from handlers.write_note import write_note
from storage import desk_tables, revisions, tables
from storage.ids import new_id
from storage.revisions import Revision
from tests.browser.scene import Scene
from tests.world import PHONE, World

OTHER = "+46701740611"


async def searched(world: World, words: str) -> Search:
    search = await ask(world.house, world.counsellor, words)
    return await find(world.house, world.counsellor, search)


async def talk_of(world: World, phone: str, *texts: str) -> UUID:
    before = {row.id for row in (await world.queue()).waiting}
    for text in texts:
        await world.text(text, phone)
    return next(row.id for row in (await world.queue()).waiting if row.id not in before)


async def opened(world: World) -> list[tuple[UUID, UUID]]:
    async with world.house.db.read() as tx:
        o = tables.openings.c
        rows = await tx.conn.execute(select(o.conversation_id, o.member_id).order_by(o.id))
        return [(row.conversation_id, row.member_id) for row in rows]


def marked(snippet: Snippet) -> str:
    """As it is shown, what was looked for in brackets."""
    return "".join(f"[{part.text}]" if part.found else part.text for part in snippet.parts)


def passage(words: tuple[str, ...], text: str) -> str:
    place = Finder(words).find(text)
    assert place is not None
    return marked(place)


async def test_words_are_found_wherever_a_person_wrote_them(world: World) -> None:
    theirs = await talk_of(world, PHONE, "hej", "min syster bor i Kiruna nu")
    other = await talk_of(world, OTHER, "hallå")
    await write_note(world.house, world.counsellor, other, "Tåg till Kiruna?", form_key=uuid4())
    found = (await searched(world, "kiruna")).found
    assert {one.row.id for one in found} == {theirs, other}
    said = next(one for one in found if one.row.id == theirs).passages[0]
    assert marked(said.snippet) == "min syster bor i [Kiruna] nu"
    assert [one.passages[0].note for one in found if one.row.id == other] == [True]


async def test_what_a_contact_made_of_a_text_later_is_found_at_its_place(world: World) -> None:
    talk = await talk_of(world, PHONE, "jag bor hemma")
    first = next(i for i in (await world.see(talk)).thread if isinstance(i, Said))
    async with world.house.db.write() as tx:
        now = world.clock.now()
        await revisions.add(tx, talk, Revision(new_id(now), first.id, now, "jag bor i Kiruna"))
    (found,) = (await searched(world, "Kiruna")).found
    assert [passage.id for passage in found.passages] == [first.id]


async def test_every_word_must_stand_in_one_text(world: World) -> None:
    await talk_of(world, PHONE, "min syster", "bor i Kiruna")
    assert (await searched(world, "syster kiruna")).found == ()
    assert len((await searched(world, "KIRUNA  bor")).found) == 1


async def test_what_the_machine_says_to_everybody_is_not_found(world: World) -> None:
    await talk_of(world, PHONE, "hej")
    assert (await searched(world, "automatiskt")).found == ()


async def test_an_alias_is_found_and_nothing_is_opened_by_it(world: World) -> None:
    talk = await talk_of(world, PHONE, "hej")
    (alias,) = [row.alias for row in (await world.queue()).waiting]
    for asked in (alias, alias.casefold(), alias.split()[0]):
        (found,) = (await searched(world, asked)).found
        assert (found.row.id, found.row.alias, found.passages) == (talk, alias, ())
    assert await opened(world) == []


async def test_closed_conversations_are_found_too(world: World) -> None:
    talk = await talk_of(world, PHONE, "jag bor i Kiruna")
    await world.taken()
    await close(world.house, world.counsellor, talk, Outcome.OTHER)
    (found,) = (await searched(world, "Kiruna")).found
    assert (found.row.state, found.closed_at is not None) == ("closed", True)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (PHONE, "number"), (PHONE.lstrip("+"), "number"), ("070-174 06 10", "number"),
        ("0701", "number"), ("14", "number"), ("tel 0701", "number"), ("19990101", "number"),
        ("+", "number"), ("", "empty"), (" \x00 ", "empty"), ("ja", "too_short"),
        ("a b c", "too_short"), ("x" * 201, "too_long"),
    ],
)  # fmt: skip
async def test_numbers_and_what_would_find_everything_are_not_searched(
    world: World, words: str, why: str
) -> None:
    await talk_of(world, PHONE, f"mitt nummer är {PHONE}, ja, 14")
    with pytest.raises(BadInput) as told:
        await ask(world.house, world.counsellor, words)
    assert (told.value.field, told.value.problem) == ("words", why)
    assert await world.count("searches") == 0


def test_other_digits_are_no_number() -> None:
    assert problem("buss 14 klockan nio") is None
    assert problem("Björk 14") is None
    assert problem("björk 70174") is None  # an alias: no text is looked through
    assert problem("björk 0701740610") == "number"


async def test_whoever_is_shown_has_been_opened_and_the_search_is_kept_sealed(
    world: World,
) -> None:
    talk = await talk_of(world, PHONE, "jag bor i Kiruna")
    await talk_of(world, OTHER, "hallå")
    await searched(world, "Kiruna")
    assert await opened(world) == [(talk, world.counsellor.id)]
    async with world.house.db.read() as tx:
        (kept,) = (await tx.conn.execute(select(desk_tables.searches))).all()
    assert kept.member_id == world.counsellor.id
    assert b"Kiruna" not in kept.words_sealed


async def test_a_search_is_its_own_members_and_ends(world: World) -> None:
    await talk_of(world, PHONE, "jag bor i Kiruna")
    search = await ask(world.house, world.counsellor, "Kiruna")
    elis = await world.hired(world.house, "Elis")
    for member, looked_for in ((elis, search), (world.counsellor, uuid4())):
        with pytest.raises(NotFound):
            await find(world.house, member, looked_for)
    world.clock.advance(hours=13)
    with pytest.raises(NotFound):
        await find(world.house, world.counsellor, search)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.REPORTER])
async def test_who_may_not_read_finds_nothing(world: World, role: Role) -> None:
    search = await ask(world.house, world.counsellor, "Kiruna")
    lesser = await world.hired(world.house, "Bo", role)
    with pytest.raises(NotAllowed):
        await ask(world.house, lesser, "Kiruna")
    with pytest.raises(NotAllowed):
        await find(world.house, lesser, search)


async def test_redacted_words_are_not_found(world: World) -> None:
    talk = await talk_of(world, PHONE, "jag bor i Kiruna")
    (said,) = [i for i in (await world.see(talk)).thread if isinstance(i, Said) and i.body][:1]
    await redact(world.house, world.counsellor, talk, said.id)
    assert (await searched(world, "Kiruna")).found == ()


async def test_it_stops_in_time_and_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "STEP", 2)
    old = await talk_of(world, PHONE, "först i Kiruna", "sedan hem", "och ut", "en gång till")
    assert [one.row.id for one in (await searched(world, "Kiruna")).found] == [old]
    monkeypatch.setattr(finding, "MOST_TEXTS", 2)
    stopped = await searched(world, "Kiruna")
    assert (stopped.found, stopped.whole) == ((), False)
    monkeypatch.undo()
    monkeypatch.setattr(finding, "LONGEST", timedelta(0))
    assert not (await searched(world, "Kiruna")).whole
    monkeypatch.undo()
    monkeypatch.setattr(finding, "MOST_FOUND", 1)
    await talk_of(world, OTHER, "också i Kiruna")
    first = await searched(world, "Kiruna")
    assert (len(first.found), first.whole) == (1, False)


def test_a_passage_is_shown_with_a_little_around_it() -> None:
    place = passage(("mitt",), "a " * 60 + "MITT i allt" + " b" * 60)
    assert "[MITT] i allt" in place
    assert (place[:3], place[-3:]) == ("… a", "b …")
    assert len(place) <= 120
    assert Finder(("i\u0307x", "[")).find("x [") is None


@pytest.mark.parametrize(
    ("words", "text", "shown"),
    [
        (("syster", "kiruna"), "min syster bor i Kiruna", "min [syster] bor i [Kiruna]"),
        (("kiruna", "syster"), "Kiruna, syster. Kiruna", "[Kiruna], [syster]. [Kiruna]"),
        (("i", "kiruna"), "jag vill till Kiruna i dag", "jag v[i]ll till [Kiruna] i dag"),
        (("kir", "runa"), "till Kiruna", "till [Kiruna]"),
        (("kiru", "runa"), "till Kiruna", "till [Kiruna]"),
    ],
)
def test_every_word_is_marked(words: tuple[str, ...], text: str, shown: str) -> None:
    assert passage(words, text) == shown


def test_what_surrounds_it_is_of_whole_words() -> None:
    long = " ordentligt" * 9
    place = passage(("kiruna",), f"jag vill{long} till Kiruna{long}")
    assert set(place.split()) == {"…", "ordentligt", "till", "[Kiruna]"}
    assert len(passage(("kiruna",), "x" * 200 + "kiruna" + "y" * 200)) == 2 * 48 + 8 + 4


def test_words_that_stand_far_apart_are_both_shown() -> None:
    place = passage(("syster", "kiruna"), "min syster" + " x" * 100 + " bor i\nKiruna" + " y" * 100)
    assert place.startswith("min [syster] x x")
    assert place.count(" … ") == 1
    assert "x bor i [Kiruna] y" in place
    assert place.endswith("…")


class TestOverHttp:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        return sqlite_url

    async def test_the_words_stand_in_no_address(self, scene: Scene) -> None:
        answer = await scene.alva.post("/find", words="hemlig text")
        assert answer.status_code == 303
        where = answer.headers["location"]
        assert UUID(where.removeprefix("/find/"))
        for _ in range(2):
            page = (await scene.alva.get(where)).text
            assert "en <mark>hemlig</mark> <mark>text</mark> &lt;script&gt;" in page
            first = (await scene.said())[0].id
            assert f"{scene.path}?from={first}#m-{first}" in page
        assert (await scene.elis.get(where)).status_code == 404
        assert (await scene.admin.get(where)).status_code == 403
        assert (await scene.stranger.get(where)).headers["location"] == "/login"

    async def test_how_much_was_found_is_a_heading_and_nothing_else(self, scene: Scene) -> None:
        """A role within a heading would hide from some screen readers that it is one."""
        for words, said in (("hemlig text", "1 conversation"), ("igelkott", "Nothing was found.")):
            where = (await scene.alva.post("/find", words=words)).headers["location"]
            page = (await scene.alva.get(where)).text
            assert re.findall(r"<h2[^>]*>(.*?)</h2>", page)[0] == said

    async def test_what_is_not_searched_is_said_and_the_words_come_back(self, scene: Scene) -> None:
        answer = await scene.alva.post("/find", words=PHONE)
        assert answer.status_code == 422
        assert "Numbers are not searched." in answer.text
        assert PHONE in answer.text
        nothing = await scene.alva.post("/find", words="ingenting alls")
        page = await scene.alva.get(nothing.headers["location"])
        assert "Nothing was found." in page.text
        for visitor, status in ((scene.admin, 403), (scene.stranger, 303)):
            assert (await visitor.get("/find")).status_code == status
            assert (await visitor.post("/find", words="hemlig")).status_code == status
        assert (await scene.alva.post("/find", csrf="x", words="hemlig")).status_code == 403

    async def test_a_reload_is_another_search_and_of_one_member_only_so_many_a_minute(
        self, scene: Scene
    ) -> None:
        where = (await scene.alva.post("/find", words="hemlig text")).headers["location"]
        for _ in range(MOST):
            assert (await scene.alva.get(where)).status_code == 200
        refused = await scene.alva.get(where)
        assert refused.status_code == 429
        assert "Wait 1 min and search again." in refused.text
        assert "hemlig" not in refused.text
        again = await scene.alva.post("/find", words="en annan")
        assert (again.status_code, 'value="en annan"' in again.text) == (429, True)
        assert await scene.world.count("searches") == 1
        assert (await scene.elis.post("/find", words="hemlig")).status_code == 303
        scene.world.clock.advance(seconds=61)
        assert (await scene.alva.get(where)).status_code == 200

    async def test_the_bar_says_how_many_are_mine_also_on_pages_without_the_queue(
        self, scene: Scene
    ) -> None:
        await scene.taken()
        await scene.elis.post(f"{scene.path}/why", why="colleague")
        where = (await scene.alva.post("/find", words="hemlig text")).headers["location"]
        for path in ("/queue", scene.path, "/find", where, "/phrases", "/logout"):
            assert ">Mine (1)</a>" in (await scene.alva.get(path)).text, path
            if path != where:
                assert ">Mine</a>" in (await scene.elis.get(path)).text, path
