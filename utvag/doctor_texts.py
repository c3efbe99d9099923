"""Who can read the stored texts, and what of them lies elsewhere? For a person to read."""

from pathlib import Path

from handlers.house import House
from handlers.sealing import Sealing, how_far
from utvag.finding import Finding, Verdict

SWAPS = Path("/proc/swaps")
"""Linux's list of where memory is put by on a disk: a line of titles, then one for each."""


async def examine_texts(house: House) -> list[Finding]:
    """How far texts are sealed to their contacts."""
    return [Finding(Verdict.NOTE, _told(await how_far(house)))]


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
