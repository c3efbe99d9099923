"""Somebody has called: who, and which of our numbers."""

from dataclasses import dataclass
from datetime import datetime

HIDDEN = "anonymous"
"""Stands for every caller who withholds their number: nobody knows which of them are one."""


@dataclass(frozen=True)
class Call:
    """One call, as the provider tells of it while it rings."""

    provider_id: str
    """Twilio's CallSid."""
    caller: str
    """Their number, or HIDDEN."""
    to: str
    """Our number."""
    at: datetime
    """When the line heard of it (UTC)."""


@dataclass(frozen=True)
class Spoken:
    """What a caller hears, in one language."""

    language: str
    text: str
