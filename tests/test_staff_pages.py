"""The desk over HTTP: what the queue and a conversation show, and what their forms do."""

import re
from uuid import uuid4

import pytest

from domain.delivery import Delivery
from handlers.seen import Noted
from handlers.take import take
from storage import outbox
from tests.browser.scene import Scene
from tests.browser.serving import Visitor
from tests.test_receive_danger import WORDS
from tests.world import became


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


async def _text(visitor: Visitor, path: str) -> str:
    return (await visitor.get(path)).text


def _polled(page: str, path: str) -> str:
    found = re.search(rf'hx-get="({re.escape(path)}\?[^"]+)"', page)
    assert found
    return found[1].replace("&amp;", "&")


async def test_the_loser_of_two_takers_reads_who_was_faster(scene: Scene) -> None:
    won = await scene.alva.post(f"{scene.path}/take")
    assert (won.status_code, won.headers["location"]) == (303, scene.path)
    lost = await scene.elis.post(f"{scene.path}/take")
    assert lost.status_code == 409
    assert "Alva took the conversation before you." in lost.text
    assert "<h1>Queue</h1>" in lost.text


async def test_the_queue_shows_each_conversation_once_with_its_tier(scene: Scene) -> None:
    await scene.world.text("hej", "+46701740611")
    await scene.taken()
    page = (await scene.alva.get("/queue")).text
    rows = re.findall(r"<li.*?</li>", page, flags=re.DOTALL)
    assert len(rows) == 2
    for row in rows:
        assert len(re.findall(r"\bP[1-4]\b", re.sub(r"<[^>]*>", " ", row))) == 1
    assert page.index("Waiting for a person") < page.index(">Mine</h2>")
    assert "On call: Alva, Elis" in page


async def test_an_empty_queue_says_so(scene: Scene) -> None:
    await scene.taken()
    assert "Nobody is waiting." in (await scene.elis.get("/queue")).text


async def test_a_reply_pressed_twice_is_sent_once(scene: Scene) -> None:
    await scene.taken()
    page = (await scene.alva.get(scene.path)).text
    key = re.search(r'id="reply-form".*?name="form_key" value="([^"]+)"', page, re.DOTALL)
    assert key
    for _ in range(2):
        answer = await scene.alva.post(f"{scene.path}/reply", reply="hej igen", form_key=key[1])
        assert (answer.status_code, answer.headers["location"]) == (303, scene.path)
    assert await scene.replies() == ["hej igen"]


@pytest.mark.parametrize(("body", "problem"), [(" ", "nothing to send"), ("å" * 1601, "1,600")])
async def test_a_reply_that_cannot_be_sent_comes_back_with_the_reason(
    scene: Scene, body: str, problem: str
) -> None:
    await scene.taken()
    answer = await scene.alva.post(f"{scene.path}/reply", reply=body, form_key=str(uuid4()))
    assert answer.status_code == 422
    assert problem in answer.text
    assert body.strip() in answer.text
    assert await scene.replies() == []


async def test_before_it_is_known_to_be_safe_a_reply_asks_first(scene: Scene) -> None:
    await scene.world.text("hej", "+46701740611")
    talk = next(r.id for r in (await scene.world.queue()).waiting if r.id != scene.talk)
    await take(scene.world.house, scene.world.counsellor, talk)
    path = f"/conversations/{talk}"
    assert 'name="asked"' in (await scene.alva.get(path)).text
    fields = {"reply": "vill du prata", "form_key": str(uuid4())}
    answer = await scene.alva.post(f"{path}/reply", **fields)
    assert answer.status_code == 409
    assert "They have not said whether it is safe to write." in answer.text
    assert "vill du prata" in answer.text
    assert (await scene.alva.post(f"{path}/reply", **fields, asked="1")).status_code == 303


