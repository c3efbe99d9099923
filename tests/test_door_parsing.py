"""Whatever stands in a cookie, an invitation or a sealed field is nobody's, and never an error."""

from hypothesis import given, settings
from hypothesis import strategies as st

from handlers import challenges
from handlers.house import House
from handlers.known_browsers import known_as
from handlers.locked import whom
from handlers.sign_in import whose_session
from tests.browser.scene import Scene

SAID = st.characters(min_codepoint=33, max_codepoint=255, exclude_characters=";,\x7f")
LATIN = st.text(SAID, max_size=120)
COOKIES = ("session", "form", "device", "whom", "back", "language", "look")


def drawn(what: st.SearchStrategy[str], most: int = 40) -> list[str]:
    found: list[str] = []

    @settings(max_examples=most, database=None)
    @given(what)
    def draw(said: str) -> None:
        found.append(said)

    draw()
    return found


async def test_a_made_up_cookie_or_mark_is_nobodys(house: House) -> None:
    @given(said=st.text(max_size=300), token=st.text(max_size=80))
    def tried(said: str, token: str) -> None:
        assert whom(house, said, token) == ""
        assert known_as(house, "Alva", said) is None
        assert challenges.ends_at(house, "enter", token, said.encode()) is None

    tried()
    for token in drawn(st.text(max_size=300)):
        assert await whose_session(house, token) is None


async def test_whatever_a_browser_says_in_cookies_the_pages_answer(scene: Scene) -> None:
    http = scene.stranger.http
    for said in drawn(LATIN):
        kept = "; ".join(f"__Host-utvag_{name}={said}" for name in COOKIES)
        for path in ("/queue", "/login", "/account"):
            answer = await http.get(path, headers={b"cookie": kept.encode("latin-1")})
            http.cookies.clear()
            assert answer.status_code in {200, 303}, (path, said)


async def test_whatever_stands_behind_join_is_a_spent_link(scene: Scene) -> None:
    for token in drawn(st.text(st.characters(categories=("L", "N", "S")), min_size=1, max_size=90)):
        answer = await scene.stranger.get(f"/join/{token}")
        assert answer.status_code == 410, token


async def test_whatever_is_carried_past_a_lock_opens_nothing(scene: Scene) -> None:
    await scene.stranger.get("/login")
    for said in drawn(st.text(max_size=200), 15):
        answer = await scene.stranger.post(
            "/login/passkey", credential=said, prf=said, carried=said
        )
        assert answer.status_code == 422, said
