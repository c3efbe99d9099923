"""A language is chosen by the first text, and changed by a word at any time."""

import pytest
from sqlalchemy import update

from handlers.receive import receive
from handlers.step_triage import step_triage
from storage import tables
from tests.post import Post
from tests.states import (
    State_,
    asked,
    gate_closed,
    last_words,
    new_words,
    opted_out,
    owned,
    returning,
    waiting,
)
from tests.world import World


@pytest.mark.parametrize("state", [asked, waiting, returning, gate_closed, opted_out])
async def test_a_language_is_changed_at_any_time(world: World, state: State_) -> None:
    said = await new_words(world, state, "English")
    assert said[0] == "language"
    assert (await world.see()).row.language == "en"


async def test_the_current_question_is_asked_again_in_the_new_language(world: World) -> None:
    post = Post(world)
    await world.text("hej")
    await receive(world.house, [world.message("SPRÅK")])
    await step_triage(world.house)
    assert await post.carry() == ["language", "greet"]
    assert (await last_words(world)).startswith("Hi, good that you wrote.")


async def test_an_answer_and_a_language_together_ask_the_next_question_once(
    world: World,
) -> None:
    await world.text("hej")
    await receive(world.house, [world.message("ja"), world.message("English")])
    await world.step()
    assert await world.said() == ["greet", "language", "privacy", "danger"]
    assert (await last_words(world)).startswith("Are you or someone else in danger?")


async def test_the_language_asked_for_by_the_first_text_is_spoken_from_the_greeting_on(
    world: World,
) -> None:
    await world.text("English")
    assert (await last_words(world)).startswith("Hi, good that you wrote.")
    assert await world.said() == ["language", "greet"]


async def test_the_language_word_goes_round_among_the_lines_languages(world: World) -> None:
    await waiting(world)
    languages = []
    for _ in range(3):
        await world.text("LANG")
        languages.append((await world.see()).row.language)
    assert languages == ["en", "sv", "en"]


async def test_a_language_that_the_line_lacks_changes_nothing(world: World) -> None:
    async with world.house.db.write() as tx:
        await tx.conn.execute(update(tables.lines).values(languages=["sv"]))
    await waiting(world)
    before = await world.said()
    await world.text("English")
    assert (await world.see()).row.language == "sv"
    assert await world.said() == before


async def test_the_first_text_is_greeted_in_its_own_language(world: World) -> None:
    await world.text("hello I need help getting out", "+46701740611")
    (row,) = (await world.queue()).waiting
    assert row.language == "en"


async def test_in_an_owned_conversation_the_language_changes_in_silence(world: World) -> None:
    assert await new_words(world, owned, "English") == []
    assert (await world.see()).row.language == "en"
