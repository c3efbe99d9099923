"""A running line: the house is opened, its loops run, and it is closed in order."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import structlog

from domain.message import Channel, InboundMessage
from domain.pace import Pace
from handlers.catch_up import catch_up
from handlers.catch_up_calls import catch_up_calls
from handlers.end_searches import end_searches
from handlers.errors import CannotStore
from handlers.escalate import escalate
from handlers.forget import forget
from handlers.house import House, Wake
from handlers.let_go import let_go
from handlers.list_deleted import list_deleted
from handlers.list_said import Listing
from handlers.live import Live
from handlers.look import look
from handlers.note_refused import note_more_refused
from handlers.only_one import give_all_back
from handlers.planned import send_planned
from handlers.receive import receive
from handlers.rekey import rekey
from handlers.remove_copies import remove_copies
from handlers.reseal import reseal
from handlers.retire_numbers import retire_numbers
from handlers.scripts import Scripts
from handlers.send_pages import page
from handlers.settle import settle
from handlers.sign_in import end_sessions, sweep_sessions
from handlers.step_triage import step_triage
from handlers.sweep_copies import sweep_copies
from handlers.tell_gaps import tell_gaps
from handlers.tell_overdue import tell_overdue
from handlers.tell_undecided import tell_undecided
from handlers.tell_waiting import tell_waiting
from handlers.together import Together
from handlers.unanswered import see_to_unanswered
from handlers.way_codes import sweep_codes
from handlers.wipe import forget_keys, wipe_copies
from senders.calendars import PublicCalendars
from senders.push import PushSender
from senders.sender import CallLister, Lister, OutOfReach, Remover, Sender, Senders
from senders.twilio import TwilioAccount, TwilioSender
from senders.twilio_media import TwilioMedia
from storage import ways
from storage.opening import open_database
from utvag.back_up import sweep_aside
from utvag.clock import utc_now
from utvag.live import live_pages
from utvag.loops import HOUR, MINUTE, TICK, Loop, Loops
from utvag.metrics import Metrics
from utvag.missed_calls import MissedCalls
from utvag.postman import Postman
from utvag.settings import Settings

if TYPE_CHECKING:
    from utvag.telegram import Telegram

GATHER = 0.05
"""Seconds in which triage steps gather; far below the contract's half second."""

WHEN_DUE = MINUTE
"""The look wakes these within a second. Here a minute is the longest, should it ever fail."""

LOCKS = 10.0
"""Seconds after which a session that is over, or that nobody uses, keeps no key."""
RESTS = 0.02
"""Seconds between the steps by which older texts are sealed: others come first."""

LETTERS_END = 1.5
"""Seconds for letters that are under way; what does not arrive is settled by its lease."""

log = structlog.get_logger()


class NobodyToWake:
    """For the command line: whoever serves the line finds what is due by its own tick."""

    def triage(self, at: datetime) -> None:
        """Nothing to do here."""

    def outbox(self) -> None:
        """Nothing to do here."""

    def pages(self) -> None:
        """Nothing to do here."""


@dataclass(frozen=True)
class Line:
    """What a serving process holds."""

    house: House
    metrics: Metrics
    door: Together[InboundMessage]
    """Where what a provider brings is handed in."""
    calls: MissedCalls
    """Where calls are handed in."""
    live: Live
    """Who has a page open."""
    telegram: "Telegram | None" = None
    """None where the channel is off."""
    holder: UUID = field(default_factory=uuid4)
    """By which the process holds what only one may do at a time."""

    async def take(self, message: InboundMessage) -> None:
        """Returns when it is committed. Raises CannotStore."""
        self.metrics.received.inc()
        await self.door.add(message)


