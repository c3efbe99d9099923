"""A counsellor's Telegram: linked by a code that works once, paged, acknowledged by a button."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from domain.member import Member
from domain.message import PAGE_READ, Channel, InboundMessage, OptOut
from handlers.errors import BadInput, NotAllowed
from handlers.escalate import escalate
from handlers.house import House
from handlers.invite import revoke
from handlers.link_chat import make_link
from handlers.note_reach import Reach, note_reach
from handlers.order_ways import move_way
from handlers.pagers import add_pager, confirm
from handlers.receive import receive
from handlers.revise import Edit, revise
from handlers.see_ways import OwnWay, see_ways
from handlers.send_pages import page
from handlers.unkept import unkept
from senders.sender import Refused
from tests.team import known_of
from tests.telegram_ground import ANNA, BO
from tests.telegram_line import Phone, labels
from tests.test_paging import happened
from tests.test_receive_danger import WORDS
from tests.tower import Tower
from tests.world import World, sid

CHAT, STRANGER = "7000000009", "7000000008"
ALVAS = "+46701740650"


async def bot() -> str:
    return "utvag_test_bot"


@pytest.fixture
def tower(world: World) -> Tower:
    world.house = replace(world.house, bot=bot)
    return Tower(world)


async def own(world: World, member: Member | None = None) -> list[OwnWay]:
    return list((await see_ways(world.house, member or world.counsellor)).ways)


def said(tower: Tower, words: str, chat: str = CHAT, **more: object) -> InboundMessage:
    now = tower.world.clock.now()
    made = InboundMessage(Channel.TELEGRAM, sid(), chat, "", words, now)
    return replace(made, **more)  # type: ignore[arg-type] # fields by name


async def start(tower: Tower, code: str, chat: str = CHAT, house: House | None = None) -> None:
    """As the bot reads `/start CODE`."""
    await receive(house or tower.world.house, [said(tower, code, chat, to=code)])


async def linked(tower: Tower) -> UUID:
    link = await make_link(tower.world.house, tower.world.counsellor)
    await start(tower, link.code)
    return await confirmed(tower)


async def confirmed(tower: Tower) -> UUID:
    """The member gives on their page what the bot wrote in the chat."""
    world = tower.world
    await tower.tick()
    way_id = (await own(world))[-1].way.id
    await confirm(world.house, world.counsellor, way_id, tower.code())
    await tower.tick()
    return way_id


async def nobody_wrote(tower: Tower) -> bool:
    return (await tower.world.queue()).waiting == ()


async def test_a_code_links_the_chat_which_is_then_paged_and_is_nobodys_conversation(
    tower: Tower,
) -> None:
    link = await make_link(tower.world.house, tower.world.counsellor)
    assert link.bot == "utvag_test_bot"
    await start(tower, link.code)
    assert await tower.tick() == [CHAT]
    await confirmed(tower)
    assert tower.heard[-1][1].startswith("Tack. Utväg larmar dig här")
    assert await nobody_wrote(tower)
    await tower.world.text(WORDS)
    assert await tower.tick() == [CHAT]
    async with tower.world.house.db.read() as tx:
        assert link.code.encode() not in b"".join(
            bytes(row[0])
            for row in await tx.conn.exec_driver_sql("SELECT code_hash FROM way_links")
        )


async def test_a_code_counts_once_whoever_brings_it_again(tower: Tower) -> None:
    link = await make_link(tower.world.house, tower.world.counsellor)
    for chat in (CHAT, CHAT, STRANGER):
        await start(tower, link.code, chat)
    assert [o.way.address for o in await own(tower.world)] == [CHAT]
    assert sorted(await tower.tick()) == sorted([CHAT, CHAT, STRANGER])
    assert sum("använts eller gått ut" in body for _, body in tower.heard) == 2
    assert await nobody_wrote(tower)


async def test_a_code_brought_by_two_at_once_links_one(tower: Tower, twin: House) -> None:
    link = await make_link(tower.world.house, tower.world.counsellor)
    await asyncio.gather(start(tower, link.code), start(tower, link.code, STRANGER, twin))
    assert len(await own(tower.world)) == 1


@pytest.mark.parametrize("taken", [False, True])
async def test_the_chat_of_a_contact_who_is_waited_for_becomes_nobodys_way(
    tower: Tower, *, taken: bool
) -> None:
    """Whoever brings them a counsellor's code must not take the line from them."""
    world = tower.world
    await receive(world.house, [said(tower, "hej")])
    if taken:
        await world.taken()
    link = await make_link(world.house, world.counsellor)
    await start(tower, link.code)
    await receive(world.house, [said(tower, "är någon där?")])
    assert await own(world) == []
    assert await tower.tick() == []
    assert "är någon där?" in [getattr(it, "body", "") for it in (await world.see()).thread]
    await start(tower, link.code, STRANGER)
    assert await own(world) == []


