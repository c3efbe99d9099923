"""The board over HTTP: who sees it, what it says in words, and how a conversation changes hands."""

import re
from uuid import UUID, uuid4

import pytest

from domain.conversation import Outcome, State
from domain.member import Member, Role
from handlers.close import close
from handlers.go_by import go_by_its_own
from handlers.invite import revoke
from handlers.see_rota_page import see_lines
from handlers.seen import Happened
from handlers.take import take
from handlers.unanswered import see_to_unanswered
from tests.browser.scene import TEXT, Scene
from tests.browser.serving import Visitor
from tests.test_receive_danger import WORDS
from tests.test_rota_pages import plain
from tests.tower import Tower
from tests.world import World

GETS = ("/board", "/board/now", "/board/{talk}")


async def coordinator(scene: Scene) -> tuple[Member, Visitor]:
    bo = await World.hired(scene.world.house, "Bo", Role.COORDINATOR)
    return bo, await Visitor.of(scene.world.house, scene.base, bo)


async def test_coordinators_alone_see_it_and_have_it_in_their_menu(scene: Scene) -> None:
    await scene.taken()
    _, bo = await coordinator(scene)
    alias = (await scene.world.see(scene.talk)).row.alias
    paths = [path.replace("{talk}", str(scene.talk)) for path in GETS]
    asked = {"to": "queue", "owner": str(scene.world.counsellor.id)}
    for path in paths:
        assert (await scene.stranger.get(path)).headers["location"] == "/login", path
        for somebody, why in (
            (scene.alva, "The board and the log are"),
            (scene.admin, "sees neither"),
        ):
            answer = await somebody.get(path)
            assert answer.status_code == 403, path
            assert why in answer.text
            assert alias not in answer.text
        assert (await bo.get(path)).status_code == 200, path
    for somebody, status in ((scene.stranger, 303), (scene.alva, 403), (scene.admin, 403)):
        answer = await somebody.post(f"/board/{scene.talk}/reassign", **asked)
        assert answer.status_code == status
    assert (await scene.world.see(scene.talk)).row.owner == "Alva"
    assert 'href="/board"' in (await bo.get("/queue")).text
    for somebody in (scene.alva, scene.admin):
        assert 'href="/board"' not in (await somebody.get("/queue")).text


async def test_it_never_holds_a_text_or_a_number(scene: Scene) -> None:
    await scene.taken()
    _, bo = await coordinator(scene)
    await scene.world.text("en annan hemlig text", "+46701740611")
    scene.world.clock.advance(minutes=20)
    alias = (await scene.world.see(scene.talk)).row.alias
    for path in ("/board", f"/board/{scene.talk}"):
        page = (await bo.get(path)).text
        assert alias in page
        for secret in ("hemlig", TEXT, "701740610", "701740611", "701740605"):
            assert secret not in page


async def test_a_page_that_has_it_already_is_told_so(scene: Scene) -> None:
    _, bo = await coordinator(scene)
    page = (await bo.get("/board")).text
    address = page.partition('hx-get="')[2].partition('"')[0].replace("&amp;", "&")
    assert (await bo.get(address)).status_code == 204
    assert (await scene.alva.get(address)).status_code == 403
    await scene.taken()
    answer = await bo.get(address)
    assert (answer.status_code, answer.text.lstrip().startswith('<div id="board"')) == (200, True)
    scene.world.clock.advance(seconds=30)
    address = answer.text.partition('hx-get="')[2].partition('"')[0].replace("&amp;", "&")
    assert (await bo.get(address.replace("tick=", "tick=0"))).status_code == 200


async def test_when_all_is_well_it_says_so(scene: Scene) -> None:
    bo, visitor = await coordinator(scene)
    assert "nothing is amiss" not in (await visitor.get("/board")).text
    await take(scene.world.house, bo, scene.talk)
    await close(scene.world.house, bo, scene.talk, Outcome.OTHER)
    assert "Nobody is waiting, and nothing is amiss." in (await visitor.get("/board")).text


