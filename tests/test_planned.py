"""After a yes there is one follow-up on the next day, and what may not leave is a task."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.contact_rules import SafeHours
from domain.conversation import Outcome
from domain.follow_up import DAYTIME, may_leave, next_day, next_hours
from domain.wall import on_the_wall
from handlers.close import close
from handlers.errors import AlreadyTaken, NotFound
from handlers.house import House
from handlers.planned import send_planned
from handlers.send import lease
from handlers.set_safe_hours import set_safe_hours
from handlers.take_up import note_follow_up, take_up
from storage import plans
from storage.plans import State as Planned
from tests.test_on_call import goes_by_a_rota
from tests.test_waiting import queued
from tests.world import World

STOCKHOLM = ZoneInfo("Europe/Stockholm")
ASKS = "Tack för att du skrev i dag. Du får komma tillbaka när som helst. "
CLOSING = ASKS + "Får vi höra av oss i morgon? 1 Ja 2 Nej, jag skriver"
DAY = 24 * 60


async def closed(world: World, hours: SafeHours | None = None) -> UUID:
    """The counsellor asked whether we may get in touch, and closed it."""
    await queued(world)
    talk = await world.taken()
    await set_safe_hours(world.house, world.counsellor, talk, hours)
    await world.reply(talk, CLOSING)
    await world.accept()
    world.clock.advance(minutes=1)
    await close(world.house, world.counsellor, talk, Outcome.HELP_BEGUN)
    return talk


async def passes(world: World, minutes: float) -> None:
    world.clock.advance(minutes=minutes)
    while await send_planned(world.house):
        pass


async def to_the_hour(world: World, hour: int) -> None:
    """It becomes this hour in Stockholm."""
    here = on_the_wall(world.clock.now(), STOCKHOLM)
    then = here.replace(hour=hour, minute=0, second=0, microsecond=0)
    world.clock.advance(seconds=((then - here) % timedelta(days=1)).total_seconds())


async def kinds(world: World, talk: UUID) -> list[str]:
    thread = (await world.see(talk)).thread
    wanted = ("follow", "plan", "taken_up")
    found = [str(getattr(item, "kind", "")) for item in thread]
    return [kind for kind in found if kind.startswith(wanted)]


async def states(world: World, talk: UUID) -> list[Planned]:
    async with world.house.db.read() as tx:
        found = await plans.latest(tx, [talk])
        return [plan.state for plan in found.values()]


moments = st.datetimes(
    datetime(2026, 1, 1),  # noqa: DTZ001 - hypothesis wants it without a zone
    datetime(2027, 1, 1),  # noqa: DTZ001 - and so here
    timezones=st.just(UTC),
)
windows = st.builds(
    lambda start, lasts: SafeHours(start, _after(start, lasts)),
    st.times(),
    st.timedeltas(timedelta(hours=1), timedelta(hours=22)),
)


def _after(start: time, lasts: timedelta) -> time:
    return (datetime.combine(date(2026, 1, 1), start) + lasts).time()


def _is_where_the_clock_jumps(at: datetime) -> bool:
    """What lies in the hour that does not exist is at its end."""
    before = on_the_wall(at - timedelta(microseconds=1), STOCKHOLM)
    return (before.hour, on_the_wall(at, STOCKHOLM).time()) == (1, time(3))


@given(moments, st.none() | windows)
def test_it_is_on_the_next_day_within_the_hours(at: datetime, hours: SafeHours | None) -> None:
    due = next_day(at, hours, STOCKHOLM)
    ahead = on_the_wall(due, STOCKHOLM).date() - on_the_wall(at, STOCKHOLM).date()
    assert ahead == timedelta(days=1)
    window = hours or DAYTIME
    wall = on_the_wall(due, STOCKHOLM)
    assert _is_where_the_clock_jumps(due) or window.holds(wall.time())


@given(moments, st.none() | windows)
def test_what_is_late_waits_for_the_next_hours(at: datetime, hours: SafeHours | None) -> None:
    begins = next_hours(at, hours, STOCKHOLM)
    assert timedelta() < begins - at <= timedelta(hours=25)
    assert _is_where_the_clock_jumps(begins) or may_leave(begins, hours, STOCKHOLM)


async def test_with_a_yes_one_follow_up_comes_on_the_next_day_and_its_answer_opens_nothing(
    world: World,
) -> None:
    await to_the_hour(world, 13)
    talk = await closed(world)
    await world.text("1")
    await passes(world, DAY - 60)
    assert (await world.said(talk))[-1] == "wait"
    await passes(world, 61)
    assert (await world.said(talk))[-1] == "follow_up"
    await world.accept()
    await passes(world, DAY)
    assert (await world.said(talk)).count("follow_up") == 1
    assert (await world.queue()).waiting == ()
    assert await kinds(world, talk) == ["follow_up_agreed", "followed_up"]


async def test_a_good_time_is_a_task_and_the_counsellor_takes_it_up(world: World) -> None:
    await to_the_hour(world, 13)
    talk = await closed(world)
    await world.text("ja")
    await passes(world, DAY)
    await world.accept()
    await world.text("1")
    queue = await world.queue()
    assert queue.waiting == ()
    assert [(one.conversation_id, one.state) for one in queue.follow_ups] == [(talk, "wanted")]
    assert queue.beside.tasks == 1
    await take_up(world.house, world.counsellor, talk)
    queue = await world.queue()
    assert [row.id for row in queue.mine] == [talk]
    assert queue.follow_ups == ()
    await world.reply(talk, "Hej igen.")
    await take_up(world.house, world.counsellor, talk)


@pytest.mark.parametrize("later", ["Senare", "2", "2 Later", "2. Senare"])
async def test_later_is_no_task(world: World, later: str) -> None:
    await to_the_hour(world, 13)
    talk = await closed(world)
    await world.text("1")
    await passes(world, DAY)
    await world.accept()
    await world.text(later)
    queue = await world.queue()
    assert (queue.waiting, queue.follow_ups) == ((), ())
    assert (await kinds(world, talk))[-1] == "follow_up_later"


async def test_any_other_answer_opens_the_conversation_as_ever(world: World) -> None:
    await to_the_hour(world, 13)
    talk = await closed(world)
    await world.text("1")
    await passes(world, DAY)
    await world.accept()
    await world.text("det är inte bra alls")
    (row,) = (await world.queue()).waiting
    assert (row.id, row.earlier_counsellor) == (talk, "Alva")


@pytest.mark.parametrize("answers", [("2",), ("1", "2"), ()])
async def test_without_a_yes_that_stands_nothing_comes(world: World, answers: list[str]) -> None:
    await to_the_hour(world, 13)
    talk = await closed(world)
    for answer in answers:
        await world.text(answer)
    await passes(world, DAY + 60)
    assert "follow_up" not in await world.said(talk)


async def test_a_yes_twice_is_one_follow_up(world: World, twin: House) -> None:
    await to_the_hour(world, 13)
    talk = await closed(world)
    await world.text("1")
    await world.text("ja")
    world.clock.advance(minutes=DAY)
    await asyncio.gather(*(send_planned(one) for one in (world.house, twin) * 3))
    await passes(world, DAY)
    assert (await world.said(talk)).count("follow_up") == 1


async def test_a_yes_before_it_was_closed_counts_and_is_no_text_that_waits(world: World) -> None:
    await to_the_hour(world, 13)
    await queued(world)
    talk = await world.taken()
    await world.reply(talk, CLOSING)
    await world.accept()
    await world.text("1")
    assert (await world.queue()).mine[0].answered
    await close(world.house, world.counsellor, talk, Outcome.HELP_BEGUN)
    await passes(world, DAY)
    assert (await world.said(talk))[-1] == "follow_up"


async def test_who_is_in_touch_by_then_needs_none(world: World) -> None:
    await to_the_hour(world, 13)
    talk = await closed(world)
    await world.text("1")
    await world.text("hej igen")
    await passes(world, DAY)
    assert "follow_up" not in await world.said(talk)
    assert await states(world, talk) == [Planned.NEEDLESS]


async def test_it_comes_within_the_safe_hours_and_what_an_outage_delays_waits_for_them(
    world: World,
) -> None:
    await to_the_hour(world, 13)
    talk = await closed(world, SafeHours(time(8), time(10)))
    await world.text("1")
    await to_the_hour(world, 12)
    await passes(world, 0)  # all was down from eight to ten
    assert "follow_up" not in await world.said(talk)
    await to_the_hour(world, 7)
    await passes(world, 55)
    assert "follow_up" not in await world.said(talk)
    await passes(world, 6)
    assert (await world.said(talk))[-1] == "follow_up"


@pytest.mark.parametrize(("word", "reason"), [("STOPP", "opted_out"), ("inte säkert längre", None)])
async def test_what_may_not_leave_is_a_task_with_its_reason(
    world: World, word: str, reason: str | None
) -> None:
    await to_the_hour(world, 13)
    talk = await closed(world)
    await world.text("1")
    await world.text(word)
    await passes(world, DAY)
    if reason is None:  # it has opened the conversation
        assert await states(world, talk) == [Planned.NEEDLESS]
        return
    (one,) = (await world.queue()).follow_ups
    assert (one.conversation_id, one.state, one.refusal) == (talk, "refused", reason)
    assert (await world.said(talk))[-1] == "(follow_up)"
    await note_follow_up(world.house, world.counsellor, talk)
    await note_follow_up(world.house, world.counsellor, talk)
    assert (await world.queue()).follow_ups == ()
    assert (await kinds(world, talk)).count("follow_up_done") == 1


async def test_held_back_on_its_way_out_it_is_a_task_too(world: World) -> None:
    await to_the_hour(world, 13)
    talk = await closed(world)
    await world.text("1")
    await passes(world, DAY)
    async with world.house.db.write() as tx:
        from storage import contacts, conversations
        from storage.contacts import OptOut  # type: ignore[attr-defined] # by way of it

        found = await conversations.by_id(tx, talk)
        assert found is not None
        await contacts.opt_out(tx, found.contact_id, OptOut.PROVIDER)
    assert await lease(world.house) == []
    (one,) = (await world.queue()).follow_ups
    assert (one.state, one.refusal) == ("refused", "opted_out_at_provider")


async def test_while_their_counsellor_is_on_call_the_task_is_theirs_alone(world: World) -> None:
    bo = await World.hired(world.house, "Bo")
    await to_the_hour(world, 13)
    await closed(world)
    await world.text("1")
    await passes(world, DAY)
    await world.accept()
    await world.text("1")
    assert len((await world.queue()).follow_ups) == 1
    assert (await world.queue(bo)).follow_ups == ()
    await goes_by_a_rota(World(world.house, world.clock, bo), (-1, 8))
    assert len((await world.queue(bo)).follow_ups) == 1


async def test_of_two_who_take_it_up_one_has_it(world: World, twin: House) -> None:
    bo = await World.hired(world.house, "Bo")
    await to_the_hour(world, 13)
    talk = await closed(world)
    with pytest.raises(NotFound):
        await take_up(world.house, bo, talk)
    await world.text("1")
    await passes(world, DAY)
    await world.accept()
    await world.text("1")
    both = [take_up(world.house, world.counsellor, talk), take_up(twin, bo, talk)]
    results = await asyncio.gather(*both, return_exceptions=True)
    assert [type(result) for result in results if result] == [AlreadyTaken]
