"""Is the line fit to stand open to strangers? Each check is one line."""

import asyncio
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from handlers.block import blocks_that_hold
from handlers.house import House
from handlers.set_limits import every_limit, total_of, total_reached
from utvag.clock import utc_now
from utvag.finding import Finding, Verdict, check
from utvag.settings import PREFIX, SECRETS, Settings

OTHERS = 0o077
"""A mode's bits for whoever is not us."""

DIFFERENT = 8
"""Characters that a secret has at least; a word held down has fewer."""

LONG_ENOUGH = 16
"""Characters of the token for figures."""

SKEW = timedelta(seconds=30)
"""A clock that is wrong by more tells wrong times, and waits are counted by it."""

ASKED_FOR = 5.0
"""Seconds."""


async def limits_and_blocks(house: House) -> list[Finding]:
    """What the database says of both."""
    lines = await every_limit(house)
    numbers = ", ".join(f"{line.spent} of {line.limits.segments}" for line in lines)
    reached = [line for line in lines if line.reached] or total_reached(lines)
    said = f"limits: segments of the last hour by line: {numbers}; of {total_of(lines)} in all"
    found = [Finding(Verdict.NOTE if reached else Verdict.OK, said)] if lines else []
    blocked = await blocks_that_hold(house)
    if blocked:
        found.append(Finding(Verdict.NOTE, f"blocks: {blocked} senders are blocked now"))
    return found


async def examine_door(
    settings: Settings, environment: Mapping[str, str] = os.environ
) -> list[Finding]:
    """What can be told without the database."""
    return [
        *_tls(settings),
        *_secret(settings),
        *_secret_files(environment),
        *_metrics(settings),
        _proxy(environment),
        *await _clock(settings),
    ]


def _tls(settings: Settings) -> list[Finding]:
    parts = urlsplit(settings.public_url)
    if not parts.hostname:
        return []
    named = Finding(Verdict.OK, f"hosts: pages answer to {parts.hostname} and localhost alone")
    if parts.scheme != "https":
        told = "hsts: off; browsers insist on TLS only where the public address is https"
        return [named, Finding(Verdict.NOTE, told)]
    return [named, Finding(Verdict.OK, "hsts: browsers are told to insist on TLS")]


def _secret(settings: Settings) -> list[Finding]:
    key = settings.secret_key.get_secret_value()
    if not key:
        return []
    return [
        check(
            len(set(key)) >= DIFFERENT,
            f"secret key: {len(key)} characters",
            "secret key: too few different characters; make it of random text",
        )
    ]


def _secret_files(environment: Mapping[str, str]) -> list[Finding]:
    found = []
    for secret in SECRETS:
        name = f"{PREFIX}{secret.upper()}_FILE"
        path = Path(environment.get(name, ""))
        if environment.get(name) and path.is_file():
            alone = not path.stat().st_mode & OTHERS
            bad = f"secrets: others on this machine may read {name}; chmod 600"
            found.append(check(alone, f"secrets: {name} is for us alone", bad))
    return found


def _metrics(settings: Settings) -> list[Finding]:
    token = settings.metrics_token.get_secret_value()
    if not token:
        return []
    short = f"metrics: UTVAG_METRICS_TOKEN is shorter than {LONG_ENOUGH} characters"
    return [check(len(token) >= LONG_ENOUGH, "metrics: behind their token", short)]


def _proxy(environment: Mapping[str, str]) -> Finding:
    believed = environment.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")
    return check(
        "*" not in believed,
        f"proxy: X-Forwarded-For is believed of {believed}",
        "proxy: FORWARDED_ALLOW_IPS is *: anybody may say where they come from",
    )


async def _clock(settings: Settings) -> list[Finding]:
    if not settings.twilio_is_on:
        return []
    theirs = await asyncio.to_thread(_time_at, settings.twilio_api_url)
    if theirs is None:
        return []
    apart = abs(theirs - utc_now())
    seconds = int(apart.total_seconds())
    bad = f"clock: {seconds} s from the provider's; switch time synchronisation on"
    return [check(apart <= SKEW, "clock: as the provider's", bad)]


def _time_at(address: str) -> datetime | None:
    """By the Date of any answer; None where there is none."""
    request = urllib.request.Request(address, method="HEAD")  # noqa: S310 - http or https by settings
    try:
        with urllib.request.urlopen(request, timeout=ASKED_FOR) as answer:  # noqa: S310 - as above
            told = answer.headers.get("date")
    except urllib.error.HTTPError as error:
        told = error.headers.get("date")
    except (OSError, ValueError):
        return None
    try:
        return parsedate_to_datetime(told) if told else None
    except ValueError:
        return None
