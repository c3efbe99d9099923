"""Runs a command of the command line: settings read, house opened, trouble said in words."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import uvloop
from sqlalchemy.engine import make_url

from handlers.errors import BadInput, NotFound
from handlers.house import House
from storage.database import Unavailable
from storage.encryption import WrongSecretKey
from storage.version import HalfRestored, NotMigrated
from triage.script import ScriptError
from utvag.line import NobodyToWake, open_house
from utvag.serve import CannotListen
from utvag.settings import BadSettings, Need, Settings, load

T = TypeVar("T")

SAID = {
    NotMigrated: "The database's tables are not this program's. Run: utvag migrate",
    HalfRestored: "A restore into this database was broken off, or is under way. "
    "Run: utvag restore DIR again; it begins anew.",
    WrongSecretKey: "UTVAG_SECRET_KEY is not the one this database was made with. "
    "Set the old one; without it what is stored cannot be read.",
}

DATA = "Check UTVAG_DATA_DIR or UTVAG_DATABASE_URL, and who may write there."


def settings(*needs: Need) -> Settings:
    """The settings, or each problem on a line and exit status 1."""
    try:
        return load(needs=needs)
    except BadSettings as error:
        refuse(*error.problems)


def refuse(*lines: str) -> NoReturn:
    """Say what is wrong and end with status 1."""
    for line in lines:
        print(line, file=sys.stderr)
    raise SystemExit(1)


def run(doing: Coroutine[Any, Any, T]) -> T:
    """Run to the end; what went wrong is said in words, without a trace."""
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(doing)
    except BadSettings as error:
        refuse(*error.problems)
    except (HalfRestored, NotMigrated, WrongSecretKey) as error:
        refuse(SAID[type(error)])
    except ScriptError as error:
        refuse(
            "A file in triage/scripts cannot be used; utvag script check says which.",
            *(f"line {finding.line}: {finding.message}" for finding in error.findings),
        )
    except CannotListen as error:
        refuse(
            f"Nothing can listen at {error.place}: {error.why}. Choose another --port or --host."
        )
    except Unavailable as error:
        refuse(f"The database does not answer ({type(error).__name__}). Check UTVAG_DATABASE_URL.")


def in_house(do: Callable[[House], Awaitable[T]]) -> T:
    """Open the house, do one thing in it, close it."""

    given = prepared(settings("secret_key"))

    async def doing() -> T:
        async with open_house(given, NobodyToWake()) as house:
            return await do(house)

    return run(doing())


def prepared(given: Settings) -> Settings:
    """The same settings; a SQLite file and its folder are made where missing, for us alone."""
    url = make_url(given.database)
    if url.get_backend_name() == "sqlite" and url.database:
        file = Path(url.database)
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.touch(mode=0o600)
        except OSError as error:
            refuse(f"The database's file cannot be made ({type(error).__name__}). {DATA}")
    return given


PROBLEMS = {
    ("number", "not_e164"): "The number must be written with its country code, as +46701740605.",
    ("number", "taken"): "A line with this number exists already.",
    ("number", "ours"): "This is a number of the line itself.",
    ("number", "taken_by_member"): "Somebody else is paged at this number.",
    ("name", "empty"): "The name is empty.",
    ("name", "too_long"): "The name is too long.",
    ("name", "taken"): "Somebody with this name exists already. Names are unique.",
    ("role", "knows_team"): "They read what is written, and in this role they would not. Revoke "
    "them, so that the team's key is replaced, and invite them by another name.",
    ("role", "last_reader"): "Nobody else could let them in again. Have a colleague let in first.",
    ("script", "unknown"): "There is no script of this name.",
    ("template", "not_content_sid"): "A WhatsApp template is named by its ContentSid, as HX…",
    ("languages", "not_in_script"): "The script does not have all these languages.",
}


def explained(error: BadInput | NotFound) -> str:
    """What was wrong with what was typed."""
    if isinstance(error, NotFound):
        return "There is nobody with this name."
    return PROBLEMS.get((error.field, error.problem), str(error))
