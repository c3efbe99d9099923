"""A command of ours dies at every step in turn: `python -m tests.dying DIR command …`.

A step is whatever Python itself tells of: a file opened, renamed or removed, a database or a socket
connected, a program begun. Each time a new process runs the command and kills itself at the next
step, until one comes to its end. After each, the state of the folder and of the place to restore to
is printed, a line each.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

STEPS = ("open", "os.", "shutil.", "sqlite3.", "socket.connect", "subprocess.", "fcntl.")
SPARE = ("/proc/", "/sys/", "/etc/", "/usr/", "/dev/")
"""Nothing is lost where these are read."""


def die_at(number: int) -> None:
    """This process kills itself at its step of this number."""
    left = number

    def heard(event: str, words: tuple[Any, ...]) -> None:
        nonlocal left
        if not event.startswith(STEPS) or _is_reading(event, words):
            return
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(heard)


def _is_reading(event: str, words: tuple[Any, ...]) -> bool:
    place = str(words[0]) if words else ""
    ours = place.endswith((".py", ".pyc", ".so")) or "/site-packages/" in place
    return event in {"os.listdir", "os.scandir", "os.putenv"} or ours or place.startswith(SPARE)


def command(words: list[str], number: int) -> int:
    """The status with which it ended; below 0: killed."""
    child = os.fork()
    if child == 0:
        die_at(number)
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


def main() -> None:
    """Until the command comes to its end."""
    folder, words = Path(sys.argv[1]), sys.argv[2:]
    import utvag.cli  # noqa: F401 - once for all processes

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
