"""What the simulator is told when it starts."""

from dataclasses import dataclass

FICTION_PHONES = tuple(f"+467017406{last}" for last in range(11, 17))
"""Numbers that the Swedish regulator has set aside for fiction: they can reach nobody."""


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
    through: str | None = None
    sent_after: float = 0.2
    delivered_after: float = 0.6
    retry_pause: float = 0.1
    cap: int = 100_000
    timezone: str = "Europe/Stockholm"

    telegram_token: str | None = None
    """The bot's token; without one there is no Telegram. Its webhook and secret are those to
    set at the start, None where the bot sets them itself or polls."""
    telegram_webhook: str | None = None
    telegram_secret: str | None = None
