"""The main job, without HTTP: from the first text to the queue."""

from domain.gate import Gate
from domain.priority import Tier
from tests.world import World


async def test_a_first_text_is_greeted_and_stands_in_the_queue(world: World) -> None:
    await world.text("hej")
    queue = await world.queue()
    assert [row.tier for row in queue.waiting] == [Tier.P3]
    assert await world.said() == ["greet"]


async def test_the_whole_way_through_the_questions_ends_in_the_queue(world: World) -> None:
    for answer in ("hej", "1", "3", "3", "1", "3", "1"):
        await world.text(answer)
    seen = await world.see()
    assert await world.said() == [
        "greet", "privacy", "danger", "self_harm", "need", "age", "how", "wait",
    ]  # fmt: skip
    assert not seen.triage_runs
    assert seen.row.gate is Gate.OPEN


async def test_danger_now_is_p1_and_asks_nothing_more(world: World) -> None:
    for answer in ("hej", "1", "1"):
        await world.text(answer)
    seen = await world.see()
    assert seen.row.tier is Tier.P1
    assert (await world.said())[-1] == "p1"
    assert not seen.triage_runs
