"""Somebody is always woken: by whatever way is left, once a step, until somebody has taken it."""

import asyncio
from uuid import UUID, uuid4

import pytest

from domain.member import Role
from domain.priority import Tier
from domain.rota import ShiftRole
from domain.segments import culprits
from handlers.acknowledge import acknowledge
from handlers.errors import BadInput, NotAllowed, NotFound
from handlers.escalate import escalate
from handlers.house import House
from handlers.invite import revoke
from handlers.page_words import words
from handlers.pagers import add_pager
from handlers.release import release
from handlers.seen import Happened
from handlers.send_pages import PAGE, lease_pages, page, page_undelivered, record_page
from handlers.take import take
from senders.sender import Accepted, Refused, TryLater, Unsure
from storage import conversations
from storage.pages import Kind
from tests.test_on_call import goes_by_a_rota
from tests.test_receive_danger import WORDS
from tests.tower import NEEDED, Tower
from tests.world import LINE, World, sid

ALVAS, OTHER, BOS = "+46701740650", "+46701740651", "+46701740652"


@pytest.fixture
async def tower(world: World) -> Tower:
    """Alva can be paged; the line goes by no rota."""
    made = Tower(world)
    await made.paged("Alva", ALVAS)
    return made


async def happened(world: World, conversation: UUID | None = None) -> list[str]:
    thread = (await world.see(conversation)).thread
    kinds = [item.kind for item in thread if isinstance(item, Happened)]
    return [kind for kind in kinds if kind.startswith("page")]


async def test_a_p1_pages_the_primary_at_once_with_nothing_but_the_tier_and_a_code(
    tower: Tower,
) -> None:
    await tower.world.text(WORDS)
    assert await tower.tick() == [ALVAS]
    (heard,) = tower.heard
    assert NEEDED.fullmatch(heard[1])
    assert await happened(tower.world) == ["paged"]


async def test_it_begins_in_the_transaction_that_raises_the_tier(tower: Tower) -> None:
    await tower.world.text("hej")
    assert await tower.tick() == []
    await tower.world.text(WORDS)
    async with tower.world.house.db.read() as tx:
        talk = await conversations.by_id(tx, await tower.world.only())
    assert talk is not None
    assert (talk.tier, talk.page_from, talk.page_done) == (Tier.P1, talk.page_due_at, None)


async def test_the_primary_is_paged_every_two_minutes_until_somebody_has_taken_it(
    tower: Tower,
) -> None:
    await tower.world.text(WORDS)
    paged = [bool(await tower.tick(minutes=n and 1)) for n in range(7)]
    assert paged == [True, True, True, True, True, True, True]  # nobody else: all come to Alva
    await acknowledge(tower.world.house, tower.world.counsellor, [await tower.world.only()])
    assert await tower.tick(minutes=2) == [ALVAS]  # acknowledged is not taken
    await tower.world.taken()
    assert await tower.tick(minutes=10) == []


async def test_each_rung_goes_to_whoever_is_on_call_as_that(tower: Tower) -> None:
    world = tower.world
    bo = await World.hired(world.house, "Bo")
    await tower.paged("Bo", BOS)
    await goes_by_a_rota(world, (-1, 5))
    await goes_by_a_rota(World(world.house, world.clock, bo), (-1, 5), role=ShiftRole.BACKUP)
    await world.text(WORDS)
    assert [await tower.tick(minutes=n and 1) for n in range(3)] == [[ALVAS], [BOS], [ALVAS]]


async def test_where_the_role_has_nobody_the_next_one_is_paged_at_once(tower: Tower) -> None:
    world = tower.world
    await goes_by_a_rota(world, (-1, 5), role=ShiftRole.DUTY)
    await world.text(WORDS)
    assert await tower.tick() == [ALVAS]


async def test_with_nobody_who_can_be_paged_the_timeline_says_so_and_the_ladder_goes_on(
    world: World,
) -> None:
    tower = Tower(world)
    await world.text(WORDS)
    assert await tower.tick() == []
    assert await happened(world) == ["paged_nobody"]
    await tower.paged("Alva", ALVAS)
    assert await tower.tick(minutes=2) == [ALVAS]


async def test_two_processes_at_the_same_moment_page_once(tower: Tower, twin: House) -> None:
    await tower.world.text(WORDS)
    house = tower.world.house
    await asyncio.gather(*(escalate(one) for one in (house, twin, house, twin)))
    await asyncio.gather(*(page(one, tower.senders) for one in (house, twin, house, twin)))
    assert [number for number, _ in tower.heard] == [ALVAS]


