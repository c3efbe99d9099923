"""A coordinator looks through what is written down about staff."""

import json
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from domain.access import Act, Role
from domain.member import Member
from domain.noted import UNDER, Heading, Noted
from handlers.errors import BadInput
from handlers.find import ask
from handlers.house import House
from handlers.see_audit import (
    Asked,
    export_for,
    find_alias,
    midnight,
    see_audit,
    verify_and_note,
)
from handlers.see_conversation import see_conversation
from handlers.see_readers import see_readers
from handlers.take import take
from handlers.verify_audit import audit_head, verify_audit
from staff.audit_words import detail
from staff.words import LANGUAGES, words
from storage import audit
from storage.audit import Broken, Head
from tests.browser.scene import TEXT, Scene
from tests.browser.serving import Visitor
from tests.test_audit import force
from tests.world import World


@pytest.fixture
async def boss(world: World) -> Member:
    return await World.hired(world.house, "Bo", Role.COORDINATOR)


async def opened(world: World, phone: str = "+46701740610") -> UUID:
    """A conversation that waits and that the counsellor opened."""
    before = {row.id for row in (await world.queue()).waiting}
    await world.text("hej", phone)
    talk = next(row.id for row in (await world.queue()).waiting if row.id not in before)
    await see_conversation(world.house, world.counsellor, talk)
    return talk


async def test_the_newest_stands_first_with_who_and_about_what(world: World, boss: Member) -> None:
    talk = await opened(world)
    log = await see_audit(world.house, boss, Asked())
    first = log.lines[0]
    row = (await world.queue()).waiting[0]
    assert (first.act, first.who, first.about, first.talk, first.detail) == (
        "opened", "Alva", row.alias, talk, "waiting"
    )  # fmt: skip
    assert [line.number for line in log.lines] == list(range(log.head.number, 0, -1))
    assert log.older is None
    assert {line.about for line in log.lines if line.act == "joined"} <= {"Alva", "Bo"}


async def test_it_is_asked_by_who_what_when_and_which_conversation(
    world: World, boss: Member
) -> None:
    one = await opened(world)
    other = await opened(world, "+46701740611")
    world.clock.advance(days=2)
    await see_conversation(world.house, boss, one)
    today = world.clock.now().astimezone(world.house.zone).date()

    async def found(asked: Asked) -> list[tuple[str, UUID | None]]:
        log = await see_audit(world.house, boss, asked)
        return [(line.who or "", line.talk) for line in log.lines if line.act == "opened"]

    assert await found(Asked(who=boss.id)) == [("Bo", one)]
    assert await found(Asked(talk=other)) == [("Alva", other)]
    assert await found(Asked(what=Heading.READ, who=world.counsellor.id)) == [
        ("Alva", other), ("Alva", one)
    ]  # fmt: skip
    assert await found(Asked(what=Heading.STAFF)) == []
    assert await found(Asked(since=today)) == [("Bo", one)]
    before = today - timedelta(days=1)
    assert await found(Asked(until=before)) == [("Alva", other), ("Alva", one)]
    assert await found(Asked(since=before, until=before)) == []


async def test_a_page_leads_to_the_older_ones(world: World, boss: Member) -> None:
    async with world.house.db.write() as tx:
        for _ in range(250):
            audit.note(tx, Noted.SEARCHED, world.clock.now(), boss.id)
    log = await see_audit(world.house, boss, Asked())
    seen = [line.number for line in log.lines]
    while log.older:
        assert len(log.lines) == 100
        log = await see_audit(world.house, boss, Asked(before=log.older))
        seen += [line.number for line in log.lines]
    assert seen == list(range((await audit_head(world.house)).number, 0, -1))


async def test_an_alias_leads_to_its_conversation(world: World, boss: Member) -> None:
    talk = await opened(world)
    alias = (await world.queue()).waiting[0].alias
    assert await find_alias(world.house, boss, alias.lower()) == talk
    for nonsense in ("", "Björk", "Björk 99998", "0701740610"):
        with pytest.raises(BadInput):
            await find_alias(world.house, boss, nonsense)


