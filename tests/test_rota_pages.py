"""The rota over HTTP: who sees it, who changes it, and what a form that is wrong gets back."""

import re
from uuid import UUID, uuid4

import pytest

from domain.member import Member, Role
from domain.rota import ShiftRole
from handlers.add_line import add_line
from handlers.go_by import go_by_its_own
from handlers.see_paper import see_paper
from handlers.see_rota import line_called
from handlers.see_rota_page import see_lines
from handlers.take import take
from tests.browser.rota_scene import at, rota_of, with_a_rota
from tests.browser.scene import Scene
from tests.browser.serving import Visitor
from tests.test_receive_danger import WORDS
from tests.test_rota_writing import there
from tests.world import World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
async def bo(world: World) -> Member:
    return await world.hired(world.house, "Bo", Role.COORDINATOR)


@pytest.fixture
async def boss(scene: Scene, bo: Member) -> Visitor:
    return await Visitor.of(scene.world.house, scene.base, bo)


@pytest.fixture
async def rota(scene: Scene, bo: Member) -> UUID:
    return await with_a_rota(scene.world, bo)


def plain(page: str) -> str:
    """What a page says, without its markup."""
    main = page.partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


def gets(rota: UUID) -> list[str]:
    return [
        "/rota", "/rota?view=month", "/rota/leave", "/rota/lines", f"/rota/{rota}/give",
        f"/rota/{rota}/patterns", f"/rota/{rota}/patterns/new", f"/rota/{rota}/needed",
    ]  # fmt: skip


def posts(rota: UUID, line: UUID) -> list[str]:
    return [
        "/rota/leave", f"/rota/leave/{uuid4()}/strike", f"/rota/lines/{line}",
        f"/rota/{rota}/give", f"/rota/{rota}/shifts/{uuid4()}/strike",
        f"/rota/{rota}/patterns", f"/rota/{rota}/patterns/{uuid4()}/end", f"/rota/{rota}/needed",
    ]  # fmt: skip


async def test_a_stranger_sees_nothing_and_roles_that_answer_nobody_see_no_rota(
    scene: Scene, boss: Visitor, bo: Member, rota: UUID
) -> None:
    line = (await line_called(scene.world.house, "Card 2026")).id
    reporter = await World.hired(scene.world.house, "Rapport", Role.REPORTER)
    reader = await Visitor.of(scene.world.house, scene.base, reporter)
    before = await see_paper(scene.world.house, bo, rota, (at(-60, 0), at(60, 0)))
    fields = {"member": str(bo.id), "from": "2026-03-03T10:00", "to": "2026-03-03T11:00",
              "first": "2026-03-03", "last": "2026-03-03",
              "role": "primary", "how": "instead", "when": "never", "ends": "2026-03-02",
              "rota": "", "form_key": str(uuid4())}  # fmt: skip
    for path in [*gets(rota), *posts(rota, line)]:
        answer = await scene.stranger.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login"), path
        assert answer.text == ""
    for path in gets(rota):
        for other in (scene.admin, reader):
            answer = await other.get(path)
            assert answer.status_code == 403, path
            said = plain(answer.text)
            assert "Caro" not in said
            assert "Conversations, and who works when, are for counsellors" in said
    for path in posts(rota, line):
        fields["ends"] = "12:00" if path == "/rota/leave" else "2026-03-02"
        answer = await scene.stranger.post(path, **fields)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login"), path
        for other in (scene.admin, reader):
            assert (await other.post(path, **fields)).status_code == 403, path
        assert (await boss.post(path, csrf="x", **fields)).status_code == 403, path
        assert (await scene.alva.post(path, **fields)).status_code in {403, 404}, path
    assert await see_paper(scene.world.house, bo, rota, (at(-60, 0), at(60, 0))) == before
    assert await there(scene.world, at(1, 10)) == ["Alva"]


async def test_a_counsellor_sees_the_rota_and_presses_nothing_that_is_not_theirs(
    scene: Scene, rota: UUID
) -> None:
    page = (await scene.alva.get("/rota")).text
    assert "On call: Alva until 14:00" in plain(page)
    assert "Next: Caro from 14:00" in plain(page)
    assert "2 gaps in the next 14 days" in plain(page)
    assert "Fri 6 Mar 22:00 to Sat 7 Mar 06:00 nobody as primary" in plain(page)
    assert "/give" not in page
    for path in gets(rota)[3:]:
        answer = await scene.alva.get(path)
        assert answer.status_code == 403, path
        assert "changed by coordinators alone" in answer.text
    assert 'href="/rota"' in (await scene.alva.get("/queue")).text
    assert 'href="/rota"' not in (await scene.admin.get("/queue")).text