async def test_killed_between_the_lease_and_the_record_it_is_sent_again(tower: Tower) -> None:
    await tower.world.text(WORDS)
    await escalate(tower.world.house)
    assert len(await lease_pages(tower.world.house)) == 1  # and here the process dies
    assert await tower.tick() == []
    assert await tower.tick(minutes=0.4) == [ALVAS]


async def test_after_an_outage_of_the_line_it_is_one_page_and_not_a_burst(tower: Tower) -> None:
    await tower.world.text(WORDS)
    assert await tower.tick(minutes=45) == [ALVAS]


async def test_after_an_outage_of_the_provider_it_is_one_page_and_not_a_burst(
    tower: Tower,
) -> None:
    await tower.world.text(WORDS)
    tower.answers[ALVAS] = TryLater()
    for _ in range(30):
        assert await tower.tick(minutes=1) == []
    del tower.answers[ALVAS]
    assert await tower.tick(minutes=1.1) == [ALVAS]


@pytest.mark.parametrize("result", [Refused(30003), Refused(21610)])
async def test_what_cannot_be_delivered_goes_by_the_next_way_at_once_and_is_seen(
    tower: Tower, result: Refused
) -> None:
    await tower.paged("Alva", OTHER)
    tower.answers[ALVAS] = result
    await tower.world.text(WORDS)
    assert await tower.tick() == [OTHER]
    assert await happened(tower.world) == ["paged", "page_failed", "paged"]
    assert await tower.tick(minutes=2) == [OTHER]  # the one that failed comes last from now on


async def test_what_arrived_nowhere_after_all_goes_by_the_next_way(tower: Tower) -> None:
    await tower.paged("Alva", OTHER)
    await tower.world.text(WORDS)
    await escalate(tower.world.house)
    (ringing,) = await lease_pages(tower.world.house)
    await record_page(tower.world.house, ringing, Accepted(sid()))
    await page_undelivered(tower.world.house, PAGE + ringing.page.id.hex, 30003)
    assert await tower.tick() == [OTHER]
    await page_undelivered(tower.world.house, PAGE + ringing.page.id.hex, 30003)
    await page_undelivered(tower.world.house, PAGE + uuid4().hex, 30003)
    await page_undelivered(tower.world.house, PAGE + "x", 30003)
    assert await tower.tick() == []


async def test_a_provider_that_is_slow_is_tried_again_and_then_passed_by(tower: Tower) -> None:
    await tower.paged("Alva", OTHER)
    tower.answers[ALVAS] = Unsure()
    await tower.world.text(WORDS)
    heard: list[str] = []
    for _ in range(8):
        heard += await tower.tick(minutes=0.2)
    assert OTHER in heard


async def test_what_somebody_takes_before_it_leaves_pages_nobody(tower: Tower) -> None:
    await tower.world.text(WORDS)
    await escalate(tower.world.house)
    await tower.world.taken()
    assert await tower.tick() == []


async def test_what_is_released_or_left_by_a_revoked_counsellor_pages_anew(
    tower: Tower,
) -> None:
    world = tower.world
    bo = await World.hired(world.house, "Bo")
    await tower.paged("Bo", BOS)
    await world.text(WORDS)
    await tower.tick()
    talk = await world.taken()
    await release(world.house, world.counsellor, talk)
    assert sorted(await tower.tick()) == [ALVAS, BOS]
    await take(world.house, world.counsellor, talk)
    await revoke(world.house, "Alva")
    assert await tower.tick() == [BOS]
    assert bo.reads


@pytest.mark.parametrize("written", ["{}", "Svara {}", "svara: {}.", "Reply {}", " {} ", "ok {}"])
async def test_the_code_acknowledges_however_it_is_typed_and_is_no_contacts_text(
    tower: Tower, written: str
) -> None:
    await tower.world.text(WORDS)
    await tower.tick()
    await tower.answer(ALVAS, written.format(tower.code()))
    assert await happened(tower.world) == ["paged", "page_read"]
    assert len((await tower.world.queue()).waiting) == 1
    await tower.tick()
    assert tower.heard[-1][1].startswith("Tack, vi vet")


async def test_a_code_twice_or_after_it_was_taken_is_answered_and_changes_nothing(
    tower: Tower,
) -> None:
    await tower.world.text(WORDS)
    await tower.tick()
    code = tower.code()
    talk = await tower.world.taken()
    for _ in range(2):
        await tower.answer(ALVAS, code)
        await tower.tick()
        assert tower.heard[-1][1].startswith("Tack. Någon har redan")
    assert await happened(tower.world, talk) == ["paged", "page_read"]


