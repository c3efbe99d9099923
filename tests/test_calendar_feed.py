"""A counsellor's shifts in their own calendar, at an address that only they know."""

import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from icalendar import Calendar

from domain.member import Member, Role
from domain.rota import ALWAYS, Hours, ShiftRole, Turn
from handlers.calendar_feed import Words, end_feed, feed_made_at, read_feed, renew_feed
from handlers.confirm_roster import confirm_roster, see_roster
from handlers.errors import NotAllowed, NotFound
from handlers.give_role import give_role
from handlers.go_by import go_by, go_by_its_own
from handlers.invite import revoke
from handlers.see_rota import line_called
from handlers.write_leave import write_leave
from handlers.write_pattern import write_pattern
from handlers.write_shift import Given, write_shift
from storage import backup_marks, tables
from storage.backup_marks import Kind, Mark
from tests.browser.rota_scene import MONDAY, PRIMARY, at, rota_of, with_a_rota
from tests.browser.scene import Scene
from tests.team import proves, renewed, visits, with_pair
from tests.world import World

SAID = Words({role: f"On call: {role}" for role in ShiftRole}, "Soon")


@pytest.fixture
async def bo(world: World) -> Member:
    return await world.hired(world.house, "Bo", Role.COORDINATOR)


@pytest.fixture
async def rota(world: World, bo: Member) -> UUID:
    line = await line_called(world.house, "Card 2026")
    await go_by_its_own(world.house, bo, line.id, form_key=uuid4())
    return await rota_of(world, bo)


async def nights(world: World, bo: Member, rota: UUID, member: Member) -> None:
    turns = tuple(Turn(0, Hours(day, time(22), time(6)), member.id) for day in range(7))
    await write_pattern(world.house, bo, rota, PRIMARY, MONDAY, 1, turns, form_key=uuid4())


async def events(world: World, token: str) -> list[Any]:
    """As the library reads them; what a property of theirs can be is too much to say."""
    calendar = Calendar.from_ical(await read_feed(world.house, token, SAID))
    assert isinstance(calendar, Calendar)
    assert calendar.errors == []
    return list(calendar.walk("VEVENT"))


async def on(world: World, token: str, day: date) -> list[tuple[datetime, datetime]]:
    """What begins on a day (UTC)."""
    found = [(event["DTSTART"].dt, event["DTEND"].dt) for event in await events(world, token)]
    return [each for each in found if each[0].date() == day]


async def test_ones_own_shifts_stand_in_it_with_two_alarms_and_nobodys_name(
    world: World, bo: Member, rota: UUID
) -> None:
    await nights(world, bo, rota, world.counsellor)
    backup = Given(ShiftRole.BACKUP, world.counsellor.id, at(1, 9), at(1, 12))
    await write_shift(world.house, bo, rota, backup, form_key=uuid4())
    await write_shift(
        world.house, bo, rota, Given(PRIMARY, bo.id, at(1, 12), at(1, 22)), form_key=uuid4()
    )
    token = await renewed(world.house, world.counsellor)
    written = await read_feed(world.house, token, SAID)
    assert b"Alva" not in written
    assert b"Bo" not in written
    assert b"Card" not in written
    found = await events(world, token)
    assert sorted(await on(world, token, MONDAY + timedelta(days=1))) == [
        (datetime(2026, 3, 3, 8, tzinfo=UTC), datetime(2026, 3, 3, 11, tzinfo=UTC)),
        (datetime(2026, 3, 3, 21, tzinfo=UTC), datetime(2026, 3, 4, 5, tzinfo=UTC)),
    ]
    for event in found:
        triggers = sorted(alarm["TRIGGER"].dt for alarm in event.walk("VALARM"))
        assert triggers == [timedelta(hours=-12), timedelta(minutes=-30)]
        assert event["DTSTART"].to_ical().endswith(b"Z")
    assert {str(event["SUMMARY"]) for event in found} == {"On call: primary", "On call: backup"}
    assert len({str(event["UID"]) for event in found}) == len(found) > 150


