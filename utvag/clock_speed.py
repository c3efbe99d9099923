"""May due times come faster here than they do? (UTVAG_CLOCK_SPEED, docs/decisions/0023.)"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from senders.public_hosts import is_loopback

FASTEST = 3600.0
"""At which a night is over in seconds; the line looks once a second for what is due."""

PROVIDERS = {
    "twilio_api_url": ("twilio_account_sid", "https://api.twilio.com"),
    "telegram_api_url": ("telegram_mode", "https://api.telegram.org"),
}
"""Where each is, which setting switches it on, and where it is if nobody says so."""


def read_speed(told: object, settings: Mapping[str, Any]) -> float:
    """The number that was told, with the settings beside it. Raises ValueError, saying why not:
    whoever is called by the real providers is somebody.
    """
    try:
        speed = float(str(told))
    except ValueError:
        speed = 0.0
    if not 0 < speed <= FASTEST:
        raise ValueError(f"must be a number above 0, at most {FASTEST:g}")
    if speed == 1:
        return speed
    reached = [name for name in PROVIDERS if _counts(name, settings)]
    elsewhere = [name for name in reached if not _here(settings[name])]
    if elsewhere:
        named = ", ".join(f"UTVAG_{name.upper()}" for name in elsewhere)
        raise ValueError(f"must be 1 unless every provider is on this machine; elsewhere: {named}")
    if not any(settings.get(switch) for switch, _ in PROVIDERS.values()):
        raise ValueError("must be 1 unless a provider is on this machine; none is set")
    return speed


def _counts(name: str, settings: Mapping[str, Any]) -> bool:
    """It is on, or was named. One that is no address at all is told of already."""
    switch, usual = PROVIDERS[name]
    return name in settings and bool(settings.get(switch) or settings[name] != usual)


def _here(address: str) -> bool:
    return is_loopback(urlsplit(address).hostname or "")