async def test_a_code_that_is_over_or_replaced_links_nothing_and_says_so(tower: Tower) -> None:
    world = tower.world
    first = await make_link(world.house, world.counsellor)
    second = await make_link(world.house, world.counsellor)
    await start(tower, first.code)
    world.clock.advance(minutes=16)
    await start(tower, second.code)
    assert await own(world) == []
    assert await tower.tick() == [CHAT, CHAT]
    assert all("använts eller gått ut" in body for _, body in tower.heard)
    for _ in range(9):
        await start(tower, second.code)
    assert len(await tower.tick()) == 3
    assert await nobody_wrote(tower)


async def test_a_code_that_never_was_is_a_contact_who_writes(tower: Tower) -> None:
    await start(tower, "0" * 32, STRANGER)
    assert len((await tower.world.queue()).waiting) == 1


async def test_a_revoked_counsellors_code_links_nothing_and_their_chat_is_silent(
    tower: Tower,
) -> None:
    world = tower.world
    await World.hired(world.house, "Bo")
    await linked(tower)
    link = await make_link(world.house, world.counsellor)
    await world.text(WORDS)
    await escalate(world.house)
    await revoke(world.house, "Alva")
    assert await tower.tick() == []
    await start(tower, link.code, STRANGER)
    assert await tower.tick() == []
    with pytest.raises(NotAllowed):
        await make_link(world.house, world.counsellor)
    before = len((await world.queue()).waiting)
    await receive(world.house, [said(tower, "4831", answers_to=PAGE_READ)])
    assert len((await world.queue()).waiting) == before  # an old button is nobody's text


async def test_a_chat_pages_one_member(tower: Tower) -> None:
    world = tower.world
    bo = await World.hired(world.house, "Bo")
    await linked(tower)
    link = await make_link(world.house, bo)
    await start(tower, link.code)
    await tower.tick()
    assert tower.heard[-1][1] == "En kollega larmas redan i den här chatten."
    assert await own(world, bo) == []


@pytest.mark.parametrize("words", ["{}", "Svara {}", "ok", "Läst.", "OK!", "👍"])
async def test_a_word_or_the_code_acknowledges(tower: Tower, words: str) -> None:
    await linked(tower)
    await tower.world.text(WORDS)
    await tower.tick()
    talk = await tower.world.only()
    await receive(tower.world.house, [said(tower, words.format(tower.code()))])
    assert await happened(tower.world, talk) == ["paged", "page_delivered", "page_read"]
    await tower.tick()
    assert tower.heard[-1][1].startswith("Tack, vi vet")


async def test_two_acknowledgements_at_once_are_one(tower: Tower, twin: House) -> None:
    await linked(tower)
    await tower.paged("Alva", ALVAS)
    await tower.world.text(WORDS)
    await tower.tick()
    code = tower.code()
    await asyncio.gather(
        receive(tower.world.house, [said(tower, code, answers_to=PAGE_READ)]),
        receive(twin, [said(tower, code)]),
        receive(twin, [tower.world.message(code, ALVAS)]),
    )
    assert await happened(tower.world) == ["paged", "page_delivered", "page_read"]


async def test_after_it_was_taken_the_button_is_answered_and_changes_nothing(
    tower: Tower,
) -> None:
    await linked(tower)
    await tower.world.text(WORDS)
    await tower.tick()
    code = tower.code()
    talk = await tower.world.taken()
    await receive(tower.world.house, [said(tower, code, answers_to=PAGE_READ)])
    await tower.tick()
    assert tower.heard[-1][1].startswith("Tack. Någon har redan")
    assert (await tower.world.see(talk)).row.owner == "Alva"


async def test_what_is_written_edited_or_lost_there_makes_no_conversation(tower: Tower) -> None:
    world = tower.world
    await linked(tower)
    for _ in range(9):
        await receive(world.house, [said(tower, WORDS)])
    await revise(world.house, Edit(said(tower, "hej"), "1"))
    await unkept(world.house, said(tower, ""))
    assert await nobody_wrote(tower)
    assert len(await tower.tick()) == 5
    assert "ring 112" in tower.heard[-1][1]


