"""Whoever only says hello again is asked again, and not told that they were not understood."""

import pytest

from domain.gate import Gate
from handlers import shipped
from tests.world import World
from triage.loader import load
from triage.script import Ask
from triage.understand import UNCLEAR, read

SCRIPT = load(shipped.source("exit"))


def first_questions() -> list[Ask]:
    steps = (SCRIPT.steps[name] for name in (SCRIPT.start, SCRIPT.returning))
    return [step for step in steps if isinstance(step, Ask)]


def test_no_greeting_is_an_answer_to_the_question() -> None:
    for step in first_questions():
        assert step.again
        assert [word for word in step.again if read(SCRIPT, step, word) != UNCLEAR] == []


async def says(world: World, *bodies: str) -> None:
    for body in bodies:
        await world.write(body)
        await world.accept()


@pytest.mark.parametrize("hello", ["hej", "Hej!", "hallå?", "Hello"])
async def test_the_question_is_asked_again_and_answered(world: World, hello: str) -> None:
    await says(world, "/start", hello)
    assert await world.said() == ["greet", "greet"]
    await says(world, "1")
    assert (await world.said())[:3] == ["greet", "greet", "privacy"]
    assert (await world.see()).row.gate is Gate.OPEN


async def test_it_is_the_one_re_prompt_and_then_a_person_comes(world: World) -> None:
    await says(world, "hej", "hej", "hej")
    assert (await world.said())[:2] == ["greet", "greet"]
    assert "reprompt" not in await world.said()
    assert (await world.run()).ended_at is not None
    await says(world, "hallå")
    assert len(await world.said()) == 3


async def test_hello_with_something_else_is_read_as_before(world: World) -> None:
    await says(world, "hej", "hej, dom står utanför min dörr")
    assert "p1" in (await world.said())[-1]
