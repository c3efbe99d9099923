"""Whoever comes back to a page that was locked goes on where they were, with what they wrote."""

from dataclasses import dataclass

import pytest
from nacl.pwhash import argon2id

from domain.member import Role
from handlers.invite import invite
from handlers.sign_in import end_sessions
from staff import csrf
from tests.browser.scene import Scene
from tests.browser.serving import Visitor

PHRASE = "three calm evenings"
LOCKED = "Nobody used the page for ten minutes"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(argon2id, "OPSLIMIT_INTERACTIVE", argon2id.OPSLIMIT_MIN)
    monkeypatch.setattr(argon2id, "MEMLIMIT_INTERACTIVE", argon2id.MEMLIMIT_MIN)


@dataclass
class Bjork:
    """A counsellor with an account, in a browser without a script, who has the conversation."""

    scene: Scene
    visitor: Visitor

    async def locks(self) -> None:
        self.scene.world.clock.advance(minutes=10)
        await end_sessions(self.scene.world.house)

    async def signs_in(self, page: str = "", name: str = "Björk", phrase: str = PHRASE) -> str:
        """Where they are led, with what the page that asked them held."""
        fields = {"name": name, "passphrase": phrase}
        if 'name="carried"' in page:
            fields["carried"] = page.partition('name="carried" value="')[2].partition('"')[0]
        kept = csrf.token_for(self.visitor.kept(csrf.COOKIE))
        answer = await self.visitor.ask("POST", "/login", {csrf.FIELD: kept} | fields)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def drafts(self) -> int:
        """How many texts and notes that somebody has begun are kept."""
        world = self.scene.world
        return await world.count("drafts") + await world.count("note_drafts")


@pytest.fixture
async def bjork(scene: Scene) -> Bjork:
    visitor = scene.stranger
    token = await invite(scene.world.house, "Björk", Role.COUNSELLOR)
    await visitor.get(f"/join/{token}")
    answer = await visitor.post(f"/join/{token}", passphrase=PHRASE, repeated=PHRASE)
    assert answer.status_code == 303
    assert (await visitor.post(f"{scene.path}/take")).status_code == 303
    return Bjork(scene, visitor)


async def test_a_locked_page_asks_who_it_was_and_leads_back(bjork: Bjork) -> None:
    await bjork.locks()
    led = await bjork.visitor.get(bjork.scene.path)
    assert (led.status_code, led.headers["location"]) == (303, "/login")
    asked = await bjork.visitor.get("/login")
    assert LOCKED in asked.text
    assert 'value="Björk"' in asked.text
    assert await bjork.signs_in() == bjork.scene.path
    assert (await bjork.visitor.get(bjork.scene.path)).status_code == 200


async def test_a_page_that_is_used_does_not_lock_and_one_that_only_fetches_does(
    bjork: Bjork,
) -> None:
    clock = bjork.scene.world.clock
    for path in ("/queue", bjork.scene.path, "/account"):
        clock.advance(minutes=9)
        assert (await bjork.visitor.get(path)).status_code == 200
    clock.advance(minutes=9)
    assert (await bjork.visitor.post("/live/used")).status_code == 204
    clock.advance(minutes=9)
    assert (await bjork.visitor.get("/live/here")).status_code == 200
    headers = {"hx-request": "true"}
    assert (await bjork.visitor.ask("GET", "/queue/rows", headers=headers)).status_code == 200
    fetched = {"sec-fetch-mode": "cors"}
    assert (await bjork.visitor.ask("GET", "/queue", headers=fetched)).status_code == 200
    clock.advance(minutes=1)
    assert (await bjork.visitor.get("/queue")).status_code == 303


async def test_what_was_sent_too_late_is_not_sent_and_lies_in_its_boxes_after_signing_in(
    bjork: Bjork,
) -> None:
    await bjork.locks()
    late = await bjork.visitor.post(
        f"{bjork.scene.path}/reply", reply="hej, jag är här", note="ring i morgon"
    )
    assert late.status_code == 200
    assert "nothing was sent" in late.text
    assert "jag är här" not in late.text
    wrong = await bjork.visitor.ask(
        "POST",
        "/login",
        {
            csrf.FIELD: csrf.token_for(bjork.visitor.kept(csrf.COOKIE)),
            "name": "Björk",
            "passphrase": "something else",
            "carried": late.text.partition('name="carried" value="')[2].partition('"')[0],
        },
    )
    assert wrong.status_code == 422
    assert await bjork.drafts() == 0
    assert await bjork.signs_in(wrong.text) == bjork.scene.path
    assert await bjork.scene.replies() == []
    assert await bjork.drafts() == 2
    page = (await bjork.visitor.get(bjork.scene.path)).text
    assert "hej, jag är här</textarea>" in page
    assert "ring i morgon</textarea>" in page


