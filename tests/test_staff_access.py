"""The desk over HTTP: who gets in, who sees what, and what is refused."""

import re
from uuid import uuid4

import pytest

from domain.member import Role
from handlers.invite import invite
from tests.browser.scene import POSTS, Scene
from tests.world import PHONE

OWNERS = {
    "reply", "hours", "gate", "release", "transfer", "close", "messages/{message}/resend",
    "template", "messages/{message}/pictures/0/show", "help", "hand-over",
}  # fmt: skip


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


async def test_a_stranger_is_led_to_sign_in_from_every_page_and_every_form(scene: Scene) -> None:
    gets = ["/", "/queue", "/queue/rows", "/logout", scene.path, f"{scene.path}/thread"]
    for path in [
        *gets,
        "/conversations/nonsense",
        "/conversations/0198a0b0-0000-7000-8000-000000000000",
    ]:
        answer = await scene.stranger.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login"), path
        assert answer.text == ""
    for path in [*(await scene.posts()), "/logout"]:
        answer = await scene.stranger.post(path, reply="hello", form_key=str(uuid4()))
        assert (answer.status_code, answer.headers["location"]) == (303, "/login"), path
    assert await scene.replies() == []


async def test_a_page_that_refreshes_itself_is_told_that_the_session_ended(scene: Scene) -> None:
    answer = await scene.stranger.get("/queue/rows", **{"hx-request": "true"})
    assert (answer.status_code, answer.text) == (401, "")


async def test_a_session_that_ended_is_a_stranger(scene: Scene) -> None:
    scene.world.clock.advance(hours=12, minutes=1)
    assert (await scene.alva.get("/queue")).headers["location"] == "/login"


async def test_a_role_that_does_not_read_sees_numbers_and_opens_nothing(scene: Scene) -> None:
    queue = (await scene.admin.get("/queue")).text
    assert "P3" in queue
    assert str(scene.talk) not in queue
    assert "<li " not in queue
    for path in (scene.path, f"{scene.path}/thread", f"{scene.path}/thread?since=1"):
        answer = await scene.admin.get(path)
        assert answer.status_code == 403, path
        assert "hemlig" not in answer.text
    for path in await scene.posts():
        fields = {"reply": "hello", "note": "x", "outcome": "other", "form_key": str(uuid4())}
        fields |= {"remove": "1", "gate": "closed", "to": str(scene.elis_member.id)}
        fields |= {"from": str(scene.world.counsellor.id), "note": "x", "aside": "x"}
        answer = await scene.admin.post(path, **fields)
        assert answer.status_code == 403, path
    assert await scene.replies() == []
    assert (await scene.world.see(scene.talk)).row.owner is None


async def test_only_the_owner_acts_and_the_words_of_others_come_back(scene: Scene) -> None:
    await scene.taken()
    before = await scene.said()
    for name, path in zip(POSTS, await scene.posts(), strict=True):
        if name not in OWNERS:
            continue
        fields = {"reply": "my own words", "outcome": "other", "form_key": str(uuid4())}
        fields |= {"remove": "1", "gate": "closed", "to": str(scene.elis_member.id)}
        fields |= {"from": str(scene.world.counsellor.id), "note": "x", "aside": "x"}
        answer = await scene.elis.post(path, **fields)
        assert answer.status_code == 409, name
        assert "Only whoever has the conversation can do this" in answer.text
        if name == "reply":
            assert "my own words" in answer.text
    assert await scene.said() == before
    seen = await scene.world.see(scene.talk)
    assert (seen.row.owner, seen.row.state, seen.safe_hours) == ("Alva", "owned", None)


async def test_a_colleague_reads_without_a_reply_box(scene: Scene) -> None:
    await scene.taken()
    await scene.elis.post(f"{scene.path}/why", why="colleague")
    page = (await scene.elis.get(scene.path)).text
    assert "Alva has this conversation" in page
    assert "<textarea" not in page
    assert "en hemlig text" in page


async def test_a_form_without_its_token_changes_nothing(scene: Scene) -> None:
    await scene.taken()
    theirs = scene.elis.form_token
    for path in [*(await scene.posts()), "/logout", "/switch"]:
        for token in ("", "0" * 64, theirs, "å"):
            answer = await scene.alva.post(path, csrf=token, reply="x", form_key=str(uuid4()))
            assert answer.status_code == 403, path
            assert "The form was too old" in answer.text
    assert await scene.replies() == []
    assert (await scene.alva.get("/queue")).status_code == 200


