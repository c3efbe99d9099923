"""With nobody on call a contact is told when somebody is, in their language and the line's zone."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.rota import ShiftRole
from domain.segments import count
from handlers import shipped
from handlers.rotas import AHEAD
from handlers.wait_words import alone
from tests.test_on_call import goes_by_a_rota
from tests.test_receive_danger import WORDS
from tests.test_waiting import ANSWERS, body, happened, later, queued, told
from tests.world import World
from triage.loader import load
from triage.voice import Voice

STOCKHOLM = ZoneInfo("Europe/Stockholm")
SCRIPT = load(shipped.source("exit"))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "at", "sv", "en"),
    [
        ("2026-11-29T20:00", "2026-11-29T21:30", "i dag kl 22:30", "today at 22:30"),
        ("2026-11-29T20:00", "2026-11-30T07:00", "i morgon kl 08:00", "tomorrow at 08:00"),
        # It is past midnight in Stockholm already.
        ("2026-11-29T23:30", "2026-11-30T07:00", "i dag kl 08:00", "today at 08:00"),
        ("2026-11-29T20:00", "2026-12-02T07:00", "på onsdag kl 08:00", "on Wednesday at 08:00"),
        ("2026-11-29T20:00", "2026-12-05T07:00", "på lördag kl 08:00", "on Saturday at 08:00"),
        # Summer time ends in between.
        ("2026-10-24T20:00", "2026-10-25T07:00", "i morgon kl 08:00", "tomorrow at 08:00"),
        ("2026-03-28T20:00", "2026-03-29T06:00", "i morgon kl 08:00", "tomorrow at 08:00"),
    ],
)
def test_the_next_time_in_words(now: str, at: str, sv: str, en: str) -> None:
    for language, words in (("sv", sv), ("en", en)):
        text_id, said = alone(Voice(SCRIPT, language), utc(at), utc(now), STOCKHOLM)
        assert text_id == "closed"
        assert words in said
        assert "112" in said
        assert (count(said).segments, count(said).encoding) == (1, "GSM-7")


@pytest.mark.parametrize("days", [None, 7, 8])
def test_no_time_is_told_where_the_name_of_a_day_does_not_say_it(days: int | None) -> None:
    now = utc("2026-11-29T20:00")
    at = now + timedelta(days=days) if days else None
    assert alone(Voice(SCRIPT, "sv"), at, now, STOCKHOLM)[0] == "wait_alone"


def test_an_older_script_that_has_no_words_for_days_says_what_it_said() -> None:
    source = shipped.source("exit")
    older = load(re.sub(r"(?m)^  (today|tomorrow|on_day): .*\n", "", source))
    now = utc("2026-11-29T20:00")
    assert alone(Voice(older, "sv"), now + timedelta(hours=9), now, STOCKHOLM)[0] == "wait_alone"


async def test_who_comes_when_nobody_is_here_is_told_when_somebody_is(world: World) -> None:
    await goes_by_a_rota(world, (10, 18))
    await queued(world)
    assert await told(world) == ["closed"]
    assert re.search(r"nästa gång i (dag|morgon) kl \d\d:\d\d\. Får vi skriva", await body(world))
    await later(world, 1, 14, 20)
    assert await told(world) == ["closed"]


async def test_in_english_in_english(world: World) -> None:
    await goes_by_a_rota(world, (10, 18))
    await world.text("ENGLISH")
    for answer in ANSWERS[1:]:
        await world.text(answer)
    assert re.search(r"again (today|tomorrow) at \d\d:\d\d\. May we", await body(world))


async def test_a_shift_that_answers_no_texts_is_no_time_to_tell(world: World) -> None:
    await goes_by_a_rota(world, (2, 8), role=ShiftRole.DUTY)
    await queued(world)
    assert await told(world) == ["wait_alone"]


async def test_beyond_what_is_planned_no_time_is_told(world: World) -> None:
    hours = AHEAD.total_seconds() / 3600 + 2
    await goes_by_a_rota(world, (hours, hours + 8))
    await queued(world)
    assert await told(world) == ["wait_alone"]


async def test_a_p1_is_told_112_and_no_time(world: World) -> None:
    await goes_by_a_rota(world, (10, 18))
    await world.text(WORDS)
    await later(world, 1, 1, 20)
    assert await world.said() == ["p1_alone"]


@pytest.mark.parametrize(
    ("answer", "kind", "marks"),
    [
        ("1", "chose_yes", {"may_write"}), ("Ja tack", "chose_yes", {"may_write"}),
        ("1 Ja", "chose_yes", {"may_write"}), ("2 No, I'll write", "chose_no", {"writes_later"}),
        ("2", "chose_no", {"writes_later"}), ("nej, jag skriver", "chose_no", {"writes_later"}),
    ],
)  # fmt: skip
async def test_whether_we_may_write_then_is_seen(
    world: World, answer: str, kind: str, marks: set[str]
) -> None:
    await goes_by_a_rota(world, (10, 18))
    await queued(world)
    await world.text(answer)
    assert await happened(world) == [kind]
    (row,) = (await world.queue()).waiting
    assert row.marks == marks
    assert await told(world) == ["closed"]


async def test_an_answer_of_the_day_after_tomorrow_is_a_text(world: World) -> None:
    await goes_by_a_rota(world, (10, 18))
    await queued(world)
    world.clock.advance(minutes=25 * 60)
    await world.text("1")
    assert await happened(world) == []


async def test_a_line_without_a_rota_is_never_closed(world: World) -> None:
    await queued(world)
    assert await told(world) == ["wait"]


async def test_who_asks_for_a_person_at_once_is_told_the_time_too(world: World) -> None:
    await goes_by_a_rota(world, (10, 18))
    await world.text("hej")
    await world.text("9")
    assert (await world.said())[-1] == "closed"
