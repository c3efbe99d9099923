"""Swaps: one asks, another accepts, and the rota says so; or it has changed, and both are told."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from domain.member import Member, Role
from domain.rota import ShiftRole
from domain.swap import Exchange, Swap
from domain.swap_fit import Hindrance
from handlers.errors import BadInput, NotAllowed, NotFound, NotYours, SwapGone
from handlers.invite import revoke
from handlers.see_queue import see_queue
from handlers.see_rota_page import see_rota_page
from handlers.see_swaps import see_exchange
from handlers.seen_rota import AskedSwap
from handlers.swap import Asked, accept_swap, ask_swap, withdraw_swap
from handlers.write_leave import write_leave
from handlers.write_shift import Given, How, write_shift
from storage import members
from tests.branches import branches
from tests.browser.rota_scene import MONDAY, PRIMARY, at, with_a_rota
from tests.browser.scene import Scene
from tests.browser.serving import Visitor
from tests.test_rota_pages import plain
from tests.test_rota_writing import there
from tests.world import World

MORNING = Asked(PRIMARY, at(3, 6), at(3, 14))
"""Alva's, on Thursday."""


@pytest.fixture
async def bo(world: World) -> Member:
    return await world.hired(world.house, "Bo", Role.COORDINATOR)


@pytest.fixture
async def rota(world: World, bo: Member) -> UUID:
    """Alva 06–14, Caro 14–22, Björn 22–06; Bo is backup from 18 to 08."""
    return await with_a_rota(world, bo)


@pytest.fixture
async def caro(world: World, rota: UUID) -> Member:
    del rota
    async with world.house.db.read() as tx:
        entry = await members.by_name(tx, "Caro")
    assert entry is not None
    return entry.member


async def asked(world: World, rota: UUID, member: Member) -> tuple[AskedSwap, ...]:
    return (await see_rota_page(world.house, member, rota, MONDAY, 7)).swaps


async def ask(world: World, rota: UUID, what: Asked = MORNING) -> UUID:
    await ask_swap(world.house, world.counsellor, rota, what, form_key=uuid4())
    return (await asked(world, rota, world.counsellor))[0].id


async def test_somebody_takes_what_another_cannot(world: World, rota: UUID, caro: Member) -> None:
    alva = world.counsellor
    key = uuid4()
    for _ in range(2):
        await ask_swap(world.house, alva, rota, MORNING, form_key=key)
    (mine,) = await asked(world, rota, alva)
    assert (mine.may_accept, mine.may_withdraw, mine.asker) == (False, True, "Alva")
    (theirs,) = await asked(world, rota, caro)
    assert (theirs.may_accept, theirs.may_withdraw) == (True, False)
    assert await there(world, at(3, 9)) == ["Alva"]
    await accept_swap(world.house, caro, theirs.id)
    assert [await there(world, at(3, hour)) for hour in (8, 9, 13, 14)] == [["Caro"]] * 4
    assert await there(world, at(4, 9)) == ["Alva"]
    assert await asked(world, rota, alva) == ()
    with pytest.raises(SwapGone) as gone:
        await accept_swap(world.house, caro, mine.id)
    assert gone.value.taker == "Caro"


async def test_two_shifts_change_hands_together(world: World, rota: UUID, caro: Member) -> None:
    offered = await see_exchange(world.house, world.counsellor, rota, PRIMARY)
    friday = next(one for one in offered if one.name == "Caro" and one.start == at(4, 14))
    exchange = Exchange(friday.member, friday.start, friday.end)
    swap = await ask(world, rota, replace(MORNING, wanted=exchange))
    (seen,) = await asked(world, rota, caro)
    assert seen.wanted == ("Caro", at(4, 14), at(4, 22))
    bjorn = next(one for one in offered if one.name.startswith("Björn"))
    async with world.house.db.read() as tx:
        other = await members.by_id(tx, bjorn.member)
    assert other is not None
    with pytest.raises(BadInput, match="not_asked"):
        await accept_swap(world.house, other.member, swap)
    await accept_swap(world.house, caro, swap)
    assert await there(world, at(3, 9)) == ["Caro"]
    assert await there(world, at(4, 16)) == ["Alva"]


