"""A link that somebody else saw: the chat whose code the member gives is theirs, and no other."""

import pytest

from handlers.errors import BadInput
from handlers.link_chat import make_link
from handlers.pagers import confirm
from handlers.receive import receive
from tests.test_receive_danger import WORDS
from tests.test_telegram_ways import (
    CHAT,
    STRANGER,
    linked,
    nobody_wrote,
    own,
    said,
    start,
    tower,
)  # fmt: skip
from tests.tower import Tower

__all__ = ["tower"]


async def test_whoever_saw_the_link_and_was_faster_is_not_paged(tower: Tower) -> None:
    world = tower.world
    link = await make_link(world.house, world.counsellor)
    await start(tower, link.code, STRANGER)
    await start(tower, link.code)
    assert sorted(await tower.tick()) == [STRANGER, CHAT]
    assert [number for number, body in tower.heard if "Kod" in body[-9:]] == [STRANGER]
    code = next(body[-4:] for number, body in tower.heard if number == STRANGER)
    await receive(world.house, [said(tower, f"Svara {code}", STRANGER)])
    assert await tower.tick() == [STRANGER]
    assert "på sidan" in tower.heard[-1][1]
    assert await nobody_wrote(tower)
    (shown,) = await own(world)
    assert shown.way.verified_at is None
    with pytest.raises(BadInput, match="wrong_one"):
        await confirm(world.house, world.counsellor, shown.way.id, "0000")
    await world.text(WORDS)
    assert await tower.tick() == []
    await receive(world.house, [said(tower, "0000", STRANGER)])
    assert len((await world.queue()).waiting) == 2  # what else is written there is a contact's


async def test_a_chat_in_which_a_contact_wrote_meanwhile_is_confirmed_for_nobody(
    tower: Tower,
) -> None:
    world = tower.world
    link = await make_link(world.house, world.counsellor)
    await start(tower, link.code)
    await tower.tick()
    code = tower.code()
    await receive(world.house, [said(tower, "hej, jag behöver hjälp")])
    with pytest.raises(BadInput, match="contacts"):
        await confirm(world.house, world.counsellor, (await own(world))[0].way.id, code)


async def test_a_chat_that_is_theirs_already_is_not_asked_again(tower: Tower) -> None:
    world = tower.world
    await linked(tower)
    link = await make_link(world.house, world.counsellor)
    await start(tower, link.code)
    await tower.tick()
    assert tower.heard[-1][1].startswith("Tack. Utväg larmar dig här")
    assert (await own(world))[0].way.works
