"""When was the line last backed up, when was a restore last tried, is it let write, and is what is
said listed beside the database?"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from handlers.house import House
from handlers.see_backups import see_backups
from storage import backup_said
from storage.backup_marks import Kind, Mark
from utvag.finding import Finding, Verdict

LATE = timedelta(days=2)
"""Since the last back-up; one a day is what the retention of contacts' keys counts on."""

UNLISTED = timedelta(hours=2)
"""Since the line last said that it keeps the list of what is said."""

DRILLS = timedelta(days=90)
"""From one restore drill to the next."""


async def examine_backups(house: House) -> list[Finding]:
    """For a person to read, but for a line that writes to nobody."""
    marks, now = await see_backups(house), house.now()
    roster = _unconfirmed(marks.get(Kind.ROSTER))
    found = [*_silent(marks.get(Kind.RESTORE)), *roster, _backup(marks, now), _drill(marks, now)]
    return [*found, *_listed(house, marks.get(Kind.BACKUP), now)]


def _silent(restored: Mark | None) -> list[Finding]:
    if restored is None or restored.lets_write_at is not None:
        return []
    of = f"{restored.made_at:%Y-%m-%d %H:%M}" if restored.made_at else "?"
    return [
        Finding(
            Verdict.FAIL,
            f"restored: from a back-up of {of} UTC; nothing leaves for contacts and answers are "
            "held until somebody runs utvag let-write",
        )
    ]


def _unconfirmed(roster: Mark | None) -> list[Finding]:
    if roster is None or roster.lets_write_at is not None:
        return []
    told = "restored: nobody can sign in until somebody has looked at who works here: "
    return [Finding(Verdict.FAIL, f"{told}utvag staff confirm")]


def _listed(house: House, last: Mark | None, now: datetime) -> list[Finding]:
    """In the folder of the data and in that of the back-ups: a restore reads both."""
    folders = [house.lists] if house.lists else []
    folders += [Path(last.folder)] if last and last.folder else []
    return [_listed_in(folder, now) for folder in folders]


def _listed_in(folder: Path, now: datetime) -> Finding:
    told = f"list of what is said, in {folder}:"
    try:
        written = [path.stat().st_mtime for path in backup_said.lists_in(folder)]
    except OSError:
        written = []
    if not written:
        lost = "none; a restore knows nothing of what was said since the back-up without one"
        return Finding(Verdict.NOTE, f"{told} {lost}. The line keeps it while it serves")
    until = datetime.fromtimestamp(max(written), UTC)
    text = f"{told} kept until {until:%Y-%m-%d %H:%M} UTC"
    if now - until < UNLISTED:
        return Finding(Verdict.OK, text)
    return Finding(Verdict.NOTE, f"{text}; a line that serves adds to it every hour")


def _backup(marks: dict[Kind, Mark], now: datetime) -> Finding:
    last = marks.get(Kind.BACKUP)
    if last is None:
        return Finding(Verdict.NOTE, "back-up: none was made yet; run utvag backup DIR every day")
    told = f"back-up: last made {last.at:%Y-%m-%d %H:%M} UTC in {last.folder}"
    if now - last.at < LATE:
        return Finding(Verdict.OK, told)
    old = "; run utvag backup every day: only it removes what lies there for too long"
    return Finding(Verdict.NOTE, told + old)


def _drill(marks: dict[Kind, Mark], now: datetime) -> Finding:
    last = marks.get(Kind.DRILL)
    if last is None:
        asks = "restore drill: when was it last done? Never: run utvag restore DIR --drill"
        return Finding(Verdict.NOTE, asks)
    told = f"restore drill: last done {last.at:%Y-%m-%d} UTC"
    if now - last.at < DRILLS:
        return Finding(Verdict.OK, told)
    return Finding(Verdict.NOTE, f"{told}; it is time again: utvag restore DIR --drill")