@asynccontextmanager
async def open_house(
    settings: Settings, wake: Wake, now: Callable[[], datetime] = utc_now
) -> AsyncIterator[House]:
    """The opened database with its scripts. Raises NotMigrated, WrongSecretKey, BadSettings."""
    settings.needs("secret_key")
    db = await open_database(settings.database, settings.secret_key.get_secret_value(), now(), now)
    try:
        scripts = Scripts()
        async with db.write() as tx:
            await scripts.keep(tx, now())
        pace, url = Pace(settings.clock_speed), settings.public_url
        kept = timedelta(days=settings.backup_days)
        house = House(db, now, settings.zone, scripts, wake, pace=pace, public_url=url)
        house = replace(house, lists=settings.data_dir.resolve())
        yield replace(house, backups=kept, keeps_copies=settings.keeps_copies)
    finally:
        await db.close()


@asynccontextmanager
async def run_line(
    settings: Settings, now: Callable[[], datetime] = utc_now
) -> AsyncIterator[Line]:
    """A house whose loops run until the end of the block."""
    loops, metrics = Loops(now), Metrics()
    account = _account(settings)
    twilio = TwilioSender(account) if account else None
    media = TwilioMedia(account) if account else None
    calendars = PublicCalendars()
    async with open_house(settings, loops, now) as opened, live_pages(opened, metrics) as live:
        push = _push(settings, opened)
        house = replace(opened, media=media, push=push, calendars=calendars)
        door = Together(partial(receive, house))
        line = Line(house, metrics, door, MissedCalls(house, metrics), live)
        line = _with_telegram(settings, line)
        senders = _senders(twilio, line.telegram)
        postman = prepare(line, loops, senders, twilio, push)
        way_in = line.telegram.way_in() if line.telegram else None
        sweep_aside(settings.database)
        await list_deleted(house)
        loops.add(Loop("said", Listing(house).go_on, metrics), LOCKS)
        loops.start()
        if way_in is not None:
            way_in.start()
        try:
            yield line
        finally:
            if way_in is not None:
                await way_in.stop()
            await loops.stop()
            await give_all_back(house, line.holder)
            await postman.finish(LETTERS_END)
            for sender in {*senders.values(), push}:
                await sender.close()
            await calendars.close()
            if media is not None:
                await media.close()


def _push(settings: Settings, house: House) -> PushSender:
    """Signs by the real time, whatever clock the line goes by."""
    secret, home = house.db.keys.push, settings.stays_at_home
    return PushSender(secret, settings.public_url, utc_now, at_home=home)


def _account(settings: Settings) -> TwilioAccount | None:
    if not settings.twilio_is_on:
        return None
    return TwilioAccount(
        sid=settings.twilio_account_sid,
        token=settings.twilio_auth_token.get_secret_value(),
        api_url=settings.twilio_api_url,
        public_url=settings.public_url,
    )


def _with_telegram(settings: Settings, line: Line) -> Line:
    if not settings.telegram_is_on:
        return line
    from utvag.telegram import telegram_of  # noqa: PLC0415 - slow to load: aiogram

    telegram = telegram_of(settings, line.house, line.take, line.metrics)
    return replace(line, telegram=telegram, house=replace(line.house, bot=telegram.name))


def _senders(twilio: TwilioSender | None, telegram: "Telegram | None") -> Senders:
    senders: dict[Channel, Sender] = {}
    if twilio is not None:
        senders[Channel.SMS] = senders[Channel.WHATSAPP] = twilio
    if telegram is not None:
        senders[Channel.TELEGRAM] = telegram.sender
    return senders


async def _end_what_is_over(house: House) -> int:
    """Sessions, and the minutes in which refusals are counted."""
    await note_more_refused(house)
    return await end_sessions(house)


