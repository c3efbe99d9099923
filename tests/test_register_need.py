"""What the register holds in words is read on need, and by nobody who must stay away."""

from uuid import UUID, uuid4

import pytest

from domain.conversation import Outcome
from domain.duty import Kind, Within
from domain.member import Member, Role
from domain.need import Reason
from handlers.ask_disclosure import ask_disclosure
from handlers.close import close
from handlers.close_duty import close_duty
from handlers.decide_disclosure import agree
from handlers.errors import MustStayAway
from handlers.export import export, see_exporting
from handlers.give_reason import give_reason
from handlers.raise_duty import raise_duty
from handlers.see_board import see_board
from handlers.see_duties import see_duty, whose
from handlers.see_queue import beside
from handlers.see_register import see_entry, see_register
from handlers.stay_away import keep_away
from tests.sealed import Sealed
from tests.states import owned
from tests.team import hired, let_in
from tests.test_duties import NOT_NEEDED, WHY
from tests.test_export import GROUNDS
from tests.test_register import ASKED
from tests.world import World


async def noted(world: World, member: Member) -> tuple[UUID, UUID, UUID]:
    """A conversation, a duty and a request."""
    talk = await world.only()
    await raise_duty(world.house, member, talk, Kind.CHILD, Within.HOUR, WHY)
    await ask_disclosure(world.house, member, talk, ASKED, form_key=uuid4())
    register = await see_register(world.house, member)
    return talk, register.owed[0].id, register.unsettled[0].entry.id


async def test_the_words_of_what_is_closed_want_a_reason_and_the_log_has_it(world: World) -> None:
    await owned(world)
    alva, house = world.counsellor, world.house
    talk, duty, entry = await noted(world, alva)
    await close(house, alva, talk, Outcome.OTHER)
    bo = await World.hired(house, "Bo", Role.COORDINATOR)
    before = await world.count("openings")
    assert (await see_duty(house, bo, duty)).why.body is None
    assert (await see_duty(house, bo, duty)).needs_reason
    seen = await see_entry(house, bo, entry)
    assert seen.words == {} and seen.needs_reason
    assert await world.count("openings") == before
    await give_reason(house, bo, talk, Reason.REVIEW)
    assert (await see_duty(house, bo, duty)).why.body == WHY
    assert len((await see_entry(house, bo, entry)).words) == 2
    assert await world.count("openings") == before + 1


async def test_whoever_must_stay_away_sees_none_of_it(world: World) -> None:
    await owned(world)
    alva, house = world.counsellor, world.house
    talk, duty, entry = await noted(world, alva)
    bo, cia = [await World.hired(house, name, Role.COORDINATOR) for name in ("Bo", "Cia")]
    await keep_away(house, cia, talk, bo.id)
    register = await see_register(house, bo)
    assert (register.owed, register.unsettled) == ((), ())
    assert (await world.queue(bo)).duties == (await see_board(house, bo)).duties == ()
    assert (await beside(house, bo)).tasks == 0
    for tried in (
        see_duty(house, bo, duty), see_entry(house, bo, entry), whose(house, bo, talk),
        close_duty(house, bo, duty, NOT_NEEDED), agree(house, bo, entry),
        raise_duty(house, bo, talk, Kind.AVERT, Within.DAY, ""),
        ask_disclosure(house, bo, talk, ASKED, form_key=uuid4()),
    ):  # fmt: skip
        with pytest.raises(MustStayAway):
            await tried
    assert [one.id for one in (await see_board(house, cia)).duties] == [duty]


async def test_nor_makes_a_file_of_it(sealed: Sealed) -> None:
    await owned(sealed)
    talk = await sealed.only()
    bo = await hired(sealed.house, "Bo", Role.COORDINATOR)
    cia = await World.hired(sealed.house, "Cia", Role.COORDINATOR)
    await let_in(sealed.alva, bo)
    office = await bo.reads()
    await keep_away(sealed.house, cia, talk, bo.member.id)
    with pytest.raises(MustStayAway):
        await see_exporting(office, bo.member, talk)
    with pytest.raises(MustStayAway):
        await export(office, bo.member, talk, GROUNDS)
    assert await sealed.count("exports") == 0
