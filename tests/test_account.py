"""One's own account: where one is signed in, and ends it; another passphrase."""

import re

import pytest
from nacl.pwhash import argon2id

from domain.member import Role
from handlers.invite import invite
from tests.browser.scene import Scene
from tests.browser.serving import Visitor

PHRASE = "three calm evenings"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18 Safari/604"
)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(argon2id, "OPSLIMIT_INTERACTIVE", argon2id.OPSLIMIT_MIN)
    monkeypatch.setattr(argon2id, "MEMLIMIT_INTERACTIVE", argon2id.MEMLIMIT_MIN)


@pytest.fixture
async def bjork(scene: Scene) -> Visitor:
    visitor = scene.stranger
    visitor.http.headers["user-agent"] = FIREFOX
    token = await invite(scene.world.house, "Björk", Role.COUNSELLOR)
    await visitor.get(f"/join/{token}")
    await visitor.post(f"/join/{token}", passphrase=PHRASE, repeated=PHRASE)
    return visitor


async def _another(scene: Scene, agent: str = SAFARI, phrase: str = PHRASE) -> Visitor:
    visitor = await Visitor.of(scene.world.house, scene.base)
    visitor.http.headers["user-agent"] = agent
    await visitor.get("/login")
    await visitor.post("/login", name="Björk", passphrase=phrase)
    return visitor


async def _is_in(visitor: Visitor) -> bool:
    return (await visitor.get("/queue")).status_code == 200


def _sessions(page: str) -> list[str]:
    return re.findall(r'action="/account/sessions/([0-9a-f-]{36})/end"', page)


async def test_each_session_is_shown_by_its_browser_in_words_and_can_be_ended(
    scene: Scene, bjork: Visitor
) -> None:
    phone = await _another(scene)
    page = (await bjork.get("/account")).text
    assert "Firefox on Linux" in page
    assert "Safari on an iPhone" in page
    assert page.count("This one") == 1
    assert "127.0.0.1" not in page
    theirs = _sessions(page)
    assert len(theirs) == 2
    ended = await bjork.post(f"/account/sessions/{theirs[0]}/end")
    assert ended.headers["location"] == "/account"
    assert not await _is_in(phone)
    assert await _is_in(bjork)
    own = await bjork.post(f"/account/sessions/{theirs[1]}/end")
    assert own.headers["location"] == "/login"
    assert not await _is_in(bjork)


async def test_nobody_ends_or_sees_the_session_of_another(scene: Scene, bjork: Visitor) -> None:
    theirs = _sessions((await bjork.get("/account")).text)[0]
    assert theirs not in (await scene.alva.get("/account")).text
    assert (await scene.alva.post(f"/account/sessions/{theirs}/end")).status_code == 404
    assert await _is_in(bjork)


async def test_signing_out_everywhere_ends_all_of_ones_own_and_no_other(
    scene: Scene, bjork: Visitor
) -> None:
    phone = await _another(scene)
    assert (await phone.post("/account/sessions/end")).headers["location"] == "/login"
    assert not await _is_in(phone)
    assert not await _is_in(bjork)
    assert await _is_in(scene.alva)


async def test_a_changed_passphrase_is_the_only_one_and_ends_other_sessions(
    scene: Scene, bjork: Visitor
) -> None:
    phone = await _another(scene)
    new = "four quiet mornings"
    changed = await bjork.post("/account/passphrase", old=PHRASE, passphrase=new, repeated=new)
    assert changed.headers["location"] == "/account?changed=1"
    assert "Your passphrase is changed" in (await bjork.get("/account?changed=1")).text
    assert not await _is_in(phone)
    assert not await _is_in(await _another(scene))
    assert await _is_in(await _another(scene, phrase=new))


@pytest.mark.parametrize(
    ("old", "new", "repeated", "said"),
    [
        ("three calm morning", "four quiet mornings", "four quiet mornings", "not your present"),
        (PHRASE, "short", "short", "Use 12 characters or more."),
        (PHRASE, "four quiet mornings", "four quiet evenings", "The two passphrases differ."),
    ],
)
async def test_a_passphrase_that_cannot_be_changed_stays_and_the_page_says_why(
    scene: Scene, bjork: Visitor, old: str, new: str, repeated: str, said: str
) -> None:
    answer = await bjork.post("/account/passphrase", old=old, passphrase=new, repeated=repeated)
    assert answer.status_code == 422
    assert said in answer.text
    assert "No account was created" not in answer.text
    assert await _is_in(await _another(scene))


async def test_whoever_found_an_open_page_may_not_guess_the_passphrase_for_ever(
    bjork: Visitor,
) -> None:
    new = "four quiet mornings"
    statuses = [
        (
            await bjork.post("/account/passphrase", old=f"guess {n}", passphrase=new, repeated=new)
        ).status_code
        for n in range(6)
    ]
    assert statuses == [422] * 5 + [429]
