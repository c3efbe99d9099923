"""Who was in danger, was closed and comes back is P3 by the rule; staff see how it was before."""

import re
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.before import Before, before, carried, of_now
from domain.conversation import Outcome
from domain.priority import Tier
from handlers.close import close
from handlers.see_conversation import see_conversation
from handlers.seen import Row
from handlers.unkept import unkept
from staff.row_view import row_view
from tests.test_calls import call
from tests.test_row_view import visit
from tests.world import World

CODES = st.lists(st.sampled_from(["danger_now", "under_18", "returning", "human"]), min_size=1)
TODAY = Before(Tier.P2, "danger_today")


async def shut(world: World) -> UUID:
    talk = await world.taken()
    await close(world.house, world.counsellor, talk, Outcome.OTHER)
    return talk


async def waiting(world: World) -> Row:
    (row,) = (await world.queue()).waiting
    return row


async def was_p2(world: World) -> UUID:
    for body in ("hej", "1", "2"):
        await world.text(body)
    assert (await waiting(world)).tier is Tier.P2
    return await shut(world)


async def test_who_comes_back_is_p3_and_stands_with_what_was_told_before(world: World) -> None:
    talk = await was_p2(world)
    await world.text("hej igen")
    row = await waiting(world)
    assert (row.tier, row.reasons, row.before) == (Tier.P3, ("returning",), TODAY)
    seen = await see_conversation(world.house, world.counsellor, talk, opening=False)
    assert seen.row.before == TODAY


async def test_what_is_known_now_stands_beside_it(world: World) -> None:
    await was_p2(world)
    await world.text("dom ska döda mig")
    row = await waiting(world)
    assert (row.tier, row.reasons[0], row.before) == (Tier.P1, "danger_words", TODAY)
    await shut(world)
    await world.text("hej")
    assert (await waiting(world)).before == Before(Tier.P1, "danger_words")


async def test_a_call_and_what_could_not_be_kept_hide_it_no_more_than_a_text(world: World) -> None:
    talk = await was_p2(world)
    await call(world)
    row = await waiting(world)
    assert (row.reasons, row.before) == (("called", "returning"), TODAY)
    await shut(world)
    world.clock.advance(hours=1)
    await unkept(world.house, world.message(""))
    row = await waiting(world)
    assert (row.id, row.reasons, row.before) == (talk, ("unkept", "returning"), TODAY)


async def test_a_calm_time_in_between_does_not_hide_it(world: World) -> None:
    await was_p2(world)
    for _ in range(2):
        await world.text("hej igen")
        assert (await waiting(world)).before == TODAY
        await shut(world)


async def test_who_was_never_urgent_has_nothing_before(world: World) -> None:
    for body in ("hej", "1"):
        await world.text(body)
    await shut(world)
    await world.text("hej igen")
    row = await waiting(world)
    assert (row.returning, row.before) == (True, None)


@pytest.mark.parametrize("language", ["sv", "en"])
async def test_the_row_says_it_and_names_its_own_tier_alone(world: World, language: str) -> None:
    await was_p2(world)
    await world.text("hej igen")
    row = await waiting(world)
    here = visit(world, language=language)
    said = re.sub(r"<[^>]*>", " ", row_view(here, None)(row))
    assert {"sv": "Tidigare: ”Fara i dag”", "en": "Before: “Danger today”"}[language] in said
    assert re.findall(r"\bP[1-4]\b", said) == ["P3"]
    without = row_view(here, None)(replace(row, before=None))
    assert "Tidigare" not in without
    assert "Before" not in without


@given(st.sampled_from(Tier), CODES, st.sampled_from(Tier), CODES)
def test_the_graver_of_two_times_is_kept_as_one_code(
    first: Tier, told: list[str], second: Tier, then: list[str]
) -> None:
    once = carried(first, told)
    twice = carried(second, (*then, *once))
    assert len(twice) <= 1
    assert of_now((*then, *once)) == tuple(then)
    found, gravest = before(twice), min(first, second)
    assert (found.tier if found else None) == (gravest if gravest <= Tier.P2 else None)