async def test_nights_are_right_through_both_changes_of_clock(
    world: World, bo: Member, rota: UUID
) -> None:
    await nights(world, bo, rota, world.counsellor)
    token = await renewed(world.house, world.counsellor)
    hour = timedelta(hours=1)
    for day, begins, lasts in (
        (date(2026, 3, 27), 21, 8 * hour), (date(2026, 3, 28), 21, 7 * hour),
        (date(2026, 3, 29), 20, 8 * hour),
    ):  # fmt: skip
        ((start, end),) = await on(world, token, day)
        assert (start.hour, end - start) == (begins, lasts), day
    world.clock.advance(days=200)
    for day, begins, lasts in (
        (date(2026, 10, 23), 20, 8 * hour), (date(2026, 10, 24), 20, 9 * hour),
        (date(2026, 10, 25), 21, 8 * hour),
    ):  # fmt: skip
        ((start, end),) = await on(world, token, day)
        assert (start.hour, end - start) == (begins, lasts), day


async def test_a_shift_keeps_its_name_when_its_end_or_another_one_changes(
    world: World, bo: Member, rota: UUID
) -> None:
    await nights(world, bo, rota, world.counsellor)
    token = await renewed(world.house, world.counsellor)
    before = {str(e["UID"]): e["DTEND"].dt for e in await events(world, token)}
    given = Given(PRIMARY, bo.id, at(5, 4), at(5, 6))
    await write_shift(world.house, bo, rota, given, form_key=uuid4())
    world.clock.advance(hours=30)
    after = {str(e["UID"]): e["DTEND"].dt for e in await events(world, token)}
    assert before.keys() == after.keys()
    assert [before[uid] - after[uid] for uid in before if before[uid] != after[uid]] == [
        timedelta(hours=2)
    ]
    await write_leave(world.house, bo, world.counsellor.id, at(8, 0), at(9, 0), form_key=uuid4())
    assert len(await events(world, token)) == len(before)
    ((start, _),) = await on(world, token, MONDAY + timedelta(days=8))
    assert start.hour == 23


async def test_a_new_address_ends_the_old_one_and_so_do_ending_it_and_the_account(
    world: World, bo: Member, rota: UUID
) -> None:
    house, alva = world.house, world.counsellor
    assert await feed_made_at(house, alva) is None
    first = await renewed(house, alva)
    second = await renewed(house, alva)
    theirs = await renewed(house, bo)
    assert await feed_made_at(house, alva) == world.clock.now()
    assert await events(world, second) == []
    await end_feed(house, alva)
    third = await renewed(house, alva)
    assert await world.count("calendar_feeds") == 2
    await revoke(house, "Alva")
    assert await world.count("calendar_feeds") == 1
    for token in (first, second, third, "", "x" * 32, "x" * 5000, "å" * 32, "\x00"):
        with pytest.raises(NotFound):
            await read_feed(house, token, SAID)
    assert await events(world, theirs) == []
    noor = await world.hired(house, "Noor", Role.ADMIN)
    for deed in (renew_feed(house, noor, ""), end_feed(house, noor), feed_made_at(house, noor)):
        with pytest.raises(NotAllowed):
            await deed


async def test_it_ends_with_the_right_to_see_a_rota_and_a_raised_row_brings_it_back_to_nobody(
    world: World, bo: Member, rota: UUID
) -> None:
    token = await renewed(world.house, bo)
    await give_role(world.house, "Bo", Role.REPORTER)
    async with world.house.db.write() as tx:
        mine = tables.members.c.id == bo.id
        await tx.conn.execute(tables.members.update().where(mine).values(role=Role.COORDINATOR))
    again = await renewed(world.house, bo)
    for each in (token, again):
        with pytest.raises(NotFound):
            await read_feed(world.house, each, SAID)
    await give_role(world.house, "Bo", Role.COUNSELLOR)
    assert await events(world, again) == []


async def test_at_a_restored_line_none_is_read_before_it_is_said_who_works_there(
    world: World, bo: Member, rota: UUID
) -> None:
    token = await renewed(world.house, bo)
    async with world.house.db.write() as tx:
        await backup_marks.put(tx, Mark(Kind.ROSTER, world.clock.now()))
    with pytest.raises(NotFound):
        await read_feed(world.house, token, SAID)
    there = await see_roster(world.house)
    assert there
    assert await confirm_roster(world.house, there)
    assert await events(world, token) == []


async def test_a_rota_that_no_line_goes_by_is_in_no_calendar(
    world: World, bo: Member, rota: UUID
) -> None:
    await nights(world, bo, rota, world.counsellor)
    token = await renewed(world.house, world.counsellor)
    line = await line_called(world.house, "Card 2026")
    await go_by(world.house, bo, line.id, None)
    assert await events(world, token) == []