async def test_a_wrong_code_gets_a_clear_answer(tower: Tower) -> None:
    await tower.answer(ALVAS, "0000")
    await tower.tick()
    assert "känner inte igen koden 0000" in tower.heard[-1][1]
    assert (await tower.world.queue()).waiting == ()


async def test_whoever_forges_a_counsellors_number_does_not_make_it_ring_without_end(
    tower: Tower,
) -> None:
    for number in range(30):
        await tower.answer(ALVAS, f"00{number:02}")
        await tower.tick()
    assert len(tower.heard) == 5
    await tower.world.text(WORDS)
    await tower.tick()
    await tower.answer(ALVAS, tower.code())
    assert "page_read" in await happened(tower.world)


async def test_a_code_from_a_strangers_number_is_a_contact_who_writes(tower: Tower) -> None:
    await tower.world.text(WORDS)
    await tower.tick()
    await tower.answer(BOS, tower.code())
    assert len((await tower.world.queue()).waiting) == 2
    for row in (await tower.world.queue()).waiting:
        assert "page_read" not in await happened(tower.world, row.id)


async def test_words_from_a_counsellors_number_are_a_contact_who_writes(tower: Tower) -> None:
    """The number may be somebody else's by now: nobody is lost."""
    await tower.answer(ALVAS, "hjälp mig")
    assert len((await tower.world.queue()).waiting) == 1


async def test_nobody_is_paged_where_they_have_not_answered(world: World) -> None:
    tower = Tower(world)
    await add_pager(world.house, "Alva", ALVAS, verified=False)
    await tower.tick()
    assert "Vill du det? Svara" in tower.heard[-1][1]
    code = tower.code()
    await world.text(WORDS)
    assert await tower.tick() == []
    await tower.answer(ALVAS, code)
    assert await tower.tick(minutes=2) == [ALVAS, ALVAS]
    assert tower.heard[-2][1].startswith("Tack. Utväg larmar dig här")


async def test_the_queue_says_who_is_paged_until_they_acknowledge(tower: Tower) -> None:
    world = tower.world
    bo = await World.hired(world.house, "Bo")
    await world.text(WORDS)
    await tower.tick()
    talk = await world.only()
    assert (await world.queue()).paged == (talk,)
    assert (await world.queue(bo)).paged == ()
    await acknowledge(world.house, bo, [talk])
    assert await happened(world) == ["paged"]
    for _ in range(2):
        await acknowledge(world.house, world.counsellor, [talk, uuid4()])
    assert (await world.queue()).paged == ()
    assert await happened(world) == ["paged", "page_read"]


async def test_a_reporter_acknowledges_nothing(tower: Tower) -> None:
    rut = await World.hired(tower.world.house, "Rut", Role.REPORTER)
    with pytest.raises(NotAllowed):
        await acknowledge(tower.world.house, rut, [uuid4()])
    assert (await tower.world.queue(rut)).paged == ()


@pytest.mark.parametrize(
    ("name", "number", "wrong"),
    [
        ("Elis", BOS, NotFound), ("Alva", "070", BadInput), ("Alva", LINE, BadInput),
        ("Bo", ALVAS, BadInput),
    ],
)  # fmt: skip
async def test_a_pager_that_cannot_be_is_refused(
    tower: Tower, name: str, number: str, wrong: type[Exception]
) -> None:
    await World.hired(tower.world.house, "Bo")
    with pytest.raises(wrong):
        await add_pager(tower.world.house, name, number, verified=True)


async def test_codes_of_one_member_mean_one_conversation_for_a_day(tower: Tower) -> None:
    for last in range(10, 40):
        await tower.world.text(WORDS, f"+467017406{last}")
    await tower.tick()
    codes = [body[-4:] for _, body in tower.heard]
    assert len(set(codes)) == len(codes) == 30


def test_every_page_has_its_words_in_both_languages_and_fits_one_text() -> None:
    for texts in words().values():
        assert set(texts) == {*Kind, f"{Kind.VERIFY}_telegram"}
        for text in texts.values():
            said = text.format(tier="P1", url="https://utvag.example-kommun.se", code="4831")
            assert len(said) <= 160
            assert not culprits(said)
        assert texts["needed"].endswith("{code}")
    assert {"Svara {code}", "Reply {code}"} == {t["needed"][-12:] for t in words().values()}