async def test_a_bot_that_is_blocked_goes_by_the_next_way_at_once_and_is_seen(
    tower: Tower,
) -> None:
    world = tower.world
    await tower.paged("Alva", ALVAS)
    way_id = await linked(tower)
    known = await known_of(world.house, world.counsellor)
    await move_way(world.house, world.counsellor, way_id, 0, known)
    tower.answers[CHAT] = Refused(403, OptOut.BLOCKED)
    await world.text(WORDS)
    assert await tower.tick() == [ALVAS]
    assert await happened(world) == ["paged", "page_failed", "paged"]
    assert [o.way.works for o in await own(world)] == [False, True]
    assert await tower.tick(minutes=2) == [ALVAS]


async def test_a_block_is_known_before_anybody_is_paged_and_so_is_its_end(tower: Tower) -> None:
    world = tower.world
    await tower.paged("Alva", ALVAS)
    way_id = await linked(tower)
    known = await known_of(world.house, world.counsellor)
    await move_way(world.house, world.counsellor, way_id, 0, known)
    world.clock.advance(minutes=1)
    blocked, then = world.clock.now(), world.clock.advance(minutes=1) or world.clock.now()
    await note_reach(world.house, Reach(Channel.TELEGRAM, CHAT, blocked=True, at=blocked))
    assert not (await own(world))[0].way.works
    await world.text(WORDS)
    assert await tower.tick() == [ALVAS]
    await note_reach(world.house, Reach(Channel.TELEGRAM, STRANGER, blocked=True, at=then))
    now = world.clock.now()
    await note_reach(world.house, Reach(Channel.TELEGRAM, CHAT, blocked=False, at=now))
    assert (await own(world))[0].way.works
    assert await tower.tick(minutes=2) == [CHAT]


async def test_without_a_bot_there_is_no_link_and_links_are_few(tower: Tower) -> None:
    world = tower.world
    with pytest.raises(BadInput, match="off"):
        await make_link(replace(world.house, bot=None), world.counsellor)
    for _ in range(10):
        await make_link(world.house, world.counsellor)
    with pytest.raises(BadInput, match="too_many"):
        await make_link(world.house, world.counsellor)


# Through Telegram itself, by webhook and by polling.


@pytest.fixture
def real(phone: Phone) -> Phone:
    return phone


async def leave(phone: Phone) -> None:
    """What is due to be paged is."""
    while await escalate(phone.house):
        pass
    while await page(phone.house, {"telegram": phone.telegram.sender}):
        pass


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_from_the_link_to_the_press_and_nothing_of_it_is_a_contacts(real: Phone) -> None:
    world = real.world
    link = await make_link(world.house, world.counsellor)
    assert link.bot
    await real.text(f"/start {link.code}")
    await leave(real)
    code = (await real.seen())[-1]["text"][-4:]
    await confirm(world.house, world.counsellor, (await own(world))[0].way.id, code)
    await leave(real)
    await world.text(WORDS)
    await leave(real)
    told = (await real.seen())[-1]
    assert "P1 väntar på någon." in told["text"]
    assert labels(told) == ["Jag har läst"]
    await real.press("Jag har läst")
    await real.text("tack")
    assert await happened(world) == ["paged", "page_delivered", "page_read"]
    assert len((await world.queue()).waiting) == 1
    await leave(real)
    texts = [m["text"] for m in await real.seen()]
    assert any(text.startswith("Tack, vi vet") for text in texts)
    assert any("ring 112" in text for text in texts)
    real.chat = BO
    await real.text("hej")
    assert len((await world.queue()).waiting) == 2
    real.chat = ANNA


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_blocked_at_telegram_the_next_way_is_rung_at_once(real: Phone) -> None:
    world = real.world
    link = await make_link(world.house, world.counsellor)
    await real.text(f"/start {link.code}")
    await leave(real)
    code = (await real.seen())[-1]["text"][-4:]
    await confirm(world.house, world.counsellor, (await own(world))[0].way.id, code)
    await leave(real)
    await add_pager(world.house, "Alva", ALVAS, verified=True)
    await real.act("block")
    await world.text(WORDS)
    assert await Tower(world).tick() == [ALVAS]