async def test_a_conversation_goes_to_a_colleague_or_back_to_the_queue(scene: Scene) -> None:
    await scene.taken()
    world, (bo_member, bo) = scene.world, await coordinator(scene)
    alva, elis = world.counsellor, scene.elis_member
    path = f"/board/{scene.talk}"
    page = (await bo.get(path)).text
    assert "Elis · On call · No conversation" in page
    assert f'value="{alva.id}"' in page  # as its owner, not as somebody to give it to
    assert f'<option value="{alva.id}"' not in page
    assert f'<option value="{bo_member.id}"' not in page
    for _ in range(2):  # sent twice it is done once
        answer = await bo.post(f"{path}/reassign", owner=str(alva.id), to=str(elis.id))
        assert (answer.status_code, answer.headers["location"]) == (303, "/board")
    assert (await world.see(scene.talk)).row.owner == "Elis"
    answer = await bo.post(f"{path}/reassign", owner=str(alva.id), to="queue")
    assert answer.status_code == 409
    assert "Elis has the conversation by now." in answer.text
    for _ in range(2):
        answer = await bo.post(f"{path}/reassign", owner=str(elis.id), to="queue")
        assert answer.status_code == 303
    seen = await world.see(scene.talk)
    assert (seen.row.state, seen.row.owner) == (State.WAITING, None)
    told = [(h.kind, h.by, h.detail) for h in seen.thread if isinstance(h, Happened)]
    assert told[-2:] == [("transferred", "Bo", "Elis"), ("released", "Bo", None)]
    assert "Take it to answer" in (await bo.get(path)).text
    answer = await bo.post(f"{path}/reassign", owner=str(alva.id), to=str(elis.id))
    assert answer.status_code == 409
    assert "Nobody has it now" in answer.text


async def test_it_is_joined_and_taken_over_from_the_board(scene: Scene) -> None:
    await scene.taken()
    world, (_, bo) = scene.world, await coordinator(scene)
    page = (await bo.get(f"/board/{scene.talk}")).text
    deeds = re.findall(rf'action="(/conversations/{scene.talk}/[a-z-]+)"', page)
    assert deeds == [f"/conversations/{scene.talk}/{deed}" for deed in ("join", "take-over")]
    answer = await bo.post(deeds[0])
    assert answer.headers["location"] == f"/conversations/{scene.talk}"
    assert (await world.see(scene.talk)).help.helper == "Bo"
    owner = str(world.counsellor.id)
    assert f'name="from" value="{owner}"' in page
    answer = await bo.post(deeds[1], **{"from": owner})
    assert answer.headers["location"] == f"/conversations/{scene.talk}"
    assert (await world.see(scene.talk)).row.owner == "Bo"
    assert "take-over" not in (await bo.get(f"/board/{scene.talk}")).text


async def test_nobody_is_given_more_than_they_can_hold(scene: Scene) -> None:
    await scene.taken()
    world, (_, bo) = scene.world, await coordinator(scene)
    for number in ("+46701740611", "+46701740612"):
        await world.text("hej", number)
        await take(world.house, scene.elis_member, (await world.queue()).waiting[0].id)
    asked = {"owner": str(world.counsellor.id), "to": str(scene.elis_member.id)}
    answer = await bo.post(f"/board/{scene.talk}/reassign", **asked)
    assert answer.status_code == 409
    assert "Elis has as many conversations as one can hold" in answer.text
    assert (await world.see(scene.talk)).row.owner == "Alva"


async def test_back_in_the_queue_the_paging_begins_anew(scene: Scene) -> None:
    _, bo = await coordinator(scene)
    await scene.world.text("han ska döda mig")
    tower = Tower(scene.world)
    await tower.paged("Alva", "+46701740650")
    await tower.tick(minutes=2)
    await scene.taken()
    assert await tower.tick(minutes=2) == []
    owner = str(scene.world.counsellor.id)
    await bo.post(f"/board/{scene.talk}/reassign", owner=owner, to="queue")
    assert await tower.tick() == ["+46701740650"]