async def test_whoever_is_always_on_call_has_one_long_shift_and_not_one_a_day(
    world: World, bo: Member, rota: UUID
) -> None:
    turns = tuple(Turn(0, hours, bo.id) for hours in ALWAYS)
    await write_pattern(world.house, bo, rota, PRIMARY, MONDAY, 1, turns, form_key=uuid4())
    token = await renewed(world.house, bo)
    (event,) = await events(world, token)
    assert event["DTSTART"].dt == datetime(2026, 3, 1, 23, tzinfo=UTC)


class TestOverHttp:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        return sqlite_url

    async def test_an_address_is_shown_once_and_works_without_a_session(
        self, scene: Scene, bo: Member
    ) -> None:
        await with_a_rota(scene.world, bo)
        alva = await with_pair(scene.world.house, scene.world.counsellor)
        scene = replace(scene, alva=await visits(scene.base, alva))
        known = {"feed_passphrase": await proves(alva)}
        assert "Make an address" in (await scene.alva.get("/rota/calendar")).text
        page = (await scene.alva.post("/rota/calendar", **known)).text
        found = re.search(r'value="https://line\.example\.org(/calendar/en/[\w-]+\.ics)"', page)
        assert found
        assert f'href="webcal://line.example.org{found[1]}"' in page
        later = (await scene.alva.get("/rota/calendar")).text
        assert found[1] not in later
        assert "has an address, made 2 Mar 2026" in later
        for visitor in (scene.stranger, scene.admin):
            answer = await visitor.get(found[1])
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
            assert answer.headers["cache-control"] == "private, no-store"
            assert "set-cookie" not in answer.headers
            assert "SUMMARY:On call: primary" in answer.text
        swedish = await scene.stranger.get(found[1].replace("/en/", "/sv/"))
        assert "SUMMARY:Jour: förstajour" in swedish.text
        other = "x" if found[1][-5] != "x" else "y"
        wrong = await scene.stranger.get(f"{found[1][:-5]}{other}.ics")
        assert (wrong.status_code, "BEGIN:VCALENDAR" in wrong.text) == (404, False)
        ended = await scene.alva.post("/rota/calendar", end="1")
        assert ended.headers["location"] == "/rota/calendar"
        assert (await scene.stranger.get(found[1])).status_code == 404
        assert "Make an address" in (await scene.alva.get("/rota/calendar")).text

    async def test_an_address_stands_in_no_log_and_no_header_and_answers_to_nothing_but_reading(
        self, scene: Scene, bo: Member, capfd: pytest.CaptureFixture[str]
    ) -> None:
        await with_a_rota(scene.world, bo)
        token = await renewed(scene.world.house, scene.world.counsellor)
        for token_or_not in (token, f"{token}x"):
            path = f"/calendar/sv/{token_or_not}.ics"
            for method in ("HEAD", "GET", "OPTIONS", "POST", "PUT", "DELETE"):
                answer = await scene.stranger.ask(method, path)
                found = method in {"HEAD", "GET"}
                wrong = 404 if found else 405
                assert answer.status_code == (200 if found and token_or_not == token else wrong)
                assert answer.headers["referrer-policy"] == "no-referrer"
                assert "no-store" in answer.headers["cache-control"]
                assert token not in str(answer.headers)
                assert method == "GET" or "VCALENDAR" not in answer.text
        assert token not in "".join(capfd.readouterr())

    async def test_others_make_no_address(self, scene: Scene) -> None:
        for answer in (await scene.admin.get("/rota/calendar"),
                       await scene.admin.post("/rota/calendar")):  # fmt: skip
            assert answer.status_code == 403
        for answer in (await scene.stranger.get("/rota/calendar"),
                       await scene.stranger.post("/rota/calendar")):  # fmt: skip
            assert answer.headers["location"] == "/login"
        forged = await scene.alva.post("/rota/calendar", csrf="x")
        assert (forged.status_code, "/calendar/en/" in forged.text) == (403, False)

    async def test_a_coordinators_own_calendar_is_their_own(self, scene: Scene, bo: Member) -> None:
        await with_a_rota(scene.world, bo)
        theirs = await with_pair(scene.world.house, bo)
        boss, known = await visits(scene.base, theirs), await proves(theirs)
        page = (await boss.post("/rota/calendar", feed_passphrase=known)).text
        found = re.search(r'example\.org(/calendar/en/[\w-]+\.ics)"', page)
        assert found
        assert "On call: backup" in (await scene.stranger.get(found[1])).text


def test_the_line_starts_without_the_library_that_writes_calendars() -> None:
    program = "import sys, utvag.app, handlers.calendar_feed; sys.exit('icalendar' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=False)
    assert done.returncode == 0