async def test_where_writing_is_forbidden_send_is_off_and_says_why(scene: Scene) -> None:
    await scene.taken()
    await scene.world.text("STOPP")
    page = (await scene.alva.get(scene.path)).text
    assert re.search(r'<button id="send"[^>]* disabled', page)
    assert "They have asked us not to write." in page
    assert "Opted out" in page
    answer = await scene.alva.post(
        f"{scene.path}/reply", reply="hej", form_key=str(uuid4()), asked="1"
    )
    assert answer.status_code == 409
    assert await scene.replies() == []


async def test_a_draft_survives_a_reload_and_goes_when_it_is_sent(scene: Scene) -> None:
    await scene.taken()
    quiet = await scene.alva.post(f"{scene.path}/draft", reply="halvvägs", quiet="1")
    assert (quiet.status_code, quiet.text) == (204, "")
    counted = await scene.alva.post(f"{scene.path}/draft", reply="halvvägs\r\nç")
    assert counted.headers["location"] == scene.path
    page = (await scene.alva.get(scene.path)).text
    assert "halvvägs\nç</textarea>" in page
    assert "1 SMS · UCS-2 · 60 left · shorter SMS because of ç" in page
    await scene.alva.post(f"{scene.path}/reply", reply="hela", form_key=str(uuid4()))
    assert "halvvägs" not in (await scene.alva.get(scene.path)).text


async def test_a_ready_text_is_put_into_the_box_by_a_link(scene: Scene) -> None:
    await scene.taken()
    page = (await scene.alva.get(f"{scene.path}?text=handover")).text
    box = re.search(r'<textarea id="reply".*?>(.*?)</textarea>', page, re.DOTALL)
    assert box
    assert "Alva här" in box[1]
    assert "<textarea" in (await scene.alva.get(f"{scene.path}?text=nonsense")).text


async def test_a_ready_text_that_is_chosen_comes_after_what_stands_in_both_boxes(
    scene: Scene,
) -> None:
    await scene.taken()
    typed = {"reply": "Hej igen.", "note": "en rad", "text": "hand over&x=/../"}
    answer = await scene.alva.post(f"{scene.path}/draft", **typed)
    assert answer.headers["location"] == f"{scene.path}?text=hand+over%26x%3D%2F..%2F"
    answer = await scene.alva.post(f"{scene.path}/draft", **typed | {"text": "handover"})
    page = (await scene.alva.get(answer.headers["location"])).text
    assert re.search(r'<textarea id="reply".*?>\nHej igen.\nHej, Alva här', page, re.DOTALL)
    assert "en rad</textarea>" in page
    assert await scene.replies() == []


async def test_a_note_is_kept_and_never_leaves(scene: Scene) -> None:
    await scene.taken()
    key = str(uuid4())
    for _ in range(2):
        await scene.alva.post(f"{scene.path}/note", note="ring i morgon", form_key=key)
    thread = (await scene.world.see(scene.talk)).thread
    assert [item.body for item in thread if isinstance(item, Noted)] == ["ring i morgon"]
    assert await scene.replies() == []
    assert "Internal note" in (await scene.alva.get(scene.path)).text


async def test_redacted_words_are_gone_from_the_page(scene: Scene) -> None:
    await scene.taken()
    message = (await scene.said())[0].id
    await scene.alva.post(f"{scene.path}/messages/{message}/redact")
    page = (await scene.alva.get(scene.path)).text
    assert "en hemlig text" not in page
    assert "The words have been destroyed." in page


async def test_an_undelivered_reply_stands_out_and_is_resent_by_one_press(scene: Scene) -> None:
    await scene.taken()
    await scene.world.reply(scene.talk, "hör du mig")
    async with scene.world.house.db.write() as tx:
        now = scene.world.clock.now()
        (row,) = await outbox.sendable(tx, now, 10)
        await outbox.lease(tx, [row], now, now)
        await became(tx, row.id, Delivery.FAILED, now, error_code=30003)
    page = (await scene.alva.get(scene.path)).text
    assert "Not delivered" in page
    assert "The phone is off or out of reach." in page
    form = re.search(r'action="([^"]*/resend)">.*?name="form_key" value="([^"]+)"', page, re.DOTALL)
    assert form
    for _ in range(2):
        assert (await scene.alva.post(form[1], form_key=form[2])).status_code == 303
    async with scene.world.house.db.read() as tx:
        assert len(await outbox.sendable(tx, scene.world.clock.now(), 10)) == 1