async def test_signing_in_needs_a_form_of_ours(scene: Scene) -> None:
    answer = await scene.stranger.post("/login", name="Alva", passphrase="whatever it may be")
    assert answer.status_code == 403


async def test_what_a_contact_writes_is_text_and_never_markup(scene: Scene) -> None:
    await scene.taken()
    body = "<img src=x onerror=alert(2)> & \"quotes\" 'too'"
    await scene.alva.post(f"{scene.path}/note", note=body, form_key=str(uuid4()))
    await scene.alva.post(f"{scene.path}/draft", reply="</textarea><b>x", quiet="1")
    for page in ((await scene.alva.get(scene.path)).text,
                 (await scene.alva.get(f"{scene.path}/thread")).text):  # fmt: skip
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<img" not in page
    assert "</textarea><b>" not in (await scene.alva.get(scene.path)).text


async def test_no_page_shows_an_address_and_no_title_a_text_or_a_name(scene: Scene) -> None:
    await scene.taken()
    for path in ("/queue", "/queue/rows", scene.path, f"{scene.path}/thread", "/logout"):
        page = (await scene.alva.get(path)).text
        assert PHONE not in page
        assert PHONE.lstrip("+") not in page
        title = "".join(re.findall(r"<title>(.*?)</title>", page))
        assert "hemlig" not in title
        assert "Alva" not in title


@pytest.mark.parametrize("path", ["/login", "/queue", "/nope", "/conversations/x", "/join/x"])
async def test_every_page_carries_the_headers(scene: Scene, path: str) -> None:
    headers = (await scene.alva.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == "same-origin"


async def test_no_page_needs_what_the_policy_forbids(scene: Scene) -> None:
    await scene.taken()
    for path in ("/login", "/queue", scene.path):
        page = (await scene.alva.get(path)).text
        assert " style=" not in page
        assert not re.search(r"<script(?![^>]*\bsrc=\"/static/)", page)
        assert not re.search(r"\son\w+=", page.replace("onerror", ""))
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)


async def test_cookies_are_kept_from_scripts_and_travel_by_tls_only(scene: Scene) -> None:
    cookie = (await scene.stranger.get("/login")).headers["set-cookie"].lower()
    assert {"httponly", "samesite=lax", "secure"} <= set(cookie.replace(" ", "").split(";"))


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("line.example.org", 303), ("LINE.example.org:8443", 303), ("localhost:1", 303),
        ("127.0.0.1:9", 303), ("evil.example.org", 400), ("localhost.evil.example.org", 400),
        ("[::1", 400), ("", 400),
    ],
)  # fmt: skip
async def test_pages_answer_to_their_own_names_alone(scene: Scene, host: str, status: int) -> None:
    assert (await scene.stranger.get("/queue", host=host)).status_code == status


async def test_language_is_the_browsers_or_the_visitors_own_choice(scene: Scene) -> None:
    assert "<h1>Queue</h1>" in (await scene.alva.get("/queue")).text
    for wish in ("sv", "ar, sv-SE;q=0.8, en;q=0.2", "ar", "en;q=0, x;q=y"):
        page = (await scene.alva.get("/queue", **{"accept-language": wish})).text
        assert "<h1>Kö</h1>" in page, wish
        assert '<html lang="sv"' in page
    answer = await scene.alva.post("/switch", language="sv", back="/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/logout")
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert "<h1>Kö</h1>" in (await scene.alva.get("/queue")).text


async def test_a_switch_leads_nowhere_but_to_pages_of_ours(scene: Scene) -> None:
    for back in ("https://evil.example.org", "//evil.example.org", "/queue@evil", "/queue\r\nX: y"):
        answer = await scene.alva.post("/switch", look="dark", back=back)
        assert answer.headers["location"] == "/queue"
    assert 'data-look="dark"' in (await scene.alva.get("/queue")).text


async def test_a_switch_leads_back_to_the_page_it_was_on(scene: Scene) -> None:
    one = uuid4()
    for back in (
        *("/queue", "/phrases", "/ways", "/lines", "/board", "/rota", "/shift/end", "/paging"),
        *(f"/board/{one}", f"/paging/{one}", f"/paging/{one}/P1", f"/rota/{one}/patterns"),
        *(f"/conversations/{one}", f"/conversations/{one}/handover", f"/find/{one}"),
    ):
        answer = await scene.alva.post("/switch", look="dark", back=back)
        assert answer.headers["location"] == back