async def test_what_was_verified_stands_in_the_log_itself(world: World, boss: Member) -> None:
    house = world.house
    assert (await see_audit(house, boss, Asked())).verified is None
    before = await audit_head(house)
    assert await verify_and_note(house, boss, "") == before
    seen = (await see_audit(house, boss, Asked())).verified
    assert seen is not None
    assert (seen.number, seen.why, seen.who) == (before.number, "", "Bo")
    await verify_and_note(house, boss, str(before))
    ahead = Head(before.number + 50, before.hash)
    assert isinstance(await verify_and_note(house, boss, str(ahead)), Broken)
    seen = (await see_audit(house, boss, Asked())).verified
    assert seen is not None
    assert seen.why == "cut"
    with pytest.raises(BadInput):
        await verify_and_note(house, boss, "nonsense")


async def test_a_changed_entry_is_said(world: World, boss: Member) -> None:
    await opened(world)
    last = (await audit_head(world.house)).number
    await force(world.house, f"UPDATE audit SET detail = 'own' WHERE number = {last}")
    assert await verify_and_note(world.house, boss, "") == Broken(last, "changed")
    seen = (await see_audit(world.house, boss, Asked())).verified
    assert seen is not None
    assert (seen.number, seen.why) == (last, "changed")


async def test_the_export_holds_every_entry_and_itself(world: World, boss: Member) -> None:
    await opened(world)
    rows = [row async for row in await export_for(world.house, boss)]
    head = await audit_head(world.house)
    assert [row["number"] for row in rows] == list(range(1, head.number + 1))
    assert (rows[-1]["act"], rows[-1]["member"]) == ("exported", "Bo")
    assert rows[-1]["hash"] == head.hash.hex()
    assert await verify_audit(world.house, head) == head


async def test_a_day_says_who_read_what_how_often_and_why(world: World, boss: Member) -> None:
    talk = await opened(world)
    world.clock.advance(minutes=3)
    await take(world.house, world.counsellor, talk)
    await see_conversation(world.house, world.counsellor, talk)
    await see_conversation(world.house, world.counsellor, talk)
    await ask(world.house, world.counsellor, "hejsan")
    here = world.clock.now().astimezone(world.house.zone).date()
    (reader,) = (await see_readers(world.house, boss, here)).readers
    assert (reader.name, reader.count, reader.searches) == ("Alva", 3, 1)
    (read,) = reader.read
    assert (read.id, read.count, read.why) == (talk, 3, ("waiting", "own"))
    assert read.first_at < read.last_at
    assert (await see_readers(world.house, boss, here - timedelta(days=1))).readers == ()


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
async def test_a_day_is_that_of_the_line_also_when_the_clock_changes(
    house: House, world: World, boss: Member, day: date
) -> None:
    hours = 23 if day.month == 3 else 25
    begins, ends = midnight(day, house.zone), midnight(day + timedelta(days=1), house.zone)
    assert (ends.timestamp() - begins.timestamp()) / 3600 == hours
    async with house.db.write() as tx:
        for at in (begins - timedelta(seconds=1), begins, ends - timedelta(seconds=1), ends):
            audit.note(tx, Noted.SEARCHED, at, boss.id)
    (reader,) = (await see_readers(house, boss, day)).readers
    assert reader.searches == 2


# Words


def test_every_entry_stands_under_one_heading() -> None:
    every = [act for acts in UNDER.values() for act in acts]
    assert sorted(every) == sorted(Noted)
    assert set(UNDER) == set(Heading)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_has_words(language: str) -> None:
    said = words(language).entries.keys()
    assert {f"audit.act.{act}" for act in Noted} <= said
    assert {f"audit.what.{heading}" for heading in Heading} <= said
    assert {f"audit.asked.{act}" for act in Act} <= said
    assert detail(words(language), "invited", "reporter") == words(language).code(
        "role", "reporter"
    )
    assert detail(words(language), "from_a_later_version", "17") == "17"


