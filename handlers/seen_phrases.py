"""What is the bank of ready phrases shown as?"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class BankPhrase:
    """A phrase as coordinators edit it, with `{alias}` in it."""

    id: UUID
    language: str
    name: str
    body: str
    edition: int
    by: str
    """Who changed it last."""
    changed_at: datetime


@dataclass(frozen=True)
class Bank:
    """The bank of ready phrases."""

    languages: tuple[str, ...]
    phrases: tuple[BankPhrase, ...]
    may_change: bool