async def test_an_invitation_makes_an_account_once(scene: Scene) -> None:
    token = await invite(scene.world.house, "Björk", Role.COUNSELLOR)
    page = await scene.stranger.get(f"/join/{token}")
    assert "Welcome, Björk." in page.text
    for passphrase, repeated, problem in (
        ("short", "short", "Use 12 characters or more."),
        ("passwordpassword", "passwordpassword", "That one is easily guessed."),
        ("three calm evenings", "three calm mornings", "The two passphrases differ."),
    ):
        answer = await scene.stranger.post(
            f"/join/{token}", passphrase=passphrase, repeated=repeated
        )
        assert answer.status_code == 422
        assert problem in answer.text
        assert "No account was created." in answer.text
        assert passphrase not in answer.text
    good = {"passphrase": "three calm evenings", "repeated": "three calm evenings"}
    answer = await scene.stranger.post(f"/join/{token}", **good)
    assert (answer.status_code, answer.headers["location"]) == (303, "/queue")
    assert answer.headers["set-cookie"].startswith("__Host-utvag_session=")
    for spent in (
        await scene.stranger.post(f"/join/{token}", **good),
        await scene.stranger.get(f"/join/{token}"),
        await scene.stranger.get("/join/made-up"),
    ):
        assert spent.status_code == 410
        assert "The link does not work any more" in spent.text


async def test_signing_in_and_out(scene: Scene) -> None:
    token = await invite(scene.world.house, "Björk", Role.COUNSELLOR)
    await scene.stranger.get(f"/join/{token}")
    phrase = "three calm evenings"
    await scene.stranger.post(f"/join/{token}", passphrase=phrase, repeated=phrase)
    del scene.stranger.cookies["__Host-utvag_session"]
    wrong = [
        await scene.stranger.post("/login", name=name, passphrase="three calm mornings")
        for name in ("Björk", "Nobody")
    ]
    assert [answer.status_code for answer in wrong] == [422, 422]
    assert "The name or the passphrase is not right." in wrong[0].text
    right = await scene.stranger.post("/login", name=" björk ", passphrase=phrase)
    assert (right.status_code, right.headers["location"]) == (303, "/queue")
    assert "Björk" in (await scene.stranger.get("/logout")).text
    assert (await scene.stranger.get("/login")).headers["location"] == "/queue"
    kept = scene.stranger.cookies["__Host-utvag_session"]
    assert (await scene.stranger.post("/logout")).headers["location"] == "/login"
    assert not scene.stranger.cookies["__Host-utvag_session"].strip('"')
    scene.stranger.cookies["__Host-utvag_session"] = kept
    assert (await scene.stranger.get("/queue")).headers["location"] == "/login"


async def test_too_many_wrong_passphrases_are_slowed_down(scene: Scene) -> None:
    await scene.stranger.get("/login")
    statuses = [
        (await scene.stranger.post("/login", name="Nobody", passphrase="x" * 12)).status_code
        for _ in range(6)
    ]
    assert statuses[-1] == 429
    assert statuses[0] == 422


async def test_static_files_are_ours_alone(scene: Scene) -> None:
    page = (await scene.stranger.get("/login")).text
    address = re.search(r'href="(/static/desk.css\?v=\w+)"', page)
    assert address
    style = await scene.stranger.get(address[1])
    assert style.headers["content-type"].startswith("text/css")
    assert "immutable" in style.headers["cache-control"]
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/nope.css", "/static/"):
        assert (await scene.stranger.get(path)).status_code == 404, path


@pytest.mark.parametrize(
    "path", ["/nope", "/conversations/x", "/conversations/0198a0b0-0000-7000-8000-000000000000"]
)
async def test_an_address_of_nobodys_is_said_in_words(scene: Scene, path: str) -> None:
    answer = await scene.alva.get(path)
    assert answer.status_code == 404
    assert "There is no such page" in answer.text
    assert "Nothing was changed." in answer.text


async def test_what_no_form_of_ours_would_send_is_refused_in_words(scene: Scene) -> None:
    huge = await scene.alva.post(f"{scene.path}/reply", reply="x" * 70_000)
    assert (huge.status_code, "Too much at once" in huge.text) == (413, True)
    odd = await scene.alva.ask("PUT", "/queue")
    assert (odd.status_code, "That did not work" in odd.text) == (405, True)
    unkeyed = await scene.alva.post(f"{scene.path}/note", note="x", form_key="nonsense")
    assert unkeyed.status_code == 422