async def test_a_gap_is_filled_in_three_presses_and_struck_out_again(
    scene: Scene, boss: Visitor, bo: Member, rota: UUID
) -> None:
    page = (await boss.get("/rota")).text
    address = re.search(r'href="(/rota/[^"]+)">Give to…<span class="unseen"> Fri 6 Mar 22', page)
    assert address
    form = (await boss.get(address[1].replace("&amp;", "&"))).text
    assert 'value="2026-03-06T22:00"' in form
    assert 'value="2026-03-07T06:00"' in form
    fields = {"role": "primary", "member": str(bo.id), "from": "2026-03-06T22:00",
              "to": "2026-03-07T06:00", "how": "instead", "form_key": str(uuid4())}  # fmt: skip
    done = await boss.post(f"/rota/{rota}/give", **fields)
    assert done.headers["location"] == f"/rota?rota={rota}&day=2026-03-06"
    await boss.post(f"/rota/{rota}/give", **fields)
    assert await there(scene.world, at(4, 23)) == ["Bo", "Bo backup"]
    assert "1 gap in the next 14 days" in plain((await boss.get("/rota")).text)
    form = (await boss.get(address[1].replace("&amp;", "&"))).text
    strike = re.search(rf'action="(/rota/{rota}/shifts/[^"]+/strike)"', form)
    assert strike
    done = await boss.post(strike[1], **{"from": "2026-03-06T22:00"})
    assert done.headers["location"] == f"/rota?rota={rota}&day=2026-03-06"
    assert await there(scene.world, at(4, 23)) == ["Bo backup"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"to": "2026-03-03T10:00"}, "It ends before it begins."),
        ({"to": "2026-04-03T10:00"}, "It is longer than two weeks."),
        ({"from": "tomorrow"}, "Give the start with date and time."),
        ({"to": "2026-03-03T11:00+01:00"}, "Give the end with date and time."),
        ({"to": "9999-03-03T11:00"}, "Give the end with date and time."),
        ({"member": ""}, "Choose somebody."),
        ({"member": str(uuid4())}, "Choose somebody."),
        ({"role": "king"}, "Choose a role."),
        ({"how": "somehow"}, "Choose how."),
        ({"form_key": ""}, "The form was not whole."),
    ],
)
async def test_a_form_that_is_wrong_comes_back_with_what_is_wrong(
    boss: Visitor, bo: Member, rota: UUID, changed: dict[str, str], words: str
) -> None:
    fields = {"role": "primary", "member": str(bo.id), "from": "2026-03-03T10:00",
              "to": "2026-03-03T11:00", "how": "beside", "form_key": str(uuid4())}  # fmt: skip
    answer = await boss.post(f"/rota/{rota}/give", **(fields | changed))
    assert answer.status_code == 422
    assert words in answer.text
    assert "Nothing was sent and nothing was changed." in answer.text
    if "from" not in changed:
        assert 'value="2026-03-03T10:00"' in answer.text


