"""A look that finds nothing to do costs nobody their turn."""

import asyncio

from handlers.escalate import escalate
from handlers.planned import send_planned
from handlers.send import lease
from handlers.send_pages import lease_pages
from handlers.settle import settle
from handlers.step_triage import step_triage
from handlers.tell_gaps import tell_gaps
from handlers.tell_waiting import tell_waiting
from handlers.unanswered import see_to_unanswered
from tests.world import World

PATIENCE = 7.5
"""Seconds; whoever waits for the writer's place waits for eight."""


async def test_with_nothing_due_no_loop_waits_for_the_one_who_writes(world: World) -> None:
    await world.text("hej")
    house = world.house
    async with house.db.write(), asyncio.timeout(PATIENCE):
        assert await step_triage(house) == 0
        assert await step_triage(house, silent=True) == 0
        assert await escalate(house) == 0
        assert await tell_waiting(house) == 0
        assert await see_to_unanswered(house) == 0
        assert await send_planned(house) == 0
        assert await tell_gaps(house) == 0
        assert await lease(house) == []
        assert await lease_pages(house) == []
        assert await settle(house, {}) == 0