@pytest.mark.parametrize("to", ["", "x", "nobody", "admin", "revoked", "myself", "owner"])
async def test_it_goes_to_nobody_who_could_not_have_it(scene: Scene, to: str) -> None:
    await scene.taken()
    me, bo = await coordinator(scene)
    house = scene.world.house
    gone = await World.hired(house, "Gone")
    await revoke(house, "Gone")
    admin = await World.hired(house, "Rut", Role.ADMIN)
    known = {"nobody": uuid4(), "admin": admin.id, "revoked": gone.id, "myself": me.id}
    chosen = str({**known, "owner": scene.world.counsellor.id}.get(to, to))
    owner = str(scene.world.counsellor.id)
    answer = await bo.post(f"/board/{scene.talk}/reassign", owner=owner, to=chosen)
    assert answer.status_code == (409 if to == "revoked" else 422)
    assert (await scene.world.see(scene.talk)).row.owner == "Alva"


async def test_it_is_not_given_to_whoever_has_no_room(scene: Scene) -> None:
    await scene.taken()
    world = scene.world
    _, bo = await coordinator(scene)
    caro = await World.hired(world.house, "Caro")
    given = {"owner": str(world.counsellor.id), "to": str(caro.id)}
    for phone in ("+46701740612", "+46701740613"):
        await world.text("hej", phone)
    for row in (await world.queue()).waiting:
        await take(world.house, caro, row.id)
    answer = await bo.post(f"/board/{scene.talk}/reassign", **given)
    assert answer.status_code == 409
    assert "Caro has as many conversations as one can hold" in answer.text
    assert (await world.see(scene.talk)).row.owner == "Alva"
    await close(world.house, caro, (await world.queue(caro)).mine[0].id, Outcome.OTHER)
    await bo.post(f"/board/{scene.talk}/reassign", **given)
    assert (await world.see(scene.talk)).row.owner == "Caro"


async def test_nobodys_conversation_and_a_form_that_was_reloaded_lead_somewhere(
    scene: Scene,
) -> None:
    _, bo = await coordinator(scene)
    for nobodys in (UUID(int=7), "nonsense"):
        assert (await bo.get(f"/board/{nobodys}")).status_code == 404
    answer = await bo.post(f"/board/{UUID(int=7)}/reassign", owner=str(uuid4()), to="queue")
    assert answer.status_code == 404
    answer = await bo.get(f"/board/{scene.talk}/reassign")
    assert (answer.status_code, answer.headers["location"]) == (303, "/board")


async def test_a_line_on_which_nobody_is_on_call_says_so(scene: Scene) -> None:
    member, bo = await coordinator(scene)
    assert "Nobody is on call." not in (await bo.get("/board")).text
    line = (await see_lines(scene.world.house, member)).lines[0]
    await go_by_its_own(scene.world.house, member, line.id, form_key=uuid4())
    page = (await bo.get("/board")).text
    assert "Nobody is on call." in page
    assert "Gaps in the next 14 days" in page


async def test_a_p1_that_nobody_answers_stands_before_all_figures(scene: Scene) -> None:
    _, bo = await coordinator(scene)
    assert 'id="unanswered"' not in (await bo.get("/board")).text
    await scene.world.text(WORDS)
    page = (await bo.get("/board")).text
    assert page.index('id="unanswered"') < page.index('id="line-1"')


async def test_of_a_p1_given_back_unanswered_the_danger_is_said_too(scene: Scene) -> None:
    _, bo = await coordinator(scene)
    await scene.taken()
    await scene.world.text(WORDS)
    for _ in range(2):
        scene.world.clock.advance(minutes=3)
        await see_to_unanswered(scene.world.house)
    page = plain((await bo.get("/board")).text)
    assert "Wrote of danger · Their counsellor did not answer" in page