async def test_a_pattern_of_two_weeks_is_written_on_two_pages(
    scene: Scene, boss: Visitor, bo: Member, rota: UUID
) -> None:
    alva, path = scene.world.counsellor, f"/rota/{rota}/patterns"
    first = "role=primary&begins=2026-03-09&weeks=2&from1=08:00&to1=20:00&from2=20:00&to2=08:00"
    grid = (await boss.get(f"{path}/new?{first}")).text
    assert grid.count("<select") == 2 * 2 * 8
    fields = dict(part.split("=") for part in first.split("&")) | {
        "w0s0": str(alva.id), "w0s1": str(bo.id), "w1s0": str(bo.id), "w1s1": str(alva.id),
        "w0s0d2": str(bo.id), "w1s1d6": "-", "form_key": str(uuid4()),
    }  # fmt: skip
    done = await boss.post(path, **fields)
    assert done.headers["location"] == f"/rota?rota={rota}&day=2026-03-09"
    assert [await there(scene.world, at(day, 12)) for day in (7, 9, 14)] == [
        ["Alva"], ["Bo"], ["Bo"],
    ]  # fmt: skip
    assert await there(scene.world, at(20, 23)) == ["Bo backup"]
    said = plain((await boss.get(path)).text)
    assert "from Mon 9 Mar · every 2 weeks" in said
    assert "Mon, Tue, Thu, Fri, Sat, Sun 08–20 Alva" in said
    again = re.search(r'href="([^"]+\?like=[^"]+)"', (await boss.get(path)).text)
    assert again
    like = (await boss.get(again[1])).text
    assert like.count(f'<option value="{alva.id}" selected>') == 2
    end = re.search(rf'action="({path}/[^"]+/end)"', (await boss.get(path)).text)
    assert end
    assert (await boss.post(end[1], ends="2026-03-09")).status_code == 303
    assert "every 2 weeks" not in (await boss.get(path)).text
    assert (await boss.post(end[1], ends="soon")).status_code == 422


async def test_a_pattern_that_is_wrong_comes_back_as_it_was_typed(
    boss: Visitor, bo: Member, rota: UUID
) -> None:
    path = f"/rota/{rota}/patterns"
    for query, words in (
        ("", "Choose a role."),
        ("role=primary&begins=2026-03-10&weeks=1&from1=08:00&to1=20:00", "begin on a Monday"),
        ("role=primary&begins=2026-03-09&weeks=54&from1=08:00&to1=20:00", "1 to 53 weeks"),
        ("role=primary&begins=2026-03-09&weeks=1", "the hours of at least one shift"),
        ("role=primary&begins=2026-03-09&weeks=1&from1=08:00", "Give both times of a shift"),
    ):
        answer = await boss.get(f"{path}/new?{query}")
        assert (answer.status_code, words in answer.text) == (422, True), query
    fields = {"role": "primary", "begins": "2026-03-09", "weeks": "1", "from1": "08:00",
              "to1": "20:00", "from2": "19:00", "to2": "21:00", "w0s0": str(bo.id),
              "w0s1": str(bo.id), "form_key": str(uuid4())}  # fmt: skip
    answer = await boss.post(path, **fields)
    assert (answer.status_code, "at the same time" in answer.text) == (422, True)
    assert answer.text.count(f'<option value="{bo.id}" selected>') == 2
    nobody = await boss.post(path, **(fields | {"w0s0": "", "w0s1": ""}))
    assert (nobody.status_code, "Nobody has anything in it." in nobody.text) == (422, True)
    odd = await boss.post(path, **(fields | {"w0s0": "king"}))
    assert (odd.status_code, "Choose somebody." in odd.text) == (422, True)


async def test_when_somebody_is_needed_is_said_by_role(
    boss: Visitor, bo: Member, scene: Scene, rota: UUID
) -> None:
    path = f"/rota/{rota}/needed"
    hours = {"role": "primary", "when": "hours", "from4": "18:00", "to4": "22:00"}
    assert (await boss.post(path, **hours)).status_code == 303
    assert "No gap in the next 14 days." in plain((await boss.get("/rota")).text)
    assert 'value="18:00"' in (await boss.get(path)).text
    for fields, words in (
        ({"role": "primary", "when": "hours"}, "hours of at least one day"),
        ({"role": "primary", "when": "hours", "from1": "9"}, "Give both times of a day"),
        ({"role": "primary", "when": "sometimes"}, "Choose when"),
    ):
        answer = await boss.post(path, **fields)
        assert (answer.status_code, words in answer.text) == (422, True)
    await boss.post(path, role="duty", when="always")
    assert "nobody as duty function" in plain((await boss.get("/rota")).text)
    await boss.post(path, role="duty", when="never")
    assert "duty" not in plain((await boss.get("/rota")).text)