async def test_no_shift_that_is_offered_is_cut_off_where_the_offers_end(
    world: World, rota: UUID, caro: Member
) -> None:
    world.clock.advance(hours=10)  # the last days end in the midst of a night
    offered = await see_exchange(world.house, world.counsellor, rota, PRIMARY)
    assert {(one.end - one.start) for one in offered[-9:]} == {timedelta(hours=8)}


async def test_of_several_who_accept_at_once_one_has_it_and_the_others_are_told(
    world: World, rota: UUID, bo: Member, caro: Member, database_url: str
) -> None:
    elis = await world.hired(world.house, "Elis")
    swap = await ask(world, rota, replace(MORNING, start=at(3, 8)))
    takers = [caro, elis, caro, elis]
    async with branches(world.house, database_url, 2) as houses:
        results = await asyncio.gather(
            *(accept_swap(houses[n % 2], member, swap) for n, member in enumerate(takers)),
            return_exceptions=True,
        )
    assert [type(result) for result in results].count(Swap) == 1
    (winner,) = await there(world, at(3, 9))
    told = [result.taker for result in results if isinstance(result, SwapGone)]
    assert told == [winner] * 3


async def test_what_changed_since_it_was_asked_is_found_out_at_acceptance(
    world: World, rota: UUID, bo: Member, caro: Member
) -> None:
    swap = await ask(world, rota)
    given = Given(PRIMARY, bo.id, at(3, 9), at(3, 10))
    await write_shift(world.house, bo, rota, given, form_key=uuid4())
    with pytest.raises(BadInput, match="swap: changed"):
        await accept_swap(world.house, caro, swap)
    assert await there(world, at(3, 6)) == ["Alva", "Bo backup"]
    await withdraw_swap(world.house, world.counsellor, swap)
    with pytest.raises(SwapGone) as gone:
        await accept_swap(world.house, caro, swap)
    assert gone.value.taker is None


async def test_what_cannot_be_taken_is_refused_and_stays_open(
    world: World, rota: UUID, bo: Member, caro: Member
) -> None:
    house = world.house
    swap = await ask(world, rota)
    with pytest.raises(BadInput, match="swap: own"):
        await accept_swap(house, world.counsellor, swap)
    with pytest.raises(BadInput, match="swap: busy"):
        await accept_swap(house, bo, swap)
    await write_leave(house, caro, caro.id, at(3, 0), at(4, 0), form_key=uuid4())
    with pytest.raises(BadInput, match="shift: on_leave"):
        await accept_swap(house, caro, swap)
    noor = await world.hired(house, "Noor", Role.ADMIN)
    for deed in (accept_swap(house, noor, swap), withdraw_swap(house, noor, swap),
                 ask_swap(house, noor, rota, MORNING, form_key=uuid4()),
                 see_exchange(house, noor, rota, PRIMARY)):  # fmt: skip
        with pytest.raises(NotAllowed):
            await deed
    for lost in (accept_swap(house, caro, uuid4()), withdraw_swap(house, caro, uuid4()),
                 ask_swap(house, caro, uuid4(), MORNING, form_key=uuid4()),
                 see_exchange(house, caro, uuid4(), PRIMARY)):  # fmt: skip
        with pytest.raises(NotFound):
            await lost
    elis = await world.hired(house, "Elis")
    with pytest.raises(NotYours):
        await withdraw_swap(house, elis, swap)
    assert [one.id for one in await asked(world, rota, elis)] == [swap]
    world.clock.advance(days=3)
    assert await asked(world, rota, elis) == ()
    with pytest.raises(BadInput, match="swap: begun"):
        await accept_swap(house, elis, swap)


