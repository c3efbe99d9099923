"""What the simulator is told when it starts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urldefrag

FICTION_PHONES = tuple(f"+467017406{last}" for last in (*range(11, 17), *range(20, 25)))
"""Numbers that the Swedish regulator has set aside for fiction: they can reach nobody."""

_TEXTS, _CALLS = "/message", "/voice"


@dataclass(frozen=True, slots=True)
class Config:
    """The account, the numbers and the pace of the made-up provider.

    `webhook` may carry Twilio's connection override as its #fragment. `through` is scheme,
    host and port to connect to instead of the address that is signed, as a proxy in front
    of the line would do. Delays are seconds since the message was accepted. `cap` is how
    many messages are kept in memory, oldest forgotten first.
    """

    account_sid: str
    auth_token: str
    webhook: str
    lines: tuple[str, ...]
    phones: tuple[str, ...] = FICTION_PHONES
    desk: str | None = None
    passphrase: str | None = None
    """What the stage says that one signs in with at the desk; made up, as all of a demo is."""
    pagers: tuple[tuple[str, str], ...] = ()
    """Counsellors' names, and the telephones at which they are paged."""
    clock_speed: float = 1.0
    """How fast the line's due times come."""
    written: frozenset[str] = frozenset()
    """Numbers and chats that the line knows from an earlier run: no scene begins with them anew."""
    through: str | None = None
    sent_after: float = 0.2
    delivered_after: float = 0.6
    retry_pause: float = 0.1
    cap: int = 100_000
    timezone: str = "Europe/Stockholm"
    voice: str | None = None
    read_after: float | None = None
    media_life: float = 60.0
    templates: Mapping[str, str] = field(default_factory=dict)

    telegram_token: str | None = None
    """The bot's token; without one there is no Telegram. Its webhook and secret are those to
    set at the start, None where the bot sets them itself or polls."""
    telegram_webhook: str | None = None
    telegram_secret: str | None = None
    telegram_met: tuple[int, ...] = ()
    """Chats that wrote to the bot before this run: the bot may write to them at once."""

    @property
    def voice_webhook(self) -> str | None:
        """Where calls are told of, None where neither setting says."""
        if self.voice:
            return self.voice
        address, fragment = urldefrag(self.webhook)
        if not address.endswith(_TEXTS):
            return None
        beside = address.removesuffix(_TEXTS) + _CALLS
        return f"{beside}#{fragment}" if fragment else beside
