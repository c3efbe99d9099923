"""A command of ours dies at every step in turn: `python -m tests.dying DIR command …`.

A step is whatever Python itself tells of: a file opened, renamed or removed, a database or a socket
connected, a program begun. Each time a new process runs the command and kills itself at the next
step, until one comes to its end. After each, the state of the folder and of the place to restore to
is printed, a line each.

`python -m tests.dying --secrets command …`: a step is a statement or a commit, and what is printed
is which of UTVAG_SECRET_KEY and UTVAG_OLD_SECRET_KEY opens how many texts.
"""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.engine import Engine

STEPS = ("open", "os.", "shutil.", "sqlite3.", "socket.connect", "subprocess.", "fcntl.")
SPARE = ("/proc/", "/sys/", "/etc/", "/usr/", "/dev/")
"""Nothing is lost where these are read."""


def die_at(number: int, *, statements: bool = False) -> None:
    """This process kills itself at its step of this number."""
    left = number

    def step(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def heard(name: str, words: tuple[Any, ...]) -> None:
        if name.startswith(STEPS) and not _is_reading(name, words):
            step()

    if statements:
        event.listen(Engine, "before_cursor_execute", step)
        event.listen(Engine, "commit", step)
    else:
        sys.addaudithook(heard)


def _is_reading(name: str, words: tuple[Any, ...]) -> bool:
    place = str(words[0]) if words else ""
    ours = place.endswith((".py", ".pyc", ".so")) or "/site-packages/" in place
    return name in {"os.listdir", "os.scandir", "os.putenv"} or ours or place.startswith(SPARE)


def command(words: list[str], number: int, *, statements: bool = False) -> int:
    """The status with which it ended; below 0: killed."""
    child = os.fork()
    if child == 0:
        die_at(number, statements=statements)
        _run(words)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _run(words: list[str]) -> None:
    from utvag.cli import app

    try:
        app(words)
    except SystemExit as ended:
        os._exit(int(ended.code or 0))
    os._exit(0)


def state(folder: Path) -> str:
    """Whether there is a whole back-up, none, or one that only looks so."""
    from storage.backup_stream import BackupBroken
    from storage.encryption import Wrapper
    from utvag.restore import NoBackup, check

    try:
        check(folder, Wrapper(os.environ["UTVAG_SECRET_KEY"]))
    except NoBackup:
        return "none"
    except BackupBroken as error:
        return f"broken: {error}"
    return "whole"


async def _opens() -> dict[str, str]:
    """By the secret's name: how many texts it opens, of how many."""
    from storage import messages, tables
    from storage.encryption import WrongSecretKey
    from storage.opening import open_database
    from utvag.settings import load

    found, given = {}, load(needs=())
    secrets = {"new": given.secret_key, "old": given.old_secret_key}
    for name, secret in secrets.items():
        try:
            db = await open_database(given.database, secret.get_secret_value(), datetime.now(UTC))
        except WrongSecretKey:
            continue
        async with db.read() as tx:
            ids = list((await tx.conn.execute(select(tables.messages.c.id))).scalars())
            said = [one.body for one in (await messages.by_ids(tx, ids)).values()]
        await db.close()
        found[name] = f"{sum(1 for body in said if body)}/{len(ids)}"
    return found


def under_secrets(words: list[str]) -> None:
    """Until the command comes to its end, and once more when it was done before. This process
    itself opens nothing."""
    ended, number = 0, 0
    while ended < 2:
        number += 1
        status = command(words, number, statements=True)
        sys.stdout.write(f"\n{number} {status} ")
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            told = asyncio.run(_opens())
            sys.stdout.write(" ".join(f"{name} {many}" for name, many in told.items()) + "\n")
            sys.stdout.flush()
            os._exit(0)
        os.waitpid(child, 0)
        if status >= 0:
            ended, number = ended + 1, 0


def main() -> None:
    """Until the command comes to its end."""
    folder, words = Path(sys.argv[1]), sys.argv[2:]
    import utvag.cli  # noqa: F401 - once for all processes

    if sys.argv[1] == "--secrets":
        under_secrets(words)
        return

    place = os.environ.get("PLACE", "")
    for number in range(1, 500):
        status = command(words, number)
        there = "there" if place and Path(place).exists() else "empty"
        sys.stdout.write(f"{number} {status} {state(folder)} {there}\n")
        sys.stdout.flush()
        if status >= 0:
            return


if __name__ == "__main__":
    main()
