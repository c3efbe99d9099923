"""`python -m simulator`: the made-up provider and the phone, until Ctrl-C or SIGTERM."""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from urllib.parse import urlsplit

import uvicorn

from simulator.app import create_app
from simulator.config import FICTION_PHONES, Config
from simulator.whatsapp import CONTENT_SID


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=8001)
    add("--account-sid", default=os.environ.get("SIMULATOR_ACCOUNT_SID"))
    add("--auth-token", default=os.environ.get("SIMULATOR_AUTH_TOKEN"))
    add("--webhook", required=True, help="the line's address for texts, #override included")
    add("--line", action="append", required=True, help="a number of the line; may repeat")
    add("--phone", action="append", help="a contact's number; may repeat")
    add("--desk", help="the address of the counsellors' queue, for a link")
    add("--written", action="append", default=[], help="a number or a chat that the line knows")
    add("--passphrase", help="the desk's made-up passphrase, for the stage to show")
    add("--clock-speed", type=float, default=1.0, help="how fast the line's due times come")
    add(
        "--pager",
        action="append",
        default=[],
        type=_pager,
        metavar="NAME=NUMBER",
        help="a counsellor of the desk and the number at which they are paged; may repeat",
    )
    add("--through", help="connect here (http://host:port) instead of the address that is signed")
    add("--sent-after", type=float, default=0.2, help="seconds")
    add("--delivered-after", type=float, default=0.6, help="seconds")
    add("--cap", type=int, default=100_000, help="how many messages are kept")
    add("--timezone", default="Europe/Stockholm")
    _add_calls_and_whatsapp(parser)
    _add_telegram(parser)
    told = parser.parse_args(arguments)
    if not told.account_sid or not told.auth_token:
        parser.error("--account-sid and --auth-token are needed")
    if told.telegram_token and not re.fullmatch(r"\d{1,18}:[\w-]+", told.telegram_token):
        parser.error("--telegram-token is a number, a colon and letters, as Telegram's are")
    if told.telegram_secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", told.telegram_secret):
        parser.error("--telegram-secret is up to 256 of A-Z, a-z, 0-9, _ and -")
    if told.telegram_webhook and not told.telegram_token:
        parser.error("--telegram-webhook needs --telegram-token")
    for name in ("webhook", "desk", "through", "voice", "telegram_webhook"):
        address = getattr(told, name)
        if address and urlsplit(address).scheme not in ("http", "https"):
            parser.error(f"--{name.replace('_', '-')} is an http address")
    return told


def _add_calls_and_whatsapp(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--voice", help="the line's address for calls; default /voice beside /message")
    add("--read-after", type=float, help="seconds until a WhatsApp message is read; default never")
    add("--media-life", type=float, default=60.0, help="seconds that a picture's address holds")
    add(
        "--template",
        action="append",
        default=[],
        type=_template,
        metavar="SID=TEXT",
        help="a WhatsApp template with its words, places as {{1}}; may repeat",
    )


def _pager(told: str) -> tuple[str, str]:
    name, parted, number = told.partition("=")
    if not parted or not name or not re.fullmatch(r"\+[0-9]{8,15}", number):
        raise argparse.ArgumentTypeError("a name, =, and a number such as +46701740690")
    return name, number


def _template(told: str) -> tuple[str, str]:
    sid, parted, text = told.partition("=")
    if not parted or not CONTENT_SID.fullmatch(sid) or not text:
        raise argparse.ArgumentTypeError("a ContentSid, =, and the words")
    return sid, text


def _add_telegram(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--telegram-token", default=os.environ.get("SIMULATOR_TELEGRAM_TOKEN"))
    add("--telegram-webhook", help="where updates go; without it the bot polls or sets its own")
    add("--telegram-secret", default=os.environ.get("SIMULATOR_TELEGRAM_SECRET"))
    add(
        "--telegram-met",
        action="append",
        default=[],
        type=int,
        metavar="CHAT",
        help="somebody who wrote to the bot before this run; may repeat",
    )


def configuration(told: argparse.Namespace) -> Config:
    """The configuration that a command line means."""
    return Config(
        account_sid=told.account_sid,
        auth_token=told.auth_token,
        webhook=told.webhook,
        lines=tuple(told.line),
        phones=tuple(told.phone or [n for n in FICTION_PHONES if n not in told.line]),
        desk=told.desk,
        passphrase=told.passphrase,
        pagers=tuple(told.pager),
        clock_speed=told.clock_speed,
        written=frozenset(told.written),
        through=told.through,
        sent_after=told.sent_after,
        delivered_after=told.delivered_after,
        cap=told.cap,
        timezone=told.timezone,
        voice=told.voice,
        read_after=told.read_after,
        media_life=told.media_life,
        templates=dict(told.template),
        telegram_token=told.telegram_token,
        telegram_webhook=told.telegram_webhook,
        telegram_secret=told.telegram_secret,
        telegram_met=tuple(told.telegram_met),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until stopped; within 2 s of SIGTERM everything is closed."""
    told = parse(arguments)
    uvicorn.run(
        create_app(configuration(told)),
        host=told.host,
        port=told.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