# Pages


@pytest.fixture
async def chief(scene: Scene) -> Visitor:
    member = await World.hired(scene.world.house, "Bo", Role.COORDINATOR)
    return await Visitor.of(scene.world.house, scene.base, member)


async def test_the_pages_show_no_content(scene: Scene, chief: Visitor) -> None:
    await scene.alva.get(scene.path)
    await scene.alva.post("/find", words="hemlig text")
    pages = [
        await chief.get(path) for path in ("/audit", "/audit/day", f"/audit?talk={scene.talk}")
    ]
    taken_out = await chief.post("/audit/export")
    for page in (*pages, taken_out):
        assert page.status_code == 200
        assert "hemlig" not in page.text
        assert TEXT not in page.text
        assert "0701740610" not in page.text
        assert "46701740610" not in page.text
    assert "opened a conversation" in pages[0].text
    assert "searched" in pages[0].text
    assert "1 search" in pages[1].text
    assert 'filename="audit-' in taken_out.headers["content-disposition"]
    last = json.loads(taken_out.text.splitlines()[-1])
    assert (last["act"], last["member"]) == ("exported", "Bo")
    assert "took out the log" in (await chief.get("/audit")).text


async def test_a_filter_leads_to_an_address_without_the_alias(scene: Scene, chief: Visitor) -> None:
    await scene.alva.get(scene.path)
    alias = (await scene.world.queue()).waiting[0].alias
    found = await chief.post("/audit", alias=alias, what="read")
    assert found.status_code == 303
    address = found.headers["location"]
    assert set(address.partition("?")[2].split("&")) == {"what=read", f"talk={scene.talk}"}
    page = (await chief.get(address)).text
    assert alias in page
    assert "opened a conversation" in page
    assert "invited" not in page.partition("<ol")[2]
    wrong = await chief.post("/audit", alias="Björk 99998")
    assert wrong.status_code == 422
    assert "Nobody here is called that" in wrong.text


@pytest.mark.parametrize(
    "address",
    [
        "/audit?who=x&what=y&talk=z&since=q&until=9999-99-99&before=-1",
        "/audit?before=99999999999999999999", "/audit/day?day=0001-01-01", "/audit/day?day=x",
        "/audit/day?day=9998-01-01", "/audit?since=2199-12-31&until=2199-12-31",
    ],
)  # fmt: skip
async def test_an_address_that_says_nothing_asks_for_nothing(
    scene: Scene, chief: Visitor, address: str
) -> None:
    assert (await chief.get(address)).status_code == 200


async def test_the_log_is_looked_through_on_the_page(scene: Scene, chief: Visitor) -> None:
    head = str(await audit_head(scene.world.house))
    assert head.partition(":")[2] in (await chief.get("/audit")).text
    assert (await chief.post("/audit/verify", head=head)).headers["location"] == "/audit"
    assert "are as they were written" in (await chief.get("/audit")).text
    assert (await chief.post("/audit/verify", head="nonsense")).status_code == 422
    last = (await audit_head(scene.world.house)).number
    await force(scene.world.house, f"UPDATE audit SET act = 'x' WHERE number = {last}")
    await chief.post("/audit/verify", head="")
    page = (await chief.get("/audit")).text
    assert f"Entry {last} was changed" in page


async def test_nobody_but_coordinators_sees_it(scene: Scene) -> None:
    for visitor in (scene.alva, scene.elis, scene.admin):
        assert (await visitor.get("/audit")).status_code == 403
        assert (await visitor.post("/audit/export")).status_code == 403
        assert (await visitor.get("/audit/day")).status_code == 403
        assert 'href="/audit"' not in (await visitor.get("/account")).text
    async with scene.world.house.db.read() as tx:
        found = await tx.conn.execute(text("SELECT detail FROM audit WHERE act = 'refused'"))
        assert {row.detail for row in found} == {"audit"}
