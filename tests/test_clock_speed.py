"""UTVAG_CLOCK_SPEED: what is due comes sooner; no session, lease or limit does."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.escalation import Ladder, LastResort, Step
from domain.member import Role
from domain.pace import Pace
from domain.priority import Tier
from domain.rota import ShiftRole
from handlers.errors import BadInput, CaseloadFull, TooManyAttempts
from handlers.escalate import escalate
from handlers.house import House
from handlers.receive import receive
from handlers.release import release
from handlers.see_board import see_board
from handlers.send_pages import lease_pages
from handlers.sign_in import TRIES, sign_in
from handlers.step_triage import step_triage
from handlers.take import take
from handlers.work_shift import start_shift
from tests.clock import Clock
from tests.process import machines
from tests.sessions import lasting, member_of
from tests.test_on_call import goes_by_a_rota
from tests.test_paging import ALVAS, BOS
from tests.test_paging_processes import DANGER, needed, prepared, until, write
from tests.test_receive_danger import WORDS
from tests.tower import Tower
from tests.world import SECRET, World
from utvag.line import NobodyToWake, open_house
from utvag.settings import BadSettings, load

HERE, THERE = "http://127.0.0.1:8001", "https://api.example.org"
TWILIO = {"UTVAG_TWILIO_ACCOUNT_SID": "AC1", "UTVAG_TWILIO_AUTH_TOKEN": "token"}
TELEGRAM = {"UTVAG_TELEGRAM_MODE": "polling", "UTVAG_TELEGRAM_TOKEN": "1:token"}
FAST = {"UTVAG_CLOCK_SPEED": "60"}


@pytest.fixture
async def hurried(house: House, clock: Clock) -> World:
    """A line on which a minute of waiting is a second."""
    return await World.made(replace(house, pace=Pace(60)), clock)


def refusal(environment: dict[str, str]) -> str:
    with pytest.raises(BadSettings) as raised:
        load(environment)
    (problem,) = raised.value.problems
    return problem


@pytest.mark.parametrize(
    "reached",
    [
        TWILIO | {"UTVAG_TWILIO_API_URL": HERE},
        TWILIO | {"UTVAG_TWILIO_API_URL": "http://localhost:8001"},
        TWILIO | {"UTVAG_TWILIO_API_URL": "http://[::1]:8001"},
        TELEGRAM | {"UTVAG_TELEGRAM_API_URL": HERE},
        TWILIO | TELEGRAM | {"UTVAG_TWILIO_API_URL": HERE, "UTVAG_TELEGRAM_API_URL": HERE},
    ],
)
def test_with_every_provider_on_this_machine_it_may_be_fast(reached: dict[str, str]) -> None:
    assert load(reached | FAST).clock_speed == 60


@pytest.mark.parametrize(
    ("reached", "named"),
    [
        (TWILIO, ["TWILIO"]),
        (TELEGRAM, ["TELEGRAM"]),
        (TWILIO | {"UTVAG_TWILIO_API_URL": THERE}, ["TWILIO"]),
        (TWILIO | {"UTVAG_TWILIO_API_URL": "https://localhost.example.org"}, ["TWILIO"]),
        (TWILIO | {"UTVAG_TWILIO_API_URL": "https://0.0.0.0:8001"}, ["TWILIO"]),
        (TWILIO | TELEGRAM | {"UTVAG_TWILIO_API_URL": HERE}, ["TELEGRAM"]),
        (TWILIO | {"UTVAG_TWILIO_API_URL": HERE, "UTVAG_TELEGRAM_API_URL": THERE}, ["TELEGRAM"]),
        (TWILIO | TELEGRAM, ["TWILIO", "TELEGRAM"]),
    ],
)
def test_with_a_provider_elsewhere_it_refuses_and_names_it(
    reached: dict[str, str], named: list[str]
) -> None:
    elsewhere = ", ".join(f"UTVAG_{name}_API_URL" for name in named)
    assert refusal(reached | FAST) == (
        "UTVAG_CLOCK_SPEED must be 1 unless every provider is on this machine; "
        f"elsewhere: {elsewhere}"
    )


def test_without_a_provider_it_refuses() -> None:
    assert refusal(FAST).startswith("UTVAG_CLOCK_SPEED must be 1 unless a provider is on this")


@pytest.mark.parametrize("speed", ["1", "1.0", ""])
def test_once_is_what_it_is_without_the_setting_and_is_fit_for_everybody(speed: str) -> None:
    assert load(TWILIO | {"UTVAG_CLOCK_SPEED": speed}).clock_speed == load({}).clock_speed == 1


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "inf", "3601", "fast", "1,5"])
def test_what_is_no_speed_is_refused(speed: str) -> None:
    told = refusal(TWILIO | {"UTVAG_TWILIO_API_URL": HERE, "UTVAG_CLOCK_SPEED": speed})
    assert told == "UTVAG_CLOCK_SPEED must be a number above 0, at most 3600"


async def test_the_setting_reaches_the_house(sqlite_url: str) -> None:
    given = TWILIO | FAST | {"UTVAG_TWILIO_API_URL": HERE, "UTVAG_SECRET_KEY": SECRET}
    settings = load(given | {"UTVAG_DATABASE_URL": sqlite_url})
    async with open_house(settings, NobodyToWake()) as house:
        assert house.pace == Pace(60)


async def test_the_ladder_is_climbed_a_step_a_second(hurried: World) -> None:
    tower, bo = Tower(hurried), await World.hired(hurried.house, "Bo")
    await tower.paged("Alva", ALVAS)
    await tower.paged("Bo", BOS)
    await goes_by_a_rota(hurried, (-1, 5))
    await goes_by_a_rota(World(hurried.house, hurried.clock, bo), (-1, 5), role=ShiftRole.BACKUP)
    await receive(hurried.house, [hurried.message(WORDS)])
    paged = [await tower.tick(minutes=n and 1 / 60) for n in range(3)]
    assert paged == [[ALVAS], [BOS], [ALVAS]]


async def test_what_waits_in_the_queue_is_late_and_rises_sooner(hurried: World) -> None:
    await receive(hurried.house, [hurried.message("hej")])
    hurried.clock.advance(seconds=15)
    (row,) = (await hurried.queue()).waiting
    assert (row.tier, row.wait.share) == (Tier.P3, 1)
    hurried.clock.advance(seconds=15)
    (row,) = (await hurried.queue()).waiting
    assert (row.tier, row.wait.length.total_seconds()) == (Tier.P2, 30)


async def test_the_board_counts_it_as_over_its_target_sooner(hurried: World) -> None:
    bo = await World.hired(hurried.house, "Bo", Role.COORDINATOR)
    await receive(hurried.house, [hurried.message("hej")])
    hurried.clock.advance(seconds=14)
    assert [line.over for line in (await see_board(hurried.house, bo)).lines] == [0]
    hurried.clock.advance(seconds=1)
    assert [line.over for line in (await see_board(hurried.house, bo)).lines] == [1]


async def test_what_is_released_waits_at_the_same_speed(hurried: World) -> None:
    tower = Tower(hurried)
    await tower.paged("Alva", ALVAS)
    await hurried.text("hej")
    talk = await hurried.taken()
    await release(hurried.house, hurried.counsellor, talk)
    assert await tower.tick(minutes=29 / 60) == []
    assert await tower.tick(minutes=1 / 60) == [ALVAS]


async def test_a_silence_of_ten_minutes_is_one_of_ten_seconds(hurried: World) -> None:
    await hurried.text("hej")
    hurried.clock.advance(seconds=8)
    await step_triage(hurried.house, silent=True)
    assert (await hurried.run()).ended_at is None
    hurried.clock.advance(seconds=2)
    await step_triage(hurried.house, silent=True)
    assert (await hurried.run()).ended_at is not None


async def test_a_session_holds_for_twelve_hours_of_the_real_clock(hurried: World) -> None:
    token = await lasting(hurried.house, hurried.counsellor)
    hurried.clock.advance(hours=11, minutes=59)
    assert await member_of(hurried.house, token) == hurried.counsellor
    hurried.clock.advance(minutes=1)
    assert await member_of(hurried.house, token) is None


async def test_whoever_guesses_waits_as_long_as_ever(hurried: World) -> None:
    for _ in range(TRIES):
        with pytest.raises(BadInput):
            await sign_in(hurried.house, "Elis", "a guess that is wrong", source="192.0.2.1")
    hurried.clock.advance(minutes=9)
    with pytest.raises(TooManyAttempts):
        await sign_in(hurried.house, "Elis", "a guess that is wrong", source="192.0.2.1")


async def test_a_page_that_is_being_sent_is_nobody_elses_for_twenty_seconds(
    hurried: World,
) -> None:
    await Tower(hurried).paged("Alva", ALVAS)
    await hurried.text(WORDS)
    await escalate(hurried.house)
    assert len(await lease_pages(hurried.house)) == 1
    hurried.clock.advance(seconds=19)
    assert await lease_pages(hurried.house) == []


def test_in_a_process_of_its_own_the_second_page_comes_after_two_seconds(tmp_path: Path) -> None:
    with machines(tmp_path, clock_speed="60") as made:
        provider = prepared(made)
        line = made.serve()
        asyncio.run(write(made, made.line_port, "+46701740611", DANGER))
        until(lambda: len(needed(provider)) >= 3)
        assert '"event": "clock_speed"' in line.log.read_text()


def test_a_ladder_that_a_coordinator_wrote_goes_by_the_same_speed() -> None:
    written = Ladder(
        (Step(1, timedelta(minutes=1), ShiftRole.BACKUP),),
        timedelta(minutes=4),
        LastResort(after=timedelta(minutes=3)),
    )
    fast = written.at(Pace(60))
    assert fast.steps == (Step(1, timedelta(seconds=1), ShiftRole.BACKUP),)
    assert fast.again == timedelta(seconds=4)
    assert fast.last == LastResort(after=timedelta(seconds=3))
    assert fast.owner_first == timedelta(seconds=1)
    assert written.at(Pace(1)) is written


async def test_a_p1_is_anybodys_once_its_target_has_passed_by_the_pace(hurried: World) -> None:
    house = replace(hurried.house, pace=Pace(4))  # two minutes are half of one
    await start_shift(house, await hurried.hired(house, "Elis"))
    for phone in ("+46701740620", "+46701740621"):
        await hurried.text(WORDS, phone)
    first, second = [row.id for row in (await hurried.queue()).waiting]
    await take(house, hurried.counsellor, first)
    with pytest.raises(CaseloadFull):
        await take(house, hurried.counsellor, second)
    hurried.clock.advance(seconds=30)
    await take(house, hurried.counsellor, second)