async def test_only_who_could_take_it_is_told_and_others_read_why_not(
    world: World, rota: UUID, bo: Member, caro: Member
) -> None:
    house = world.house
    swap = await ask(world, rota)

    async def told(member: Member) -> list[str]:
        return [one.asker for one in (await see_queue(house, member)).shift.swaps]

    async def as_seen_by(member: Member) -> tuple[bool, Hindrance | None]:
        (one,) = await asked(world, rota, member)
        return one.may_accept, one.hindered

    assert await told(caro) == ["Alva"]
    assert await as_seen_by(caro) == (True, None)
    assert await told(bo) == []
    assert await as_seen_by(bo) == (False, Hindrance.BUSY)
    assert await as_seen_by(world.counsellor) == (False, None)
    await write_leave(house, caro, caro.id, at(3, 0), at(4, 0), form_key=uuid4())
    assert await told(caro) == []
    assert await as_seen_by(caro) == (False, Hindrance.ON_LEAVE)
    await withdraw_swap(house, world.counsellor, swap)
    exchange = Exchange(caro.id, at(4, 14), at(4, 22))
    await ask(world, rota, replace(MORNING, wanted=exchange))
    assert await told(caro) == ["Alva"], "whoever is asked by name hears of it all the same"
    assert await as_seen_by(caro) == (False, Hindrance.ON_LEAVE)
    assert await as_seen_by(bo) == (False, Hindrance.NOT_ASKED)


async def test_one_asks_only_for_what_is_ones_own_and_to_come(
    world: World, rota: UUID, bo: Member, caro: Member
) -> None:
    beside = Given(PRIMARY, world.counsellor.id, at(4, 15), at(4, 16), How.BESIDE)
    await write_shift(world.house, bo, rota, beside, form_key=uuid4())
    for what, wrong in (
        (replace(MORNING, end=at(3, 15)), "swap: not_yours"),
        (replace(MORNING, role=ShiftRole.BACKUP), "swap: not_yours"),
        (replace(MORNING, start=at(4, 15), end=at(4, 16)), "swap: not_yours"),
        (replace(MORNING, end=at(3, 6)), "swap: empty"),
        (replace(MORNING, start=at(0, 13), end=at(0, 14)), "swap: begun"),
        (replace(MORNING, wanted=Exchange(caro.id, at(4, 13), at(4, 22))), "swap: not_theirs"),
        (replace(MORNING, wanted=Exchange(caro.id, at(4, 14), at(4, 14))), "swap: empty"),
        (replace(MORNING, wanted=Exchange(caro.id, at(-1, 14), at(-1, 22))), "swap: begun"),
    ):
        with pytest.raises(BadInput, match=wrong):
            await ask_swap(world.house, world.counsellor, rota, what, form_key=uuid4())
    assert await asked(world, rota, caro) == ()


async def test_the_swap_of_somebody_who_is_gone_is_not_taken_and_a_coordinator_withdraws_it(
    world: World, rota: UUID, bo: Member, caro: Member
) -> None:
    swap = await ask(world, rota)
    await revoke(world.house, "Alva")
    with pytest.raises(BadInput, match="swap: changed"):
        await accept_swap(world.house, caro, swap)
    await withdraw_swap(world.house, bo, swap)
    assert await asked(world, rota, bo) == ()