async def test_safe_hours_are_set_and_taken_away(scene: Scene) -> None:
    await scene.taken()
    await scene.alva.post(f"{scene.path}/hours", **{"from": "22:00", "to": "06:30"})
    assert "22:00 to 06:30" in (await scene.alva.get(scene.path)).text
    for wrong in ({"from": "x", "to": "06:30"}, {"from": "10:00", "to": "10:00"}):
        assert (await scene.alva.post(f"{scene.path}/hours", **wrong)).status_code == 422
    await scene.alva.post(f"{scene.path}/hours", remove="1")
    assert "No hours are set." in (await scene.alva.get(scene.path)).text


async def test_transfer_release_and_close(scene: Scene) -> None:
    await scene.taken()
    for wrong in (str(uuid4()), "x", ""):
        assert (await scene.alva.post(f"{scene.path}/transfer", to=wrong)).status_code == 422
    await scene.alva.post(f"{scene.path}/transfer", to=str(scene.elis_member.id))
    assert "Elis has this conversation" in (await scene.alva.get(scene.path)).text
    released = await scene.elis.post(f"{scene.path}/release")
    assert released.headers["location"] == "/queue"
    await scene.elis.post(f"{scene.path}/take")
    assert (await scene.elis.post(f"{scene.path}/close", outcome="x")).status_code == 422
    await scene.elis.post(f"{scene.path}/close", outcome="information")
    page = (await scene.alva.get(scene.path)).text
    assert "Outcome: Got information." in page
    assert "Elis closed the conversation" in page
    assert (await scene.alva.post(f"{scene.path}/take")).status_code == 409


async def test_the_list_refreshes_itself_only_when_something_happened(scene: Scene) -> None:
    address = _polled(await _text(scene.alva, "/queue"), "/queue/rows")
    assert (await scene.alva.get(address)).status_code == 204
    await scene.world.text("är du där")
    fresh = await scene.alva.get(address)
    assert fresh.status_code == 200
    assert "<html" not in fresh.text
    address = _polled(fresh.text, "/queue/rows")
    assert (await scene.alva.get(address)).status_code == 204
    scene.world.clock.advance(seconds=30)
    assert (await scene.alva.get(address)).status_code == 200


async def test_the_thread_refreshes_itself_without_being_opened(scene: Scene) -> None:
    await scene.taken()
    page = await _text(scene.alva, scene.path)
    address = _polled(page, f"{scene.path}/thread")
    opened = await scene.openings()
    assert (await scene.alva.get(address)).status_code in (200, 204)
    await scene.world.text("nya ord")
    fresh = await scene.alva.get(address)
    assert "nya ord" in fresh.text
    assert 'id="reply"' not in fresh.text
    address = _polled(fresh.text, f"{scene.path}/thread")
    assert (await scene.alva.get(address)).status_code == 204
    assert await scene.openings() == opened
    assert (await scene.world.see(scene.talk)).row.unread == 1
    await scene.alva.get(scene.path)
    assert await scene.openings() == opened + 1
    assert (await scene.world.see(scene.talk)).row.unread == 0


async def test_whoever_has_somebody_in_danger_sees_them_before_all_who_wait(scene: Scene) -> None:
    await scene.taken()
    await scene.world.text("hej", "+46701740618")
    page = (await scene.alva.get("/queue")).text
    assert page.index('id="waiting"') < page.index('id="mine"')
    await scene.world.text(WORDS)
    page = (await scene.alva.get("/queue")).text
    assert page.index('id="mine"') < page.index('id="waiting"')
    assert page.count('id="mine"') == 1
