"""The pages of the team, over HTTP, and what doctor says of it."""

import html
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from sqlalchemy import update

from domain.member import Role
from handlers.invite import revoke
from staff.visit import SESSION_COOKIE
from storage import tables
from tests.browser.serving import Visitor, serving
from tests.team import Colleague, first, hired, let_in, proves, visits, with_pair
from tests.world import World
from utvag.doctor_team import examine_team


@dataclass
class Desk:
    world: World
    base: str
    alva: Colleague
    elis: Colleague
    at_alvas: Visitor
    at_elis: Visitor

    async def as_(self, who: Colleague) -> Visitor:
        return await visits(self.base, who)


@pytest.fixture
async def desk(world: World) -> AsyncIterator[Desk]:
    """Alva has made the team; Elis has joined."""
    alva, elis = await first(world.house, world.counsellor), await hired(world.house, "Elis")
    async with serving(world.house) as base:
        there = [await visits(base, who) for who in (alva, elis)]
        yield Desk(world, base, alva, elis, *there)


def plain(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def words(page: str) -> list[str]:
    found = re.search(r'<ol class="six-words".*?</ol>', page, re.DOTALL)
    assert found is not None
    return re.findall(r"<li>(.*?)</li>", found[0])


async def doctor(world: World) -> list[str]:
    return [finding.line for finding in await examine_team(world.house)]


async def test_the_first_visit_of_a_reader_makes_the_team(world: World) -> None:
    alva = await with_pair(world.house, world.counsellor)
    noor = await hired(world.house, "Noor", Role.ADMIN)
    async with serving(world.house) as base:
        await (await visits(base, noor)).get("/queue")
        assert "no team yet" in (await doctor(world))[0]
        page = await (await visits(base, alva)).get("/team")
        assert "Alva made the team's key." in plain(page.text)
        assert "team: 1 read what is sealed" in (await doctor(world))[0]


async def test_a_colleague_is_warned_sees_the_words_and_is_let_in(desk: Desk) -> None:
    queue = plain((await desk.at_elis.get("/queue")).text)
    assert (
        "You cannot read what is written here Not until one of those who read lets you in: Alva."
        in queue
    )
    assert "1 colleague waits to be let in." in plain((await desk.at_alvas.get("/queue")).text)
    theirs = (await desk.at_elis.get("/team")).text
    page = (await desk.at_alvas.get("/team")).text
    assert words(theirs) == words(page)
    assert len(words(page)) == 6
    assert "note  team: 1 member waits for admission" in await doctor(desk.world)
    path = f"/team/{desk.elis.member.id}/admit"
    known = {"admit_passphrase": await proves(desk.alva)}
    refused = await desk.at_elis.post(path, words=" ".join(words(page)), **known)
    assert refused.status_code == 403
    wrong = await desk.at_alvas.post(path, words="other words", **known)
    assert wrong.status_code == 409
    done = await desk.at_alvas.post(path, words=" ".join(words(page)), **known)
    assert (done.status_code, done.headers["location"]) == (303, "/team")
    queue = plain((await desk.at_elis.get("/queue")).text)
    assert "You cannot read" not in queue
    assert "Alva let Elis in." in queue
    news = re.search(r'name="news" value="([^"]+)"', (await desk.at_elis.get("/queue")).text)
    assert news is not None
    await desk.at_elis.post("/team/noted", news=news[1])
    assert "Alva let Elis in." not in plain((await desk.at_elis.get("/queue")).text)


async def test_who_waits_stands_above_what_happened_with_the_keys(desk: Desk) -> None:
    six = words((await desk.at_alvas.get("/team")).text)
    known = {"admit_passphrase": await proves(desk.alva)}
    await desk.at_alvas.post(f"/team/{desk.elis.member.id}/admit", words=" ".join(six), **known)
    await desk.world.text("hej")
    page = (await desk.at_elis.get("/queue")).text
    assert page.index('id="waiting"') < page.index('id="team-news"')


async def test_an_open_conversation_warns_who_cannot_read_it(desk: Desk) -> None:
    await desk.world.text("hej")
    path = f"/conversations/{await desk.world.only()}"
    assert "You cannot read what is written here" in plain((await desk.at_elis.get(path)).text)
    assert "You cannot read" not in plain((await desk.at_alvas.get(path)).text)


async def test_a_raised_role_is_named_on_the_page_and_by_doctor(desk: Desk) -> None:
    await let_in(desk.alva, desk.elis)
    async with desk.world.house.db.write() as tx:
        whose = tables.members.c.id == desk.elis.member.id
        await tx.conn.execute(update(tables.members).where(whose).values(role=Role.COORDINATOR))
    assert "Elis Coordinator Not valid" in plain((await desk.at_alvas.get("/team")).text)
    assert any(
        line.startswith("FAIL  team: Elis is not valid") for line in await doctor(desk.world)
    )
    assert "You cannot read" in plain((await desk.at_elis.get("/queue")).text)


async def test_a_sheet_is_made_confirmed_used_once_and_made_anew(desk: Desk) -> None:
    assert "There is no recovery sheet." in plain((await desk.at_alvas.get("/queue")).text)
    assert any("no recovery sheet" in line for line in await doctor(desk.world))
    known = await proves(desk.alva)
    refused = await desk.at_alvas.post("/team/sheet", sheet_passphrase="an open page, no more")
    assert refused.status_code == 422
    assert "<svg" not in refused.text
    made = (await desk.at_alvas.post("/team/sheet", sheet_passphrase=known)).text
    groups = re.findall(r"<li>([0-9A-Z*~$=]{5})</li>", made)
    assert len(groups) == 13
    assert "<svg" in made
    assert 'style="' not in made
    assert made not in (await desk.at_alvas.get("/team/sheet")).text
    ask = [int(number) for number in re.findall(r">Group (\d+)</label>", made)]
    form = re.search(r'action="(/team/sheet/[^"]+)"', made)
    assert form is not None
    wrong = await desk.at_alvas.post(form[1], one="00000", other=groups[ask[1] - 1])
    assert wrong.status_code == 422
    assert groups[0] not in wrong.text
    done = await desk.at_alvas.post(
        form[1], one=groups[ask[0] - 1], other=groups[ask[1] - 1].lower()
    )
    assert done.status_code == 303
    assert "ok    team: there is a recovery sheet" in await doctor(desk.world)
    mistyped = ["2" + g[1:] if g[0] != "2" else "3" + g[1:] for g in groups[:1]] + groups[1:]
    page = await desk.at_elis.post("/team/recover", sheet=" ".join(mistyped))
    assert page.status_code == 422
    assert "Group 1 does not say what was printed." in plain(page.text)
    used = await desk.at_elis.post("/team/recover", sheet=" ".join(groups))
    assert (used.status_code, used.headers["location"]) == (303, "/team/sheet")
    assert "Elis used the recovery sheet" in plain((await desk.at_alvas.get("/queue")).text)
    assert "The recovery sheet is used." in plain((await desk.at_elis.get("/queue")).text)
    bea = await desk.as_(await hired(desk.world.house, "Bea"))
    twice = await bea.post("/team/recover", sheet=" ".join(groups))
    assert twice.status_code == 409
    assert "It was used " in plain(twice.text)


async def test_a_revoked_member_makes_the_rotation_due_until_a_reader_comes(desk: Desk) -> None:
    await let_in(desk.alva, desk.elis)
    await revoke(desk.world.house, "Elis")
    assert any("rotation due since" in line for line in await doctor(desk.world))
    page = plain((await desk.at_alvas.get("/team")).text)
    assert "The team's key was replaced." in page
    assert not any("rotation due" in line for line in await doctor(desk.world))


async def test_when_nobody_is_left_it_is_said_and_begun_anew_only_on_purpose(desk: Desk) -> None:
    await revoke(desk.world.house, "Alva")
    assert any("nobody is left" in line for line in await doctor(desk.world))
    assert "Nobody is left who can let you in." in plain((await desk.at_elis.get("/team")).text)
    assert (await desk.at_elis.post("/team/anew")).status_code == 422
    assert (await desk.at_elis.post("/team/anew", sure="1")).status_code == 303
    assert "Elis began with a new key." in plain((await desk.at_elis.get("/team")).text)


async def test_strangers_and_roles_that_do_not_read_see_and_do_nothing(desk: Desk) -> None:
    noor = await desk.as_(await hired(desk.world.house, "Noor", Role.ADMIN))
    stranger = await Visitor.of(desk.world.house, desk.base)
    admit = f"/team/{desk.elis.member.id}/admit"
    for path in ("/team", "/team/sheet", "/team/recover"):
        assert (await noor.get(path)).status_code == 403
        assert (await stranger.get(path)).headers["location"] == "/login"
    for path in (admit, "/team/noted", "/team/device", "/team/anew", "/team/sheet"):
        assert (await stranger.post(path)).headers["location"] == "/login"
    for path in (admit, "/team/device", "/team/sheet"):
        assert (await noor.post(path)).status_code in {403, 422}
    assert stranger.kept(SESSION_COOKIE) == ""