class TestOverHttp:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        return sqlite_url

    async def test_ones_own_shift_is_pressed_asked_for_and_taken(
        self, scene: Scene, bo: Member, rota: UUID, caro: Member
    ) -> None:
        page = (await scene.alva.get("/rota")).text
        pressed = re.search(r'href="(/rota/[^"]+/swap\?[^"]+from=2026-03-05T06[^"]+)"', page)
        assert pressed
        form = (await scene.alva.get(pressed[1].replace("&amp;", "&"))).text
        assert 'value="2026-03-05T06:00"' in form
        wanted = re.search(r'value="([^"]+\|2026-03-06T14:00\|[^"]+)"', form)
        assert wanted
        fields = {"role": "primary", "from": "2026-03-05T06:00", "to": "2026-03-05T14:00",
                  "wanted": wanted[1], "form_key": str(uuid4())}  # fmt: skip
        path = f"/rota/{rota}/swap"
        for changed, words in (
            ({"to": "2026-03-05T15:00"}, "It is not yours"),
            ({"wanted": "x|y"}, "Choose what you would take"),
            ({"from": ""}, "Give the start"),
        ):
            answer = await scene.alva.post(path, **(fields | changed))
            assert (answer.status_code, words in answer.text) == (422, True)
        assert (await scene.alva.post(path, **fields)).status_code == 303
        taker = await Visitor.of(scene.world.house, scene.base, caro)
        seen = (await taker.get("/rota")).text
        assert "in exchange for Caro: Fri 6 Mar 14:00 to 22:00" in plain(seen)
        accept = re.search(r'action="(/rota/[^"]+/accept)"', seen)
        assert accept
        assert (await scene.admin.post(accept[1])).status_code == 403
        assert (await scene.stranger.post(accept[1])).headers["location"] == "/login"
        assert (await taker.post(accept[1], csrf="x")).status_code == 403
        other = await scene.elis.post(accept[1])
        assert (other.status_code, "It was asked of somebody else." in other.text) == (422, True)
        assert 'name="day" value="2026-03-05"' in seen
        answer = await taker.post(accept[1], day="2026-03-05")
        assert answer.headers["location"] == f"/rota?rota={rota}&day=2026-03-05"
        late = await taker.post(accept[1])
        assert (late.status_code, "Caro accepted it before you." in late.text) == (409, True)
        gone = await scene.alva.post(accept[1].replace("/accept", "/withdraw"))
        assert (gone.status_code, "Caro accepted it" in gone.text) == (409, True)
        assert "Asked to swap" not in plain(gone.text)
        assert await there(scene.world, at(4, 16)) == ["Alva"]

    async def test_who_cannot_take_it_reads_why_and_has_no_button(
        self, scene: Scene, bo: Member, rota: UUID, caro: Member
    ) -> None:
        await ask(scene.world, rota)
        day = "/rota?day=2026-03-05"
        for member, button in ((caro, True), (bo, False)):
            visitor = await Visitor.of(scene.world.house, scene.base, member)
            page = (await visitor.get(day)).text
            assert ("/accept" in page) == button
            assert ("you are already on call then, in another role" in page) != button
            assert ("Alva asks who can take" in (await visitor.get("/queue")).text) == button

    async def test_the_asker_withdraws(self, scene: Scene, bo: Member, rota: UUID) -> None:
        fields = {"role": "primary", "from": "2026-03-05T06:00", "to": "2026-03-05T14:00",
                  "wanted": "", "form_key": str(uuid4())}  # fmt: skip
        await scene.alva.post(f"/rota/{rota}/swap", **fields)
        page = (await scene.alva.get("/rota")).text
        assert "Who can take it?" in plain(page)
        withdraw = re.search(r'formaction="(/rota/[^"]+/withdraw)"', page)
        assert withdraw
        assert (await scene.elis.post(withdraw[1])).status_code == 409
        assert (await scene.alva.post(withdraw[1])).status_code == 303
        assert "Asked to swap" not in plain((await scene.alva.get("/rota")).text)
        again = await scene.alva.post(withdraw[1])
        assert (again.status_code, "no longer asked for" in again.text) == (409, True)
        boss = await Visitor.of(scene.world.house, scene.base, bo)
        about = "role=primary&from=2026-03-05T06:00&to=2026-03-05T14:00"
        give = await boss.get(f"/rota/{rota}/give?{about}")
        assert "Ask colleagues to take it instead" in give.text