async def test_what_somebody_sent_too_late_is_never_another_ones_draft(bjork: Bjork) -> None:
    house = bjork.scene.world.house
    token = await invite(house, "Lo", Role.COUNSELLOR)
    other = await Visitor.of(house, bjork.scene.base)
    await other.get(f"/join/{token}")
    await other.post(f"/join/{token}", passphrase=PHRASE + "!", repeated=PHRASE + "!")
    await bjork.locks()
    late = await bjork.visitor.post(f"{bjork.scene.path}/reply", reply="hej")
    assert await bjork.signs_in(late.text, "Lo", PHRASE + "!") == "/queue"
    assert await bjork.drafts() == 0


async def test_a_form_that_is_not_ours_carries_nothing_past_the_lock(bjork: Bjork) -> None:
    await bjork.locks()
    forged = await bjork.visitor.ask(
        "POST", f"{bjork.scene.path}/reply", {csrf.FIELD: "x", "reply": "hej"}
    )
    assert (forged.status_code, forged.headers["location"]) == (303, "/login")


async def test_a_script_that_keeps_a_draft_of_a_locked_page_hears_that_it_did_not(
    bjork: Bjork,
) -> None:
    await bjork.locks()
    answer = await bjork.visitor.post(f"{bjork.scene.path}/draft", reply="hej", quiet="1")
    assert answer.status_code == 401


async def test_whoever_signs_out_leaves_no_name_and_no_way_back(bjork: Bjork) -> None:
    assert (await bjork.visitor.post("/logout")).headers["location"] == "/login"
    page = (await bjork.visitor.get("/login")).text
    assert LOCKED not in page
    assert "Björk" not in page
    assert await bjork.signs_in() == "/queue"


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example/", "/nope", "/login", ""])
async def test_nobody_is_led_back_to_a_place_that_is_not_ours(bjork: Bjork, back: str) -> None:
    await bjork.locks()
    bjork.visitor.cookies["__Host-utvag_back"] = back
    assert await bjork.signs_in() == "/queue"


async def test_signing_in_makes_a_new_session_and_ends_the_one_before(bjork: Bjork) -> None:
    before = bjork.visitor.kept("utvag_session")
    answer = await bjork.visitor.post("/login", name="Björk", passphrase=PHRASE)
    assert answer.status_code == 303
    after = bjork.visitor.kept("utvag_session")
    assert after != before
    bjork.visitor.cookies["__Host-utvag_session"] = before
    assert (await bjork.visitor.get("/queue")).status_code == 303


async def test_a_session_that_was_planted_in_a_browser_is_nobodys_after_signing_in(
    bjork: Bjork,
) -> None:
    stranger = await Visitor.of(bjork.scene.world.house, bjork.scene.base)
    stranger.cookies["__Host-utvag_session"] = planted = "x" * 43
    await stranger.get("/login")
    fields = {csrf.FIELD: csrf.token_for(stranger.kept(csrf.COOKIE))}
    await stranger.ask("POST", "/login", fields | {"name": "Björk", "passphrase": PHRASE})
    assert stranger.kept("utvag_session") != planted
    assert (await stranger.get("/queue")).status_code == 200


async def test_behind_tls_every_cookie_is_bound_to_this_host_and_a_plain_one_counts_for_nothing(
    bjork: Bjork,
) -> None:
    answer = await bjork.visitor.post("/login", name="Björk", passphrase=PHRASE)
    told = answer.headers.get_list("set-cookie")
    assert len(told) >= 3
    for cookie in told:
        assert cookie.startswith("__Host-utvag_")
        assert "Secure" in cookie
        assert "HttpOnly" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie
    plain = {"utvag_session": bjork.visitor.kept("utvag_session")}
    stranger = await Visitor.of(bjork.scene.world.house, bjork.scene.base)
    stranger.cookies |= plain
    assert (await stranger.get("/queue")).status_code == 303