async def test_a_day_can_have_several_stretches_and_there_is_always_room_for_one_more(
    boss: Visitor, bo: Member, scene: Scene, rota: UUID
) -> None:
    path = f"/rota/{rota}/needed"
    hours = {"from0": "08:00", "to0": "12:00", "from0-1": "22:00", "to0-1": "02:00"}
    await boss.post(path, role="duty", when="hours", **hours)
    needed = (await see_paper(scene.world.house, bo, rota)).needed[ShiftRole.DUTY]
    assert [(h.weekday, f"{h.start:%H}", f"{h.end:%H}") for h in needed] == [
        (0, "08", "12"), (0, "22", "02"),
    ]  # fmt: skip
    page = (await boss.get(path)).text
    for name, value in (*hours.items(), ("from0-2", ""), ("from1", "")):
        assert f'name="{name}" type="time" value="{value}"' in page
    assert 'name="from0-3"' not in page
    wrong = await boss.post(path, role="duty", when="hours", **{**hours, "to0-1": ""})
    assert wrong.status_code == 422
    assert 'name="from0-1" type="time" value="22:00"' in wrong.text


async def test_the_load_says_how_many_p1s_each_has_taken(
    boss: Visitor, scene: Scene, rota: UUID
) -> None:
    await scene.world.text(WORDS, "+46701740617")
    urgent, *_ = (await scene.world.queue()).waiting
    await take(scene.world.house, scene.elis_member, urgent.id)
    load = plain((await boss.get("/rota")).text).partition("P1 taken")[2]
    assert "Elis 0 0 0 1" in load


async def test_lines_share_a_rota_or_have_their_own_and_each_is_looked_at(
    scene: Scene, boss: Visitor, bo: Member
) -> None:
    house = scene.world.house
    assert "No line goes by a rota." in plain((await scene.alva.get("/rota")).text)
    await add_line(house, "+46701740606", "Card 2027", ("sv",), "exit")
    first, second = (line.id for line in (await see_lines(house, bo)).lines)
    key = str(uuid4())
    assert (await boss.post(f"/rota/lines/{first}", rota="own", form_key=key)).status_code == 303
    rota = await rota_of(scene.world, bo)
    await boss.post(f"/rota/lines/{second}", rota=str(rota), form_key=str(uuid4()))
    assert "Card 2026, Card 2027" in plain((await scene.alva.get("/rota")).text)
    await go_by_its_own(house, bo, second, form_key=uuid4())
    page = (await scene.alva.get("/rota")).text
    assert page.count("/rota?rota=") > 2
    other = await rota_of(scene.world, bo, 1)
    assert f"/rota?rota={other}" in page
    assert (await boss.post(f"/rota/lines/{second}", rota="x")).status_code == 422
    await boss.post(f"/rota/lines/{first}", rota="")
    await boss.post(f"/rota/lines/{second}", rota="")
    assert "No line goes by a rota." in plain((await scene.alva.get("/rota")).text)
    assert (await boss.get("/rota/lines")).text.count("A rota that no line goes by") == 4


@pytest.mark.parametrize(
    "query", ["rota=x&day=x&view=x&role=x", "day=9999-12-31", "day=0001-01-01&view=month",
              "day=2026-02-30", "rota=0198a0b0-0000-7000-8000-000000000000"],
)  # fmt: skip
async def test_an_address_that_cannot_be_meant_shows_this_week(
    scene: Scene, rota: UUID, query: str
) -> None:
    answer = await scene.alva.get(f"/rota?{query}")
    assert answer.status_code == 200
    assert "Week 10" in plain(answer.text) or "March 2026" in plain(answer.text)


async def test_both_days_of_a_change_of_clock_and_all_months_are_shown(
    scene: Scene, boss: Visitor, rota: UUID
) -> None:
    for day in ("2026-03-29", "2026-10-25"):
        said = plain((await boss.get(f"/rota?day={day}")).text)
        assert "Björn Dahlqvist Sat" in said
    for month in range(1, 13):
        page = await boss.get(f"/rota?view=month&day=2026-{month:02}-28&role=backup")
        assert page.status_code == 200
    assert (await boss.get("/rota?day=2026-03-29&view=month")).text.count('<td class="') == 42


async def test_a_forms_own_address_leads_back_to_the_rota(boss: Visitor, rota: UUID) -> None:
    answer = await boss.get(f"/rota/{rota}/shifts/{uuid4()}/strike")
    assert answer.headers["location"] == "/rota"
    for path in (f"/rota/{uuid4()}/give", f"/rota/{uuid4()}/needed", "/rota/x/patterns"):
        assert (await boss.get(path)).status_code == 404
    back = await boss.post("/switch", language="sv", back=f"/rota/{rota}/needed")
    assert back.headers["location"] == f"/rota/{rota}/needed"
