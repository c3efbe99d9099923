"""Who was in danger, was closed and comes back is P3 by the rule; staff see how it was before."""

import re
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.before import MOST, Before, before, carried, of_now
from domain.conversation import Outcome
from domain.priority import DANGER, Tier
from handlers.cases import known_cases
from handlers.close import close
from handlers.see_conversation import see_conversation
from handlers.seen import Row
from handlers.unkept import unkept
from staff.row_view import row_view
from storage import contacts, conversations
from tests.test_calls import call
from tests.test_row_view import visit
from tests.world import World

CODES = st.lists(
    st.sampled_from([*sorted(DANGER[0] | DANGER[1]), "not_safe_now", "under_18", "human"]),
    min_size=1,
    unique=True,
)
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


def then(world: World, tier: Tier, reason: str) -> Before:
    here = world.clock.now().astimezone(world.house.zone).date()
    return Before(tier, reason, here.replace(day=1))


def today(world: World) -> Before:
    return then(world, Tier.P2, "danger_today")


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
    assert (row.tier, row.reasons, row.before) == (Tier.P3, ("returning",), (today(world),))
    seen = await see_conversation(world.house, world.counsellor, talk, opening=False)
    assert seen.row.before == (today(world),)


async def test_what_is_known_now_stands_beside_it(world: World) -> None:
    await was_p2(world)
    await world.text("dom ska döda mig")
    row = await waiting(world)
    assert (row.tier, row.reasons[0], row.before) == (Tier.P1, "danger_words", (today(world),))
    await shut(world)
    await world.text("hej")
    assert (await waiting(world)).before == (then(world, Tier.P1, "danger_words"),)


async def test_a_call_and_what_could_not_be_kept_hide_it_no_more_than_a_text(world: World) -> None:
    talk = await was_p2(world)
    await call(world)
    row = await waiting(world)
    assert (row.reasons, row.before) == (("called", "returning"), (today(world),))
    await shut(world)
    world.clock.advance(hours=1)
    await unkept(world.house, world.message(""))
    row = await waiting(world)
    assert (row.id, row.reasons, row.before) == (talk, ("unkept", "returning"), (today(world),))


async def test_a_calm_time_in_between_does_not_hide_it(world: World) -> None:
    await was_p2(world)
    for _ in range(2):
        await world.text("hej igen")
        assert (await waiting(world)).before == (today(world),)
        await shut(world)


async def test_who_was_never_urgent_has_nothing_before(world: World) -> None:
    for body in ("hej", "1"):
        await world.text(body)
    await shut(world)
    await world.text("hej igen")
    row = await waiting(world)
    assert (row.returning, row.before) == (True, ())


@pytest.mark.parametrize("language", ["sv", "en"])
async def test_the_row_says_it_and_names_its_own_tier_alone(world: World, language: str) -> None:
    await was_p2(world)
    await world.text("hej igen")
    row = await waiting(world)
    here = visit(world, language=language)
    said = re.sub(r"<[^>]*>", " ", row_view(here, None)(row))
    month = here.times.month(world.clock.now().date())
    words = {"sv": "Tidigare, {}: ”Fara i dag”", "en": "Before, {}: “Danger today”"}[language]
    assert words.format(month) in said
    assert re.findall(r"\bP[1-4]\b", said) == ["P3"]
    without = row_view(here, None)(replace(row, before=()))
    assert "Tidigare" not in without
    assert "Before" not in without


async def test_what_is_lowered_keeps_what_was_told_before(world: World) -> None:
    await was_p2(world)
    await world.text("hej igen")
    talk = (await waiting(world)).id
    async with world.house.db.write() as tx:
        kept = await conversations.by_id(tx, talk)
        assert kept is not None
        people = await contacts.by_ids(tx, [kept.contact_id])
        case = (await known_cases(world.house, tx, people, world.clock.now()))[talk]
    case.lower_provisional(Tier.P4, "relative")
    lowered = case.conversation
    assert (lowered.tier, of_now(lowered.reasons)) == (Tier.P4, ("relative",))
    assert before(lowered.reasons) == (today(world),)


def test_danger_today_is_not_replaced_by_what_is_less_grave() -> None:
    kept = carried(Tier.P2, ["danger_today"], MARCH, MARCH)
    assert carried(Tier.P2, ["not_safe_now", *kept], MARCH, MARCH) == kept


def test_danger_and_self_harm_are_both_told() -> None:
    kept = carried(Tier.P1, ["human", "self_harm_words", "danger_words"], MARCH, MARCH)
    assert [one.reason for one in before(kept)] == ["self_harm_words", "danger_words"]
    later = carried(Tier.P1, ["danger_now", *kept], APRIL, APRIL)
    assert later == ("was:P1:danger_now:2026-04", *kept)


def test_after_90_days_it_is_told_no_more() -> None:
    kept = carried(Tier.P2, ["danger_today"], MARCH, MARCH)
    assert carried(Tier.P3, kept, date(2026, 6, 28), date(2026, 6, 28)) == kept
    assert carried(Tier.P3, kept, date(2026, 6, 29), date(2026, 6, 29)) == ()
    assert carried(Tier.P2, ["danger_today"], MARCH, MARCH + timedelta(days=90)) == ()


def test_what_was_carried_without_a_month_is_read_and_gets_one_when_it_is_carried_on() -> None:
    known = ("returning", "was:P2:danger_today")
    assert before(known) == (Before(Tier.P2, "danger_today", None),)
    assert of_now(known) == ("returning",)
    assert carried(Tier.P3, known, MARCH, MARCH) == ("was:P2:danger_today:2026-03",)


@given(st.sampled_from(Tier), CODES, st.sampled_from(Tier), CODES)
def test_of_two_times_every_gravest_danger_is_kept_and_nothing_else(
    first: Tier, told: list[str], second: Tier, then: list[str]
) -> None:
    once = carried(first, told, MARCH, MARCH)
    twice = carried(second, (*then, *once), APRIL, APRIL)
    assert of_now((*then, *once)) == tuple(then)
    graded = {
        (tier, next((n for n, codes in enumerate(DANGER) if code in codes), 2), code)
        for tier, codes in ((first, told), (second, then))
        for code in codes
        if tier <= Tier.P2
    }
    gravest = min((grade[:2] for grade in graded), default=None)
    expected = {code for *grade, code in graded if tuple(grade) == gravest}
    found = before(twice)
    assert {one.grade for one in found} == ({gravest} if gravest else set())
    kept = {one.reason for one in found}
    assert kept <= expected
    wanted = (min(len(expected), MOST) if gravest[1] < 2 else 1) if gravest else 0
    assert len(found) == len(kept) == wanted
    months = {one.reason: one.month for one in found}
    for code in kept & set(then):
        if second <= Tier.P2 and gravest and gravest[0] == second:
            assert months[code] == APRIL