def prepare(
    line: Line,
    loops: Loops,
    senders: Senders,
    lister: TwilioSender | None,
    push: Sender | None = None,
) -> Postman:
    """All loops. What comes in is stored before what was stored is worked on."""
    house, metrics = line.house, line.metrics

    def busy() -> bool:
        return line.door.busy

    async def triage() -> int:
        return await step_triage(house)

    async def silence() -> int:
        return await step_triage(house, silent=True)

    async def see_what_is_due() -> int:
        for kind in await look(house, senders):
            loops.nudge(kind.value)
        return 0

    async def sweep() -> int:
        await sweep_sessions(house)
        await sweep_codes(house)
        return 0

    loops.add(Loop("look", see_what_is_due, metrics), TICK)

    async def forgetting() -> int:
        if steps := await forget(house):
            await list_deleted(house)
        return steps

    asking = Loop("triage", triage, metrics, GATHER, busy)
    loops.add(asking, WHEN_DUE)
    loops.add(Loop("silence", silence, metrics), WHEN_DUE)
    loops.add(Loop("sweep", sweep, metrics), HOUR)
    loops.add(Loop("locks", lambda: _end_what_is_over(house), metrics), LOCKS)
    loops.add(Loop("wipe", lambda: wipe_copies(house), metrics, busy=busy), MINUTE)
    ours = line.holder
    resealing = Loop("reseal", lambda: reseal(house, ours), metrics, RESTS, busy)
    loops.add(resealing, MINUTE)
    loops.add(Loop("rekey", lambda: rekey(house, ours), metrics, RESTS, busy), MINUTE)
    loops.add(Loop("missed_calls", line.calls.again, metrics), TICK)
    postman = Postman(house, senders, metrics)
    loops.add(
        Loop("outbox", postman.round, metrics, busy=lambda: busy() or asking.working), WHEN_DUE
    )
    loops.add(Loop("escalate", lambda: escalate(house), metrics), TICK)
    loops.add(Loop("waiting", lambda: tell_waiting(house), metrics), WHEN_DUE)
    loops.add(Loop("unanswered", lambda: see_to_unanswered(house), metrics), TICK)
    loops.add(Loop("forget", forgetting, metrics), WHEN_DUE)
    removers: dict[Channel, Remover] = {c: s for c, s in senders.items() if isinstance(s, Remover)}
    loops.add(Loop("copies", lambda: remove_copies(house, removers), metrics), WHEN_DUE)
    loops.add(Loop("retire_numbers", lambda: retire_numbers(house), metrics), HOUR)
    loops.add(Loop("let_go", lambda: let_go(house, ours), metrics, RESTS, busy), MINUTE)
    loops.add(Loop("planned", lambda: send_planned(house), metrics), WHEN_DUE)
    pagers: dict[str, Sender] = {channel.value: each for channel, each in senders.items()}
    if push is not None:
        pagers[ways.PUSH] = push
    loops.add(Loop("pages", lambda: page(house, pagers), metrics), WHEN_DUE)
    each_minute: dict[str, Callable[[House], Awaitable[int]]] = {
        "gaps": tell_gaps, "overdue": tell_overdue, "undecided": tell_undecided,
        "sweep_copies": sweep_copies, "end_searches": end_searches, "forget_keys": forget_keys,
    }  # fmt: skip
    for name, does in each_minute.items():
        loops.add(Loop(name, partial(does, house), metrics), MINUTE)
    loops.add(Loop("settle", lambda: settle(house, senders), metrics), WHEN_DUE)
    if lister is not None:
        catching_up = Loop("catch_up", lambda: _catch_up(house, lister, metrics), metrics)
        loops.add(catching_up, MINUTE)
        listing = Loop("catch_up_calls", lambda: _catch_up_calls(house, lister, metrics), metrics)
        loops.add(listing, MINUTE)
    return postman


async def _catch_up(house: House, lister: Lister, metrics: Metrics) -> int:
    try:
        missing = await catch_up(house, lister)
    except (OutOfReach, CannotStore) as error:
        log.warning("catch_up_postponed", error=type(error).__name__)
        return 0
    if missing:
        metrics.found_again.inc(missing)
        log.warning("messages_found_again", count=missing)
    return 0


async def _catch_up_calls(house: House, lister: CallLister, metrics: Metrics) -> int:
    try:
        missing = await catch_up_calls(house, lister)
    except (OutOfReach, CannotStore) as error:
        log.warning("catch_up_calls_postponed", error=type(error).__name__)
        return 0
    if missing:
        metrics.calls_found_again.inc(missing)
        log.warning("calls_found_again", count=missing)
    return 0
