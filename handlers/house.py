"""What every use case is handed: the store, the clock and somebody to wake."""

from asyncio import Lock
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from domain.deletion import BACKUPS
from domain.pace import REAL, Pace
from handlers.rotas import Rotas
from handlers.scripts import Scripts
from handlers.standing import Standings
from handlers.usual_waits import UsualWaits
from senders.media import Calendars, Fetcher
from senders.sender import Push
from storage.database import Database


class Wake(Protocol):
    """Tells the loops that something is due, so that nobody waits for the next tick."""

    def triage(self, at: datetime) -> None:
        """A triage step is due at `at` (UTC)."""

    def outbox(self) -> None:
        """A row was committed to the outbox."""

    def pages(self) -> None:
        """Somebody is to be paged, or a page was committed."""


@dataclass
class ClockSeen:
    """What this process last read from the clock when it looked whom to page: where it is earlier
    now the clock has stepped back."""

    at: datetime | None = None


@dataclass(frozen=True)
class House:
    """Made once in `utvag`; tests make their own."""

    db: Database
    now: Callable[[], datetime]
    """The only clock (aware, UTC)."""
    zone: ZoneInfo
    """The wall clock of the line's city."""
    scripts: Scripts
    wake: Wake
    pace: Pace = REAL
    """How fast due times come; the clock itself goes as it goes."""
    backups: timedelta = BACKUPS
    """For how long a back-up may still hold who was deleted."""
    keeps_copies: bool = False
    """What providers keep of messages stays there: somebody has decided so."""
    lists: Path | None = None
    """The folder of the list of who was deleted; None: nobody keeps one."""
    public_url: str = ""
    """Where staff sign in; pages lead there."""
    media: Fetcher | None = None
    """Where files that contacts sent can be asked for; None where no channel has any."""
    calendars: Calendars | None = None
    """Where calendars that others publish are fetched; None at the command line."""
    bot: Callable[[], Awaitable[str]] | None = None
    """Asks what the line's bot is called at Telegram; empty where it cannot be asked now.
    None where the channel is off."""
    push: Push | None = None
    """None where no browser can be paged."""
    rotas: Rotas = field(default_factory=Rotas)
    """Who is on call, kept in memory."""
    standings: Standings = field(default_factory=Standings)
    """What stands open, kept in memory."""
    clock_seen: ClockSeen = field(default_factory=ClockSeen)
    """By whoever looks whom to page."""
    usual: UsualWaits = field(default_factory=UsualWaits)
    """How long it usually takes, kept in memory."""
    told_long: set[tuple[int, datetime | None]] = field(default_factory=set)
    """Other transactions that keep something waiting, of which the log has been told."""
    naming: Lock = field(default_factory=Lock)
    """Held by whoever gives aliases."""
