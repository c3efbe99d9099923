"""What a counsellor plans leaves at its time, once, or is a task with its reason."""

import asyncio
from datetime import datetime, time, timedelta
from uuid import UUID, uuid4

import pytest

from domain.contact_rules import Refusal, SafeHours
from domain.conversation import Outcome, State
from domain.delivery import Delivery
from domain.gate import Gate
from domain.wall import on_the_wall
from handlers.close import close
from handlers.errors import BadInput, MayNotLeave, NotFound, NotYours
from handlers.hand_over import Handed, hand_over
from handlers.house import House
from handlers.plan_text import plan_text, withdraw_plan
from handlers.planned import send_planned
from handlers.redact import redact
from handlers.see_handover import see_handover
from handlers.set_gate import set_gate
from handlers.set_safe_hours import set_safe_hours
from handlers.take import take
from tests.browser.scene import Scene
from tests.browser.serving import Visitor
from tests.test_planned import STOCKHOLM, kinds, passes, to_the_hour
from tests.test_rota_pages import plain
from tests.test_waiting import queued
from tests.world import World


async def in_talk(world: World) -> UUID:
    await to_the_hour(world, 13)
    await queued(world)
    talk = await world.taken()
    await world.reply(talk, "Hej.")
    await world.accept()
    return talk


def wall(world: World, hours: float) -> datetime:
    return on_the_wall(world.clock.now(), STOCKHOLM).replace(microsecond=0) + timedelta(hours=hours)


async def plan(world: World, talk: UUID, hours: float, *, asked: bool = True) -> None:
    at, key = wall(world, hours), uuid4()
    for _ in range(2):
        await plan_text(
            world.house, world.counsellor, talk, "Hur gick det?", at, form_key=key, asked=asked
        )


async def last(world: World, talk: UUID) -> tuple[str, Delivery | None, str | None]:
    said = [i for i in (await world.see(talk)).thread if hasattr(i, "author")]
    return str(said[-1].body), said[-1].delivery, said[-1].refusal  # type: ignore[union-attr] # said


async def test_a_planned_text_leaves_once_at_its_time_and_stands_on_the_page_until_then(
    world: World, twin: House
) -> None:
    talk = await in_talk(world)
    await plan(world, talk, 20)
    (one,) = (await world.see(talk)).planned
    assert (one.body, one.counsellor, one.follow_up) == ("Hur gick det?", "Alva", False)
    await passes(world, 19.9 * 60)
    assert (await last(world, talk))[0] == "Hej."
    world.clock.advance(minutes=7)
    await asyncio.gather(*(send_planned(h) for h in (world.house, twin) * 3))
    await world.accept()
    said = [i for i in (await world.see(talk)).thread if getattr(i, "body", "") == "Hur gick det?"]
    assert len(said) == 1
    assert await last(world, talk) == ("Hur gick det?", Delivery.SENT, None)
    assert (await world.see(talk)).planned == ()


async def test_the_rules_are_asked_for_that_moment_when_it_is_planned(world: World) -> None:
    talk = await in_talk(world)
    with pytest.raises(MayNotLeave) as refused:
        await plan(world, talk, 20, asked=False)
    assert refused.value.reason is Refusal.LONG_SILENCE
    await set_safe_hours(world.house, world.counsellor, talk, SafeHours(time(12), time(15)))
    with pytest.raises(MayNotLeave) as refused:
        await plan(world, talk, 20)
    assert refused.value.reason is Refusal.OUTSIDE_SAFE_HOURS
    await plan(world, talk, 24)
    assert len((await world.see(talk)).planned) == 1


@pytest.mark.parametrize(
    ("spoils", "reason"),
    [
        ("hours", "outside_safe_hours"), ("gate", "gate_closed"), ("stop", "opted_out"),
        ("waits", "overtaken"), ("colleague", "owned"),
    ],
)  # fmt: skip
async def test_what_may_not_leave_when_its_time_has_come_is_a_task(
    world: World, spoils: str, reason: str
) -> None:
    talk = await in_talk(world)
    await plan(world, talk, 24)
    bo = await World.hired(world.house, "Bo")
    match spoils:
        case "hours":
            hours = SafeHours(time(8), time(9))
            await set_safe_hours(world.house, world.counsellor, talk, hours)
        case "gate":
            await set_gate(world.house, world.counsellor, talk, Gate.CLOSED)
        case "stop":
            await world.text("STOPP")
        case _:
            await close(world.house, world.counsellor, talk, Outcome.OTHER)
            await world.text("hallå?")
    if spoils == "colleague":
        world.clock.advance(minutes=3)  # until then it is offered to Alva
        await take(world.house, bo, talk)
    await passes(world, 24 * 60 + 1)
    assert await last(world, talk) == ("Hur gick det?", Delivery.WITHHELD, reason)
    reader = bo if spoils == "colleague" else world.counsellor
    assert [task.refusal for task in (await world.queue(reader)).tasks] == [reason]


