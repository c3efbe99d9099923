"""Each rule for each text that leaves by itself, at writing and at sending: refused, it is seen."""

from collections.abc import Awaitable, Callable
from datetime import time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from domain.contact_rules import SafeHours
from domain.conversation import Outcome
from domain.delivery import Delivery
from domain.gate import Gate
from domain.message import Channel, OptOut
from domain.wall import on_the_wall
from handlers.close import close
from handlers.planned import send_planned
from handlers.seen import Said
from handlers.send import lease
from handlers.tell_waiting import tell_waiting
from storage import conversations, tables
from tests.test_on_call import goes_by_a_rota
from tests.test_planned import DAY, STOCKHOLM, closed, to_the_hour
from tests.test_planned_texts import in_talk, plan
from tests.test_waiting import queued
from tests.test_waiting_again import fell_silent
from tests.world import World

RULES: dict[str, dict[str, object]] = {
    "opted_out": {"opt_out": OptOut.OWN},
    "opted_out_at_provider": {"opt_out": OptOut.PROVIDER},
    "blocked": {"opt_out": OptOut.BLOCKED},
    "not_answerable": {"answerable": False},
    "gate_closed": {"gate": Gate.CLOSED},
    "gate_unknown": {"gate": Gate.UNKNOWN},
    "long_silence": {"last_inbound_at": timedelta(hours=5)},
    "outside_safe_hours": {"last_inbound_at": timedelta(hours=5), "safe": "elsewhere"},
    "number_may_be_reused": {"last_inbound_at": timedelta(days=91)},
    "window_closed": {"last_inbound_at": timedelta(hours=25), "channel": Channel.WHATSAPP},
}
"""By the reason that it gives: what makes it so. An age stands for how long ago that was."""

PERMITTED = {
    # Neutral texts of the machine need no open gate; a counsellor has read the warning.
    ("gate_unknown", "waiting"), ("gate_unknown", "closed"), ("gate_unknown", "follow_up"),
    ("gate_unknown", "planned"),
    # The one was agreed on, and the other's writer has read the warning.
    ("long_silence", "follow_up"), ("long_silence", "planned"),
}  # fmt: skip


async def waiting(world: World) -> UUID:
    await queued(world)
    world.clock.advance(minutes=1)
    return await world.only()


async def told_closed(world: World) -> UUID:
    await goes_by_a_rota(world, (10, 18))
    await fell_silent(world)
    await world.text("hallå?")
    return await world.only()


async def follow_up(world: World) -> UUID:
    await to_the_hour(world, 13)
    talk = await closed(world)
    await world.text("1")
    world.clock.advance(minutes=DAY)
    return talk


async def planned(world: World) -> UUID:
    talk = await in_talk(world)
    await plan(world, talk, 24)
    await close(world.house, world.counsellor, talk, Outcome.HELP_BEGUN)
    world.clock.advance(minutes=DAY)
    return talk


KINDS: dict[str, Callable[[World], Awaitable[UUID]]] = {
    "waiting": waiting, "closed": told_closed, "follow_up": follow_up, "planned": planned,
}  # fmt: skip


async def becomes(world: World, talk: UUID, rule: str) -> None:
    """It has become so by now, whatever was known before."""
    so, now = dict(RULES[rule]), world.clock.now()
    age = so.pop("last_inbound_at", None)
    if isinstance(age, timedelta):
        so["last_inbound_at"] = now - age
    if so.pop("safe", None):
        here = on_the_wall(now, STOCKHOLM)
        hours = SafeHours(*(time((here.hour + ahead) % 24) for ahead in (6, 8)))
        so |= {"safe_from": hours.start, "safe_to": hours.end}
    async with world.house.db.write() as tx:
        found = await conversations.by_id(tx, talk)
        assert found is not None
        people = tables.contacts
        await tx.conn.execute(update(people).where(people.c.id == found.contact_id).values(**so))


async def write(world: World) -> None:
    while await tell_waiting(world.house) or await send_planned(world.house):
        pass


async def last(world: World, talk: UUID) -> Said:
    seen = await world.see(talk)
    return [i for i in seen.thread if isinstance(i, Said) and i.author != "contact"][-1]


async def is_a_task(world: World, talk: UUID, kind: str, reason: str) -> bool:
    """Somebody sees it: in the queue, or among what is to be done, with the reason."""
    queue, said = await world.queue(), await last(world, talk)
    if (said.delivery, said.refusal) != (Delivery.WITHHELD, reason):
        return False
    if kind == "follow_up":
        return [(one.state, one.refusal) for one in queue.follow_ups] == [("refused", reason)]
    if kind == "planned":
        return [task.refusal for task in queue.tasks] == [reason]
    return [row.id for row in queue.waiting] == [talk]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rule", RULES)
async def test_at_writing(world: World, kind: str, rule: str) -> None:
    talk = await KINDS[kind](world)
    before = (await last(world, talk)).id
    await becomes(world, talk, rule)
    await write(world)
    if (rule, kind) == ("outside_safe_hours", "follow_up"):
        assert (await last(world, talk)).id == before  # it waits for the hours
        return
    said = await last(world, talk)
    assert said.id != before
    if (rule, kind) in PERMITTED:
        assert said.delivery is Delivery.QUEUED
    else:
        assert await is_a_task(world, talk, kind, rule)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rule", RULES)
async def test_at_sending(world: World, kind: str, rule: str) -> None:
    talk = await KINDS[kind](world)
    await write(world)
    assert (await last(world, talk)).delivery is Delivery.QUEUED
    await becomes(world, talk, rule)
    leaving = await lease(world.house)
    if (rule, kind) in PERMITTED:
        assert len(leaving) == 1
    else:
        assert leaving == []
        assert await is_a_task(world, talk, kind, rule)
