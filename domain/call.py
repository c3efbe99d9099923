"""Somebody has called: who, and which of our numbers."""

from dataclasses import dataclass
from datetime import datetime

HIDDEN = "anonymous"
"""Stands for every caller who withholds their number: nobody knows which of them are one."""

HIDDEN_NUMBERS = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})
"""ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE on a telephone's keys
(https://help.twilio.com, "Why am I getting calls from these strange numbers")."""

LONGEST_ID = 64
LONGEST_NUMBER = 64


@dataclass(frozen=True)
class Call:
    """One call, as the provider tells of it while it rings or lists it later."""

    provider_id: str
    """Twilio's CallSid."""
    caller: str
    """Their number, or HIDDEN."""
    to: str
    """Our number."""
    at: datetime
    """When the line heard of it, or began to ring where only a list tells of it (UTC)."""


@dataclass(frozen=True)
class Spoken:
    """What a caller hears, in one language."""

    language: str
    text: str


def caller_of(told: str) -> str:
    """The number; HIDDEN where there is none, or where it only says that it is withheld."""
    number = told.strip()
    is_number = number.startswith("+") and number[1:].isascii() and number[1:].isdecimal()
    return number[:LONGEST_NUMBER] if is_number and number not in HIDDEN_NUMBERS else HIDDEN