async def test_after_closing_it_still_leaves_and_opens_nothing(world: World) -> None:
    talk = await in_talk(world)
    await plan(world, talk, 24)
    await close(world.house, world.counsellor, talk, Outcome.HELP_BEGUN)
    await passes(world, 24 * 60 + 1)
    await world.accept()
    assert await last(world, talk) == ("Hur gick det?", Delivery.SENT, None)
    assert (await world.see(talk)).row.state is State.CLOSED


async def test_withdrawn_it_is_not_sent_and_only_by_whose_it_is(world: World) -> None:
    talk = await in_talk(world)
    bo = await World.hired(world.house, "Bo")
    await plan(world, talk, 2)
    (one,) = (await world.see(talk)).planned
    with pytest.raises(NotYours):
        await withdraw_plan(world.house, bo, talk, one.id)
    with pytest.raises(NotFound):
        await withdraw_plan(world.house, world.counsellor, talk, uuid4())
    for _ in range(2):
        await withdraw_plan(world.house, world.counsellor, talk, one.id)
    await passes(world, 180)
    assert (await last(world, talk))[0] == "Hej."
    assert (await kinds(world, talk)) == ["planned", "plan_withdrawn"]


@pytest.mark.parametrize("hours", [-1, 0, 31 * 24])
async def test_a_time_that_cannot_be_is_refused(world: World, hours: float) -> None:
    talk = await in_talk(world)
    with pytest.raises(BadInput):
        await plan(world, talk, hours)


async def test_only_so_many_are_planned_at_once(world: World) -> None:
    talk = await in_talk(world)
    for n in range(10):
        await plan(world, talk, 1 + n)
    with pytest.raises(BadInput):
        await plan(world, talk, 12)


async def test_the_words_are_kept_once_so_that_redacting_destroys_them(world: World) -> None:
    talk = await in_talk(world)
    await plan(world, talk, 1)
    await passes(world, 61)
    await world.accept()
    async with world.house.db.read() as tx:
        rows = (await tx.conn.exec_driver_sql("SELECT body_sealed FROM plans")).all()
    assert [row[0] for row in rows] == [None]
    said = [i for i in (await world.see(talk)).thread if getattr(i, "body", "") == "Hur gick det?"]
    await redact(world.house, world.counsellor, talk, said[0].id)  # type: ignore[union-attr] # said


async def test_whoever_gets_it_next_reads_on_the_handover_what_is_to_leave(world: World) -> None:
    talk = await in_talk(world)
    await plan(world, talk, 20)
    elis = await World.hired(world.house, "Elis")
    handed = Handed(elis.id, "Vill ses på torsdag", "")
    await hand_over(world.house, world.counsellor, talk, handed, form_key=uuid4())
    (one,) = (await see_handover(world.house, elis, talk)).planned
    assert (one.body, one.counsellor) == ("Hur gick det?", "Alva")


async def test_the_thread_says_for_when_it_was_planned_and_what_was_withdrawn(
    scene: Scene,
) -> None:
    talk = scene.talk
    await scene.taken()
    await to_the_hour(scene.world, 13)
    alva = await Visitor.of(scene.world.house, scene.base, scene.world.counsellor)
    await plan(scene.world, talk, 2)
    await plan(scene.world, talk, 30)
    page = (await alva.get(f"/conversations/{talk}")).text
    assert "Alva planned a message for 15:00 ·" in plain(page)
    assert "Alva planned a message for 4 Mar 19:00 ·" in plain(page)
    (first, _) = (await scene.world.see(talk)).planned
    await withdraw_plan(scene.world.house, scene.world.counsellor, talk, first.id)
    page = (await alva.get(f"/conversations/{talk}")).text
    assert "Alva withdrew the message planned for 15:00 ·" in plain(page)


async def test_the_handover_page_says_what_is_to_leave(scene: Scene) -> None:
    await scene.taken()
    at = wall(scene.world, 20).isoformat(timespec="minutes")
    words = {"reply": "Hur gick det i skolan?", "at": at, "later_asked": "1"}
    await scene.alva.post(f"{scene.path}/plan", form_key=str(uuid4()), **words)
    await scene.elis.post(f"{scene.path}/why", why="colleague")
    page = (await scene.elis.get(f"{scene.path}/handover")).text
    assert "Sent later" in page
    assert "Hur gick det i skolan?" in page
