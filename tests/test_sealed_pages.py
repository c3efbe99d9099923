"""Who was not admitted sees on the pages that there are texts, and not one word of them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from handlers.plan_text import plan_text
from handlers.release import release
from handlers.take import take
from handlers.write_note import write_note
from storage import tables
from tests.browser.serving import Visitor, serving
from tests.sealed import Sealed
from tests.team import hired, visits
from tests.world import World

WORDS = "There is a text here. It is sealed until you have been admitted."
NOT_HERE = "The words do not belong here: what is stored was changed, swapped or damaged."


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@dataclass
class Desk:
    """Bodil, who was not admitted, at a conversation of Alva's, who was."""

    sealed: Sealed
    talk: UUID
    bodil: Visitor

    @property
    def path(self) -> str:
        return f"/conversations/{self.talk}"

    async def page(self, path: str = "") -> str:
        return (await self.bodil.get(self.path + path)).text


@pytest.fixture
async def desk(world: World) -> AsyncIterator[Desk]:
    await world.text("en hemlig text")
    await world.text("1")
    sealed = await Sealed.of(world)
    await world.text("mer hemligt")
    talk = await sealed.only()
    await take(sealed.desk, sealed.counsellor, talk)
    soon = (world.clock.now() + timedelta(hours=2)).astimezone(world.house.zone)
    await plan_text(sealed.desk, sealed.counsellor, talk, "en hemlig plan",
                    soon.replace(tzinfo=None), form_key=uuid4(), asked=True)  # fmt: skip
    words = "en hemlig anteckning"
    await write_note(sealed.desk, sealed.counsellor, talk, words, form_key=uuid4())
    colleague = await hired(sealed.house, "Bodil")
    async with serving(sealed.house) as base:
        bodil = await visits(base, colleague)
        await bodil.post(f"/conversations/{talk}/why", why="colleague")
        yield Desk(sealed, talk, bodil)
        await bodil.http.aclose()


@pytest.mark.parametrize("path", ["", "/handover"])
async def test_neither_what_is_sealed_nor_what_is_not_yet_is_shown(desk: Desk, path: str) -> None:
    page = await desk.page(path)
    assert WORDS in page
    assert "hemlig" not in page
    assert NOT_HERE not in page


async def test_answers_are_sealed_and_nothing_is_offered_to_be_redacted(desk: Desk) -> None:
    page = await desk.page()
    assert "There are answers. They are sealed until you have been admitted." in page
    assert "/redact" not in page


async def test_a_sealed_text_cannot_be_redacted_by_a_form_of_ones_own(desk: Desk) -> None:
    message = (await desk.sealed.see(desk.talk)).newest
    await release(desk.sealed.desk, desk.sealed.counsellor, desk.talk)
    answer = await desk.bodil.post(f"{desk.path}/messages/{message}/redact")
    assert "A text to which you have not been admitted cannot be redacted by you." in answer.text


async def test_a_search_says_what_it_did_not_look_through(desk: Desk) -> None:
    answer = await desk.bodil.post("/find", words="hemligt")
    page = (await desk.bodil.get(answer.headers["location"])).text
    assert "Nothing was found." in page
    assert "There are texts that are sealed until you have been admitted." in page


async def test_what_was_changed_is_shown_as_not_belonging_there(desk: Desk) -> None:
    async with desk.sealed.house.db.write() as tx:
        await tx.conn.execute(update(tables.notes).values(purpose="handover"))
    assert NOT_HERE in await desk.page()
