"""Who can read the stored texts, and what of them lies elsewhere? For a person to read."""

from datetime import datetime
from pathlib import Path

from handlers.house import House
from handlers.sealing import Sealing, how_far
from handlers.see_backups import see_backups
from storage.backup_marks import Kind
from utvag import backup_folder
from utvag.finding import Finding, Verdict

SWAPS = Path("/proc/swaps")
"""Linux's list of where memory is put by on a disk: a line of titles, then one for each."""


async def examine_texts(house: House) -> list[Finding]:
    """How far texts are sealed to their contacts, and which back-ups are of before."""
    sealing = await how_far(house)
    last = (await see_backups(house)).get(Kind.BACKUP)
    folder = last.folder if last else None
    return [Finding(Verdict.NOTE, _told(sealing)), *_of_before(sealing.done_at, folder)]


def _of_before(done_at: datetime | None, folder: str | None) -> list[Finding]:
    old = backup_folder.made_before(Path(folder), done_at) if done_at and folder else []
    told = f"texts: destroy these back-ups of before, in {folder}: {', '.join(old)}"
    return [Finding(Verdict.NOTE, told)] if old else []


def _told(sealing: Sealing) -> str:
    if not sealing.team:
        return (
            "texts: under the server's key alone; the first who signs in and may read makes the "
            "team to which they are sealed"
        )
    if sealing.done_at is None:
        return (
            f"texts: {sealing.left} from before the team are not sealed to it yet; utvag serve "
            "does it, and back-ups from before are to be destroyed then"
        )
    told = (
        f"texts: sealed to the team since {sealing.done_at:%Y-%m-%d %H:%M} UTC; destroy back-ups "
        "made before it, and the server's logs of what was written (WAL archives): the server's "
        "key alone opens their texts"
    )
    return told + (f"; {sealing.left} do not open and stay as they are" if sealing.left else "")


def examine_swap(swaps: Path = SWAPS) -> list[Finding]:
    """Whether memory may reach a disk; nothing where that cannot be told."""
    try:
        lines = swaps.read_text("utf-8").splitlines()
    except OSError:
        return []
    if len(lines) < 2:
        return []
    told = "swap: on; texts and keys in memory may reach the disk: encrypt it or switch it off"
    return [Finding(Verdict.NOTE, told)]
