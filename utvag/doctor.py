"""Is this line fit to be printed on a card? Every check is one line."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url

from handlers.add_line import all_lines
from handlers.invite import all_members
from handlers.unkept import lately
from senders.twilio import TwilioAccount, TwilioSender
from storage.database import Unavailable
from storage.encryption import WrongSecretKey
from storage.lines import Line
from storage.version import HalfRestored, NotMigrated
from utvag.cli_line import voice_address, webhook_address
from utvag.doctor_answers import examine_answers
from utvag.doctor_backup import examine_backups
from utvag.doctor_door import OTHERS, examine_door, limits_and_blocks
from utvag.doctor_keys import examine_keys
from utvag.doctor_planted import examine_planted
from utvag.doctor_postgres import examine_postgres
from utvag.doctor_retention import examine_retention
from utvag.doctor_team import examine_team
from utvag.doctor_texts import examine_swap, examine_texts
from utvag.finding import Finding, Verdict, check
from utvag.line import NobodyToWake, open_house
from utvag.settings import BadSettings, Settings


async def examine(settings: Settings) -> list[Finding]:
    """All checks, in the order in which one would mend what they find."""
    inside, lines = await _inside(settings)
    found = [_public(settings), *_file(settings), *inside, await _twilio(settings)]
    found += [*await _telegram(settings, lines), *examine_swap()]
    found += [*await examine_door(settings), *await examine_answers(settings)]
    if settings.clock_speed != 1:
        told = f"clock: UTVAG_CLOCK_SPEED is {settings.clock_speed:g}; for people it must be 1"
        found.append(Finding(Verdict.FAIL, told))
    if not settings.metrics_token.get_secret_value():
        found.append(Finding(Verdict.NOTE, "metrics: off; UTVAG_METRICS_TOKEN is not set"))
    return found


async def _telegram(settings: Settings, lines: list[Line]) -> list[Finding]:
    if not settings.telegram_is_on:
        return [Finding(Verdict.NOTE, "telegram: off; UTVAG_TELEGRAM_MODE is not set")]
    from utvag.doctor_telegram import examine_telegram  # noqa: PLC0415 - slow to load: aiogram

    return await examine_telegram(settings, [(line.name, line.card) for line in lines])


def _public(settings: Settings) -> Finding:
    if not settings.public_url:
        return Finding(Verdict.FAIL, "public address: UTVAG_PUBLIC_URL is missing")
    parts = urlsplit(settings.public_url)
    local = parts.hostname in {"localhost", "127.0.0.1"}
    return check(
        parts.scheme == "https" or local,
        f"public address: {settings.public_url}",
        "public address: must be https; texts and sign-ins would travel readable",
    )


NOT_MIGRATED = Finding(Verdict.FAIL, "database: not migrated; run utvag migrate")

CLOSED: dict[type[Exception], Finding] = {
    NotMigrated: NOT_MIGRATED,
    HalfRestored: Finding(
        Verdict.FAIL,
        "database: a restore was broken off, or is under way; run utvag restore DIR again",
    ),
    WrongSecretKey: Finding(Verdict.FAIL, "keys: UTVAG_SECRET_KEY is not this database's"),
}
"""Why nothing in it can be looked at."""

A_WEEK = timedelta(days=7)


def _file(settings: Settings) -> list[Finding]:
    url = make_url(settings.database)
    if url.get_backend_name() != "sqlite" or not _is_there(settings):
        return []
    file = Path(url.database or "")
    alone = not file.stat().st_mode & OTHERS or not file.parent.stat().st_mode & OTHERS
    bad = "database's file: others on this machine may read it; chmod 600, and 700 its folder"
    return [check(alone, "database's file: for us alone", bad)]


def _is_there(settings: Settings) -> bool:
    url = make_url(settings.database)
    return url.get_backend_name() != "sqlite" or Path(url.database or "").exists()


async def _inside(settings: Settings) -> tuple[list[Finding], list[Line]]:
    """What the database says, and the lines in it."""
    try:
        settings.needs("secret_key")
        if not _is_there(settings):
            return [NOT_MIGRATED], []
        async with open_house(settings, NobodyToWake()) as house:
            lines, staff = await all_lines(house), await all_members(house)
            lost = await lately(house, A_WEEK)
            texts = await examine_texts(house)
            keys = [*await examine_keys(house), *await examine_team(house)]
            door = await limits_and_blocks(house)
            backups = await examine_backups(house)
            kept = [*await examine_retention(house), *await examine_planted(house)]
            kept += await examine_postgres(house)
    except BadSettings as error:
        return [Finding(Verdict.FAIL, problem) for problem in error.problems], []
    except (NotMigrated, HalfRestored, WrongSecretKey) as error:
        return [CLOSED[type(error)]], []
    except Unavailable as error:
        return [Finding(Verdict.FAIL, f"database: does not answer ({type(error).__name__})")], []
    readers = [e for e in staff if e.member.reads and not e.revoked_at]
    found = [
        Finding(Verdict.OK, "database: answers, migrated, its keys open"),
        check(bool(lines), f"lines: {len(lines)}", "lines: none; run utvag line add"),
        check(
            bool(readers),
            f"counsellors: {len(readers)} can read, or are invited to",
            "counsellors: nobody reads this line; run utvag staff invite",
        ),
        *texts,
        *keys,
        *_unkept(lost),
        *door,
        *backups,
        *kept,
        *_opt_out(settings, any(line.provider_stops for line in lines)),
    ]
    return found, lines


def _unkept(lost: int) -> list[Finding]:
    if not lost:
        return []
    told = f"messages: {lost} of the last seven days could not be kept; log: update_not_kept"
    return [Finding(Verdict.NOTE, told)]


def _opt_out(settings: Settings, provider_stops: bool) -> list[Finding]:
    addresses = [
        Finding(Verdict.NOTE, f"webhook at Twilio (HTTP POST): {webhook_address(settings)}"),
        Finding(Verdict.NOTE, f"voice webhook at Twilio (HTTP POST): {voice_address(settings)}"),
    ]
    if provider_stops:
        text = "opt-out: Twilio answers STOP on a line; people must send START to come back"
    else:
        text = (
            "opt-out: switch Twilio's default opt-out handling off for the number, or add the "
            "line with --provider-stops; otherwise a STOP cannot be undone by writing again"
        )
    return [*addresses, Finding(Verdict.NOTE, text)]


async def _twilio(settings: Settings) -> Finding:
    if not settings.twilio_is_on:
        return Finding(Verdict.NOTE, "sms: off; UTVAG_TWILIO_ACCOUNT_SID is not set")
    sender = TwilioSender(
        TwilioAccount(
            settings.twilio_account_sid,
            settings.twilio_auth_token.get_secret_value(),
            settings.twilio_api_url,
            settings.public_url,
        )
    )
    try:
        answers = await sender.answers()
    finally:
        await sender.close()
    return check(
        answers,
        "sms: Twilio answers and knows the account",
        "sms: Twilio does not answer, or refuses the account's token",
    )
