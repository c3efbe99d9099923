"""Whoever says thanks waits for no answer; a short answer to a question is read, and no more."""

from itertools import product
from uuid import UUID

import pytest

from domain.commands import parse
from handlers import shipped
from handlers.small_words import CLOSING_ANSWERS, LATER, NOT_SAFE_NOW, WAIT_CHOICES
from tests.test_receive_danger import WORDS
from tests.test_unanswered import happened, passes
from tests.test_waiting import queued
from tests.world import World
from triage import danger
from triage.linter import check
from triage.loader import load
from triage.understand import is_courtesy
from triage.words import tokens

SCRIPT = load(shipped.source("exit"))
LISTED = sorted(word for words in SCRIPT.courtesies.values() for word in words)


async def answered(world: World, body: str = "Vi hörs på fredag.") -> UUID:
    """The counsellor has answered what the contact wrote."""
    await queued(world)
    talk = await world.taken()
    await world.reply(talk, body)
    await world.accept()
    return talk


@pytest.mark.parametrize("word", LISTED)
def test_each_is_known_in_any_dress_and_says_nothing_else(word: str) -> None:
    for dressed in (word, word.upper(), f" {word}! ", f"{word}..."):
        assert is_courtesy(SCRIPT, dressed)
    assert not is_courtesy(SCRIPT, f"{word}?")
    assert not is_courtesy(SCRIPT, f"{word} men jag är rädd")
    assert danger.find(word, shipped.danger_rules()) is None
    assert parse(word) is None
    others = (CLOSING_ANSWERS, WAIT_CHOICES, LATER, NOT_SAFE_NOW)
    assert all(tokens(word) not in each for each in others)


@pytest.mark.parametrize(
    "words",
    ["tack för allt", "thanks for everything", "hej då", "hejdå", "bye", "goodbye", "farväl"],
)
def test_what_may_be_somebodys_last_words_is_never_among_them(words: str) -> None:
    assert not is_courtesy(SCRIPT, words)


@pytest.mark.parametrize("word", ["tack", "Tack så mycket!", "ok", "👍", "thanks", "Thank you."])
async def test_thanks_nudge_nobody_and_take_nothing_away(world: World, word: str) -> None:
    await answered(world)
    await world.text(word)
    assert (await world.queue()).mine[0].answered
    assert await passes(world, 15) == []
    assert await passes(world, 60) == []
    assert (await world.heard())[-1] == word


@pytest.mark.parametrize(
    "asks", ["Ska vi höras på fredag?", "Hur vill du ha det: 1 Sms 2 Samtal", "Är du säker nu?"]
)
async def test_to_a_question_it_is_an_answer_which_is_read_and_nobody_loses_it(
    world: World, asks: str
) -> None:
    await answered(world, asks)
    await world.text("ok")
    assert not (await world.queue()).mine[0].answered
    assert await passes(world, 15) == ["nudged"]
    assert await passes(world, 120) == ["nudged"]
    assert len((await world.queue()).mine) == 1
    assert (await world.queue()).mine[0].marks == frozenset()


@pytest.mark.parametrize(
    ("texts", "asks"),
    list(product([("tack", "men vad gör jag nu"), ("ok", "HJÄLP"), ("tack?",), ("tack för allt",)],
                 ["Vi hörs.", "Ska vi höras?"])),
)  # fmt: skip
async def test_anything_else_is_waited_for_as_ever(
    world: World, texts: tuple[str, ...], asks: str
) -> None:
    await answered(world, asks)
    for text in texts:
        await world.text(text)
    assert await passes(world, 15) == ["nudged"]
    assert await passes(world, 15) == ["nudged", "unanswered"]


async def test_thanks_take_no_question_back(world: World) -> None:
    await answered(world)
    await world.text("kan du ringa mig")
    await world.text("tack")
    assert await passes(world, 15) == ["nudged"]
    assert await passes(world, 15) == ["nudged", "unanswered"]


async def test_a_short_answer_of_yesterday_excuses_nobody_today(world: World) -> None:
    talk = await answered(world, "Ska vi höras?")
    await world.text("ok")
    await world.reply(talk, "Bra.")
    await world.text("han är här")
    await passes(world, 15)
    assert (await passes(world, 15))[-1] == "unanswered"


async def test_in_danger_every_word_is_read(world: World) -> None:
    await world.text(WORDS)
    talk = await world.taken()
    await world.reply(talk, "Ring 112 nu.", asked=True)
    world.clock.advance(minutes=2)
    await world.text("ok")
    assert await passes(world, 2) == ["nudged"]
    assert await passes(world, 20) == ["nudged"]


async def test_before_anybody_has_answered_thanks_are_one_more_text(world: World) -> None:
    await queued(world)
    await world.taken()
    await world.text("tack")
    assert (await passes(world, 15))[-1] == "nudged"
    assert (await passes(world, 15))[-1] == "unanswered"


async def test_thanks_in_the_queue_change_nothing(world: World) -> None:
    await queued(world)
    await world.text("tack")
    assert len((await world.queue()).waiting) == 1
    assert await happened(world) == []


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("stopp", "command"), ("9", "person"), ("1", "number"), ("ett", "number"),
        ("tack?", "asks"),
        ("person", "person"), ("'...'", "no letters"), ("tack för att du finns kvar", "words"),
    ],
)  # fmt: skip
def test_the_linter_refuses_what_would_swallow_something(word: str, why: str) -> None:
    source = shipped.source("exit").replace("  sv: [tack, ", f"  sv: [{word}, tack, ", 1)
    found = [f.message for f in check(source) if f.severity == "error"]
    assert len(found) == 1
    assert why in found[0]


def test_the_linter_wants_them_in_every_language_or_in_none() -> None:
    lines = shipped.source("exit").split("\n")
    at = next(n for n, line in enumerate(lines) if line.startswith("  en: [thanks"))
    found = check("\n".join([*lines[:at], *lines[at + 1 :]]))
    errors = [f.message for f in found if f.severity == "error"]
    assert errors == ["courtesies: there are none in 'en'"]
    without = "\n".join([*lines[: at - 2], *lines[at + 1 :]])
    assert not [f for f in check(without) if f.severity == "error"]
